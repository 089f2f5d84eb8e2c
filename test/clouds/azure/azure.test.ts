import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { simBoard } from '../../../sim/sim-board.js';
import { CLOUDS } from '../../../src/cloud/index.js';
import type { Store } from '../../../src/hal/index.js';
import { loadOnTrial } from '../../../src/settings/load-configuration.js';
import { parseTagConfiguration } from '../../../src/settings/index.js';
import type { RawConfiguration } from '../../../src/settings/index.js';
import { RemoteConfiguration } from '../../../src/settings/remote-configuration.js';
import { hasSettingRecord } from '../../../src/settings/settings.js';
import { makeCertificates } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';
import { HandScanner } from '../../device/hand-scanner.js';
import type { CloudBroker } from '../cloud-broker.js';
import type { CloudMessage } from '../cloud-rules.js';
import { CloudTestDevice } from '../device.js';
import type { CloudDeviceOptions } from '../device.js';
import { AzureHub } from './contract.js';
import { HUB } from './rules.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
let certificates: Certificates;
const hubs: AzureHub[] = [];
const devices: CloudTestDevice[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
});

afterEach(async () => {
  for (const device of devices.splice(0)) await device.stop();
  for (const hub of hubs.splice(0)) await hub.close();
});

async function startHub(
  registered = { shed: { key: KEY } } as Parameters<typeof AzureHub.start>[0],
): Promise<AzureHub> {
  const hub = await AzureHub.start(registered, certificates);
  hubs.push(hub);
  return hub;
}

function configurationFor(hub: AzureHub, more: RawConfiguration = {}): RawConfiguration {
  return { cloud: 'azure', broker: hub.url, deviceId: 'shed', deviceKey: KEY, ...more };
}

function startDevice(raw: RawConfiguration, options: CloudDeviceOptions = {}): CloudTestDevice {
  const device = new CloudTestDevice(raw, { tls: { ca: certificates.ca.certificate }, ...options });
  devices.push(device);
  return device;
}

const target = {
  tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' },
  clouds: CLOUDS,
  gateway: 'desktop',
};

/** A device whose configuration can be changed from afar, over `board`'s restarts. */
function startRemote(raw: RawConfiguration, board: ReturnType<typeof simBoard>, restart: () => void): CloudTestDevice {
  const builtIn = { gateway: 'shed', health: 0, presence: 0, rpcAccess: 'all', ...raw };
  const { trial, settings } = loadOnTrial(builtIn, target, board.store);
  const own = settings.own();
  if (trial.counts) trial.load(own);
  const remote = new RemoteConfiguration(settings, trial);
  return startDevice({ ...builtIn, ...own }, { board: { ...board, restart }, remote });
}

const subscribedTo = (broker: CloudBroker, start: string): boolean =>
  broker.subscribed.some(({ filter }) => filter.startsWith(start));

