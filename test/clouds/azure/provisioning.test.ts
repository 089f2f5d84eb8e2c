import { createHmac } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { simBoard } from '../../../sim/sim-board.js';
import { makeCertificates } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';
import { HandScanner } from '../../device/hand-scanner.js';
import type { RawConfiguration } from '../../../src/settings/index.js';
import type { CloudBrokerOptions } from '../cloud-broker.js';
import type { CloudMessage } from '../cloud-rules.js';
import { CloudTestDevice } from '../device.js';
import type { CloudDeviceOptions } from '../device.js';
import { AzureHub } from './contract.js';
import { HUB } from './rules.js';
import type { Registered } from './rules.js';
import { ID_SCOPE } from './provisioning-rules.js';
import type { Enrollment } from './provisioning-rules.js';
import { ProvisioningService } from './provisioning.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
/** Of `shed` in a group with `KEY`. */
const DERIVED = createHmac('sha256', Buffer.alloc(32, 7)).update('shed').digest('base64');
const OTHER = Buffer.alloc(32, 8).toString('base64');

let certificates: Certificates;
const closing: { close(): Promise<void> }[] = [];
const devices: CloudTestDevice[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
});

afterEach(async () => {
  for (const device of devices.splice(0)) await device.stop();
  for (const each of closing.splice(0)) await each.close();
});

async function startHub(registered: { [clientId: string]: Registered } = { shed: { key: KEY } }): Promise<AzureHub> {
  const hub = await AzureHub.start(registered, certificates);
  closing.push(hub);
  return hub;
}

/** As a hub is assigned; an emulation has a port of its own. */
function nameOf(hub: AzureHub): string {
  return `${HUB}:${hub.broker.port}`;
}

async function startService(
  hub: AzureHub,
  enrollment: Partial<Enrollment> = {},
  options: Partial<CloudBrokerOptions> = {},
): Promise<ProvisioningService> {
  const shed: Enrollment = { key: KEY, hub: nameOf(hub), polls: 0, ...enrollment };
  const service = await ProvisioningService.start({ shed }, certificates, options);
  closing.push(service);
  return service;
}

function configurationFor(service: ProvisioningService, more: RawConfiguration = {}): RawConfiguration {
  return { cloud: 'azure', broker: service.url, idScope: ID_SCOPE, deviceKey: KEY, gateway: 'shed', ...more };
}

function startDevice(raw: RawConfiguration, options: CloudDeviceOptions = {}): CloudTestDevice {
  const device = new CloudTestDevice(raw, { tls: { ca: certificates.ca.certificate }, ...options });
  devices.push(device);
  return device;
}

const hasReading = (hub: AzureHub): Promise<void> => hub.broker.until(() => hub.events('reading').length > 0);

