import { ESP32 } from './chip.js';
import type { Chip } from './chip.js';
import { LARGE, Machine, MachineEnded, MEMORY_FULL, STACK_OVERFLOW } from './host/machine.js';
import type { Meter } from './host/machine.js';
import type { Size } from './measure-client.js';

const MINUTES = 60;
const SECONDS = 60;
/** The outages of programs/world.ts are of five kinds. */
export const OUTAGES = 5;
const SAMPLE_SECONDS = 5;

/** What a firmware holds at the most, see `mostHeld`. */
export async function measureFirmware(chip: Chip): Promise<Size> {
  const machine = await Machine.start(32, 'firmware');
  try {
    if (chip.partition) await machine.call('makePartition');
    const before = await machine.live();
    await start(machine, chip.start);
    return await mostHeld(machine, before);
  } finally {
    await machine.stop();
  }
}

/** The most that a machine holds beyond `before`, garbage left out, over one outage of each kind. */
export async function mostHeld(machine: Machine, before: Size): Promise<Size> {
  const most: Size = { slots: 0, chunkBytes: 0 };
  for (let second = 0; second < OUTAGES * SECONDS; second += SAMPLE_SECONDS) {
    const { slots, chunkBytes } = await machine.live();
    most.slots = Math.max(most.slots, slots - before.slots);
    most.chunkBytes = Math.max(most.chunkBytes, chunkBytes - before.chunkBytes);
    await machine.call('run', SAMPLE_SECONDS);
  }
  return most;
}

/** One minute of `runHour`: the most in use, garbage included, and what was in use after a collection at its end. */
export interface Minute {
  peakSlots: number;
  peakChunkBytes: number;
  slots: number;
  chunkBytes: number;
}

/** An hour of a firmware. */
export interface Hour {
  minutes: Minute[];
  /** What the exports of programs/firmware.ts say at its end. */
  accepted: number;
  dropped: number;
  acknowledged: number;
  arrived: number;
  outOfOrder: number;
  inFlight: number;
  events: number;
  calls: number;
  answers: number;
  publishes: number;
  connects: number;
  outages: number;
}

/**
 * Runs a firmware for an hour of virtual time with an outage each minute, on 32 bits, in a heap and on a stack that
 * have room for its budget and no more. Rejects with `MachineEnded` when it does not fit. `program` is that of
 * programs/firmware.ts, or one made of it.
 */
export async function runHour(chip: Chip, program = 'firmware'): Promise<Hour> {
  const machine = await Machine.start(32, program, chip.heap(await baseline(program)));
  try {
    await startLimited(machine, chip, chip.start);
    const minutes: Minute[] = [];
    for (let minute = 0; minute < MINUTES; minute++) {
      await machine.collect();
      await machine.call('run', SECONDS);
      const { peakSlots, peakChunkBytes } = await machine.meter();
      const { slots, chunkBytes } = await machine.live();
      minutes.push({ peakSlots, peakChunkBytes, slots, chunkBytes });
    }
    await machine.call('settle');
    return {
      minutes,
      accepted: await machine.call('accepted'),
      dropped: await machine.call('dropped'),
      acknowledged: await machine.call('acknowledged'),
      arrived: await machine.call('arrived'),
      outOfOrder: await machine.call('outOfOrder'),
      inFlight: await machine.call('inFlight'),
      events: await machine.call('events'),
      calls: await machine.call('calls'),
      answers: await machine.call('answers'),
      publishes: await machine.call('publishes'),
      connects: await machine.call('connects'),
      outages: await machine.call('outages'),
    };
  } finally {
    await machine.stop();
  }
}

/**
 * Makes every RPC call that sets something, in the heap and on the stack of a chip, and resolves to the number of calls
 * and of results. Rejects with `MachineEnded` when it does not fit.
 */
export async function runSetters(chip: Chip): Promise<{ calls: number; results: number }> {
  const machine = await Machine.start(32, 'firmware', chip.heap(await baseline()));
  try {
    await startLimited(machine, chip, chip.start.replace('start', 'startOpen'));
    await machine.call('run', 5);
    for (let index = 0, count = 1; index < count; index++) count = await machine.call('set', index);
    await machine.call('run', 5);
    return { calls: await machine.call('calls'), results: await machine.call('answers') };
  } finally {
    await machine.stop();
  }
}

/** True when `runHour` comes to its end. */
export async function fits(chip: Chip): Promise<boolean> {
  try {
    await runHour(chip);
    return true;
  } catch (error) {
    if (error instanceof MachineEnded && (error.code === MEMORY_FULL || error.code === STACK_OVERFLOW)) return false;
    throw error;
  }
}

/** What an ESP32 with a console is given: more than the SDK's heaps at the start, which grow there. */
export const CONSOLE_CHUNK_BYTES = 65_536;
export const CONSOLE_SLOTS = 4096;

/** Starts a program in the heap of an ESP32 with a console, and on its stack; the heap does not grow. */
export async function startWithConsole(program: string): Promise<Machine> {
  const loaded = await Machine.start(32, program);
  await loaded.call('makePartition');
  const { slots, chunkBytes } = await loaded.live();
  await loaded.stop();
  const machine = await Machine.start(32, program, {
    ...LARGE,
    // Room for the garbage of loading, which a chip does not do.
    chunkBytes: chunkBytes + CONSOLE_CHUNK_BYTES + (1 << 18),
    slots: slots + CONSOLE_SLOTS + 512,
    slotIncrement: 64,
  });
  await machine.call('makePartition');
  await machine.fixHeap(CONSOLE_CHUNK_BYTES, CONSOLE_SLOTS);
  await machine.limitStack(ESP32.stack);
  return machine;
}

/** What a machine holds that has loaded the firmware and made its world, and not started it. */
export async function baseline(program = 'firmware'): Promise<Meter> {
  const machine = await Machine.start(32, program);
  try {
    return await machine.live();
  } finally {
    await machine.stop();
  }
}

/** Starts a firmware in the heap and on the stack of a chip, and no more. */
async function startLimited(machine: Machine, chip: Chip, name: string): Promise<void> {
  if (chip.partition) await machine.call('makePartition');
  if (chip.fixed) await machine.fixHeap(chip.fixed.chunkBytes, chip.fixed.slots);
  if (chip.block !== undefined) await machine.limitBlock(chip.block);
  await machine.limitStack(chip.stack);
  await start(machine, name);
}

async function start(machine: Machine, name: string): Promise<void> {
  if ((await machine.call(name)) !== 1) throw new Error(`the firmware did not start: ${name}`);
}