describe('a device of cloud=azure', () => {
  it('sends readings, presence and its status with properties that routes can use', async () => {
    const hub = await startHub();
    const device = startDevice(configurationFor(hub, { presence: 60, health: 1 }));
    await device.line(/^connected/);
    device.hear();
    const { broker } = hub;
    const kinds = ['status', 'reading', 'presence', 'health'];
    await broker.until(() => kinds.every((kind) => hub.events(kind).length > 0));
    const body = { '$.ct': 'application/json;charset=utf-8', '$.ce': 'utf-8' };
    expect(hub.events('reading')[0]).toMatchObject({
      properties: { ...body, kind: 'reading', tag: 'DC2C6E0FC03D' },
      payload: { format: 'mikrotik', temperature: 19.78 },
    });
    expect(hub.events('presence')[0]!.payload).toMatchObject({ presence: 'arrived' });
    expect(hub.events('status')[0]).toMatchObject({ properties: body, payload: { status: 'online' } });
    const [connect] = broker.connects;
    expect(connect).toMatchObject({
      clientId: 'shed',
      username: `${HUB}/shed/?api-version=2021-04-12`,
      serverName: HUB,
    });
    expect(connect!.will).toMatchObject({ qos: 1, retain: false });
    expect([broker.violations, hub.refusals]).toEqual([[], []]);
  });

  it('puts several readings in a message', async () => {
    const hub = await startHub();
    const device = startDevice(configurationFor(hub, { batch: 4, maxPayload: 2048 }));
    await device.line(/^connected/);
    for (let i = 0; i < 4; i++) device.hear();
    await hub.broker.until(() => hub.events('readings').length === 1);
    expect(hub.events('readings')[0]!.payload).toHaveLength(4);
  });

  it('answers direct methods', async () => {
    const hub = await startHub();
    startDevice(configurationFor(hub));
    await hub.broker.until(() => subscribedTo(hub.broker, '$iothub/methods'));
    const statistics = await hub.call('statistics', '');
    expect([statistics.status, JSON.parse(statistics.payload)]).toEqual([
      200,
      expect.objectContaining({ connects: 1 }),
    ]);
    const refused = await hub.call('log', '{"level":');
    expect([refused.status, refused.payload]).toEqual([400, expect.stringContaining('payload is not JSON')]);
    const unknown = await hub.call('brew', 'null');
    expect([unknown.status, unknown.payload]).toEqual([404, expect.stringContaining('unknown method brew')]);
    expect((await hub.call('log', '{"level":7}')).status).toBe(400);
    expect(hub.broker.violations).toEqual([]);
  });

  it('takes cloud-to-device messages as calls without an answer', async () => {
    const hub = await startHub();
    const device = startDevice(configurationFor(hub));
    await hub.broker.until(() => subscribedTo(hub.broker, 'devices/shed/messages/devicebound'));
    await hub.send('shed', '{"method":"identify","params":{"seconds":3}}');
    await device.line(/^identify: this is the one, for 3 s/);
    await hub.send('shed', 'no JSON');
    await device.line(/payload is not JSON/);
    expect(hub.broker.violations).toEqual([]);
  });

  it('renews its token by a new connection before it expires, with nothing lost', async () => {
    const hub = await startHub();
    const { broker } = hub;
    const device = startDevice(configurationFor(hub, { tokenSeconds: 2 }), { unchecked: true });
    await device.line(/^connected/);
    let heard = 0;
    const hear = (): void => {
      device.hear();
      heard++;
    };
    const timer = setInterval(hear, 20);
    await broker.until(() => broker.connects.length === 2 && broker.connected.length === 1);
    for (let i = 0; i < 5; i++) hear();
    clearInterval(timer);
    const uptimes = (): Set<unknown> => new Set(hub.events('reading').map(({ payload }) => payload['uptime']));
    await broker.until(() => uptimes().size === heard);
    expect(broker.connects[0]!.password).not.toBe(broker.connects[1]!.password);
    expect(device.lines.filter((line) => /lost|refused/.test(line))).toEqual([]);
    expect([broker.violations, hub.refusals]).toEqual([[], []]);
  });

  it('makes no token before its clock is set', async () => {
    const hub = await startHub();
    const board = simBoard(() => new HandScanner());
    const { clock } = board;
    let isSet = false;
    const slow = { now: () => clock.now(), unixTime: () => (isSet ? clock.unixTime() : 0) };
    const device = startDevice(configurationFor(hub), { board: { ...board, clock: slow } });
    await device.line(/^Azure IoT Hub: a token needs the time of day; the clock is not set; check timeServers$/);
    await hub.broker.until(() => hub.refusals.length > 0);
    expect(hub.broker.connects[0]!).toMatchObject({ username: undefined, password: undefined });
    isSet = true;
    await device.line(/^connected/);
  });

  const steps: [string, RegExp][] = [
    ['its birth', /kind=status/],
    ['its question for the twin', /^\$iothub\/twin\/GET/],
    ['its report', /^\$iothub\/twin\/PATCH/],
    ['a reading', /kind=reading/],
  ];

  it.each(steps)('goes on after the connection was lost at %s', async (_what, topic) => {
    const hub = await startHub();
    const { misbehave } = hub.broker;
    misbehave.closeAt = (message: CloudMessage): boolean => {
      if (!topic.test(message.topic)) return false;
      misbehave.closeAt = undefined;
      return true;
    };
    const device = startDevice(configurationFor(hub));
    device.hear();
    await hub.broker.until(() => hub.events('reading').length > 0 && hub.reported['firmware'] !== undefined);
    expect(misbehave.closeAt).toBeUndefined();
    expect(hub.broker.violations).toEqual([]);
  });

  it('goes on after the connection was lost behind CONNACK', async () => {
    const hub = await startHub();
    hub.broker.misbehave.closeAfterConnack = 2;
    const device = startDevice(configurationFor(hub));
    await hub.broker.until(() => hub.broker.connects.length > 2 && hub.reported['firmware'] !== undefined);
    device.hear();
    await hub.broker.until(() => hub.events('reading').length > 0);
  });
});