describe('a device that registers with the Device Provisioning Service', () => {
  it('goes to the hub that it is assigned to, with what it heard meanwhile', async () => {
    const hub = await startHub();
    const service = await startService(hub, { polls: 1 });
    const device = startDevice(configurationFor(service));
    device.hear();
    await hasReading(hub);
    expect(service.requests).toEqual(['register', 'status', 'status']);
    expect(service.broker.connects).toEqual([
      expect.objectContaining({
        clientId: 'shed',
        clean: true,
        will: undefined,
        serverName: HUB,
        username: expect.stringMatching(
          /^0ne00000001\/registrations\/shed\/api-version=2019-03-31&ClientVersion=Tagwire%2F/,
        ) as string,
      }),
    ]);
    expect(service.broker.connected).toEqual([]);
    expect(hub.broker.connects[0]).toMatchObject({
      clientId: 'shed',
      username: `${HUB}/shed/?api-version=2021-04-12`,
      serverName: HUB,
      will: { topic: expect.stringMatching(/^devices\/shed\/messages\/events\//) as string },
    });
    expect([service.broker.violations, service.refusals]).toEqual([[], []]);
    expect([hub.broker.violations, hub.refusals]).toEqual([[], []]);
  });

  it('has its place after a restart, and asks again with another key', async () => {
    const hub = await startHub();
    const service = await startService(hub);
    const board = simBoard(() => new HandScanner());
    await startDevice(configurationFor(service), { board }).line(/^connected/);
    await devices.pop()!.stop();
    await startDevice(configurationFor(service), { board }).line(/^connected/);
    await devices.pop()!.stop();
    expect(service.requests).toEqual(['register', 'status']);
    await startDevice(configurationFor(service, { deviceKey: OTHER }), { board }).line(/^refused: /);
    expect(service.refusals).toContain('wrong signature');
  });

  it('derives its key from that of its group, and takes another name than it registers with', async () => {
    const hub = await startHub({ 'shed-7': { key: DERIVED } });
    const service = await startService(hub, { isGroup: true, deviceId: 'shed-7' });
    const device = startDevice(configurationFor(service, { deviceKey: '', groupKey: KEY, gateway: 'Shed' }));
    device.hear();
    await hasReading(hub);
    expect(hub.broker.connects[0]!.clientId).toBe('shed-7');
    expect(hub.broker.connects[0]!.will!.topic).toMatch(/^devices\/shed-7\/messages\/events\//);
    const mine = 'devices/shed-7/messages/devicebound/#';
    await hub.broker.until(() => hub.broker.subscribed.some(({ filter }) => filter === mine));
    await hub.send('shed-7', '{"method":"identify","params":{"seconds":3}}');
    await device.line(/identify: this is the one, for 3 s/);
    expect((await hub.call('statistics', '')).status).toBe(200);
    expect(hub.reported['firmware']).toBeDefined();
    expect([hub.broker.violations, hub.refusals, service.refusals]).toEqual([[], [], []]);
  });

  it('logs in with a certificate at both', async () => {
    const hub = await startHub({ shed: {} });
    const { certificate, key } = await certificates.ca.issue({ commonName: 'shed' });
    const service = await ProvisioningService.start({ shed: { hub: nameOf(hub) } }, certificates);
    closing.push(service);
    const device = startDevice(configurationFor(service, { deviceKey: '', certificate, key }));
    device.hear();
    await hasReading(hub);
    expect(service.broker.connects[0]).toMatchObject({ certificate: 'shed', password: undefined });
    expect(hub.broker.connects[0]).toMatchObject({ certificate: 'shed', password: undefined });
    expect([service.broker.violations, service.refusals, hub.refusals]).toEqual([[], [], []]);
  });

  it('has room for the longest name that it may be given', async () => {
    const deviceId = 'x'.repeat(128);
    const hub = await startHub({ [deviceId]: { key: KEY } });
    const service = await startService(hub, { deviceId });
    const device = startDevice(configurationFor(service, { presence: 60, health: 1 }));
    device.hear();
    const kinds = ['status', 'reading', 'presence', 'health'];
    await hub.broker.until(() => kinds.every((kind) => hub.events(kind).length > 0));
    expect([hub.broker.violations, hub.refusals]).toEqual([[], []]);
  });

  const isOnce = (topic: RegExp): ((message: CloudMessage) => boolean) => {
    let count = 0;
    return (message) => topic.test(message.topic) && count++ === 0;
  };

  it.each<[string, (service: ProvisioningService, hub: AzureHub) => void]>([
    ['behind CONNACK of the service', ({ broker }) => void (broker.misbehave.closeAfterConnack = 1)],
    ['at its registration', ({ broker }) => void (broker.misbehave.closeAt = isOnce(/iotdps-register/))],
    ['at its question for the status', ({ broker }) => void (broker.misbehave.closeAt = isOnce(/operationstatus/))],
    ['behind CONNACK of the hub', (_service, { broker }) => void (broker.misbehave.closeAfterConnack = 1)],
    ['at its first message', (_service, { broker }) => void (broker.misbehave.closeAt = isOnce(/events/))],
  ])('goes on after the link was lost %s', async (_step, fail) => {
    const hub = await startHub();
    const service = await startService(hub);
    fail(service, hub);
    const device = startDevice(configurationFor(service));
    device.hear();
    await hasReading(hub);
    expect([service.broker.connected, hub.broker.violations]).toEqual([[], []]);
  });

  it('waits as long as the service says', async () => {
    const hub = await startHub();
    const service = await startService(hub);
    service.mishaps.push({ status: 429, retryAfter: 1 }, { status: 503, retryAfter: 1 });
    await startDevice(configurationFor(service)).line(/^connected/);
    expect(service.requests).toEqual(['register', 'register', 'register', 'status']);
  });

  it('asks for another registration when the service has forgotten the first one', async () => {
    const hub = await startHub();
    const service = await startService(hub, { polls: 9 });
    const device = startDevice(configurationFor(service));
    await service.broker.until(() => service.requests.length === 2);
    service.enrollments['shed']!.polls = 0;
    service.mishaps.push({ status: 404 });
    await device.line(/^connected/);
    expect(service.requests.slice(2)).toEqual(['status', 'register', 'status']);
  });

  it('moves to another hub when its own refuses it, with what it has', async () => {
    const [hub, other] = [await startHub(), await startHub()];
    const service = await startService(hub);
    const device = startDevice(configurationFor(service));
    device.hear();
    await hasReading(hub);
    hub.broker.misbehave.refuseConnect = 5;
    service.enrollments['shed']!.hub = nameOf(other);
    hub.broker.kick('shed');
    device.hear();
    await hasReading(other);
    expect(service.requests).toEqual(['register', 'status', 'register', 'status']);
    expect(device.lines).toContain('Azure IoT Hub: the broker refuses the registered credentials; registering again');
  });

  it('restarts when it gets another name while messages with its old one are in flight', async () => {
    const [hub, other] = [await startHub(), await startHub({ 'shed-9': { key: KEY } })];
    const service = await startService(hub);
    const board = simBoard(() => new HandScanner());
    await new Promise<void>((resolve) => {
      const device = startDevice(configurationFor(service), { board: { ...board, restart: resolve } });
      hub.broker.misbehave.holdAcks = true;
      device.hear();
      void hasReading(hub).then(() => {
        hub.broker.misbehave.refuseConnect = 5;
        Object.assign(service.enrollments['shed']!, { hub: nameOf(other), deviceId: 'shed-9' });
        hub.broker.kick('shed');
      });
    });
    devices.splice(0)[0]!.firmware.gateway.close();
    const asked = service.requests.length;
    const device = startDevice(configurationFor(service), { board });
    device.hear();
    await hasReading(other);
    expect(service.requests.length).toBe(asked);
    expect([other.broker.violations, other.refusals]).toEqual([[], []]);
  });

  it('goes back to its hub when the service is away', async () => {
    const hub = await startHub();
    const service = await startService(hub);
    const device = startDevice(configurationFor(service));
    await device.line(/^connected/);
    await service.close();
    hub.broker.misbehave.refuseConnect = 5;
    hub.broker.kick('shed');
    await device.line(/^connect: /);
    hub.broker.misbehave.refuseConnect = 0;
    device.hear();
    await hasReading(hub);
  });

  it.each([
    ['disabled', 'registration refused: status disabled; asking again'],
    ['failed', 'registration refused: status failed, error 400207: Custom allocation failed; asking again'],
  ] as const)('says that it is %s', async (status, line) => {
    const hub = await startHub();
    const service = await startService(hub, { status });
    const device = startDevice(configurationFor(service));
    await device.line(/registration refused/);
    expect(device.lines.filter((text) => text.includes('refused'))).toEqual([expect.stringContaining(line)]);
    await service.broker.until(() => service.broker.connected.length === 0);
  });

  it('says that it is refused, without its key', async () => {
    const hub = await startHub();
    const service = await startService(hub);
    const device = startDevice(configurationFor(service, { deviceKey: OTHER }));
    await device.line(/^refused: .*not authorized/i);
    service.mishaps.push({ status: 401 });
    service.enrollments['shed']!.key = OTHER;
    await device.line(/registration refused: the key, the certificate or idScope is wrong \(401\)/);
    expect(device.lines.join('\n')).not.toContain(OTHER);
    expect(hub.broker.connects).toEqual([]);
  });

  it('does not register where the certificate is for another host', async () => {
    const hub = await startHub();
    const { wrongHost } = certificates;
    const service = await startService(hub, {}, { tls: { server: wrongHost } });
    const device = startDevice(configurationFor(service));
    await device.line(/^TLS: /);
    expect(service.broker.connects).toEqual([]);
  });

  it('makes no token before its clock is set', async () => {
    const hub = await startHub();
    const service = await startService(hub);
    const board = simBoard(() => new HandScanner());
    let isSet = false;
    const clock = { now: () => board.clock.now(), unixTime: () => (isSet ? board.clock.unixTime() : 0) };
    const device = startDevice(configurationFor(service), { board: { ...board, clock } });
    await device.line(/a token needs the time of day; the clock is not set; check timeServers/);
    await device.line(/^refused: /);
    isSet = true;
    device.hear();
    await hasReading(hub);
    expect(service.refusals).toContain('user name');
  });

  it.each<[what: string, payload: string, line: string]>([
    ['is no JSON', 'no JSON', 'its answer has no operationId'],
    ['is null', 'null', 'its answer has no operationId'],
    ['has an operationId for another topic', '{"operationId":"a/#"}', 'its answer has no operationId'],
    ['has an operationId that is no text', '{"operationId":7}', 'its answer has no operationId'],
    ['is too long', `{"operationId":"${'x'.repeat(3000)}"}`, 'an answer of 3018 bytes, of which this device reads'],
  ])('says that an answer %s', async (_what, payload, line) => {
    const hub = await startHub();
    const service = await startService(hub);
    service.mishaps.push({ status: 202, payload });
    const device = startDevice(configurationFor(service));
    await device.line(/registration refused/);
    expect(device.lines.join('\n')).toContain(line);
  });

  it.each<[what: string, registrationState: object]>([
    ['a hub that is no host', { assignedHub: 'a b', deviceId: 'shed' }],
    ['two hubs', { assignedHub: 'hub,other', deviceId: 'shed' }],
    ['a name that is a filter', { assignedHub: HUB, deviceId: 'shed/#' }],
    ['an empty name', { assignedHub: HUB, deviceId: '' }],
    ['a name that is too long', { assignedHub: HUB, deviceId: 'x'.repeat(129) }],
    ['no hub', { deviceId: 7 }],
  ])('does not go to %s', async (_what, registrationState) => {
    const hub = await startHub();
    const service = await startService(hub);
    service.mishaps.push({ status: 200, payload: JSON.stringify({ status: 'assigned', registrationState }) });
    const device = startDevice(configurationFor(service));
    await device.line(/registration refused: this firmware cannot use its answer/);
  });

  it('gives a service that its key is not for no token, nor the hub that this one names', async () => {
    const hub = await startHub();
    const service = await startService(hub, {}, { authenticate: () => 0 });
    startDevice(configurationFor(service, { credentialsFor: 'mqtts://global.azure-devices-provisioning.net' }));
    await hub.broker.until(() => hub.broker.connects.length > 0);
    expect([service.broker.connects[0]!.password, hub.broker.connects[0]!.password]).toEqual([undefined, undefined]);
  });

  it('stops while it registers', async () => {
    const hub = await startHub();
    const service = await startService(hub, { polls: 9 });
    const device = startDevice(configurationFor(service));
    await service.broker.until(() => service.requests.length > 0);
    await device.stop();
    await service.broker.until(() => service.broker.connected.length === 0);
    devices.splice(0);
  });
});

describe('the configuration for the Device Provisioning Service', () => {
  const global = {
    cloud: 'azure',
    broker: 'mqtts://global.azure-devices-provisioning.net',
    idScope: ID_SCOPE,
    groupKey: KEY,
  };

  it.each<[what: string, raw: RawConfiguration, line: string]>([
    ['has a device ID', { deviceId: 'shed' }, 'deviceId is given with idScope: the service gives the device its ID'],
    ['has a module ID', { moduleId: 'tags' }, 'moduleId is given with idScope: the service registers no modules'],
    ['has two keys', { deviceKey: KEY }, 'groupKey is given with deviceKey: the key of the device follows from'],
    ['has no key', { groupKey: '' }, 'or give groupKey, the primary key of the enrollment group; or give certificate'],
    ['has a wrong key', { groupKey: 'YQ==' }, 'groupKey is wrong: it must be the primary key of the enrollment group'],
    ['has no scope', { idScope: '', deviceId: 'shed' }, 'groupKey is given without idScope'],
    [
      'has a wrong scope',
      { idScope: 'a/b' },
      'Azure IoT Hub: an ID scope has letters and digits only; yours is "a/b"; change idScope',
    ],
    [
      'has a registration ID with a slash',
      { registrationId: 'a/b' },
      'Azure IoT Hub: a registration ID has letters, digits and -._: only, at the end a letter, a digit or -; ' +
        'yours is "a/b"; change registrationId',
    ],
    [
      'names a hub',
      { broker: 'mqtts://contoso.azure-devices.net' },
      'Azure IoT Hub: with idScope the device asks the Device Provisioning Service; ' +
        'yours is contoso.azure-devices.net; set broker=mqtts://global.azure-devices-provisioning.net',
    ],
    [
      'has no scope for the service',
      { idScope: '', groupKey: '', deviceKey: KEY, deviceId: 'shed' },
      'Azure IoT Hub: the Device Provisioning Service takes no readings; ' +
        'yours is global.azure-devices-provisioning.net; set idScope; or name the hub',
    ],
    [
      'has another port',
      { broker: 'mqtts://global.azure-devices-provisioning.net:443' },
      'Azure IoT Hub: MQTT is on port 8883; yours is 443; leave the port out of broker',
    ],
    [
      'has no TLS',
      { broker: 'mqtt://global.azure-devices-provisioning.net' },
      'Azure IoT Hub: TLS is required; yours is mqtt://global.azure-devices-provisioning.net; begin broker with mqtts://',
    ],
  ])('is refused when it %s', (_what, raw, line) => {
    expect(() => startDevice({ ...global, ...raw })).toThrow(line);
  });
});
