import { boardProgram } from './board-program.js';
import type { Core } from './host/build.js';
import { Machine } from './host/machine.js';
import { measureNative, PROGRAMS } from './measure-operations.js';
import type { Operation, Program } from './measure-operations.js';

/** Instructions of a core for each operation, rounded. */
export type Instructions = Record<Operation, number>;

/** How often an operation is done: an emulator is slow, and a count is exact. */
const COUNT = 10;
/** Of these, some are dearer than others: a block is erased, a digit is added, another tag is due. */
const COUNTS: Partial<Record<Program, number>> = { 'tag-reporter': 40, outbox: 40, 'flash-log': 60 };
/** Only when its ring is full is there something to thin. */
const UNTIL_FULL = { outboxWithoutLog: 400 } as Partial<Record<Operation, number>>;

/** Machines that run at the same time. */
const PARALLEL = 2;

/** Measures all operations on a core. `progress` is called with the name of each program when it begins. */
export async function measureCore(core: Core, progress: (program: string) => void = () => {}): Promise<Instructions> {
  const waiting = Object.keys(PROGRAMS) as Program[];
  const found = new Map<Operation, number>();
  const work = async (): Promise<void> => {
    for (let program = waiting.shift(); program !== undefined; program = waiting.shift()) {
      progress(program);
      const machine = await Machine.start(core, await boardProgram(program));
      try {
        for (const operation of PROGRAMS[program]) {
          const count = UNTIL_FULL[operation] ?? COUNTS[program] ?? COUNT;
          found.set(operation, await measureNative(machine, operation, count));
        }
      } finally {
        await machine.stop();
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  const ordered = Object.values(PROGRAMS).flatMap((operations): readonly Operation[] => operations);
  return Object.fromEntries(ordered.map((operation) => [operation, found.get(operation)!])) as Instructions;
}
