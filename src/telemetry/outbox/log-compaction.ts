import { NONE } from './log-blocks.js';
import type { LogBlocks } from './log-blocks.js';

import type { LogFrames } from './log-frame.js';
import type { LogPositions } from './log-positions.js';
import { DropReason, RANKS, RecordRank } from './log-statistics.js';

/** Which records a log drops when no block is free. */
export const enum FullRule {
  /** Of the lowest rank, the oldest. */
  oldest = 0,
  /** None: a new reading is refused. What ranks above readings still drops the oldest readings. */
  newest = 1,
  /** Readings, all but one of 2, 4, 8 … 256 of each tag; then the oldest. */
  thin = 2,
}

/** Makes blocks of a log free. */
export class LogCompaction {
  constructor(
    private readonly blocks: LogBlocks,
    private readonly frames: LogFrames,
    private readonly positions: LogPositions,
    private readonly rule: FullRule,
  ) {}

  /** Makes more than `spare` blocks free, for a record of `rank`. False when the rule does not allow it. */
  makeRoom(rank: RecordRank, spare: number): boolean {
    const { blocks, frames, positions } = this;
    if (this.rule === FullRule.newest && rank >= RecordRank.reading) return false;
    for (let index = 0; index < blocks.used - 1 && blocks.statistics.freeBlocks <= spare;) {
      const block = blocks.order[index]!;
      if (positions.holdsIn(block)) {
        index++;
        continue;
      }
      positions.beginTally();
      frames.begin(block);
      while (frames.step()) if (!frames.isDone()) positions.tally(frames.word);
      for (let of = 0; of < RANKS; of++) {
        blocks.statistics.noteDropped(DropReason.full, of, positions.tallyOf(of));
      }
      positions.subtractTally();
      positions.beginMove();
      positions.replace(block, NONE);
      blocks.retire(block);
    }
    return blocks.statistics.freeBlocks > spare;
  }
}