describe('a device of cloud=azure with another identity', () => {
  it('logs in with a certificate', async () => {
    const hub = await startHub({ shed: {} });
    const { certificate, key } = await certificates.ca.issue({ commonName: 'shed' });
    const device = startDevice({ ...configurationFor(hub), deviceKey: '', certificate, key });
    device.hear();
    await hub.broker.until(() => hub.events('reading').length > 0);
    expect(hub.broker.connects[0]).toMatchObject({ password: undefined, certificate: 'shed' });
    expect([hub.broker.violations, hub.refusals]).toEqual([[], []]);
  });

  it('is refused with the certificate of another device', async () => {
    const hub = await startHub({ shed: {} });
    const { certificate, key } = await certificates.ca.issue({ commonName: 'barn' });
    const device = startDevice({ ...configurationFor(hub), deviceKey: '', certificate, key });
    await device.line(/^refused: /);
    expect(hub.refusals[0]).toBe('certificate');
  });

  it('is a module, with topics and a key of its own', async () => {
    const hub = await startHub({ 'shed/tags': { key: KEY } });
    const device = startDevice(configurationFor(hub, { moduleId: 'tags' }));
    device.hear();
    await hub.broker.until(() => hub.events('reading').length > 0 && hub.reported['firmware'] !== undefined);
    expect(hub.broker.connects[0]).toMatchObject({
      clientId: 'shed/tags',
      username: `${HUB}/shed/tags/?api-version=2021-04-12`,
    });
    expect(
      hub.broker.published.some(({ topic }) => topic.startsWith('devices/shed/modules/tags/messages/events/')),
    ).toBe(true);
    expect((await hub.call('statistics', '')).status).toBe(200);
    expect([hub.broker.violations, hub.refusals]).toEqual([[], []]);
  });

  it('must not have both', async () => {
    const hub = await startHub({ shed: {} });
    const { certificate, key } = await certificates.ca.issue({ commonName: 'shed' });
    expect(() => startDevice(configurationFor(hub, { certificate, key }))).toThrow(
      'deviceKey is given with certificate: a device has one of both at the hub',
    );
  });
});

