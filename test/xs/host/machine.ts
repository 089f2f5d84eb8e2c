import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { heapArguments, XsMachine } from '../../../sim/xs/machine.js';
import type { Heap } from '../../../sim/xs/machine.js';
import { buildHost } from './build.js';
import type { Target } from './build.js';
import { emulatorCommand } from './emulator.js';
import { supportFor } from './support.js';
import { PROGRAMS } from './paths.js';

export { MachineEnded, MEMORY_FULL, STACK_OVERFLOW } from '../../../sim/xs/machine.js';
export type { Heap, Meter } from '../../../sim/xs/machine.js';

/** So large that nothing is ever collected unasked. */
export const LARGE: Heap = {
  chunkBytes: 32 << 20,
  chunkIncrement: 4 << 20,
  slots: 1 << 20,
  slotIncrement: 1 << 18,
  stack: 4096,
  blockBytes: 0,
};

/** A machine of the host that is built for a target, with a program of the tests. */
export class Machine extends XsMachine {
  /**
   * Starts a machine and loads a program of test/xs/programs, by its name, or another by its path, without `.js`. With
   * `sdk` the engine has the functions that the Moddable SDK adds to it.
   */
  static async start(target: Target, program: string, heap: Heap = LARGE, sdk = false): Promise<Machine> {
    const path = resolve(PROGRAMS, `${program}.js`);
    if (!existsSync(path)) throw new Error(`${program}.js is not compiled: run npm run build`);
    const host = await buildHost(target);
    const machine = new Machine(...commandFor(target, host, heapArguments(heap)));
    try {
      if (sdk) await machine.ask('sdk');
      await machine.load(path);
    } catch (error) {
      await machine.stop();
      throw error;
    }
    return machine;
  }
}

function commandFor(target: Target, host: string, sizes: string[]): [program: string, args: string[]] {
  if (typeof target === 'string') return emulatorCommand(target, host, sizes);
  const { runner } = supportFor(target);
  return runner === '' ? [host, sizes] : [runner, [host, ...sizes]];
}
