import { boardProgram } from './board-program.js';
import type { Bits } from './host/build.js';
import { Machine } from './host/machine.js';
import type { Meter } from './host/machine.js';

/**
 * The operations by the program of test/xs/programs whose exports they are, in the order of the table.
 *
 * Their budget is that of the hot path: 0 slots and 0 chunk bytes. An RPC call (`callScan`, `callStatistics`) is all
 * of it: its PUBLISH arrives, the method runs, the answer is published and acknowledged.
 */
export const PROGRAMS = {
  operations: [
    'publishQos0',
    'publishQos1Ack',
    'receiveDispatch',
    'keepAlive',
    'reconnect8',
    'advertisement',
    'unknownAdvertisement',
    'readingToPublish',
  ],
  'tag-reporter': [
    'filteredAdvertisement',
    'repeatedAdvertisement',
    'unreportedAdvertisement',
    'reportedAdvertisement',
    'presenceChange',
  ],
  'on-message': ['receiveOnMessage', 'publishBytes'],
  rpc: ['callScan', 'callKept', 'callLogged', 'callStatistics', 'scheduledJob'],
  outbox: [
    'outboxBrief',
    'outboxLogged',
    'outboxInFlight',
    'outboxFull',
    'outboxWithoutLog',
    'outboxReturned',
    'paced',
  ],
  'flash-log': ['logRecord', 'logRelease', 'logMessage', 'logThin', 'logDropOldest'],
  payloads: [
    'jsonPayload',
    'cborPayload',
    'senmlPayload',
    'sparkplugPayload',
    'valuePayload',
    'rawPayload',
    'batchPayload',
    'awsPayload',
    'azurePayload',
    'templatePayload',
    'gcmSeal',
    'ccmSeal',
    'routerosPayload',
    'sparkplugReading',
    'sparkplugRebirth',
    'openmqttgatewayPayload',
    'ruuviPayload',
    'espresensePayload',
    'homeAssistantPayload',
    'thingsBoardPayload',
    'thingsBoardGatewayPayload',
  ],
  floor: ['packetFloor', 'recordFloor'],
  'tag-floor': ['filteredFloor', 'repeatedFloor'],
} as const;

export type Program = keyof typeof PROGRAMS;

export type Operation = (typeof PROGRAMS)[Program][number];

const NAMES = Object.keys(PROGRAMS) as Program[];

export const OPERATIONS: readonly Operation[] = NAMES.flatMap((program): readonly Operation[] => PROGRAMS[program]);

/** What one operation takes. */
export interface Cost {
  /** Slots allocated, kept or not. */
  slots: number;
  /** Bytes of chunks allocated, their headers included, kept or not. */
  chunkBytes: number;
  /** Bytecode instructions executed, rounded; that of the broker model in the same engine included. */
  compute: number;
}

const COUNT = 1000;
/**
 * The first operations may fill a cache of the engine, or memory that is kept. Presence learns the gaps of a tag from
 * some hundreds of advertisements; a dearer first run would make the difference between the runs too small.
 */
const WARM_UP = 1000;

/**
 * Measures one export of a program that does something as often as it is told, and returns how often that was seen to
 * happen. It is called for `count` and for twice that, so that the price of the call itself cancels out. Nothing is
 * collected in between: what is allocated is counted although it may be garbage at once. Rejects when the operation did
 * not happen, or when the engine collected by itself.
 */
export async function measure(machine: Machine, name: string, count = COUNT): Promise<Cost> {
  const perOperation = await meterAround(machine, name, count, WARM_UP);
  return {
    slots: perOperation(({ slots }) => slots),
    // Less than a tenth is a text that is needed once in a thousand times. Here each evaluation of its literal is a
    // copy; on a chip it is in ROM.
    chunkBytes: Math.round(10 * perOperation(({ chunkBytes }) => chunkBytes)) / 10,
    // The engine counts instructions modulo 2^32.
    compute: Math.round(
      perOperation(
        ({ compute }) => compute,
        (difference) => difference >>> 0,
      ),
    ),
  };
}

/** As `measure`, but on a core, and what is measured are the core's own instructions. */
export async function measureNative(machine: Machine, name: string, count: number): Promise<number> {
  const perOperation = await meterAround(machine, name, count, count);
  return Math.round(perOperation(({ native }) => native));
}

/** Says of a figure of the meter how much one operation adds; `wrap` mends a difference of a counter that overflows. */
type PerOperation = (of: (meter: Meter) => number, wrap?: (difference: number) => number) => number;

async function meterAround(machine: Machine, name: string, count: number, warmUp: number): Promise<PerOperation> {
  await perform(machine, name, warmUp);
  await machine.collect();
  const begin = await machine.meter();
  await perform(machine, name, count);
  const middle = await machine.meter();
  await perform(machine, name, 2 * count);
  const end = await machine.meter();
  if (end.collections !== begin.collections) throw new Error(`${name}: garbage was collected while it was measured`);
  return (of, wrap = (difference) => difference) => (wrap(of(end) - of(middle)) - wrap(of(middle) - of(begin))) / count;
}

/** Measures all operations, as a board links them or as `load` makes them of the programs of test/xs/programs. */
export async function measureOperations(
  bits: Bits,
  load: (program: string) => Promise<string> = boardProgram,
  count?: number,
): Promise<Record<Operation, Cost>> {
  const costs: [Operation, Cost][] = [];
  for (const program of NAMES) {
    const machine = await Machine.start(bits, await load(program));
    try {
      for (const operation of PROGRAMS[program]) costs.push([operation, await measure(machine, operation, count)]);
    } finally {
      await machine.stop();
    }
  }
  return Object.fromEntries(costs) as Record<Operation, Cost>;
}

/** Calls an export that is to do something `count` times. Rejects when it did not. */
async function perform(machine: Machine, name: string, count: number): Promise<void> {
  const done = await machine.call(name, count);
  if (done !== count) throw new Error(`${name} was to happen ${count} times, and ${done} times it did`);
}
