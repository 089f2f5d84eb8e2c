import { writeFileSync } from 'node:fs';
import { connect } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { simBoard } from '../../../sim/sim-board.js';
import { runTagwire } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { CloudTestDevice } from '../device.js';
import { SparkplugHost } from './contract.js';
import { decode, state } from './decode.js';

const TAG = 'DC2C6E0FC03D';
const NODE = 'Tagwire/shed';

let host: SparkplugHost;
const devices: CloudTestDevice[] = [];

afterEach(async () => {
  for (const device of devices.splice(0)) await device.stop();
  await host.close();
});

async function start(raw: object = {}): Promise<CloudTestDevice> {
  const device = new CloudTestDevice({ cloud: 'sparkplug', broker: host.broker.url, ...raw });
  devices.push(device);
  await device.line(/^connected/);
  return device;
}

function born(type: string, count = 1): Promise<void> {
  return host.broker.until(() => host.payloads(type).length >= count);
}

describe('an edge node', () => {
  it('is born, then its tag with the first reading, and goes on with data', async () => {
    host = await SparkplugHost.start();
    const device = await start();
    await born('NBIRTH');
    device.hear();
    await born('DBIRTH');
    device.hear();
    await born('DDATA');
    expect(host.received.map(({ type, device: tag }) => [type, tag])).toEqual([
      ['NBIRTH', undefined],
      ['DBIRTH', TAG],
      ['DDATA', TAG],
    ]);
    const [birth] = host.payloads('DBIRTH');
    expect(birth!.metrics.find(({ name }) => name === 'temperature')).toMatchObject({ type: 'Double' });
    expect(host.faults).toEqual([]);
  });

  it('is born again on request, with what its tags measured last', async () => {
    host = await SparkplugHost.start();
    const device = await start();
    device.hear();
    await born('DBIRTH');
    await host.write(NODE, { name: 'Node Control/Rebirth', type: 'Boolean', value: true });
    await born('DBIRTH', 2);
    const [first, second] = host.payloads('DBIRTH');
    const values = (payload: typeof first): unknown[] => payload!.metrics.map(({ name, value }) => [name, value]);
    expect(values(second)).toEqual(values(first));
    expect(host.faults).toEqual([]);
  });

  it('lets one tag be born again on request, and no other', async () => {
    host = await SparkplugHost.start();
    const device = await start();
    device.hear();
    device.hear('DC:2C:6E:00:00:02');
    await born('DBIRTH', 2);
    const rebirth = { name: 'Device Control/Rebirth', type: 'Boolean', value: true } as const;
    await host.writeDevice(`${NODE}/DC2C6E00000A`, rebirth);
    await host.writeDevice(`${NODE}/${TAG}`, { ...rebirth, value: false });
    await host.writeDevice(`${NODE}/${TAG}`, { ...rebirth, name: 'temperature' });
    await host.writeDevice(`${NODE}/${TAG}`, rebirth);
    await born('DBIRTH', 3);
    const { alias } = host.payloads('DBIRTH', TAG)[0]!.metrics[0]!;
    await host.writeDevice(`${NODE}/${TAG}`, { alias: alias!, type: 'Boolean', value: true });
    await born('DBIRTH', 4);
    device.hear();
    await born('DDATA');
    expect(host.payloads('DBIRTH')).toHaveLength(4);
    const [first, again] = host.payloads('DBIRTH', TAG);
    const values = (payload: typeof first): unknown[] => payload!.metrics.map(({ name, value }) => [name, value]);
    expect(values(again)).toEqual(values(first));
    expect(values(first)[0]).toEqual(['Device Control/Rebirth', false]);
    expect(host.payloads('NBIRTH')).toHaveLength(1);
    expect(host.faults).toEqual([]);
  });

  it('publishes nothing before its primary host is there, and leaves when that goes', async () => {
    host = await SparkplugHost.start();
    const device = await start({ primaryHost: 'scada' });
    device.hear();
    await host.broker.publish('spBv1.0/STATE/scada', state(false, 1000), 1, true);
    await host.broker.publish('spBv1.0/STATE/scada', state(true, 2000), 1, true);
    await born('DBIRTH');
    await host.broker.publish('spBv1.0/STATE/scada', state(false, 3000), 1, true);
    await born('NDEATH');
    await host.broker.until(() => host.broker.connects.length === 2);
    await host.broker.publish('spBv1.0/STATE/scada', state(true, 4000), 1, true);
    await born('NBIRTH', 2);
    expect(host.faults).toEqual([]);
  });

  it('obeys commands and reports what became of them', async () => {
    host = await SparkplugHost.start();
    const device = await start();
    await born('NBIRTH');
    await host.write(NODE, { name: 'Node Control/Scan', type: 'Boolean', value: false });
    await born('NDATA');
    expect(device.scanner.scanning).toBe(false);
    expect(host.payloads('NDATA')[0]!.metrics).toMatchObject([{ alias: 2, type: 'Boolean', value: false }]);
    const call = JSON.stringify({ id: 7, method: 'scan', params: true });
    await host.write(NODE, { alias: 4, type: 'String', value: call });
    await born('NDATA', 2);
    expect(host.payloads('NDATA')[1]!.metrics).toMatchObject([{ alias: 5, value: '{"id":7,"result":{"on":true}}' }]);
    expect(device.scanner.scanning).toBe(true);
    expect(host.faults).toEqual([]);
  });
});

