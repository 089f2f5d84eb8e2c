import { connectAsync } from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { parseForDesktop } from '../../../sim/cli/configuration-file.js';
import { simBoard } from '../../../sim/sim-board.js';
import { CLOUDS } from '../../../src/cloud/index.js';
import { parseTagConfiguration } from '../../../src/settings/index.js';
import { PersistedPolicies } from '../../../src/settings/persisted-policies.js';
import { PersistedSettings } from '../../../src/settings/persisted-settings.js';
import type { CloudBroker } from '../cloud-broker.js';
import { CloudTestDevice } from '../device.js';
import type { CloudDeviceOptions } from '../device.js';
import { deviceTelemetry, shareWithDevices, startThingsBoardGateway } from '../thingsboard/contract.js';
import { DOCUMENTED } from '../thingsboard/rules.js';
import type { SessionLimitsAnswer } from '../thingsboard/rules.js';
import type { Claims } from './rules.js';

const TOKEN = 'GATEWAY_TOKEN';
const TAG = 'DC:2C:6E:0F:C0:3D';
const OTHER = 'DC:2C:6E:00:00:02';
const NAMED = { deviceNames: `${TAG}=Cold store "1"` };
const NAME = 'Cold store "1"';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function server(
  limits: SessionLimitsAnswer = DOCUMENTED,
  devices = new Set<string>(),
  claims: Claims = new Map(),
): Promise<CloudBroker> {
  const broker = await startThingsBoardGateway(TOKEN, limits, devices, claims);
  opened.push(() => broker.close());
  return broker;
}

async function device(broker: CloudBroker, raw: object, options: CloudDeviceOptions = {}): Promise<CloudTestDevice> {
  const made = new CloudTestDevice(
    { cloud: 'thingsboard-gateway', broker: broker.url, accessToken: TOKEN, ...raw },
    options,
  );
  opened.push(() => made.stop());
  await made.line(/^connected/);
  return made;
}

const saidOn = (broker: CloudBroker, topic: string): unknown[] =>
  broker.textsOn(new RegExp(`^v1/gateway/${topic}$`)).map((text) => JSON.parse(text) as unknown);

const subscribed = (broker: CloudBroker, topic: string): boolean =>
  broker.subscribed.some(({ filter }) => filter === topic);

test('the fixture counts telemetry before connect as a violation, and a name as a device', async () => {
  const devices = new Set<string>();
  const broker = await server(DOCUMENTED, devices);
  const client = await connectAsync(broker.url, { username: TOKEN });
  await client.publishAsync('v1/gateway/telemetry', '{"A":[{"ts":1,"values":{"t":1}}]}', { qos: 1 });
  await client.publishAsync('v1/gateway/connect', '{"device":"B","type":"default"}', { qos: 1 });
  await client.publishAsync('v1/gateway/telemetry', '{"B":[{"t":1}]}', { qos: 1 });
  await client.endAsync();
  expect([...devices]).toEqual(['A', 'B']);
  expect(broker.violations).toMatchObject([{ value: 'telemetry before connect: A' }]);
});

