/** What a record is worth: when there is no room, larger numbers go first. The numbers are on the flash. */
export const enum RecordRank {
  /** A button, an alarm flag. */
  event = 0,
  message = 1,
  presence = 2,
  reading = 3,
  health = 4,
}

/** Ranks that the format has room for. */
export const RANKS = 7;

/** Why a record left without an acknowledgement. */
export const enum DropReason {
  /** Room was needed, and it was among the oldest of the lowest rank. */
  full = 0,
  /** Room was needed, and it was not the one of n that stays (`FullRule.thin`). */
  thinned = 1,
  /** It was older than the age limit. */
  age = 2,
  /** It is longer than a record can be. It was never stored. */
  tooLong = 3,
  /** It was new, and there was no room (`FullRule.newest`, or everything stored outranks it). It was never stored. */
  refused = 4,
  /** The broker does not take it. */
  setAside = 5,
  /** Its bytes were damaged. */
  corrupt = 6,
}

/** How many reasons there are. */
export const REASONS = 7;

/** What a `FlashLog` did since it was constructed. */
export class LogStatistics {
  /** Records stored. */
  appended = 0;
  /** Records acknowledged. */
  marked = 0;
  /** Records that were damaged, found at mount or later. Those whose header is damaged have no rank to count under. */
  corrupt = 0;
  /** Ends of the log that a power cut tore: 0 or 1, since that is found at mount. */
  torn = 0;
  /** Records that compactions copied. */
  copied = 0;
  compactions = 0;
  /** Blocks erased. */
  erased = 0;
  /** Bytes programmed, all but marks: records, copies of records, and what describes blocks. */
  programmedBytes = 0;
  /** Bytes of marks: one unit for a record done, one for a packet identifier, those of blocks that are free. */
  markBytes = 0;
  readBytes = 0;
  badBlocks = 0;
  freeBlocks = 0;
  blocks = 0;
  /** How often the blocks were erased in their life, by what their headers say. 0 for one that was never used. */
  erasuresMin = 0;
  erasuresMax = 0;

  private readonly drops = new Uint32Array(REASONS * RANKS);

  /** Records of a rank dropped for a reason. */
  dropped(reason: DropReason, rank: RecordRank): number {
    return this.drops[reason * RANKS + rank]!;
  }

  /** Records dropped for a reason, or all with `reason` -1. */
  droppedFor(reason: DropReason | -1): number {
    let sum = 0;
    const from = reason < 0 ? 0 : reason * RANKS;
    const to = reason < 0 ? REASONS * RANKS : from + RANKS;
    for (let i = from; i < to; i++) sum += this.drops[i]!;
    return sum;
  }

  noteDropped(reason: DropReason, rank: RecordRank, count: number): void {
    this.drops[reason * RANKS + rank]! += count;
  }
}
