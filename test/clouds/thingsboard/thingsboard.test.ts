import { connectAsync } from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { parseForDesktop } from '../../../sim/cli/configuration-file.js';
import { simBoard } from '../../../sim/sim-board.js';
import { CLOUDS } from '../../../src/cloud/index.js';
import { VERSION } from '../../../src/device/index.js';
import { THINGSBOARD } from '../../../src/cloud/thingsboard/definition.js';
import { THINGSBOARD_LIMITS } from '../../../src/cloud/thingsboard/limits.js';
import { loadOnTrial } from '../../../src/settings/load-configuration.js';
import { parseTagConfiguration } from '../../../src/settings/index.js';
import { RemoteConfiguration } from '../../../src/settings/remote-configuration.js';
import type { CloudBroker, CloudBrokerOptions } from '../cloud-broker.js';
import { CloudTestDevice } from '../device.js';
import type { CloudDeviceOptions } from '../device.js';
import { share, startThingsBoard, telemetry } from './contract.js';
import { DOCUMENTED } from './rules.js';
import type { SessionLimitsAnswer } from './rules.js';

const TOKEN = 'A1_TEST_TOKEN';
const TELEMETRY = 'v1/devices/me/telemetry';
const PREFIX = 'DC2C6E0FC03D_';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function server(
  limits: SessionLimitsAnswer | 'none' = DOCUMENTED,
  options: Partial<CloudBrokerOptions> = {},
): Promise<CloudBroker> {
  const broker = await startThingsBoard([TOKEN], limits === 'none' ? undefined : limits, options);
  opened.push(() => broker.close());
  return broker;
}

async function device(
  broker: CloudBroker,
  raw: object = {},
  options: CloudDeviceOptions = {},
): Promise<CloudTestDevice> {
  const made = new CloudTestDevice({ cloud: 'thingsboard', broker: broker.url, accessToken: TOKEN, ...raw }, options);
  opened.push(() => made.stop());
  await made.line(/^connected/);
  return made;
}

function readings(broker: CloudBroker): number {
  return telemetry(broker).filter(({ values }) => `${PREFIX}temperature` in values).length;
}

describe('the fixture', () => {
  test('lets a device in by its token alone', async () => {
    const broker = await server();
    const client = await connectAsync(broker.url, { username: TOKEN });
    await client.publishAsync(TELEMETRY, '{"ts":1790000000000,"values":{"temperature":23.5}}', { qos: 1 });
    expect(telemetry(broker)).toEqual([{ ts: 1790000000000, values: { temperature: 23.5 } }]);
    await client.endAsync();
    await expect(connectAsync(broker.url, { username: 'x', reconnectPeriod: 0 })).rejects.toMatchObject({ code: 5 });
    await expect(connectAsync(broker.url, { reconnectPeriod: 0 })).rejects.toMatchObject({ code: 4 });
  });

  test('ends a connection at what is not flat, and at other topics', async () => {
    const broker = await server();
    for (const [topic, payload] of [
      [TELEMETRY, '{"events":["freeFall"]}'],
      [TELEMETRY, 'no JSON'],
      ['tagwire/shed/status', '{}'],
    ] as const) {
      const client = await connectAsync(broker.url, { username: TOKEN, reconnectPeriod: 0 });
      const closed = new Promise<void>((done) => client.once('close', () => done()));
      client.publish(topic, payload, { qos: 1 });
      await closed;
    }
    expect(broker.violations.map(({ rule }) => rule)).toEqual(['topic', 'topic', 'topic']);
  });
});

