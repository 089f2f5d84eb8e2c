import { DeviceConsole } from '../../../src/console/bindings/device-console.js';
import type { Firmware } from '../../../src/device/firmware.js';
import { Layout, RecordLayout } from '../../../src/mqtt/layout.js';
import type { Rpc } from '../../../src/rpc/rpc.js';
import type { Device, Start } from '../device.js';
import type { TcpConnection } from '../network/tcp.js';
import type { Simulation } from '../simulation.js';
import type { Rule } from './rule.js';

const MINUTE = 60_000;
/** Timers that the parts of a board make once for a start: a console may make more than a connection does. */
const MOST_TIMERS = 24;

/** Says that `value` is of `what`, and must be from 0 to `most`. */
type Check = (what: string, value: number, most: number) => void;

/**
 * `maxima`: every table and queue of a firmware counts from nothing to what it was made for, and no part makes timers
 * or connections for ever. Looked at each minute, at each segment that arrives, and before a start ends.
 */
export function maximaRule(): Rule {
  return {
    name: 'maxima',
    watch(simulation) {
      const look = (device: Device): void => {
        const { start } = device;
        if (!device.running || !start!.firmware) return;
        const check: Check = (what, value, most) => {
          if (value >= 0 && value <= most) return;
          tell(simulation, device, what, value, most);
        };
        checkFirmware(start!.firmware, check);
        checkHardware(device, start!, check);
      };
      const { devices, scheduler, deviceObservers } = simulation;
      deviceObservers.push({
        onSegment: (connection) => {
          const device = devices.find(({ path }) => path === connection['path']);
          if (device) look(device);
        },
        onCut: look,
        onRestart: look,
      });
      const lookAtAll = (): void => {
        for (const device of devices) look(device);
        scheduler.after(MINUTE, lookAtAll);
      };
      scheduler.after(MINUTE, lookAtAll);
    },
  };
}

/** Tells of each maximum once. */
function tell(simulation: Simulation, device: Device, what: string, value: number, most: number): void {
  const detail = `${device.name}: ${what}:`;
  const { ledger } = simulation;
  if (ledger.broken.some((one) => one.rule === 'maxima' && one.detail.startsWith(detail))) return;
  ledger.break('maxima', simulation.now(), `${detail} ${value} of at most ${most}`);
}

function checkFirmware({ gateway }: Firmware, check: Check): void {
  const { reporter, connection } = gateway;
  const { arena } = connection.session;
  const { words, bytes } = arena;
  const { maxInFlight = Infinity } = gateway['connectOptions'] as { maxInFlight?: number };
  check('messages in flight', words[Layout.inFlight]!, maxInFlight);
  check(
    'packets of the session',
    words[Layout.count]!,
    (words[Layout.recordsEnd]! - words[Layout.records]!) / RecordLayout.size,
  );
  check('end of the transmit arena', words[Layout.tail]!, words[Layout.ring]!);
  check('control packets', words[Layout.controlTo]!, bytes.length);
  for (const part of gateway['parts']) if (isRpc(part)) checkRpc(part, check);
  if (!reporter) return;
  const { tags: table, presence, queue } = reporter;
  check('tags', table.size, table.capacity);
  check('configured tags', table.configuredCount, table.size);
  if (presence) check('tags present', presence.present, table.size);
  const { outbox, flashLog } = queue;
  check('bytes of the outbox', outbox.used, outbox.capacity);
  check('records in memory', outbox.memoryCount, outbox.capacity);
  check('reports in flight', outbox.inFlightCount, maxInFlight);
  check('reports that wait', outbox.waitingCount, outbox.appendedCount);
  check('reports dropped', outbox.droppedCount, outbox.appendedCount);
  if (!flashLog) return;
  const { blocks, freeBlocks, badBlocks } = flashLog.statistics;
  check('free blocks', freeBlocks, blocks - badBlocks);
  check('bad blocks', badBlocks, blocks);
}

function isRpc(part: object): part is Rpc {
  return 'tickets' in part && 'outgoing' in part;
}

function checkRpc(rpc: Rpc, check: Check): void {
  const { bytes, used, count } = rpc['outgoing']['queue'];
  check('bytes of answers', used, bytes.length);
  check('answers that wait', count, bytes.length);
  const { capacity } = rpc['tickets'];
  let taken = 0;
  for (const deadline of rpc['tickets']['deadlines']) if (deadline !== Infinity) taken++;
  check('calls under way', taken, capacity);
}

/**
 * A firmware has a connection for the gateway and one for each broker that its console may have. What it has closed is
 * the stack's, which forgets it when it needs the place.
 */
function checkHardware(device: Device, start: Start, check: Check): void {
  check('timers', start['tasks'].length, MOST_TIMERS);
  const { connections } = device;
  let most = 1;
  for (const part of start.firmware!.gateway['parts']) {
    if (part instanceof DeviceConsole) most += part.brokers['maxBrokers'];
  }
  check(
    'open connections',
    count(connections, ({ clientGone }) => !clientGone),
    most,
  );
  check(
    'connections of the stack',
    count(connections, ({ held }) => held),
    start.mostConnections,
  );
}

function count(connections: readonly TcpConnection[], counts: (connection: TcpConnection) => boolean): number {
  let number = 0;
  for (const connection of connections) if (counts(connection)) number++;
  return number;
}