describe('cloud=thingsboard-gateway', () => {
  test('reports a tag with a name as a device, and no other', async () => {
    const devices = new Set<string>();
    const broker = await server(DOCUMENTED, devices);
    const it = await device(broker, { ...NAMED, deviceType: 'thermometer' });
    it.hear(OTHER);
    it.hear();
    await broker.until(() => deviceTelemetry(broker, NAME).length === 1);
    expect(deviceTelemetry(broker, NAME)[0]!.values).toMatchObject({ temperature: expect.any(Number), rssi: -60 });
    expect(saidOn(broker, 'connect')).toEqual([{ device: NAME, type: 'thermometer' }]);
    expect(saidOn(broker, 'attributes')).toEqual([
      { [NAME]: { address: TAG, format: 'mikrotik', name: NAME, firstSeen: expect.any(Number) } },
    ]);
    const [attributes] = saidOn(broker, 'attributes') as [{ [name: string]: { firstSeen: number } }];
    expect(Math.abs(attributes[NAME]!.firstSeen - Date.now())).toBeLessThan(60000);
    expect([...devices]).toEqual([NAME]);
    expect(broker.violations).toEqual([]);
    await it.stop();
    // The one without a name counts as delivered.
    expect(it.firmware.gateway.unacknowledged).toBe(0);
  });

  test('lets every tag create a device where it is told so', async () => {
    const devices = new Set<string>();
    const broker = await server(DOCUMENTED, devices);
    const it = await device(broker, { ...NAMED, createDevices: true, batch: 5, batchSeconds: 0.1, maxPayload: 2048 });
    for (const address of [OTHER, TAG, TAG, OTHER]) it.hear(address);
    await broker.until(() => deviceTelemetry(broker, OTHER).length === 2 && deviceTelemetry(broker, NAME).length === 2);
    expect([...devices].sort()).toEqual([NAME, OTHER]);
    expect(broker.violations).toEqual([]);
  });

  test('says anew after a reconnection what a device is, also when nothing more is heard of it', async () => {
    const broker = await server();
    const it = await device(broker, NAMED);
    it.hear();
    await broker.until(() => saidOn(broker, 'attributes').length === 1);
    broker.kick('tagwire-shed');
    await broker.until(() => saidOn(broker, 'attributes').length === 2);
    expect(saidOn(broker, 'attributes')[1]).toEqual({
      [NAME]: { address: TAG, format: 'mikrotik', name: NAME, firstSeen: expect.any(Number) },
    });
    expect(broker.violations).toEqual([]);
  });

  test('lets people claim tags, after each connection and when somebody calls for that', async () => {
    const claims: Claims = new Map();
    const broker = await server(DOCUMENTED, new Set(), claims);
    const raw = { ...NAMED, createDevices: true, tagClaimSecrets: `${TAG}=on "A",${OTHER}=on B`, claimSeconds: 60 };
    const it = await device(broker, raw);
    it.hear('DC:2C:6E:00:00:03');
    it.hear();
    it.hear(OTHER);
    await broker.until(() => claims.size === 2);
    expect([...claims]).toEqual([
      [NAME, { secretKey: 'on "A"', durationMs: 60000 }],
      [OTHER, { secretKey: 'on B', durationMs: 60000 }],
    ]);
    claims.clear();
    await broker.publish('v1/devices/me/rpc/request/1', '{"method":"claim","params":{"seconds":5}}');
    await broker.until(() => claims.size === 2);
    expect(claims.get(OTHER)).toEqual({ secretKey: 'on B', durationMs: 5000 });
    claims.clear();
    broker.kick('tagwire-shed');
    await broker.until(() => claims.size === 2);
    expect(claims.get(NAME)).toEqual({ secretKey: 'on "A"', durationMs: 60000 });
    expect(broker.violations).toEqual([]);
    expect(it.lines.join('\n')).not.toContain('on B');
  });

  describe('the shared attribute policy of a tag', () => {
    const policies = (broker: CloudBroker, raw: object = {}) => {
      const board = simBoard(() => undefined as never);
      const builtIn = {
        cloud: 'thingsboard-gateway',
        broker: broker.url,
        accessToken: TOKEN,
        gateway: 'shed',
        ...NAMED,
      };
      const target = { tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' }, clouds: CLOUDS };
      const settings = new PersistedSettings({ ...builtIn, ...raw }, target, board.store);
      let shown: PersistedPolicies | undefined;
      const features: CloudDeviceOptions['features'] = {
        makePolicies: (reporter) => (shown = new PersistedPolicies(reporter, settings)),
      };
      return { options: { board, features }, raw: { ...NAMED, ...raw }, text: () => shown!.policyText(), settings };
    };
    const results = (broker: CloudBroker): unknown[] =>
      saidOn(broker, 'attributes').filter((said) => JSON.stringify(said).includes('policyResult'));

    test('is asked for once for each connection, obeyed, and kept', async () => {
      const broker = await server();
      shareWithDevices(broker, { [NAME]: { policy: 'interval=30 temperature=0.5' } });
      const { options, raw, text, settings } = policies(broker);
      const it = await device(broker, raw, options);
      it.hear();
      await broker.until(() => results(broker).length === 1);
      expect(saidOn(broker, 'attributes/request')).toEqual([{ id: 1, device: NAME, client: false, key: 'policy' }]);
      expect(results(broker)).toEqual([{ [NAME]: { policyResult: 'applied' } }]);
      expect(text()).toContain(`; ${TAG} interval=30 heartbeat=60 events=yes temperature=0.5`);
      const { policies: kept } = settings.own();
      expect(kept).toContain(`${TAG} interval=30 temperature=0.5`);
      // Written once, not at each connection.
      settings.write([{ name: 'policies', value: undefined }]);
      broker.kick('tagwire-shed');
      await broker.until(() => results(broker).length === 2);
      expect(settings.own().policies).toBeUndefined();
      expect(broker.violations).toEqual([]);
    });

    test('is followed as it changes and is deleted', async () => {
      const broker = await server();
      const { options, raw, text } = policies(broker, { policies: `default events=no; ${TAG},${OTHER} interval=20` });
      const it = await device(broker, raw, options);
      it.hear();
      await broker.until(
        () => saidOn(broker, 'attributes/request').length === 1 && subscribed(broker, 'v1/gateway/attributes'),
      );
      const change = async (data: object, device = NAME): Promise<unknown> => {
        const { length } = results(broker);
        await broker.publish('v1/gateway/attributes', JSON.stringify({ device, data }));
        await broker.until(() => results(broker).length > length);
        return Object.values(results(broker)[length] as object)[0] as unknown;
      };
      expect(await change({ policy: 'interval=5' })).toEqual({ policyResult: 'applied' });
      expect(text()).toMatch(new RegExp(`^default .*; ${OTHER} interval=20 .*; ${TAG} interval=5 [^;]*events=no$`));
      expect(await change({ deleted: ['other', 'policy'] })).toEqual({ policyResult: 'applied' });
      expect(text()).not.toContain(TAG);
      const before = text();
      expect(await change({ policy: 'interval=soon' })).toMatchObject({
        policyResult: expect.stringMatching(
          /^not applied: policies, character \d+: "interval=soon" must be 0 to 86400/,
        ),
      });
      expect(await change({ policy: 'interval=5; default interval=1' })).toEqual({
        policyResult: expect.stringMatching(
          /^not applied: policy must be settings such as "interval=30 temperature=0.5", got "interval=5; default/,
        ),
      });
      expect(await change({ policy: 30 })).toEqual({
        policyResult: 'not applied: policy must be text such as "interval=30 temperature=0.5"',
      });
      expect(text()).toBe(before);
      expect(broker.violations).toEqual([]);
    });

    test('is asked for under the new name of a tag that was renamed', async () => {
      const broker = await server();
      shareWithDevices(broker, { Freezer: { policy: 'interval=40' } });
      const { options, raw, text } = policies(broker);
      const it = await device(broker, raw, options);
      it.hear();
      await broker.until(() => saidOn(broker, 'attributes/request').length === 1);
      await broker.publish(
        'v1/devices/me/rpc/request/1',
        JSON.stringify({ method: 'gateway_device_renamed', params: { [NAME]: 'Freezer' } }),
      );
      await broker.until(() => results(broker).length === 1);
      expect(results(broker)).toEqual([{ Freezer: { policyResult: 'applied' } }]);
      expect(text()).toContain(`${TAG} interval=40`);
      expect(broker.violations).toEqual([]);
    });

    test('is not asked for where nothing may be set from afar', async () => {
      const broker = await server();
      const { options, raw } = policies(broker, { rpcAccess: 'read' });
      const it = await device(broker, raw, options);
      it.hear();
      await broker.until(() => deviceTelemetry(broker, NAME).length === 1);
      expect(subscribed(broker, 'v1/gateway/attributes')).toBe(false);
      expect(saidOn(broker, 'attributes/request')).toEqual([]);
    });
  });

  test('says anew after a reconnection which devices are there', async () => {
    const broker = await server();
    const it = await device(broker, { createDevices: true });
    it.hear();
    it.hear(OTHER);
    await broker.until(() => saidOn(broker, 'telemetry').length === 2);
    broker.kick('tagwire-shed');
    await broker.until(() => saidOn(broker, 'connect').length >= 4);
    expect(saidOn(broker, 'connect').slice(2)).toEqual([TAG, OTHER].map((name) => ({ device: name, type: 'default' })));
    it.hear();
    await broker.until(() => deviceTelemetry(broker, TAG).length >= 2);
    expect(broker.violations).toEqual([]);
  });

  test('says that a tag which is away is disconnected, and connected when it is back', async () => {
    const broker = await server();
    // With room for one tag, another one makes it away.
    const it = await device(broker, { deviceNames: `${TAG}=A,${OTHER}=B`, tags: 1, presence: 60 });
    it.hear();
    await broker.until(() => deviceTelemetry(broker, 'A').length === 2);
    it.hear(OTHER);
    it.hear(OTHER);
    await broker.until(() => saidOn(broker, 'disconnect').length === 1);
    expect(saidOn(broker, 'disconnect')).toEqual([{ device: 'A' }]);
    expect(deviceTelemetry(broker, 'A').at(-1)!.values).toMatchObject({ presence: 'away' });
    it.hear();
    it.hear();
    await broker.until(() => saidOn(broker, 'connect').length === 3);
    expect(saidOn(broker, 'connect').at(-1)).toEqual({ device: 'A', type: 'default' });
    expect(broker.violations).toEqual([]);
  });

  test('keeps to four fifths of the rate of the gateway, after a reconnection too', async () => {
    const broker = await server({
      ...DOCUMENTED,
      // Longer than the receive buffer of other clouds.
      rateLimits: { messages: '99:1,'.repeat(80) },
      gatewayRateLimits: { messages: '12:1' },
    });
    const it = await device(broker, { createDevices: true });
    for (let i = 0; i < 8; i++) it.hear(`DC:2C:6E:00:00:0${i}`);
    await broker.until(() => saidOn(broker, 'telemetry').length === 8);
    broker.kick('tagwire-shed');
    await broker.until(() => saidOn(broker, 'connect').length >= 16);
    expect(broker.violations).toEqual([]);
  }, 30000);

  test('answers calls to a tag and to itself', async () => {
    const broker = await server();
    await device(broker, NAMED);
    await broker.until(() => subscribed(broker, 'v1/gateway/rpc') && subscribed(broker, 'v1/devices/me/rpc/request/+'));
    const call = { device: NAME, data: { id: 5, method: 'scan', params: { on: false } } };
    await broker.publish('v1/gateway/rpc', JSON.stringify(call));
    await broker.publish('v1/devices/me/rpc/request/9', '{"method":"scan","params":true}');
    await broker.publish('v1/devices/me/rpc/request/10', '{"method":');
    await broker.until(() => broker.textsOn(/rpc\/response\/10$/).length === 1);
    expect(saidOn(broker, 'rpc')).toEqual([{ device: NAME, id: 5, data: { on: false } }]);
    expect(broker.textsOn(/rpc\/response\/9$/)).toEqual(['{"on":true}']);
    expect(broker.textsOn(/rpc\/response\/10$/)[0]).toMatch(/payload is not JSON/);
  });

  test('follows a rename and a deletion, also after a restart', async () => {
    const devices = new Set<string>();
    const broker = await server(DOCUMENTED, devices);
    const board = simBoard(() => undefined as never);
    const raw = { ...NAMED, createDevices: true };
    const first = await device(broker, raw, { board });
    first.hear();
    first.hear(OTHER);
    await broker.until(() => deviceTelemetry(broker, NAME).length === 1 && deviceTelemetry(broker, OTHER).length === 1);
    const renamed = { method: 'gateway_device_renamed', params: { [NAME]: 'Freezer' } };
    await broker.publish('v1/devices/me/rpc/request/1', JSON.stringify(renamed));
    await broker.publish('v1/devices/me/rpc/request/2', `{"method":"gateway_device_deleted","params":"${OTHER}"}`);
    await first.line(/deleted in ThingsBoard, no longer reported: DC:2C:6E:00:00:02/);
    devices.clear();
    first.hear(OTHER);
    first.hear();
    await broker.until(() => deviceTelemetry(broker, 'Freezer').length === 1);
    await first.stop();
    const second = new CloudTestDevice(
      { cloud: 'thingsboard-gateway', broker: broker.url, accessToken: TOKEN, ...raw },
      { board },
    );
    opened.push(() => second.stop());
    second.hear(OTHER);
    second.hear();
    await broker.until(() => deviceTelemetry(broker, 'Freezer').length === 2);
    expect([...devices]).toEqual(['Freezer']);
    expect(broker.violations).toEqual([]);
  });
});

describe('mistakes', () => {
  test.each([
    [{}, 'deviceNames is missing: no tag would be reported'],
    [{ deviceNames: 'Cold store' }, 'deviceNames: each must be ADDRESS=NAME with a name of 1 to 255 characters, got'],
    [{ deviceNames: `${TAG}=` }, 'deviceNames: each must be ADDRESS=NAME'],
    [{ deviceNames: `${TAG}=A,${OTHER}=A` }, 'deviceNames: addresses and names must differ'],
    [
      { ...NAMED, tagClaimSecrets: `${TAG}=s,${OTHER}=s` },
      'tagClaimSecrets: each tag must stand in deviceNames as well; number 2 does not',
    ],
    [{ ...NAMED, tagClaimSecrets: `${TAG}=s,${TAG}=t` }, 'tagClaimSecrets: addresses must differ; number 2'],
    [
      { ...NAMED, tagClaimSecrets: 'hidden' },
      /tagClaimSecrets: each must be ADDRESS=SECRET with a secret of 1 to 64 characters; number 1 is not$/,
    ],
    [
      { ...NAMED, inFlight: 101 },
      'ThingsBoard gateway: a connection has at most 100 messages in flight; yours has 101',
    ],
  ])('%j', (raw, line) => {
    const all = { cloud: 'thingsboard-gateway', broker: 'mqtt://127.0.0.1', accessToken: TOKEN, ...raw };
    expect((): unknown => parseForDesktop(all, false)).toThrow(line);
  });
});
