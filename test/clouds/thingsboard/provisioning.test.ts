import { connectAsync } from 'mqtt';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseForDesktop } from '../../../sim/cli/configuration-file.js';
import { simBoard } from '../../../sim/sim-board.js';
import type { RawConfiguration } from '../../../src/settings/index.js';
import { HandScanner } from '../../device/hand-scanner.js';
import { makeCertificates } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';
import { startTagwire } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { CloudTestDevice } from '../device.js';
import type { CloudDeviceOptions } from '../device.js';
import { commandOf, telemetry } from './contract.js';
import { PROVISION_KEY, PROVISION_SECRET, ProvisioningServer } from './provisioning.js';

let certificates: Certificates;
const opened: (() => Promise<void>)[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function startServer(isTls = false): Promise<ProvisioningServer> {
  const { server, ca } = certificates;
  const it = await ProvisioningServer.start(isTls ? { server, ca: ca.certificate } : undefined);
  opened.push(() => it.close());
  return it;
}

function startDevice(
  { broker }: ProvisioningServer,
  raw: RawConfiguration = {},
  options: CloudDeviceOptions = {},
): CloudTestDevice {
  const device = new CloudTestDevice(
    {
      cloud: 'thingsboard',
      broker: broker.url.replace('127.0.0.1', 'localhost'),
      provisionKey: PROVISION_KEY,
      provisionSecret: PROVISION_SECRET,
      ...raw,
    },
    { tls: { ca: certificates.ca.certificate }, ...options },
  );
  opened.push(() => device.stop());
  return device;
}

const hasReading = ({ broker }: ProvisioningServer, count = 1): Promise<void> =>
  broker.until(
    () => telemetry(broker).filter(({ values }) => Object.keys(values).join().includes('_temperature')).length >= count,
  );

test('the fixture lets who provisions say and hear nothing else', async () => {
  const { broker } = await startServer();
  const client = await connectAsync(broker.url, { username: 'provision', reconnectPeriod: 0 });
  const closed = new Promise<void>((done) => client.once('close', () => done()));
  expect(
    (await client.subscribeAsync('v1/devices/me/attributes').catch((error: unknown) => error)) instanceof Error,
  ).toBe(true);
  client.publish('v1/devices/me/telemetry', '{"t":1}', { qos: 1 });
  await closed;
  expect(broker.violations.length).toBeGreaterThan(0);
});

describe('a device that registers', () => {
  test('asks for its token on a connection of its own, and reports with it', async () => {
    const server = await startServer();
    const device = startDevice(server, { deviceName: 'Shed 7' });
    device.hear();
    await hasReading(server);
    const token = server.requests[0]!.token!;
    expect(server.requests).toEqual([
      {
        deviceName: 'Shed 7',
        provisionDeviceKey: PROVISION_KEY,
        provisionDeviceSecret: PROVISION_SECRET,
        credentialsType: 'ACCESS_TOKEN',
        token: expect.stringMatching(/^[A-Za-z0-9]{20}$/) as string,
      },
    ]);
    expect(server.broker.connects).toMatchObject([
      { username: 'provision', password: undefined, will: undefined, clean: true },
      { username: token, password: undefined },
    ]);
    expect(server.broker.violations).toEqual([]);
    const all = device.lines.join('\n');
    for (const secret of [token, PROVISION_KEY, PROVISION_SECRET]) expect(all).not.toContain(secret);
  });

  test('takes the token that the server has for a device that people made before', async () => {
    const server = await startServer();
    server.waiting.set('shed', { type: 'ACCESS_TOKEN', token: 'MADE_BY_PEOPLE' });
    startDevice(server).hear();
    await hasReading(server);
    expect(server.broker.connects[1]!.username).toBe('MADE_BY_PEOPLE');
  });

  test('gets user name, password and client identifier', async () => {
    const server = await startServer();
    startDevice(server, { provisionCredentials: 'basic' }).hear();
    await hasReading(server);
    const [request] = server.requests;
    expect(request).toMatchObject({ credentialsType: 'MQTT_BASIC', clientId: 'tagwire-shed', username: 'shed' });
    expect(server.broker.connects[1]).toMatchObject({
      clientId: 'tagwire-shed',
      username: 'shed',
      password: request!.password,
    });
    server.waiting.set('barn', { type: 'MQTT_BASIC', clientId: 'c-7', userName: 'u-7', password: 'p-7' });
    startDevice(server, { gateway: 'barn', provisionCredentials: 'basic' }).hear();
    await hasReading(server, 2);
    expect(server.broker.connects[3]).toMatchObject({ clientId: 'c-7', username: 'u-7', password: 'p-7' });
    expect(server.broker.violations).toEqual([]);
  });

  test('tells its certificate, without which it asks, and logs in with it', async () => {
    const server = await startServer(true);
    const own = await certificates.ca.issue({ commonName: 'shed' });
    server.knows('shed', own);
    const { certificate, key } = own;
    startDevice(server, { provisionCredentials: 'certificate', certificate, key }).hear();
    await hasReading(server);
    expect(server.requests[0]).toMatchObject({ credentialsType: 'X509_CERTIFICATE' });
    expect(server.broker.connects).toMatchObject([
      { username: 'provision', certificate: undefined },
      { username: undefined, certificate: 'shed' },
    ]);
    expect(server.broker.violations).toEqual([]);
  });

  test('registers a gateway as one', async () => {
    const server = await startServer();
    const device = startDevice(server, { cloud: 'thingsboard-gateway', createDevices: true });
    await device.line(/^connected/);
    expect(server.requests[0]).toMatchObject({ deviceName: 'shed', gateway: true });
  });

  test('has its credentials after a restart, and asks again with another secret', async () => {
    const server = await startServer();
    const board = simBoard(() => new HandScanner());
    for (let i = 0; i < 2; i++) {
      const device = startDevice(server, {}, { board });
      await device.line(/^connected/);
      await device.stop();
      opened.pop();
    }
    expect(server.requests).toHaveLength(1);
    const device = startDevice(server, { provisionSecret: 'WRONG_SECRET' }, { board });
    await device.line(/registration refused: provisionKey or provisionSecret is wrong: Provision data was not found!/);
    expect(device.lines.join('\n')).not.toContain('WRONG_SECRET');
    expect(server.requests).toHaveLength(2);
  });

  const once = (topic: RegExp): ((message: { topic: string }) => boolean) => {
    let left = 1;
    return (message) => topic.test(message.topic) && left-- > 0;
  };
  test.each<[string, (server: ProvisioningServer) => void]>([
    ['behind the first CONNACK', ({ broker }) => void (broker.misbehave.closeAfterConnack = 1)],
    ['at its request', ({ broker }) => void (broker.misbehave.closeAt = once(/request$/))],
    ['before the answer', ({ faults }) => void faults.push('lose')],
    ['behind the answer', ({ faults }) => void faults.push('close')],
    ['at its first message', ({ broker }) => void (broker.misbehave.closeAt = once(/attributes$/))],
  ])(
    'goes on when the link is lost %s',
    async (_step, fail) => {
      const server = await startServer();
      fail(server);
      startDevice(server).hear();
      await hasReading(server);
      expect([...server.devices.keys()]).toEqual(['shed']);
      expect(new Set(server.requests.map(({ token }) => token)).size).toBe(1);
      expect(server.broker.violations).toEqual([]);
    },
    15000,
  );

  test('uses what it had asked for when power failed before the answer', async () => {
    const server = await startServer();
    const board = simBoard(() => new HandScanner());
    server.faults.push('lose');
    const first = startDevice(server, { gateway: 'shed' }, { board });
    await server.broker.until(() => server.requests.length === 1);
    await first.stop();
    opened.pop();
    const second = startDevice(server, {}, { board });
    second.hear();
    await hasReading(server);
    expect(server.requests[1]!.token).toBe(server.requests[0]!.token);
  });

  test('comes back with its token when somebody deleted it', async () => {
    const server = await startServer();
    const device = startDevice(server);
    device.hear();
    await hasReading(server);
    server.devices.clear();
    server.broker.kick('tagwire-shed');
    await device.line(/the broker refuses the registered credentials; registering again/);
    await server.broker.until(() => server.requests.length === 2);
    expect(server.requests[1]!.token).toBe(server.requests[0]!.token);
    device.hear();
    await hasReading(server, 2);
    expect(server.broker.violations.map(({ rule }) => rule)).toEqual(['login']);
  });

  test('tells key and secret to no broker that they are not for', async () => {
    const server = await startServer();
    const device = startDevice(server, { credentialsFor: 'mqtt://other.example:1883' });
    await device.line(/^refused: /);
    expect(server.requests).toEqual([]);
    expect(server.broker.connects[0]!.username).toBeUndefined();
  });

  test('says that its name is taken', async () => {
    const server = await startServer();
    server.devices.set('shed', { type: 'ACCESS_TOKEN', token: 'OF_ANOTHER' });
    const device = startDevice(server);
    await device.line(/registration refused: the device profile has no device of this name to give, or there is one/);
    expect(server.broker.connects).toHaveLength(1);
  });
});

test('the command of docs/clouds/thingsboard.md registers once', async () => {
  const server = await startServer();
  const folder = makeTemporaryFolder();
  const command = commandOf('thingsboard', server.broker, '', 1).map((word) =>
    word.replace(/=KEY$/, `=${PROVISION_KEY}`).replace(/=SECRET$/, `=${PROVISION_SECRET}`),
  );
  expect(command.slice(-2)).toEqual(['--store', 'shed']);
  command[command.length - 1] = folder.file('store');
  for (let run = 0; run < 2; run++) {
    const before = telemetry(server.broker).length;
    const simulated = startTagwire(command);
    await server.broker.until(() => telemetry(server.broker).length > before + 2);
    simulated.process.kill('SIGINT');
    expect((await simulated.finished).code).toBe(0);
    await server.broker.until(() => server.broker.connected.length === 0);
  }
  expect(server.requests).toHaveLength(1);
  expect(server.broker.connects.map(({ username }) => username === 'provision')).toEqual([true, false, false]);
  expect(server.broker.violations).toEqual([]);
  folder.remove();
}, 60000);

describe('mistakes', () => {
  const place = ': it is on the page of the device profile, under Device provisioning';
  test.each([
    [{ provisionKey: 'k' }, 'provisionSecret is missing' + place],
    [{ provisionSecret: 's' }, 'provisionKey is missing' + place],
    [{ deviceName: 'Shed', accessToken: 't' }, 'deviceName is given without provisionKey and provisionSecret'],
    [
      { provisionKey: 'k', provisionSecret: 's', accessToken: 't' },
      'accessToken is given as well as provisionKey: the server gives the device its own',
    ],
    [
      { provisionKey: 'k', provisionSecret: 's', provisionCredentials: 'certificate' },
      'certificate is missing: with provisionCredentials=certificate it and key must be given',
    ],
    [
      { provisionKey: 'k', provisionSecret: 's', provisionCredentials: 'x' },
      /provisionCredentials must be token, basic or certificate/,
    ],
  ])('%j', (raw, line) => {
    const all = { cloud: 'thingsboard', broker: 'mqtt://127.0.0.1', gateway: 'shed', ...raw };
    expect((): unknown => parseForDesktop(all, false)).toThrow(line);
  });
});
