import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { afterEach, expect, it } from 'vitest';
import { parseUnseal } from '../../../sim/cli/unseal.js';
import { TopicsSource } from '../../../sim/dashboard/topics-source.js';
import type { TopicsSourceOptions } from '../../../sim/dashboard/topics-source.js';
import type { MessageSeen, Request, ToPage } from '../../../sim/page/protocol.js';
import { CLOUDS, MQTT_LIMITS } from '../../../src/cloud/index.js';
import { parseTagConfiguration } from '../../../src/settings/index.js';
import type { RawConfiguration } from '../../../src/settings/index.js';
import { PersistedPolicies } from '../../../src/settings/persisted-policies.js';
import { PersistedSettings } from '../../../src/settings/persisted-settings.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto, MosquittoOptions } from '../../support/mosquitto.js';
import { CloudBroker } from '../../clouds/cloud-broker.js';
import { CloudTestDevice } from '../../clouds/device.js';
import { HOSTILE } from './hostile-payloads.js';
import { ToldPage } from './told-page.js';

const TAG = 'DC:2C:6E:0F:C0:3D';

requireMosquitto()('a dashboard of a real device', () => {
  const brokers: Mosquitto[] = [];
  const sources: TopicsSource[] = [];
  const devices: CloudTestDevice[] = [];
  const clients: MqttClient[] = [];
  afterEach(async () => {
    for (const source of sources.splice(0)) source.close();
    for (const device of devices.splice(0)) device.firmware.gateway.close();
    for (const client of clients.splice(0)) client.end(true);
    for (const broker of brokers.splice(0)) await broker.stop();
  });

  async function startBroker(options?: MosquittoOptions): Promise<Mosquitto> {
    const broker = await startMosquitto(options);
    brokers.push(broker);
    return broker;
  }

  function open(port: number, options: Partial<TopicsSourceOptions> = {}, login: object = {}): ToldPage<TopicsSource> {
    const backoff = { minimum: 20, maximum: 100 };
    const connection = { endpoints: [{ host: '127.0.0.1', port }], clientId: 'page', backoff, ...login };
    const source = new TopicsSource({
      connection,
      prefix: 'tagwire',
      gateway: 'shed',
      version: '1',
      ...options,
    });
    sources.push(source);
    return new ToldPage(source);
  }

  /** The firmware of a device, which hears what the test makes it hear. */
  function startDevice(broker: string, raw: RawConfiguration = {}): CloudTestDevice {
    const settings = { broker, gateway: 'shed', presence: 60, health: 1, ...raw };
    const target = { tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' }, clouds: CLOUDS };
    const device = new CloudTestDevice(settings, {
      features: {
        makePolicies: (reporter, _configuration, { store }) =>
          new PersistedPolicies(reporter, new PersistedSettings(settings, target, store)),
      },
    });
    devices.push(device);
    return device;
  }

  /** A client of somebody else. */
  async function connectClient(url: string): Promise<MqttClient> {
    const client = await connectAsync(url, { protocolVersion: 4 });
    clients.push(client);
    return client;
  }

  it('shows the firmware: status, health, tags with fields and presence, messages, and answers to calls', async () => {
    const { port, url } = await startBroker();
    const page = open(port, { ask: 1 });
    await page.until(() => page.link === 'connected');
    const device = startDevice(url);
    device.hear();
    device.hear();
    const hello = await page.until(() => page.controls.includes('policies') && page.of('hello').at(-1));
    expect(hello).toMatchObject({
      source: 'topics',
      title: `shed at ${url}`,
      controls: ['call', 'policies'],
      faults: [],
    });
    await page.until(() => page.gateway.counts.acknowledged === 3);
    await page.until(() => page.gateway.uptime! > 0);
    expect(page.gateway.status).toMatch(/^online since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    expect(page.gateway).toMatchObject({
      powered: true,
      connection: 6,
      session: 2,
      counts: { connects: 1, restarts: 0 },
      drops: {},
    });
    expect(page.gateway.policies).toMatch(/^default interval=0 heartbeat=/);
    expect(page.gateway.meters.find(({ id }) => id === 'outboxMemory')).toMatchObject({ value: 0, unit: 'reports' });
    expect(page.tags.get(TAG)).toMatchObject({
      address: TAG,
      format: 'mikrotik',
      presence: 'here',
      reports: 2,
      heard: [{ gateway: 0, rssi: -60, count: 2 }],
    });
    expect(page.tags.get(TAG)!.fields).toContainEqual({ name: 'temperature', unit: '°C', value: 20.03 });
    expect(page.of('readings').flatMap(({ readings }) => readings)).toHaveLength(2);
    const messages = page.of('messages').flatMap(({ messages: seen }) => seen);
    const on = (topic: RegExp): MessageSeen | undefined => messages.find((seen) => topic.test(seen.topic));
    expect(on(/^tagwire\/shed\/tags\/DC2C6E0FC03D$/)).toMatchObject({ qos: 1, direction: 'up', gateway: 0 });
    expect(on(/^tagwire\/shed\/cmd\/dashboard-/)).toMatchObject({ direction: 'down' });

    const request = (name: 'call' | 'policies', parameters: object): Request =>
      ({ id: 7, name, parameters: { gateway: 0, ...parameters } }) as Request;
    const called = await page.source.request(request('call', { method: 'identify', params: { seconds: 2 } }));
    expect(called).toEqual({ type: 'answer', id: 7, result: '{"seconds":2}' });
    const unknown = await page.source.request(request('call', { method: 'identity' }));
    expect(unknown.error).toMatch(/^unknown method identity; methods are identify, /);
    const wrong = await page.source.request(request('policies', { text: 'default interval=10; ruuvi7 interval=5' }));
    expect(wrong.error).toMatch(/^policies, character 22: "ruuvi7" must be/);
    const changed = await page.source.request(request('policies', { text: 'default interval=30' }));
    expect(changed).toEqual({ type: 'answer', id: 7 });
    await page.until(() => page.gateway.policies?.startsWith('default interval=30 '));

    // A page that opens later knows the same.
    const later = new ToldPage(page.source);
    expect(later.tags.get(TAG)).toEqual(page.tags.get(TAG));
    expect(later.of('messages')[0]!.messages.length).toBeGreaterThan(5);
  });

  it('has only the controls that the device answers to', async () => {
    const { port, url } = await startBroker();
    const page = open(port, { ask: 1 });
    const device = startDevice(url, { rpcAccess: 'none' });
    await device.line(/^connected/);
    await page.until(() => page.controls.length > 0);
    expect(page.controls).toEqual(['call']);
    const [named] = [{ id: 1, name: 'wifi', parameters: { gateway: 0, on: false } }] as const;
    expect((await page.source.request(named)).error).toBe(
      'wifi is for simulations; a real device has call and policies',
    );
  });

  it('tells a page that opens no message, line or reading twice', async () => {
    const broker = await startBroker();
    const page = open(broker.port);
    await page.until(() => page.link === 'connected');
    const client = await connectClient(broker.url);
    const idsOf = (texts: readonly ToPage[]): number[] =>
      texts.flatMap((text) => (text.type === 'messages' ? text.messages.map(({ id }) => id) : []));
    const linesOf = (texts: readonly ToPage[]): string[] =>
      texts.flatMap((text) => (text.type === 'log' ? text.lines.map((line) => line.text) : []));
    const pointsOf = (texts: readonly ToPage[]): number[] =>
      texts.flatMap((text) => (text.type === 'readings' ? text.readings.map(({ fields }) => +fields[0]!.value) : []));
    // Each of them opens at another moment between two updates.
    const opened: ToPage[][] = [];
    const updates: ToPage[] = [];
    page.source.watch((text) => {
      updates.push(text);
      for (const texts of opened) texts.push(text);
    });
    for (let i = 0; i < 60; i++) {
      const report = { address: 'DC:2C:6E:0F:C0:3D', id: `1/${i}`, temperature: i };
      await client.publishAsync('tagwire/shed/tags/DC2C6E0FC03D', JSON.stringify(report), { qos: 1 });
      await client.publishAsync('tagwire/shed/log', `line ${i}`, { qos: 1 });
      // As it is sent at this moment.
      opened.push(JSON.parse(JSON.stringify(page.source.snapshot())) as ToPage[]);
    }
    await expect.poll(() => linesOf(updates)).toContain('line 59');
    for (const texts of opened) {
      for (const of of [idsOf, linesOf, pointsOf]) expect(new Set<unknown>(of(texts)).size).toBe(of(texts).length);
      expect(pointsOf(texts)).toContain(59);
    }
  });

  it('publishes nothing unless it is asked to ask, and says how to', async () => {
    const broker = await startBroker();
    const page = open(broker.port);
    await page.until(() => page.link === 'connected');
    startDevice(broker.url);
    // Two health reports, a second apart: where it asks, it asks at once.
    const uptimes = new Set<number>();
    await page.until(() => uptimes.add(page.gateway?.uptime ?? 0).size > 6 && page.gateway.version !== undefined);
    const [hello] = page.source.snapshot();
    expect(hello).toMatchObject({
      controls: [],
      more: expect.stringMatching(/^This page only reads: nothing is published.*--ask 10 /) as string,
    });
    expect(broker.log()).toContain('Sending PUBLISH to page');
    expect(broker.log()).not.toContain('Received PUBLISH from page');
    const asking = open(broker.port, { ask: 1 }, { clientId: 'asking' });
    await asking.until(() => broker.log().includes('Received PUBLISH from asking'));
    expect(asking.source.snapshot()[0]).not.toHaveProperty('more');
  });

  it('asks a device anew that starts anew, though nobody saw it go', async () => {
    const { port, url } = await startBroker();
    const page = open(port, { ask: 3600 });
    const client = await connectClient(url);
    const asked: string[] = [];
    client.on('message', (topic, payload) => {
      const { method } = JSON.parse(payload.toString()) as { method: string };
      asked.push(method);
      const result = method === 'policy.get' ? { policy: `default interval=${asked.length} heartbeat=60` } : {};
      client.publish(topic.replace('/cmd/', '/res/'), JSON.stringify({ result }), { qos: 1 });
    });
    await client.subscribeAsync('tagwire/shed/cmd/+', { qos: 1 });
    await page.until(() => page.link === 'connected');
    client.publish('tagwire/shed/status', '{"status":"online","session":"1-1"}', { qos: 1 });
    await page.until(() => page.gateway.policies && asked.length >= 3);
    const before = asked.length;
    client.publish('tagwire/shed/status', '{"status":"online","session":"2-1"}', { qos: 1 });
    await page.until(() => page.gateway.policies === `default interval=${before + 1} heartbeat=60`);
    expect(asked.slice(before)).toContain('policy.get');
  });

  it('takes the controls away when the device answers no longer, and gives them back', async () => {
    const { port, url } = await startBroker();
    const page = open(port, { ask: 1, patience: 1 });
    const client = await connectClient(url);
    let answers = true;
    client.on('message', (topic) => {
      if (answers)
        client.publish(topic.replace('/cmd/', '/res/'), '{"error":{"code":-32601,"message":"no"}}', { qos: 1 });
    });
    await client.subscribeAsync('tagwire/shed/cmd/+', { qos: 1 });
    await page.until(() => page.controls.join() === 'call');
    answers = false;
    await page.until(() => page.controls.length === 0 && page.gateway);
    answers = true;
    client.publish('tagwire/shed/status', '{"status":"online","session":"1-1"}', { qos: 1 });
    await page.until(() => page.controls.join() === 'call');
  });

  it('tells the will, and no will that comes late', async () => {
    const { port, url } = await startBroker();
    const page = open(port);
    const client = await connectClient(url);
    await page.until(() => page.link === 'connected');
    const status = (text: string): Promise<unknown> =>
      client.publishAsync('tagwire/shed/status', text, { qos: 1, retain: true });
    await status(
      '{"status":"online","session":"12-3","boots":12,"board":"esp32","firmware":"0.1.0","restart":"power on"}',
    );
    await page.until(() => page.gateway.status?.startsWith('online'));
    expect(page.gateway).toMatchObject({ version: '0.1.0', counts: { restarts: 11 } });
    expect(page.of('hello').at(-1)!.gateways).toEqual([{ name: 'shed', board: 'esp32' }]);
    await status('{"status":"offline","session":"12-2"}');
    await status('{"status":"online","session":"12-3","notice":"subscription refused: tagwire/shed/cmd/+"}');
    await page.until(() => page.gateway.lastError);
    expect(page.lines.filter((line) => line.startsWith('offline'))).toEqual([]);
    await status('{"status":"offline","session":"12-3"}');
    await page.until(() => page.gateway.status?.startsWith('offline'));
    expect(page.lines).toContain('offline, session 12-3: its will, or its farewell');
    expect(page.gateway.connection).toBeUndefined();
  });

  it.each([
    ['cbor', {}],
    ['senml', {}],
    ['raw', {}],
    ['value', { topic: '{prefix}/{gateway}/{tag}/{field}' }],
    ['json', { topic: 'site/{gateway}', batch: 2, batchSeconds: 1, maxPayload: 1024 }],
    ['json', { topic: '{prefix}/{gateway}/readings' }],
  ])('reads payload=%s %o', async (payload, keys) => {
    const { port, url } = await startBroker();
    const topic = 'topic' in keys ? keys.topic : undefined;
    // The template of what is below {prefix}/{gateway} need not be told.
    const page = open(port, topic?.startsWith('site') ? { topic } : {});
    await page.until(() => page.link === 'connected');
    const device = startDevice(url, { payload, ...keys });
    device.hear();
    device.hear();
    const temperature = await page.until(() =>
      page.tags.get(TAG)?.fields.find(({ name, value }) => name === 'temperature' && value === 20.03),
    );
    expect(temperature.unit).toBe(payload === 'senml' ? 'Cel' : '°C');
    await page.until(() => page.tags.get(TAG)!.presence === 'here');
    if (payload !== 'raw') expect(page.tags.get(TAG)!.heard).toMatchObject([{ rssi: -60 }]);
    if (payload === 'cbor') {
      const messages = page.of('messages').flatMap(({ messages: seen }) => seen);
      const seen = messages.find((message) => message.topic.includes('/tags/'))!;
      expect(seen.hex).toBe(true);
      expect(JSON.parse(seen.meaning!)).toMatchObject({ address: TAG });
    }
  });

  it('shows sealed payloads as sealed, and opens them with the key', async () => {
    const { port, url } = await startBroker();
    const key = '000102030405060708090a0b0c0d0e0f';
    const closed = open(port);
    const opened = open(port, { unseal: parseUnseal(key) }, { clientId: 'opened' });
    const wrong = open(port, { unseal: parseUnseal(key.replace('0f', '00')) }, { clientId: 'wrong' });
    await Promise.all([closed, opened, wrong].map((page) => page.until(() => page.link === 'connected')));
    const device = startDevice(url, { seal: 'gcm', sealKey: key });
    device.hear();
    await opened.until(() => opened.tags.get(TAG)?.fields.length);
    for (const [page, meaning] of [
      [closed, /^sealed with AES-GCM, counter \d+$/],
      [wrong, /^sealed with AES-GCM, counter \d+: sealed with another key, or changed on its way$/],
    ] as const) {
      const isThere = ({ meaning: told }: MessageSeen): boolean => meaning.test(told ?? '');
      await page.until(() => page.of('messages').some(({ messages }) => messages.some(isThere)));
      expect(page.tags.size).toBe(0);
    }
  });

  it('says that it connects, that the broker refuses, and that it is back', async () => {
    const broker = await startBroker({ users: { page: 'right' } });
    const page = open(broker.port, {}, { username: 'page', password: 'wrong' });
    expect(page.link).toBe('connecting');
    await page.until(() => /not authorized; trying again in \d+ s$/.test(page.link));
    expect(page.lines.join()).not.toContain('wrong');
    const right = open(broker.port, {}, { username: 'page', password: 'right', clientId: 'right' });
    await right.until(() => right.link === 'connected');
    await broker.halt();
    await right.until(() => /connection lost|refused/.test(right.link));
    expect(right.of('state').at(-1)!.brokers[0]!.up).toBe(false);
    const called = await right.source.request({
      id: 1,
      name: 'call',
      parameters: { gateway: 0, method: 'scan', params: 0 },
    });
    expect(called.error).toMatch(/^the call was not sent: no connection to the broker /);
    await broker.start();
    await right.until(() => right.link === 'connected');
  });

  it('says which subscriptions the broker refuses', async () => {
    const refusing = await CloudBroker.start({
      limits: MQTT_LIMITS,
      maySubscribe: (_, filter) => filter.startsWith('site/'),
    });
    try {
      const page = open(Number(new URL(refusing.url).port), { topic: 'site/{gateway}' });
      await page.until(() => page.link === 'connected, but 1 of 2 subscriptions are refused');
      expect(page.lines).toContain('the broker refuses the subscription to tagwire/shed/#');
      const other = open(Number(new URL(refusing.url).port), {}, { clientId: 'other' });
      await other.until(() => other.link === 'connected, but all subscriptions are refused');
    } finally {
      await refusing.close();
    }
  });

  it('shows what is no payload of a device as it is, and stays', async () => {
    const { port, url } = await startBroker();
    const page = open(port);
    await page.until(() => page.link === 'connected');
    const client = await connectClient(url);
    const places = ['status', 'health', 'tags/DC2C6E0FC03D', 'presence/DC2C6E0FC03D', 'res/1', 'cmd/x', 'log', 'x/y'];
    for (const place of places) {
      for (const payload of HOSTILE)
        await client.publishAsync(`tagwire/shed/${place}`, Buffer.from(payload), { qos: 1 });
    }
    await client.publishAsync('tagwire/shed/status', '{"status":"online","session":"1-1"}');
    await page.until(() => page.gateway.status?.startsWith('online'));
    const seen = page.of('messages').reduce((sum, { messages, left }) => sum + messages.length + (left ?? 0), 0);
    await page.until(() => seen >= places.length * HOSTILE.length);
    for (const tag of page.tags.values()) {
      for (const { value } of tag.fields) expect(['number', 'string', 'boolean']).toContain(typeof value);
    }
    expect(JSON.stringify(page.source.snapshot()).length).toBeLessThan(10_000_000);
  });
});
