import type { Bits } from './host/build.js';
import { Machine } from './host/machine.js';
import type { Meter } from './host/machine.js';

/** The operations of programs/operations.ts, in the order of the table. */
export const OPERATIONS = [
  'publishQos0',
  'publishQos1Ack',
  'receiveDispatch',
  'keepAlive',
  'reconnect8',
  'advertisement',
  'readingToPublish',
] as const;

export type Operation = (typeof OPERATIONS)[number];

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
/** The first operations may fill a cache of the engine, or memory that is kept. */
const WARM_UP = 100;

/**
 * Measures one export of a program that does something `count` times and returns how often that was seen to happen.
 * It is called for `COUNT` and for twice that, so that the price of the call itself cancels out. Nothing is collected
 * in between: what is allocated is counted although it may be garbage at once. Rejects when the operation did not
 * happen, or when the engine collected by itself.
 */
export async function measure(machine: Machine, name: string): Promise<Cost> {
  await perform(machine, name, WARM_UP);
  await machine.collect();
  const begin = await machine.meter();
  await perform(machine, name, COUNT);
  const middle = await machine.meter();
  await perform(machine, name, 2 * COUNT);
  const end = await machine.meter();
  if (end.collections !== begin.collections) throw new Error(`${name}: garbage was collected while it was measured`);
  const perOperation = (of: (meter: Meter) => number): number =>
    (of(end) - of(middle) - (of(middle) - of(begin))) / COUNT;
  return {
    slots: perOperation(({ slots }) => slots),
    chunkBytes: perOperation(({ chunkBytes }) => chunkBytes),
    compute: Math.round((wrapped(end.compute - middle.compute) - wrapped(middle.compute - begin.compute)) / COUNT),
  };
}

/** Measures all operations. */
export async function measureOperations(bits: Bits): Promise<Record<Operation, Cost>> {
  const machine = await Machine.start(bits, 'operations');
  try {
    const costs: [Operation, Cost][] = [];
    for (const operation of OPERATIONS) costs.push([operation, await measure(machine, operation)]);
    return Object.fromEntries(costs) as Record<Operation, Cost>;
  } finally {
    await machine.stop();
  }
}

async function perform(machine: Machine, name: string, count: number): Promise<void> {
  const done = await machine.call(name, count);
  if (done !== count) throw new Error(`${name} was to happen ${count} times, and ${done} times it did`);
}

/** The engine counts instructions modulo 2^32. */
function wrapped(difference: number): number {
  return difference >>> 0;
}
