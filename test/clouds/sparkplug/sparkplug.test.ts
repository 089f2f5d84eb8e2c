import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { runTagwire } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { CloudTestDevice } from '../device.js';
import { SparkplugHost } from './contract.js';
import { state } from './decode.js';

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

it('is checked and simulated as docs/clouds/sparkplug.md says', async () => {
  host = await SparkplugHost.start();
  const folder = makeTemporaryFolder();
  const path = folder.file('shed.json');
  const raw = { cloud: 'sparkplug', broker: host.broker.url, groupId: 'Plant 1', gateway: 'shed' };
  writeFileSync(path, JSON.stringify(raw));
  const checked = await runTagwire(['check', path]);
  expect([checked.code, checked.stdout.toString()]).toEqual([0, expect.stringMatching(/^ok: Sparkplug B/)]);
  const simulated = await runTagwire(['sim', '--config', path, '--duration', '2']);
  expect([simulated.code, simulated.stderr]).toEqual([0, '']);
  const types = host.received.map(({ type }) => type);
  expect([types[0], types.at(-1)]).toEqual(['NBIRTH', 'NDEATH']);
  expect(types.filter((type) => type === 'DBIRTH').length).toBeGreaterThan(1);
  expect(host.faults).toEqual([]);
  expect(host.broker.violations).toEqual([]);
  folder.remove();
});
