import { ConnectionState } from '../../src/connection/connection.js';
import { DROP_RULES, droppedBy } from '../../src/device/outbox-statistics.js';
import { Layout, RecordLayout } from '../../src/mqtt/layout.js';
import { policyText } from '../../src/telemetry/report/policy-text.js';
import type { Firmware } from '../../src/device/firmware.js';
import type { BoardName, Device } from '../virtual/index.js';
import type { GatewayState, Meter } from '../page/protocol.js';

/** How often a block of NOR flash can be erased: docs/outbox.md. */
const ENDURANCE = 100_000;
/** Milliseconds of difference that are none. */
const CLOCK_TOLERANCE = 2000;

/** What somebody has noted of a gateway, which its firmware does not keep. */
export interface GatewayNotes {
  /** The last failure of its connection in this start: milliseconds since 1970, and the line of its log. */
  lastError?: { readonly time: number; readonly text: string };
}

/** A gateway as it is at `now`, milliseconds since 1970 of the world: what its firmware and its hardware say. */
export function gatewayState(device: Device, now: number, notes: GatewayNotes): GatewayState {
  const { firmware, start, gateway: place } = device;
  const { lastError } = notes;
  const state = {
    powered: device.running,
    wifi: wifiOf(device),
    ...(lastError && { lastError: { time: lastError.time, text: lastError.text } }),
  };
  if (!firmware || !start)
    return { ...state, meters: [], drops: {}, counts: { restarts: Math.max(0, device.starts - 1) } };
  const { connection } = firmware.gateway;
  const { clock } = start;
  const worldTime = (time: number): number => Math.floor(now + (time - clock.now()) / clock.rate);
  const retryAt = connection.state === ConnectionState.waiting ? connection['deadline'] : Infinity;
  const unixTime = clock.unixTime();
  const ahead = unixTime - now;
  const told = firmwareState(firmware, place.board);
  return {
    ...state,
    ...told,
    ...(retryAt < Infinity && { retryAt: worldTime(retryAt) }),
    uptime: clock.now(),
    ...(unixTime !== 0 && Math.abs(ahead) > CLOCK_TOLERANCE && { clockAhead: ahead }),
    meters: [...told.meters, ...hardwareMeters(device)],
    counts: { ...told.counts, restarts: Math.max(0, device.starts - 1) },
  };
}

/** What a firmware says of itself, whatever it runs on. */
export function firmwareState(firmware: Firmware, board: BoardName): Omit<GatewayState, 'powered'> {
  const { gateway } = firmware;
  const { connection, reporter } = gateway;
  const outbox = reporter?.outbox;
  const { endpoint } = connection;
  return {
    engine: 'Node',
    version: firmware.firmware,
    connection: connection.state,
    session: connection.session['state'],
    broker: (endpoint.tls ? 'mqtts://' : 'mqtt://') + endpoint.host + ':' + endpoint.port,
    meters: metersOf(firmware),
    drops: dropsOf(firmware),
    counts: {
      ...(reporter && { advertisements: reporter.control.advertisements }),
      // Of the reports since the start, those from before it left out.
      ...(reporter && { readings: reporter['sequence'] }),
      ...(outbox && { acknowledged: outbox.acknowledgedCount }),
      connects: gateway.connects,
    },
    ...(reporter && board !== 'esp8266' && { policies: policyText(reporter.policies.rules()) }),
  };
}

/** A desktop has a wire: it is up as long as something gets through. */
function wifiOf({ gateway, start, running, path, accessPoint }: Device): { up: boolean; rssi?: number } {
  if (gateway.board === 'desktop') return { up: running && !path.down };
  const up = running && start!.radio.up;
  return up ? { up, rssi: accessPoint.rssi } : { up };
}

type AddMeter = (id: string, name: string, unit: string, value: number, maximum?: number) => void;

function adder(meters: Meter[]): AddMeter {
  return (id, name, unit, value, maximum) => {
    meters.push({ id, name, value, unit, ...(maximum !== undefined && maximum < Infinity && { maximum }) });
  };
}

function metersOf({ gateway }: Firmware): Meter[] {
  const { connection, reporter } = gateway;
  const { words } = connection.session.arena;
  const meters: Meter[] = [];
  const add = adder(meters);
  add('arena', 'transmit arena', 'B', arenaUsed(words), words[Layout.ring]!);
  add('inFlight', 'in flight', 'messages', words[Layout.inFlight]!, words[Layout.maxInFlight]!);
  if (reporter) {
    const { outbox, flashLog } = reporter.queue;
    add('outbox', 'outbox', 'reports', outbox.waitingCount + outbox.inFlightCount);
    add('outboxMemory', 'outbox in memory', 'B', outbox.used, outbox.capacity);
    if (flashLog) {
      const { statistics } = flashLog;
      add('outboxFlash', 'outbox on flash', 'reports', outbox.waitingCount + outbox.inFlightCount - outbox.memoryCount);
      const good = statistics.blocks - statistics.badBlocks;
      add('flashBlocks', 'flash in use', 'blocks', good - statistics.freeBlocks, good);
    }
    add('tags', 'tag table', 'tags', reporter.tags.size, reporter.tags.capacity);
  }
  return meters;
}

function hardwareMeters(device: Device): Meter[] {
  const meters: Meter[] = [];
  const add = adder(meters);
  // Of the chip: to ask the firmware would read its flash, outside of its own events.
  if (device.gateway.board === 'esp32' && device.firmware!.gateway.reporter?.queue.flashLog) {
    add('wear', 'flash wear', 'erasures', Math.max(...device.outbox.chip.erasures), ENDURANCE);
  }
  add('timers', 'timers', 'timers', device.start!['tasks'].length);
  let open = 0;
  for (const { clientGone } of device.connections) if (!clientGone) open++;
  add('connections', 'TCP', 'connections', open, device.start!.mostConnections);
  return meters;
}

/** Bytes of the arena's ring from the oldest packet to behind the newest. */
function arenaUsed(words: Uint32Array): number {
  if (words[Layout.count] === 0) return 0;
  const from = words[words[Layout.head]! + RecordLayout.start]!;
  const to = words[Layout.tail]!;
  return to > from ? to - from : words[Layout.ring]! - from + to;
}

function dropsOf({ gateway }: Firmware): { [reason: string]: number } {
  const outbox = gateway.reporter?.outbox;
  const drops: { [reason: string]: number } = {};
  if (!outbox) return drops;
  DROP_RULES.forEach((rule, reason) => {
    const count = droppedBy(outbox, reason);
    if (count > 0) drops[rule] = count;
  });
  return drops;
}