describe('the twin', () => {
  it('tries a desired configuration once, and reports what became of it', async () => {
    const hub = await startHub();
    await hub.want({ configuration: { interval: 30 }, ofOthers: { x: [1] } });
    const board = simBoard(() => new HandScanner());
    const raw = configurationFor(hub, { interval: 10 });
    const first = await new Promise<CloudTestDevice>((resolve) => {
      const device = startRemote(raw, board, () => resolve(device));
    });
    expect(hub.reported).toMatchObject({ desiredVersion: 2, desiredResult: 'on trial from the next start' });
    devices.splice(0);
    await first.stop();

    const device = startRemote(raw, board, () => undefined);
    await device.line(/^connected/);
    await hub.broker.until(() => hub.reported['desiredResult'] === 'applied');
    await hub.broker.until(() => (hub.reported['configuration'] as { gateway?: string })?.gateway === 'shed');
    expect(hub.reported['configuration']).toMatchObject({ interval: '30', deviceKey: '*****' });
    expect(JSON.stringify(hub.reported)).not.toContain(KEY);
  });

  it('does not try again what did not stay', async () => {
    const hub = await startHub();
    await hub.want({ configuration: { interval: 30 } });
    const board = simBoard(() => new HandScanner());
    const raw = configurationFor(hub, { interval: 10 });
    const first = await new Promise<CloudTestDevice>((resolve) => {
      const device = startRemote(raw, board, () => resolve(device));
    });
    devices.splice(0);
    await first.stop();
    // The trial failed.
    loadOnTrial(raw, target, board.store).trial.giveUp();
    let restarts = 0;
    const device = startRemote(raw, board, () => restarts++);
    await device.line(/^connected/);
    await hub.broker.until(() => String(hub.reported['desiredResult']).startsWith('not applied: refused before'));
    expect(restarts).toBe(0);
    devices.splice(0);
    await device.stop();

    // Another hub counts versions of its own.
    const other = await startHub();
    await other.want({ configuration: { interval: 45 } });
    const moved = configurationFor(other, { interval: 10 });
    await new Promise<void>((resolve) => void startRemote(moved, board, resolve));
    expect(other.reported).toMatchObject({ desiredVersion: 2, desiredResult: 'on trial from the next start' });
  });

  it('does not try what it could not note as tried', async () => {
    const hub = await startHub();
    await hub.want({ configuration: { interval: 30 } });
    const { store, ...rest } = simBoard(() => new HandScanner());
    const failing: Store = {
      read: (key, into) => store.read(key, into),
      write: (key, bytes, from, to) => key !== 'azure-twin' && store.write(key, bytes, from, to),
      remove: (key) => store.remove(key),
    };
    let restarts = 0;
    startRemote(configurationFor(hub), { ...rest, store: failing }, () => restarts++);
    await hub.broker.until(() => hub.reported['desiredResult'] === 'not applied: the store failed');
    expect([restarts, hasSettingRecord(failing, 'trial')]).toEqual([0, false]);
  });

  it.each([
    [{ configuration: { nothing: 1 } }, /^not applied: "?nothing"? is not a configuration key/],
    [{ configuration: { deviceKey: 'x' } }, /^not applied: deviceKey is secret/],
    [{ configuration: { interval: -1 } }, /^not applied: interval must be/],
    [{ configuration: { interval: [1] } }, /^not applied: interval must be text/],
  ])('refuses %j', async (patch, line) => {
    const hub = await startHub();
    const board = simBoard(() => new HandScanner());
    startRemote(configurationFor(hub), board, () => undefined);
    await hub.broker.until(() => hub.reported['configuration'] !== undefined);
    await hub.want(patch);
    await hub.broker.until(() => hub.reported['desiredResult'] !== undefined);
    expect(hub.reported['desiredResult']).toMatch(line);
    expect(hub.reported['desiredVersion']).toBe(2);
  });

  it('asks for the twin when a patch did not arrive', async () => {
    const hub = await startHub();
    const device = startDevice(configurationFor(hub));
    const gets = (): number => hub.broker.published.filter(({ topic }) => topic.startsWith('$iothub/twin/GET')).length;
    await hub.broker.until(() => hub.reported['firmware'] !== undefined);
    expect(gets()).toBe(1);
    await hub.want({ configuration: { interval: 20 } });
    await hub.broker.until(() => hub.reported['desiredVersion'] === 2);
    hub.losePatches = true;
    await hub.want({ configuration: { interval: 30 } });
    hub.losePatches = false;
    await hub.want({ other: 1 });
    await hub.broker.until(() => hub.reported['desiredVersion'] === 4);
    expect(gets()).toBe(2);
    expect(hub.reported['desiredResult']).toBe(
      'not applied: the configuration of this device cannot be changed from afar',
    );
    await device.line(/^connected/);
  });

  it('goes on, and says so, when the hub refuses a question', async () => {
    const hub = await startHub();
    hub.twinFaults.push(400);
    const device = startDevice(configurationFor(hub));
    await device.line(/^Azure IoT Hub: twin: the hub answers with status 400$/);
    await hub.broker.until(() => hub.reported['firmware'] !== undefined);
  });

  it('reads a twin that comes in pieces', async () => {
    const hub = await startHub();
    await hub.want({ ofOthers: 'x'.repeat(2000), configuration: { interval: 20 } });
    startDevice(configurationFor(hub));
    await hub.broker.until(() => hub.reported['desiredVersion'] === 2);
  });

  it('says that a twin is too large', async () => {
    const hub = await startHub();
    await hub.want({ ofOthers: 'x'.repeat(5000) });
    const device = startDevice(configurationFor(hub));
    await device.line(/^Azure IoT Hub: twin: the hub sent 50\d\d bytes; this device reads at most 4096$/);
    device.hear();
    await hub.broker.until(() => hub.events('reading').length > 0);
  });
});

