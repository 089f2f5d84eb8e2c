import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simBoard } from '../../../sim/sim-board.js';
import { renderStatements, STATEMENTS_FILE } from '../../docs/render-sparkplug-statements.js';
import { mikrotik } from '../../device/hand-scanner.js';
import { CloudTestDevice } from '../device.js';
import { SparkplugHost } from './contract.js';
import { state } from './decode.js';
import { EDGE_NODE } from './statements.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const OTHER_TAG = 'DC:2C:6E:00:00:02';
const NODE = 'Plant 1/shed';
const STATE = 'spBv1.0/STATE/scada';
const MINUTE = 60_000;

/** Two brokers with the same host application; the edge node goes to the first one first. */
let first: SparkplugHost;
let second: SparkplugHost;

function whole(type: string, count: number, host = first): Promise<void> {
  return host.broker.until(() => host.payloads(type).length >= count);
}

function types(from = 0): string[] {
  return first.received.slice(from).map(({ type }) => type);
}

/** A day in the life of an edge node. Each part leaves it connected to `first`. */
async function live(): Promise<void> {
  let ahead = 0;
  const real = simBoard(() => undefined as never);
  const clock = { now: () => real.clock.now(), unixTime: () => real.clock.unixTime() + ahead };
  const device = new CloudTestDevice(
    {
      cloud: 'sparkplug',
      // Nothing listens on the first one: an attempt without CONNECT.
      broker: `mqtt://127.0.0.1:1,${first.broker.url},${second.broker.url}`,
      groupId: 'Plant 1',
      primaryHost: 'scada',
      presence: 60,
      tags: 2,
      heartbeat: 600,
    },
    { board: { ...real, clock } },
  );
  const { scanner } = device;
  const hold = (id: string, isKept: boolean): boolean => first.expect(id, isKept, types().join());

  // The primary host: only its own name, only online, and no older state.
  await device.line(/^connected/);
  device.hear(TAG);
  await first.broker.until(() => first.broker.subscribed.length === 3);
  await first.broker.publish('spBv1.0/STATE/another', state(true, 1000), 1, true);
  await first.broker.publish(STATE, state(false, 5000), 1, true);
  await first.broker.publish(STATE, state(true, 4000), 1, true);
  // It has heard all of that when it has heard this.
  await first.write(NODE, { name: 'Node Control/Identify', type: 'Int64', value: 1 });
  await device.line(/^identify/);
  const filters = first.broker.subscribed.map(({ filter, qos }) => `${filter} ${qos}`);
  const servers = 'operational-behavior-primary-application-state-with-multiple-servers-';
  hold('message-flow-edge-node-ncmd-subscribe', filters.includes('spBv1.0/Plant 1/NCMD/shed 1'));
  hold('message-flow-device-dcmd-subscribe', filters.includes('spBv1.0/Plant 1/DCMD/shed/+ 1'));
  hold(`${servers}state-subs`, filters.includes(`${STATE} 1`));
  for (const id of ['wait', 'wait-id', 'wait-online', 'wait-timestamp']) {
    hold(`message-flow-edge-node-birth-publish-phid-${id}`, types().length === 0);
  }
  hold('operational-behavior-edge-node-birth-sequence-wait', types().length === 0);
  await first.broker.publish(STATE, state(true, 5000), 1, true);
  await whole('DBIRTH', 1);

  // Data by exception: the same values again are no data, before the heartbeat.
  const same = mikrotik(7, 5000);
  scanner.hear(OTHER_TAG, same);
  await whole('DBIRTH', 2);
  const count = types().length;
  scanner.hear(OTHER_TAG, same);
  scanner.hear(OTHER_TAG, same);
  for (const id of [
    'principles-rbe-recommended',
    'operational-behavior-data-publish-dbirth-change',
    'operational-behavior-data-publish-nbirth-change',
  ]) {
    hold(id, types().length === count);
  }

  // Commands, and NDATA.
  await first.write(NODE, { name: 'Node Control/Scan', type: 'Boolean', value: true });
  await whole('NDATA', 1);

  // A rebirth: births only, and data after them.
  const before = types().length;
  await first.write(NODE, { name: 'Node Control/Rebirth', type: 'Boolean', value: true });
  await whole('DBIRTH', 4);
  device.hear(TAG);
  await whole('DDATA', 1);
  hold('operational-behavior-data-commands-rebirth-action-1', types(before).indexOf('DDATA') === 3);
  hold(
    'operational-behavior-data-commands-rebirth-action-2',
    types(before).slice(0, 3).join() === 'NBIRTH,DBIRTH,DBIRTH',
  );
  const bdSeq = first.payloads('NBIRTH').map(({ metrics }) => metrics.find(({ name }) => name === 'bdSeq')!.value);
  hold('operational-behavior-data-commands-rebirth-action-3', bdSeq[0] === bdSeq[1]);

  // The sequence wraps.
  for (let i = first.payloads('DDATA').length; i < 270; i++) {
    device.hear(TAG);
    await whole('DDATA', i + 1);
  }

  // An outage, with the clock going on; what was heard in it is history.
  first.refusing = second.refusing = true;
  const connects = first.broker.connects.length;
  first.broker.kick('tagwire-shed');
  await first.broker.until(() => first.broker.connects.length > connects);
  ahead += 30 * MINUTE;
  device.hear(TAG);
  ahead += 30 * MINUTE;
  first.refusing = false;
  const readings = first.payloads('DDATA').length;
  await whole('DDATA', readings + 1);
  const stored = first.payloads('DDATA').at(-1)!;
  expect(stored.metrics.every(({ isHistorical }) => isHistorical)).toBe(true);
  second.refusing = false;

  // An older OFFLINE of the primary host does not count, the next one does: the turn of the other broker.
  const deaths = first.payloads('NDEATH').length;
  await first.broker.publish(STATE, state(false, 4999), 1, false);
  device.hear(TAG);
  await whole('DDATA', readings + 2);
  const offline = 'operational-behavior-edge-node-termination-host-offline';
  hold(
    `${offline}-timestamp`,
    first.payloads('NDEATH').length === deaths && first.broker.connected.includes('tagwire-shed'),
  );
  await second.broker.publish(STATE, state(true, 1), 1, true);
  await first.broker.publish(STATE, state(false, 6000), 1, true);
  await whole('NBIRTH', 1, second);
  const left = first.payloads('NDEATH').length === deaths + 1 && !first.broker.connected.includes('tagwire-shed');
  for (const id of ['message-flow-edge-node-birth-publish-phid-offline', offline, `${servers}walk`]) hold(id, left);
  hold(`${offline}-reconnect`, second.broker.connected.includes('tagwire-shed'));
  hold(`${servers}single-server`, first.broker.connected.length + second.broker.connected.length === 1);

  // And back.
  await first.broker.publish(STATE, state(true, 7000), 1, true);
  await second.broker.publish(STATE, state(false, 2), 1, true);
  const births = first.payloads('NBIRTH').length;
  await whole('NBIRTH', births + 1);

  // A tag has to go, since there is no place for three.
  device.hear('DC:2C:6E:00:00:03');
  await whole('DDEATH', 1);
  await device.stop();
  const last = types().at(-1) === 'NDEATH';
  hold('operational-behavior-edge-node-intentional-disconnect-ndeath', last);
  hold('operational-behavior-edge-node-intentional-disconnect-packet', last);
  hold('payloads-ndeath-will-message-publisher', last);
  hold('payloads-ndeath-will-message-publisher-disconnect-mqtt311', last);
}

beforeAll(async () => {
  first = await SparkplugHost.start();
  second = await SparkplugHost.start({}, first);
  await live();
}, 60_000);

afterAll(async () => {
  await first.close();
  await second.close();
});

describe('the edge node keeps', () => {
  it.each(EDGE_NODE)('tck-id-%s', (id) => {
    expect(first.faults.filter((fault) => fault.id === id)).toEqual([]);
    expect(first.checked.get(id)).toBeGreaterThan(0);
  });

  it('no other statement was broken, and none has no test', () => {
    expect(first.faults).toEqual([]);
    expect([...first.checked.keys()].filter((id) => !EDGE_NODE.includes(id))).toEqual([]);
  });
});

it('docs/clouds/sparkplug-statements.md lists them (npm run diagrams)', () => {
  const page = readFileSync(new URL(`../../../${STATEMENTS_FILE}`, import.meta.url), 'utf8');
  expect(page).toBe(renderStatements());
});
