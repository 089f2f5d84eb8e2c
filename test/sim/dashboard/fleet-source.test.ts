import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { afterEach, expect, it } from 'vitest';
import { FleetSource } from '../../../sim/dashboard/fleet-source.js';
import type { FleetSourceOptions } from '../../../sim/dashboard/fleet-source.js';
import { CloudTestDevice } from '../../clouds/device.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';
import { HOSTILE } from './hostile-payloads.js';
import { ToldPage } from './told-page.js';

const GATEWAYS = 1000;
const TAGS = 10_000;

requireMosquitto()('the view of a fleet', () => {
  const brokers: Mosquitto[] = [];
  const sources: FleetSource[] = [];
  const devices: CloudTestDevice[] = [];
  const clients: MqttClient[] = [];
  afterEach(async () => {
    for (const source of sources.splice(0)) source.close();
    for (const device of devices.splice(0)) device.firmware.gateway.close();
    for (const client of clients.splice(0)) client.end(true);
    for (const broker of brokers.splice(0)) await broker.stop();
  });

  async function start(
    options: Partial<FleetSourceOptions> = {},
  ): Promise<{ page: ToldPage<FleetSource>; client: MqttClient }> {
    const broker = await startMosquitto({ maxQueuedMessages: 0 });
    brokers.push(broker);
    const backoff = { minimum: 20, maximum: 100 };
    const connection = { endpoints: [{ host: '127.0.0.1', port: broker.port }], clientId: 'view', backoff };
    const source = new FleetSource({ connection, prefix: 'tagwire', version: '1', ...options });
    sources.push(source);
    const page = new ToldPage<FleetSource>(source);
    await page.until(() => page.link === 'connected');
    const client = await connectAsync(broker.url, { protocolVersion: 4 });
    clients.push(client);
    return { page, client };
  }

  it('shows real gateways: who hears a tag, versions, and which one is gone', async () => {
    const { page } = await start();
    const { url } = brokers[0]!;
    for (const gateway of ['shed', 'barn']) {
      const device = new CloudTestDevice({ broker: url, gateway, health: 1, presence: 60 });
      devices.push(device);
      device.hear();
    }
    devices[1]!.hear();
    await page.until(() => page.fleet.get('shed')?.outbox === 0 && page.fleet.get('barn')?.readings === 3);
    expect(page.fleet.get('shed')).toMatchObject({
      online: true,
      board: 'sim',
      version: '0.1.0',
      outbox: 0,
      duplicates: 0,
    });
    expect(Math.abs(page.fleet.get('shed')!.clockError!)).toBeLessThan(1000);
    expect(page.fleet.get('shed')!.stuck).toBeUndefined();
    const heard = await page.until(
      () => page.coverage.get('DC:2C:6E:0F:C0:3D')?.length === 2 && page.coverage.get('DC:2C:6E:0F:C0:3D'),
    );
    expect(heard.map(({ name, rssi }) => `${name} ${rssi}`).sort()).toEqual(['barn -60', 'shed -60']);
    // Its connection is cut, so that the broker sends its will.
    devices[1]!.firmware.gateway.close();
    await page.until(() => page.fleet.get('barn')!.stage === 'offline');
    expect(page.lines.some((line) => /^barn: offline for a few seconds: its will/.test(line))).toBe(true);
    expect(page.fleet.get('shed')!.online).toBe(true);
    expect(brokers[0]!.log()).not.toContain('Received PUBLISH from view');
    expect(page.source.snapshot()[0]).toMatchObject({ more: expect.stringContaining('--ask 900') as string });
  });

  it(`keeps up with ${GATEWAYS} gateways and ${TAGS} tags, and tells those that changed once a second`, async () => {
    const { page, client } = await start();
    const publish = (topic: string, payload: object): void => {
      client.publish(`tagwire/${topic}`, JSON.stringify(payload), { qos: 1 });
    };
    for (let i = 0; i < GATEWAYS; i++) {
      const session = `${i}-1`;
      publish(`gw-${i}/status`, {
        status: i % 10 === 1 ? 'offline' : 'online',
        session,
        firmware: i < 900 ? '0.2.0' : '0.1.0',
      });
      if (i % 10 === 1) continue;
      const odd = i % 10 === 2 ? { scanner: 'silent' } : i % 10 === 3 ? {} : { scanner: 'scanning', time: Date.now() };
      publish(`gw-${i}/health`, { uptime: 500, outbox: 0, dropped: 0, advertisementsPerSecond: 9, tags: 10, ...odd });
    }
    for (let i = 0; i < TAGS; i++) {
      const address = addressOf(i);
      const topic = address.replaceAll(':', '');
      for (const [place, rssi] of [
        [i % GATEWAYS, -60],
        [(i + 1) % GATEWAYS, -80],
      ] as const) {
        publish(`gw-${place}/tags/${topic}`, { address, id: `3/${i}`, rssi, time: Date.now(), temperature: 20 });
      }
    }
    publish('gw-7/tags/000000000007', { address: addressOf(7), id: '3/7', rssi: -60, time: Date.now() });
    await page.until(() => page.fleet.size === GATEWAYS && page.fleet.get('gw-7')?.duplicates === 1);
    await page.until(() => page.coverage.size === TAGS);
    const stages = (stage: string | undefined): number =>
      [...page.fleet.values()].filter((one) => one.stage === stage).length;
    expect({
      offline: stages('offline'),
      scanner: stages('scanner'),
      clock: stages('clock'),
      none: stages(undefined),
    }).toEqual({
      offline: 100,
      scanner: 100,
      clock: 100,
      none: 700,
    });
    expect([...page.fleet.values()].filter(({ version }) => version === '0.1.0')).toHaveLength(100);
    expect([...page.fleet.values()].reduce((sum, { duplicates }) => sum + (duplicates ?? 0), 0)).toBe(1);
    expect(page.of('fleet').at(-1)!.total).toBe(GATEWAYS);
    expect(page.coverage.get(addressOf(1234))!.map(({ name, rssi }) => [name, rssi])).toEqual([
      ['gw-234', -60],
      ['gw-235', -80],
    ]);
    // Between two texts of state a gateway is told once at most.
    let since = new Set<string>();
    for (const text of page.texts) {
      if (text.type === 'state') since = new Set();
      if (text.type !== 'fleet') continue;
      for (const { name } of text.gateways) {
        expect(since.has(name), name).toBe(false);
        since.add(name);
      }
    }
    // Nothing but what changed is told.
    await page.until(() => page.isQuiet);
    const before = page.texts.length;
    publish('gw-5/health', {
      uptime: 560,
      time: Date.now(),
      scanner: 'scanning',
      outbox: 12,
      advertisementsPerSecond: 9,
    });
    await page.until(() => page.fleet.get('gw-5')!.outbox === 12);
    const told = page.texts.slice(before).flatMap((text) => (text.type === 'fleet' ? text.gateways : []));
    // Of those that are offline it may just be another minute.
    expect(told.filter(({ stage }) => stage !== 'offline').map(({ name }) => name)).toEqual(['gw-5']);

    // A page that opens later, told at once.
    const later = new ToldPage<FleetSource>(page.source);
    expect(later.fleet.size).toBe(GATEWAYS);
    expect(later.coverage.size).toBe(TAGS);
  });

  it('has room for so many gateways and tags, and says so', async () => {
    const { page, client } = await start({ mostGateways: 20, mostTags: 50 });
    for (let i = 0; i < 200; i++) {
      const address = addressOf(i);
      client.publish(
        `tagwire/gw-${i % 30}/tags/${address.replaceAll(':', '')}`,
        JSON.stringify({ address, rssi: -50 }),
        { qos: 1 },
      );
    }
    await page.until(() => page.lines.some((line) => line.includes('more than 20 gateways')));
    await page.until(() => page.source.counts.messages === 200);
    expect(page.source.counts).toMatchObject({ gateways: 20, tags: 50 });
    await page.until(() => page.isQuiet);
    expect(page.fleet.size).toBe(20);
    expect(page.coverage.size).toBe(50);
  });

  it('asks how worn the flash is, and only who is online', async () => {
    const { page, client } = await start({ ask: 900 });
    const asked: string[] = [];
    client.on('message', (topic, payload) => {
      const [prefix, gateway, , id] = topic.split('/');
      const { method } = JSON.parse(payload.toString()) as { method: string };
      asked.push(`${gateway} ${method}`);
      const flash = { blocks: 256, free: 250, bad: 0, erasures: 10, programmed: 256 * 4048 };
      client.publish(`${prefix}/${gateway}/res/${id}`, JSON.stringify({ result: { waiting: 0, flash } }), { qos: 1 });
    });
    await client.subscribeAsync('tagwire/+/cmd/+', { qos: 1 });
    client.publish('tagwire/off/status', '{"status":"offline","session":"1-1"}', { qos: 1 });
    client.publish('tagwire/shed/health', JSON.stringify({ uptime: 36_000, time: Date.now() }), { qos: 1 });
    client.publish('tagwire/shed/status', '{"status":"online","session":"1-1"}', { qos: 1 });
    await page.until(() => page.fleet.get('shed')?.wearHours);
    // Each block is erased once in ten hours.
    expect(page.fleet.get('shed')!.wearHours).toBeGreaterThan(999_800);
    expect(page.fleet.get('shed')!.wearHours).toBeLessThan(1_001_000);
    expect(asked).toEqual(['shed outbox.statistics']);
  });

  it('takes what is no payload of a device for nothing', async () => {
    const { page, client } = await start({ ask: 900 });
    const places = [
      'status',
      'health',
      'tags/DC2C6E0FC03D',
      'presence/DC2C6E0FC03D',
      'res/1',
      'res/fleet-view-1',
      'x',
      'x/y',
    ];
    for (const place of places) {
      for (const payload of HOSTILE) client.publish(`tagwire/shed/${place}`, Buffer.from(payload), { qos: 1 });
    }
    client.publish('tagwire//status', '{"status":"online"}', { qos: 1 });
    client.publish(`tagwire/${'x'.repeat(5000)}/status`, '{"status":"online"}', { qos: 1 });
    client.publish('tagwire/__proto__/status', '{"status":"online","session":"1-1"}', { qos: 1 });
    await page.until(() => page.fleet.get('__proto__')?.online);
    expect([...page.fleet.keys()].sort()).toEqual(['__proto__', 'shed']);
    await page.until(() => page.isQuiet);
    expect(JSON.stringify(page.source.snapshot()).length).toBeLessThan(1_000_000);
  });
});

function addressOf(i: number): string {
  return i
    .toString(16)
    .toUpperCase()
    .padStart(12, '0')
    .replace(/(..)(?=.)/g, '$1:');
}
