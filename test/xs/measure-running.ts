import { boardProgram } from './board-program.js';
import { BOARD_STACK, ESP8266 } from './chip.js';
import { Machine, MachineEnded, MEMORY_FULL } from './host/machine.js';
import type { Size } from './measure-client.js';
import { baseline, mostHeld, OUTAGES } from './measure-firmware.js';

const SECONDS = 60;
/** Slots of the stack that the stand-ins for the SDK take, which is JavaScript there: what calls the firmware is C. */
const STAND_INS = 48;
/** What a smaller block is looked for by. */
const STEP = 256;

/** An ESP8266 as it is flashed, with the adapters of its board: see programs/running.ts. */
export interface RunningSize extends Size {
  /** Bytes of its block that are free, garbage left out. */
  freeBytes: number;
  /** By so many bytes, a multiple of 256, the block could be smaller, and five outages were outlived all the same. */
  freeReconnecting: number;
  /** The same for the calls that get and set the configuration. */
  freeSetting: number;
}

/** Measures it: what it holds at the most around one outage of each kind, after an hour. */
export async function measureRunning(): Promise<RunningSize> {
  const program = await boardProgram('running');
  const held = await measureHour(program);
  return {
    ...held,
    freeBytes: freeBytes(held),
    freeReconnecting: await spare(program, reconnect),
    freeSetting: await spare(program, setConfiguration),
  };
}

/** What is free of the block when the firmware holds so much, beside a longer stack. */
function freeBytes({ slots, chunkBytes }: Size): number {
  return ESP8266.freeBytes({ slots: slots + BOARD_STACK - ESP8266.stack, chunkBytes });
}

async function measureHour(program: string): Promise<Size> {
  const machine = await Machine.start(32, program);
  try {
    const before = await machine.live();
    await machine.call('start');
    await machine.call('run', (60 - OUTAGES) * SECONDS);
    const most = await mostHeld(machine, before);
    const connects = await machine.call('connects');
    if (connects < 60) throw new Error(`it connected ${connects} times in an hour with an outage each minute`);
    return most;
  } finally {
    await machine.stop();
  }
}

/** Starts, and loses its connection in each of five ways. */
async function reconnect(machine: Machine): Promise<void> {
  await machine.call('start');
  await machine.call('run', OUTAGES * SECONDS);
}

/** Starts, connects, and takes every call that gets or sets the configuration. */
async function setConfiguration(machine: Machine): Promise<void> {
  await machine.call('startCalm');
  await machine.call('run', 10);
  for (let index = 0, count = 1; index < count; index++) count = await machine.call('set', index);
  const calls = await machine.call('calls');
  if (calls < 3) throw new Error(`${calls} calls reached it`);
}

/** Bytes of the block of an ESP8266 that `work` does not need, to the step below. */
async function spare(program: string, work: (machine: Machine) => Promise<void>): Promise<number> {
  const heap = ESP8266.heap(await baseline(program));
  const block = freeBytes({ slots: 0, chunkBytes: 0 });
  let fits = -1;
  let fails = Math.ceil(block / STEP);
  while (fails - fits > 1) {
    const middle = Math.floor((fits + fails) / 2);
    const machine = await Machine.start(32, program, heap);
    try {
      await machine.limitBlock(block - middle * STEP);
      await machine.limitStack(BOARD_STACK + STAND_INS);
      await work(machine);
      fits = middle;
    } catch (error) {
      if (!(error instanceof MachineEnded && error.code === MEMORY_FULL)) throw error;
      fails = middle;
    } finally {
      await machine.stop();
    }
  }
  return fits * STEP;
}