describe('the link of an edge node', () => {
  it.each(['NBIRTH', 'DBIRTH', 'DDATA', 'NDATA'])('is lost at %s, and all begins with births again', async (type) => {
    host = await SparkplugHost.start();
    let lost = 0;
    host.broker.misbehave.closeAt = ({ topic }) => topic.includes(`/${type}/`) && lost++ === 0;
    const device = await start();
    device.hear();
    // The first birth may be the one that is lost.
    await host.broker.until(() => lost > 0 || host.payloads('DBIRTH').length > 0);
    device.hear();
    if (type === 'NDATA') await host.write(NODE, { name: 'Node Control/Scan', type: 'Boolean', value: true });
    await host.broker.until(() => host.broker.connects.length > 1 && host.broker.connected.length === 1);
    const births = type === 'NBIRTH' ? 1 : 2;
    await born('NBIRTH', births);
    const data = host.payloads('DDATA').length;
    device.hear();
    await born('DDATA', data + 1);
    expect(host.faults).toEqual([]);
  });

  it('is lost after CONNACK, three times', async () => {
    host = await SparkplugHost.start();
    host.broker.misbehave.closeAfterConnack = 3;
    const device = await start();
    device.hear();
    await born('DBIRTH');
    expect(host.faults).toEqual([]);
  });

  it('is lost, and the host hears of it by the will', async () => {
    host = await SparkplugHost.start();
    const observer = connect(host.broker.url, { clientId: 'host-observer' });
    await observer.subscribeAsync('spBv1.0/+/NDEATH/#', { qos: 1 });
    const will = new Promise<Buffer>((resolve) => observer.once('message', (_topic, payload) => resolve(payload)));
    await start();
    await born('NBIRTH');
    host.broker.kick('tagwire-shed');
    expect(decode(await will)).toMatchObject({ metrics: [{ name: 'bdSeq', type: 'Int64', value: 0 }] });
    await observer.endAsync();
  });
});