describe('cloud=thingsboard', () => {
  test('sends readings with their time, under keys of the tag, and what it is as attributes', async () => {
    const broker = await server();
    const it = await device(broker);
    it.hear();
    await broker.until(() => readings(broker) === 1);
    const { ts, values } = telemetry(broker).find(({ values }) => `${PREFIX}temperature` in values)!;
    expect(Math.abs(ts! - Date.now())).toBeLessThan(60000);
    expect(values).toMatchObject({ [`${PREFIX}temperature`]: expect.any(Number), [`${PREFIX}rssi`]: -60 });
    const [attributes] = broker.textsOn(/\/attributes$/);
    expect(JSON.parse(attributes!)).toMatchObject({ firmware: expect.any(String), session: expect.any(String) });
    expect(broker.connects[0]).toMatchObject({ username: TOKEN, password: undefined, will: undefined });
    expect(broker.violations).toEqual([]);
  });

  test('sends presence and several readings in one message', async () => {
    const broker = await server();
    const it = await device(broker, { presence: 60, batch: 3, batchSeconds: 3600, maxPayload: 2048 });
    // With the arrival these are twice three.
    for (let i = 0; i < 5; i++) it.hear();
    await broker.until(() => readings(broker) === 5);
    const messages = broker.textsOn(/telemetry$/).map((text) => JSON.parse(text) as unknown);
    expect(messages.some((message) => Array.isArray(message) && message.length > 1)).toBe(true);
    expect(telemetry(broker).map(({ values }) => values[`${PREFIX}presence`])).toContain('arrived');
  });

  test('sends health as telemetry', async () => {
    const broker = await server();
    await device(broker, { health: 3600 });
    const health = (): object[] => telemetry(broker).filter(({ values }) => 'scanner' in values);
    await broker.until(() => health().length > 0);
    expect(health()[0]).toMatchObject({ values: { scanner: 'scanning', connects: 1 } });
  });

  describe('firmware', () => {
    const current = { current_fw_title: 'tagwire-sim', current_fw_version: VERSION };
    const told = (broker: CloudBroker): object[] =>
      telemetry(broker).flatMap(({ values }) => ('current_fw_title' in values ? [values] : []));
    const failed = {
      ...current,
      fw_state: 'FAILED',
      fw_error: 'this firmware cannot be updated over the air: flash it by cable',
    };

    test('is told at each connection', async () => {
      const broker = await server();
      await device(broker);
      await broker.until(() => told(broker).length === 1);
      broker.kick('tagwire-shed');
      await broker.until(() => told(broker).length === 2);
      expect(told(broker)).toEqual([current, current]);
      expect(broker.violations).toEqual([]);
    });

    test('that is assigned while the device is away is refused once, and asked for by nobody', async () => {
      const broker = await server();
      const assigned = {
        fw_title: 'other',
        fw_version: '2',
        fw_size: 5,
        fw_checksum: 'x',
        fw_checksum_algorithm: 'MD5',
      };
      share(broker, assigned);
      await device(broker);
      await broker.until(() => told(broker).length === 2);
      expect(told(broker)).toEqual([current, failed]);
      broker.kick('tagwire-shed');
      await broker.until(() => told(broker).length === 3 && broker.textsOn(/attributes\/request\/2$/).length === 2);
      expect(told(broker)[2]).toEqual(current);
      expect(broker.subscribed.filter(({ filter }) => filter.startsWith('v2/'))).toEqual([]);
      expect(broker.violations).toEqual([]);
    });

    test('that is assigned is answered, and anew after it was taken back; its own is there already', async () => {
      const broker = await server();
      await device(broker);
      await broker.until(() => told(broker).length === 1 && broker.textsOn(/attributes\/request\/2$/).length === 1);
      const assign = async (attributes: object): Promise<void> =>
        broker.publish('v1/devices/me/attributes', JSON.stringify(attributes));
      const other = { fw_title: 'tagwire-sim', fw_version: '9.9.9', fw_size: 5 };
      await assign(other);
      await assign({ deleted: ['fw_title', 'fw_version', 'fw_size'] });
      await assign(other);
      await assign({ ...other, fw_version: VERSION });
      await broker.until(() => told(broker).length === 4);
      expect(told(broker)).toEqual([current, failed, failed, { ...current, fw_state: 'UPDATED' }]);
    });
  });

  test('answers a call', async () => {
    const broker = await server();
    const it = await device(broker);
    await broker.until(() => broker.subscribed.some(({ filter }) => filter === 'v1/devices/me/rpc/request/+'));
    await broker.publish('v1/devices/me/rpc/request/7', '{"method":"scan","params":false}');
    await broker.until(() => broker.textsOn(/rpc\/response\/7$/).length === 1);
    expect(broker.textsOn(/rpc\/response\/7$/)).toEqual(['{"on":false}']);
    expect(it.scanner.scanning).toBe(false);
  });

  test('lets people claim it after each connection', async () => {
    const broker = await server();
    await device(broker, { claimSecret: 'on the "label"', claimSeconds: 60 });
    await broker.until(() => broker.textsOn(/claim$/).length === 1);
    broker.kick('tagwire-shed');
    await broker.until(() => broker.textsOn(/claim$/).length === 2);
    expect(JSON.parse(broker.textsOn(/claim$/)[0]!)).toEqual({ secretKey: 'on the "label"', durationMs: 60000 });
  });

  test('lets people claim it when somebody calls for that', async () => {
    const broker = await server();
    await device(broker, { claimSecret: 'label' });
    await broker.until(() => broker.subscribed.some(({ filter }) => filter === 'v1/devices/me/rpc/request/+'));
    await broker.publish('v1/devices/me/rpc/request/1', '{"method":"claim","params":{"seconds":60}}');
    await broker.until(() => broker.textsOn(/claim$/).length === 2 && broker.textsOn(/rpc\/response\/1$/).length === 1);
    expect(broker.textsOn(/claim$/).map((text) => JSON.parse(text) as unknown)).toEqual([
      { secretKey: 'label', durationMs: 300000 },
      { secretKey: 'label', durationMs: 60000 },
    ]);
    expect(broker.textsOn(/rpc\/response\/1$/)).toEqual(['{"seconds":60}']);
    await broker.publish('v1/devices/me/rpc/request/2', '{"method":"claim","params":{"seconds":0}}');
    await broker.until(() => broker.textsOn(/rpc\/response\/2$/).length === 1);
    expect(broker.textsOn(/rpc\/response\/2$/)[0]).toContain('params.seconds must be an integer from 1 to 86400');
  });

  test('tells its claim secret to no broker that its secrets are not for', async () => {
    const broker = await server('none', { authenticate: () => 0 });
    const it = await device(broker, { claimSecret: 'label', credentialsFor: 'mqtt://other.example:1883' });
    it.hear();
    await broker.until(() => readings(broker) === 1);
    expect(broker.connects[0]!.username).toBeUndefined();
    expect(broker.published.map(({ payload }) => payload.toString()).join()).not.toContain('label');
  }, 15000);

  test('refuses the call to be claimed when it has no secret', async () => {
    const broker = await server();
    await device(broker);
    await broker.until(() => broker.subscribed.some(({ filter }) => filter === 'v1/devices/me/rpc/request/+'));
    await broker.publish('v1/devices/me/rpc/request/1', '{"method":"claim"}');
    await broker.until(() => broker.textsOn(/rpc\/response\/1$/).length === 1);
    expect(broker.textsOn(/rpc\/response\/1$/)[0]).toContain('this device has no claimSecret');
  });

  test('is configured by shared attributes, those that were set while it was away and those that change', async () => {
    const broker = await server();
    share(broker, { interval: 30, fw_title: 'other' });
    const memory = simBoard(() => undefined as never);
    const start = (): { it: CloudTestDevice; restarted: Promise<void> } => {
      const builtIn = {
        cloud: 'thingsboard',
        broker: broker.url,
        accessToken: TOKEN,
        rpcAccess: 'all',
        gateway: 'shed',
      };
      const target = { tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' }, clouds: CLOUDS };
      const { trial, settings } = loadOnTrial(builtIn, target, memory.store);
      const own = settings.own();
      if (trial.counts) trial.load(own);
      const remote = new RemoteConfiguration(settings, trial);
      let restart = (): void => undefined;
      const restarted = new Promise<void>((done) => (restart = done));
      const board = { ...memory, restart: () => restart() };
      const it = new CloudTestDevice({ ...builtIn, interval: 10, ...own }, { board, remote });
      opened.push(() => it.stop());
      return { it, restarted };
    };
    const results = (): string[] => broker.textsOn(/attributes$/).filter((text) => text.includes('Result'));
    const first = start();
    await first.restarted;
    expect(results()).toEqual(['{"configurationResult":"on trial from the next start"}']);
    await first.it.stop();
    const second = start();
    await broker.until(() => results().length === 2);
    expect(results()[1]).toBe('{"configurationResult":"applied"}');
    await broker.publish('v1/devices/me/attributes', '{"interval":"often"}');
    await broker.until(() => results().length === 3);
    expect(results()[2]).toMatch(/^\{"configurationResult":"not applied: interval must be .*often/);
    await second.it.stop();
    expect(broker.violations).toEqual([]);
  }, 30000);

  test.each([
    ['messages', '10:1'],
    ['telemetryMessages', '10:1'],
  ])(
    'keeps to four fifths of the rate of %s that the server tells',
    async (name, rate) => {
      const broker = await server({ ...DOCUMENTED, rateLimits: { messages: '11:1', [name]: rate } });
      const it = await device(broker);
      for (let i = 0; i < 20; i++) it.hear();
      await broker.until(() => readings(broker) === 20);
      expect(broker.violations).toEqual([]);
    },
    20000,
  );

  test('keeps to the rate of data points', async () => {
    const broker = await server({ ...DOCUMENTED, rateLimits: { telemetryDataPoints: '50:1' } });
    const it = await device(broker);
    for (let i = 0; i < 15; i++) it.hear();
    await broker.until(() => readings(broker) === 15);
    expect(broker.violations).toEqual([]);
  }, 20000);

  test('keeps to four fifths of what may be in flight, and to the length of a payload', async () => {
    const broker = await server({ ...DOCUMENTED, maxInflightMessages: 5, maxPayloadSize: 400 });
    const it = await device(broker, { batch: 2, batchSeconds: 0, inFlight: 20 });
    it.hear();
    await broker.until(() => readings(broker) === 1);
    broker.misbehave.holdAcks = true;
    for (let i = 0; i < 12; i++) it.hear();
    expect(it.firmware.gateway.connection.session.inFlight).toBe(4);
    broker.releaseAcks();
    await broker.until(() => readings(broker) === 13);
    expect(broker.violations).toEqual([]);
    expect(Math.max(...broker.published.map(({ payload }) => payload.length))).toBeLessThanOrEqual(400);
  });

  test('reports to a server that knows no limits', async () => {
    const broker = await server('none');
    const it = await device(broker);
    it.hear();
    await broker.until(() => readings(broker) === 1);
    expect(broker.violations).toEqual([]);
  }, 15000);

  test.each([
    ['after CONNACK', (broker: CloudBroker) => void (broker.misbehave.closeAfterConnack = 2)],
    ['at the question for the limits', closeOnceAt(/rpc\/request/)],
    ['at the attributes', closeOnceAt(/attributes$/)],
    ['at a reading', closeOnceAt(/telemetry$/)],
  ])(
    'goes on when the link is lost %s',
    async (_, misbehave) => {
      const broker = await server();
      misbehave(broker);
      const it = new CloudTestDevice({ cloud: 'thingsboard', broker: broker.url, accessToken: TOKEN });
      opened.push(() => it.stop());
      it.hear();
      await broker.until(() => readings(broker) === 1);
      expect(broker.connects.length).toBeGreaterThan(1);
      await broker.until(() => broker.textsOn(/attributes$/).length > 0);
    },
    15000,
  );

  test('sends more in flight than allowed only when the check is off, and is punished', async () => {
    const raw = { inFlight: 150, outbox: 65536, maxPayload: 512 };
    const configure = (): unknown =>
      parseForDesktop({ cloud: 'thingsboard', broker: 'mqtt://127.0.0.1', accessToken: TOKEN, ...raw }, false);
    expect(configure).toThrow('ThingsBoard: a connection has at most 100 messages in flight; yours has 150; lower');
    const broker = await server('none', { limits: { ...THINGSBOARD_LIMITS, inFlight: 3 } });
    broker.misbehave.refuseConnect = 3;
    broker.misbehave.holdAcks = true;
    const it = new CloudTestDevice(
      { cloud: 'thingsboard', broker: broker.url, accessToken: TOKEN, ...raw },
      { unchecked: true },
    );
    opened.push(() => it.stop());
    for (let i = 0; i < 10; i++) it.hear();
    broker.misbehave.refuseConnect = 0;
    await broker.until(() => broker.violations.some(({ rule }) => rule === 'inFlight'));
    broker.releaseAcks();
  }, 20000);
});

describe('a device without tags', () => {
  const withoutTags = { clouds: [THINGSBOARD], makeReporter: () => undefined };

  test('sends health, attributes and its firmware, answers calls, and can be claimed and configured', async () => {
    const broker = await server();
    const raw = { health: 3600, claimSecret: 'label' };
    const it = await device(broker, raw, { features: withoutTags });
    await broker.until(() => telemetry(broker).length === 2 && broker.textsOn(/claim$/).length === 1);
    const values = Object.assign({}, ...telemetry(broker).map((each) => each.values)) as object;
    expect(values).toMatchObject({ current_fw_title: 'tagwire-sim', uptime: expect.any(Number), connects: 1 });
    expect(JSON.parse(broker.textsOn(/attributes$/)[0]!)).toMatchObject({ session: '1-1', firmware: VERSION });
    await broker.until(() => broker.subscribed.some(({ filter }) => filter === 'v1/devices/me/rpc/request/+'));
    await broker.publish('v1/devices/me/rpc/request/7', '{"method":"identify","params":5}');
    await broker.until(() => broker.textsOn(/rpc\/response\/7$/).length === 1);
    expect(broker.textsOn(/rpc\/response\/7$/)).toEqual(['{"seconds":5}']);
    broker.kick('tagwire-shed');
    await broker.until(() => broker.textsOn(/claim$/).length === 2);
    expect(it.firmware.gateway.reporter).toBeUndefined();
    // It sends so little that it need not ask for limits.
    expect(broker.textsOn(/rpc\/request/)).toEqual([]);
    expect(broker.violations).toEqual([]);
  });
});

function closeOnceAt(topic: RegExp): (broker: CloudBroker) => void {
  return (broker) => {
    let left = 1;
    broker.misbehave.closeAt = (message) => topic.test(message.topic) && left-- > 0;
  };
}

describe('mistakes', () => {
  test.each([
    [{}, 'accessToken is missing: it must be 1 to 32 bytes; "Copy access token" on the page of the device'],
    [{ accessToken: 'x'.repeat(33) }, /^accessToken must be 1 to 32 bytes of text.*33/],
    [{ accessToken: 'x', username: 'y' }, 'accessToken is given as well as username'],
    [{ accessToken: 'x', cloud: 'plain' }, 'accessToken is a key of cloud=thingsboard (ThingsBoard), got cloud=plain'],
  ])('%j', (raw, line) => {
    const configure = (): unknown =>
      parseForDesktop({ cloud: 'thingsboard', broker: 'mqtt://127.0.0.1', gateway: 'shed', ...raw }, false);
    expect(configure).toThrow(line);
  });

  test('a token that the server does not know is refused without being shown', async () => {
    const broker = await server();
    const it = new CloudTestDevice({ cloud: 'thingsboard', broker: broker.url, accessToken: 'SECRET_TOKEN' });
    opened.push(() => it.stop());
    await it.line(/^refused: .*not authorized/);
    expect(it.lines.join('\n')).not.toContain('SECRET_TOKEN');
  });
});