describe('the check of cloud=azure', () => {
  const raw = { cloud: 'azure', broker: 'mqtts://contoso.azure-devices.net', deviceId: 'shed', deviceKey: KEY };

  it.each([
    [{ keepAlive: 1200 }, 'Azure IoT Hub: keep alive is from 0 to 1177 s; yours is 1200; change keepAlive'],
    [
      { broker: 'mqtt://contoso.azure-devices.net' },
      'Azure IoT Hub: TLS is required; yours is mqtt://contoso.azure-devices.net; begin broker with mqtts://',
    ],
    [
      { broker: 'mqtts://10.1.2.3' },
      'Azure IoT Hub: the server must be named (SNI); yours is the address 10.1.2.3; name a host in ' +
        'broker, or set serverName',
    ],
    [
      { broker: 'mqtts://global.azure-devices-provisioning.net' },
      'Azure IoT Hub: the Device Provisioning Service takes no readings; yours is ' +
        'global.azure-devices-provisioning.net; set idScope; or name the hub in broker: mqtts://NAME.azure-devices.net',
    ],
    [
      { broker: 'mqtts://x.westeurope-1.ts.eventgrid.azure.net' },
      'Azure IoT Hub: Event Grid is another cloud; yours is x.westeurope-1.ts.eventgrid.azure.net; ' +
        'set cloud=event-grid',
    ],
    [
      { tokenSeconds: 60 },
      'Azure IoT Hub: each token takes a new connection, so it lives at least 300 s; yours is 60; raise tokenSeconds',
    ],
    [
      { deviceId: 'north shed' },
      'Azure IoT Hub: a device ID has letters, digits and -.%_*?!(),:=@$\' only; yours is "north ' +
        'shed"; change deviceId',
    ],
    [
      { deviceKey: 'c2hvcnQ=' },
      'deviceKey is wrong: it must be the primary key of the device as the portal shows it: Base64 of ' +
        '16 to 64 bytes, got 5 bytes',
    ],
    [
      { deviceKey: 'not a key' },
      'deviceKey is wrong: it must be the primary key of the device as the portal shows it: Base64 of ' +
        '16 to 64 bytes, got 9 characters that are no Base64',
    ],
    [
      { deviceKey: '' },
      'deviceKey is missing: it must be the primary key of the device as the portal shows it: Base64 ' +
        'of 16 to 64 bytes; or give certificate and key, for X.509',
    ],
    [{ rpc: 'plain' }, 'Azure IoT Hub: calls come as direct methods only; yours is plain; set rpc=cloud or rpc=off'],
    [{ deviceId: '' }, 'deviceId is missing: it must be the device ID at the hub'],
    [{ username: 'me' }, 'username must not be given: this cloud makes it from broker, deviceId and deviceKey'],
  ])('refuses %j', (more, line) => {
    expect(() => new CloudTestDevice({ ...raw, ...more })).toThrow(line);
  });

  it('bypassed, the hub ends the connection at a keep alive that is too long, and without a server name', async () => {
    const hub = await startHub();
    startDevice(configurationFor(hub, { keepAlive: 1200 }), { unchecked: true });
    await hub.broker.until(() => hub.broker.violations.length > 0);
    expect(hub.broker.violations[0]).toMatchObject({ rule: 'keepAliveSeconds', value: 1200 });
    const other = await startHub();
    startDevice(configurationFor(other, { broker: other.broker.url }), { unchecked: true });
    await other.broker.until(() => other.broker.violations.length > 0);
    expect(other.broker.violations[0]).toMatchObject({ rule: 'serverName' });
  });

  it('bypassed, the hub ends the connection at a topic filter of another dialect', async () => {
    const hub = await startHub();
    startDevice(configurationFor(hub, { rpc: 'plain' }), { unchecked: true });
    await hub.broker.until(() => hub.broker.violations.length > 0);
    expect(hub.broker.violations[0]).toMatchObject({ rule: 'topic', value: 'tagwire/shed/cmd/+' });
  });

  it('bypassed, there is no way in without TLS', async () => {
    const hub = await startHub();
    const broker = hub.url.replace('mqtts:', 'mqtt:');
    const device = startDevice(configurationFor(hub, { broker }), { unchecked: true });
    await device.line(/^(connect|lost|refused|network)/);
    expect(hub.broker.connects).toEqual([]);
  });
});