describe('an edge node with little', () => {
  it('waits for the time of day, and says so', async () => {
    host = await SparkplugHost.start();
    const real = simBoard(() => undefined as never);
    let isKnown = false;
    const clock = { now: () => real.clock.now(), unixTime: () => (isKnown ? real.clock.unixTime() : 0) };
    const raw = { cloud: 'sparkplug', broker: host.broker.url };
    const device = new CloudTestDevice(raw, { board: { ...real, clock } });
    devices.push(device);
    device.hear();
    await device.line(/^sparkplug: nothing is published until the time of day is known$/);
    expect(host.received).toEqual([]);
    isKnown = true;
    await born('DBIRTH');
    expect(host.faults).toEqual([]);
  });

  it('is born again on request with rpc=off, and takes no other command', async () => {
    host = await SparkplugHost.start();
    await start({ rpc: 'off' });
    await born('NBIRTH');
    await host.write(NODE, { name: 'Node Control/Rebirth', type: 'Boolean', value: true });
    await born('NBIRTH', 2);
    const names = host.payloads('NBIRTH')[1]!.metrics.map(({ name }) => name);
    expect(names).toEqual(['bdSeq', 'Node Control/Rebirth', 'Properties/Firmware', 'Properties/Hardware']);
    expect(host.faults).toEqual([]);
  });

  it.each([
    ['{"id":"a","method":"fly"}', /^\{"id":"a","error":\{"code":-32601,"message":"unknown method fly; methods are/],
    ['{"id":1,"method":"scan","params":3}', /^\{"id":1,"error":\{"code":-32602/],
  ])('says what is wrong with the call %s', async (value, answer) => {
    host = await SparkplugHost.start();
    await start();
    await born('NBIRTH');
    await host.write(NODE, { alias: 4, type: 'String', value });
    await born('NDATA');
    expect(host.payloads('NDATA')[0]!.metrics[0]!.value).toMatch(answer);
  });

  it('passes over what is no command', async () => {
    host = await SparkplugHost.start();
    const device = await start();
    await born('NBIRTH');
    for (const bytes of ['', '\xff\xff', '\x12\x7f', '\x12\x03\x0a\x01a', '{"metrics":[]}']) {
      await host.broker.publish('spBv1.0/Tagwire/NCMD/shed', Buffer.from(bytes, 'latin1'), 0);
    }
    await host.write(NODE, { name: 'Node Control/Identify', type: 'Int64', value: 1 });
    await device.line(/^identify/);
    expect(host.received.map(({ type }) => type)).toEqual(['NBIRTH']);
  });
});

describe('a configuration that breaks the contract', () => {
  const raw = { cloud: 'sparkplug', broker: 'mqtt://127.0.0.1', gateway: 'shed' };

  it.each([
    [{ cleanSession: false }, 'Sparkplug B: sessions must be clean; yours is kept; remove cleanSession'],
    [{ groupId: 'a/b' }, 'Sparkplug B: a Group ID has no +, / or #; yours is "a/b"; change groupId'],
    [{ groupId: 'STATE' }, 'Sparkplug B: STATE is for host applications; yours is the Group ID; change groupId'],
    [{ primaryHost: 'a/b' }, 'Sparkplug B: a Host ID has no +, / or #; yours is "a/b"; change primaryHost'],
    [{ groupId: 'a/b' }, 'Sparkplug B: a topic has at most 4 slashes; yours has 5; shorten groupId or gateway'],
  ])('%j is refused', (wrong, line) => {
    expect(() => new CloudTestDevice({ ...raw, ...wrong })).toThrow(line);
  });

  it.each([
    [{ cleanSession: false }, 'principles-persistence-clean-session-311'],
    [{ groupId: 'a/b' }, 'message-flow-edge-node-birth-publish-will-message-topic'],
  ])('%j is punished by the host where the check is bypassed', async (wrong, id) => {
    host = await SparkplugHost.start();
    const device = new CloudTestDevice({ ...raw, broker: host.broker.url, ...wrong }, { unchecked: true });
    devices.push(device);
    await device.line(/refused|not authorized/);
    expect(host.faults.map((fault) => fault.id)).toContain(id);
    expect(host.broker.published).toEqual([]);
  });
});

it('is checked and simulated as docs/clouds/sparkplug.md says', async () => {
  host = await SparkplugHost.start();
  const folder = makeTemporaryFolder();
  const path = folder.file('shed.json');
  const raw = { cloud: 'sparkplug', broker: host.broker.url, groupId: 'Plant 1', gateway: 'shed' };
  writeFileSync(path, JSON.stringify(raw));
  const checked = await runTagwire(['check', path]);
  expect([checked.code, checked.stdout.toString()]).toEqual([0, expect.stringMatching(/^ok: Sparkplug B/)]);
  const running = runTagwire(['sim', '--config', path, '--duration', '2']);
  await born('NBIRTH');
  const value = '{"id":1,"method":"identify","params":{"seconds":1}}';
  await host.write('Plant 1/shed', { name: 'Node Control/Call', type: 'String', value });
  await born('NDATA');
  expect(host.payloads('NDATA')[0]!.metrics[0]!.value).toBe('{"id":1,"result":{"seconds":1}}');
  const simulated = await running;
  expect([simulated.code, simulated.stderr]).toEqual([0, '']);
  const types = host.received.map(({ type }) => type);
  expect([types[0], types.at(-1)]).toEqual(['NBIRTH', 'NDEATH']);
  expect(types.filter((type) => type === 'DBIRTH').length).toBeGreaterThan(1);
  expect(host.faults).toEqual([]);
  expect(host.broker.violations).toEqual([]);
  folder.remove();
});
