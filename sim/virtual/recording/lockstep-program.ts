import type { BoardName } from '../world.js';
import { tapeParts } from './board-tape.js';
import { HEADER_LENGTH } from './recording-file.js';
import type { Value } from './recording-file.js';
import { Replay } from './replay.js';
import { Tape } from './tape.js';
import { Memories } from './taped-parts.js';

/*
 * What runs on XS beside a world: a replay of the recording that is being made of one device. `sim/xs/lockstep.ts`
 * calls these exports. Texts are in ASCII.
 */

/** Bytes of the partitions in boards/esp32/partitions.csv: flash, which must not count as memory of the chip. */
const PARTITIONS = { storage: 16 * 4096, outbox: 256 * 4096 };
/** By `BOARDS` of lockstep.ts. */
const BOARDS: readonly BoardName[] = ['esp32', 'esp8266'];

const memories = new Memories();
let replaying: Replay | undefined;
let problem = '';
const hardware: unknown[] = [];

/** Makes the flash of a board, by its place in `BOARDS`. */
export function makeFlash(board: number): number {
  if (BOARDS[board] === 'esp32') for (const [name, length] of Object.entries(PARTITIONS)) memories.chip(name, length);
  return 0;
}

/** Makes what stands in for the hardware of a board, without a firmware: memory that no chip would need. */
export function makeHardware(board: number): number {
  const conditions = { board: BOARDS[board]!, settings: {}, restartReason: '', mac: '', abilities: 0 };
  return hardware.push(tapeParts(new IdleTape(), memories, conditions, undefined));
}

/** Lets go of it. */
export function dropHardware(): number {
  return (hardware.length = 0);
}

/** Takes the header of the recording. */
export function begin(header: ArrayBuffer): number {
  replaying = new Replay(new Uint8Array(header, 0, HEADER_LENGTH), [], () => memories);
  return 0;
}

/** Takes whole blocks of the recording, and does what they tell. */
export function follow(blocks: ArrayBuffer): number {
  const following = replaying!;
  following.follow(new Uint8Array(blocks)).then(
    () => {
      const { problem: damage, difference } = following.outcome;
      if (damage !== undefined) problem = damage;
      else if (difference) problem = `event ${difference.event}: ${difference.what}`;
    },
    (error: unknown) => (problem = String(error)),
  );
  return 0;
}

/** Events that were repeated. */
export function events(): number {
  return replaying ? replaying.events : 0;
}

/** Empty as long as each state is the one that was recorded. */
export function failure(): string {
  return problem.replace(/[^ -~]/g, '?');
}

/** A tape on which nothing happens. */
class IdleTape extends Tape {
  override result<T extends Value>(expected: T): T {
    return expected;
  }

  override event(): void {}

  override setTime(): void {}

  override restart(): never {
    throw new Error('a tape on which nothing happens does not restart');
  }
}
