import { NONE } from './log-blocks.js';
import type { LogBlocks } from './log-blocks.js';
import { wordChannel, wordOrdinal, wordRank } from './log-frame.js';
import type { LogFrames } from './log-frame.js';
import type { LogPositions } from './log-positions.js';
import { DropReason, RANKS, RecordRank } from './log-statistics.js';

/** Which records a log drops when no block is free. */
export const enum FullRule {
  /** Of the lowest rank, the oldest. Readings and what ranks below them count as one. */
  oldest = 0,
  /** None: a new reading is refused. What ranks above readings still drops the oldest of lower ranks. */
  newest = 1,
  /** Readings, all but one of 2, 4, 8 … 256 of each tag; then the oldest. */
  thin = 2,
}

/** Blocks that are merged into one at most, since that takes time. */
const MOST_MERGED = 8;
/** Blocks that are looked at for a merge without a loss, and blocks that are thinned, in one call at most. */
const MOST_TRIED = 4;
const MOST_THINNED = 64;
/** The thinnest: one reading of 2^8 stays, since a frame has 8 bits of the ordinal. */
const MAX_LEVEL = 8;
const ALL = 0;
/** Blocks that are opened while all headers are read once for the block that is worn least. */
const OPENINGS_OF_A_SEARCH = 8;
/** Erasures that a block is behind the one with most before its records are moved. */
const MOST_BEHIND = 8;
/** They are moved to a block that is worn so near to the most. */
const WORN = 0.9;
/** A block that is bad is not free when it is empty, so that one success may not be enough. */
const MOST_GAINS = 8;

/**
 * Makes blocks of a log free. What the rule drops is marked as done in its place, which a power cut can do no harm to;
 * and blocks with few live records are merged: the live ones are copied, in order and with their sequences, to a block
 * that is kept free for it. The `closed` mark of this block commits the copy. Until then the block counts for nothing,
 * and from then on the sources do: its header says which sequences it replaces.
 */
export class LogCompaction {
  private readonly blocks: LogBlocks;
  private readonly frames: LogFrames;
  private readonly positions: LogPositions;
  private readonly rule: FullRule;

  /** Of the block that `survey` looked at last: records that live, and those of them that can be dropped. */
  private living = 0;
  private droppable = 0;
  /** Records from this rank on are dropped; and readings whose ordinals have a bit of the mask. */
  private dropFrom = RANKS;
  private dropMask = ALL;
  /** Of a merge: bytes in the new block, and the sequence that a narrow frame would be counted from. */
  private bytes = 0;
  private expected = 0;
  /** Of the search for the block that is worn least: where it goes on, and what it has found up to there. */
  private searchAt = 0;
  private coldest: number = NONE;
  private coldestErasures = 0;
  /** The next sequence when this search began, and when the one before did. */
  private searchBegan = 0;
  private oldBefore = 0;

  constructor(blocks: LogBlocks, frames: LogFrames, positions: LogPositions, rule: FullRule) {
    this.blocks = blocks;
    this.frames = frames;
    this.positions = positions;
    this.rule = rule;
  }

  /**
   * Makes more than `spare` blocks free, for a record of `rank`. Drops nothing that outranks it. False when that is not
   * enough.
   */
  makeRoom(rank: RecordRank, spare: number): boolean {
    const { blocks } = this;
    const { statistics } = blocks;
    for (let i = 0; i < MOST_GAINS && statistics.freeBlocks <= spare; i++) {
      // While the flash fails, what is dropped makes no room.
      blocks.prove();
      if (blocks.failing) return false;
      const { failures } = blocks;
      if (!this.gain(rank) && blocks.failures === failures) break;
    }
    return statistics.freeBlocks > spare;
  }

  /** True when something lives in a bad block, and can be moved. */
  hasToEvacuate(): boolean {
    const { blocks } = this;
    if (blocks.statistics.badBlocks === 0) return false;
    for (let index = 0; index < blocks.used - 1; index++) if (blocks.isBad(blocks.order[index]!)) return true;
    return false;
  }

  /** Moves what lives in bad blocks to others, as long as more than `spare` are free. */
  evacuate(spare: number): void {
    const { blocks } = this;
    if (blocks.statistics.badBlocks === 0) return;
    for (let index = 0; index < blocks.used - 1; index++) {
      if (blocks.statistics.freeBlocks <= spare) return;
      if (blocks.isBad(blocks.order[index]!)) this.merge(index, 1);
    }
  }

  /**
   * Called for each block that is opened. A block whose records stay for long is not erased, and so the others are
   * worn for it: the records of the one that is worn least, unless they are new, are moved to a free
   * block that is worn much, and it takes its turn. That is at most one block for each 8 that are opened.
   */
  spreadWear(): void {
    const { blocks } = this;
    const { statistics } = blocks;
    const headers = 1 + Math.floor(blocks.count / OPENINGS_OF_A_SEARCH);
    for (let i = 0; i < headers && this.searchAt < blocks.count; i++) {
      const block = this.searchAt++;
      if (this.isYoung(block) || !blocks.readHeader(block)) continue;
      if (this.coldest !== NONE && blocks.headerErasures >= this.coldestErasures) continue;
      this.coldest = block;
      this.coldestErasures = blocks.headerErasures;
    }
    if (this.searchAt < blocks.count) return;
    const { coldest, coldestErasures } = this;
    const isThere = coldest !== NONE && !this.isYoung(coldest);
    const behind = statistics.erasuresMax - coldestErasures;
    if (isThere && behind > MOST_BEHIND) {
      const next = blocks.nextFree();
      if (next === NONE || !blocks.readHeader(next)) return;
      if (blocks.headerErasures - coldestErasures < WORN * behind) return;
      this.merge(blocks.indexOf(coldest), 1);
    }
    this.searchAt = 0;
    this.coldest = NONE;
    this.oldBefore = this.searchBegan;
    this.searchBegan = blocks.nextSequence;
  }

  /** True when a block is free, or was opened since the search before this one began: what it has may not stay. */
  private isYoung(block: number): boolean {
    const { blocks } = this;
    return !blocks.isUsed(block) || ((blocks.first[block]! - this.oldBefore) | 0) >= 0;
  }

  private gain(rank: RecordRank): boolean {
    if (this.collect()) return true;
    if (this.rule === FullRule.newest) return rank < RecordRank.reading && this.dropOldest(rank + 1);
    const mayThin = this.rule === FullRule.thin && rank <= RecordRank.reading;
    return (mayThin && this.thin()) || this.dropOldest(rank);
  }

  /** Merges blocks whose records are mostly done. */
  private collect(): boolean {
    const { blocks } = this;
    const { order, first, live, used } = blocks;
    if (used < 3) return false;
    // What a block holds when it is full; an estimate, since records have any length.
    const full = (first[order[used - 1]!]! - first[order[used - 2]!]!) | 0;
    let tries = 0;
    for (let index = 0; index < blocks.used - 2 && tries < MOST_TRIED; index++) {
      if (live[order[index]!]! + live[order[index + 1]!]! > full) continue;
      tries++;
      if (this.mergeFrom(index)) return true;
    }
    return false;
  }

  /** Thins the blocks that are thinned least, the oldest first, until one is free. */
  private thin(): boolean {
    const { blocks } = this;
    for (let i = 0; i < MOST_THINNED; i++) {
      const index = this.leastThinned();
      if (index < 0) return false;
      const block = blocks.order[index]!;
      const level = blocks.levelOf(block) + 1;
      this.dropMask = (1 << level) - 1;
      const { failures } = blocks;
      const gained = this.dropIn(block, DropReason.thinned);
      this.dropMask = ALL;
      if (gained) return true;
      if (blocks.failures > failures) return false;
      blocks.setLevel(block, level);
      if (this.mergeAround(index)) return true;
    }
    return false;
  }

  private leastThinned(): number {
    const { blocks } = this;
    let least = MAX_LEVEL;
    let found = NONE;
    for (let index = 0; index < blocks.used - 1; index++) {
      const block = blocks.order[index]!;
      if (!blocks.isLow(block) || blocks.levelOf(block) >= least) continue;
      least = blocks.levelOf(block);
      found = index;
    }
    return found;
  }

  /** Drops the oldest records of the lowest ranks, but none above `most`, until a block is free. */
  private dropOldest(most: RecordRank): boolean {
    const { positions } = this;
    // Few records of the lowest rank, scattered over the log, make no block free.
    const alone = 2 * positions.liveFrom(RecordRank.health) > positions.liveFrom(0);
    let rank: RecordRank = alone ? RecordRank.health : RecordRank.reading;
    if (rank < most) rank = most;
    for (; rank >= most; rank--) {
      if (positions.liveFrom(rank) === 0) continue;
      this.dropFrom = rank;
      const gained = this.dropFromRank(rank);
      this.dropFrom = RANKS;
      if (gained) return true;
    }
    return false;
  }

  private dropFromRank(rank: RecordRank): boolean {
    const { blocks } = this;
    for (let index = 0; index < blocks.used - 1; index++) {
      const block = blocks.order[index]!;
      if (rank >= RecordRank.reading && !blocks.isLow(block)) continue;
      const { failures } = blocks;
      if (this.dropIn(block, DropReason.full)) return true;
      if (blocks.failures > failures) return false;
      if (this.droppable > 0 && this.mergeAround(index)) return true;
    }
    return false;
  }

  /** Drops what is to be dropped in a block. True when nothing is left in it, and it is free. */
  private dropIn(block: number, reason: DropReason): boolean {
    const { blocks, frames, positions } = this;
    this.survey(block);
    if (this.living === 0) {
      this.free(block);
      return true;
    }
    const all = this.droppable === this.living;
    if (this.droppable === 0 || (blocks.isBad(block) && !all)) return false;
    if (all && !this.canFree(block)) return false;
    positions.beginTally();
    frames.begin(block);
    let failed = false;
    while (!failed && frames.step()) {
      if (frames.isDone() || this.stays()) continue;
      if (!all && !blocks.programZeros(block, frames.markAt, blocks.unit)) {
        failed = true;
        blocks.setBad(block);
        // Where it took some bits of the mark, the record is as good as dropped.
        if (!frames.isDone()) break;
      }
      positions.tally(frames.word);
      positions.noteDropped(block, frames.offset);
      blocks.live[block]!--;
    }
    if (all) this.free(block);
    else if (this.dropFrom <= RecordRank.reading && !positions.holdsIn(block)) blocks.clearLow(block);
    this.countDrops(reason);
    return all;
  }

  /** Says on the flash that a block holds nothing more. False when it did not take that, so that it still does. */
  private canFree(block: number): boolean {
    const { blocks } = this;
    if (blocks.isBad(block)) return blocks.failures === 0;
    if (blocks.markObsolete(block) || !blocks.isBad(block)) return true;
    blocks.readHeader(block);
    return blocks.obsolete;
  }

  private countDrops(reason: DropReason): void {
    const { positions } = this;
    for (let rank = 0; rank < RANKS; rank++) {
      this.blocks.statistics.noteDropped(reason, rank, positions.tallyOf(rank));
    }
    positions.subtractTally();
  }

  private free(block: number): void {
    this.positions.beginMove();
    this.positions.replace(block, NONE);
    this.blocks.leave(block);
  }

  /** Counts what lives in a block, and what can be dropped. */
  private survey(block: number): void {
    const { blocks, frames } = this;
    for (let again = 0; again < 2; again++) {
      this.living = 0;
      this.droppable = 0;
      frames.begin(block);
      while (frames.step()) {
        if (frames.isDone()) continue;
        this.living++;
        if (!this.stays()) this.droppable++;
      }
      if (frames.consistent) break;
      frames.recount(block);
      this.positions.rewindTo(blocks.first[block]!);
    }
    blocks.live[block] = this.living;
  }

  /** True when the record of the frame that was found last is not to be dropped. */
  private stays(): boolean {
    const { frames, positions } = this;
    const rank = wordRank(frames.word);
    const isDropped =
      rank >= this.dropFrom || (rank === RecordRank.reading && (wordOrdinal(frames.word) & this.dropMask) !== 0);
    return !isDropped || positions.heldAt(frames.block, frames.offset) >= 0;
  }

  /** Merges the block at an index, which has less than before, with its neighbours. */
  private mergeAround(index: number): boolean {
    return (index > 0 && this.mergeFrom(index - 1)) || this.mergeFrom(index);
  }

  /** Merges as many blocks from an index on as fit into one. False when these are not at least two. */
  private mergeFrom(index: number): boolean {
    const { blocks } = this;
    if (blocks.statistics.freeBlocks === 0) return false;
    const room = blocks.framesTo - blocks.framesFrom;
    this.bytes = 0;
    this.expected = blocks.first[blocks.order[index]!]!;
    let count = 0;
    while (count < MOST_MERGED && index + count < blocks.used - 1) {
      if (!this.addBytes(blocks.order[index + count]!, room)) break;
      count++;
    }
    return count >= 2 && this.merge(index, count);
  }

  /** Adds to `bytes` what the live records of a block take in a merged one. False when that is more than `room`. */
  private addBytes(block: number, room: number): boolean {
    const { frames } = this;
    const { bytes, expected } = this;
    for (let again = 0; again < 2; again++) {
      this.bytes = bytes;
      this.expected = expected;
      frames.begin(block);
      while (frames.step()) {
        if (frames.isDone()) continue;
        this.bytes += frames.size(frames.word, this.isWide());
        this.expected = (frames.sequence + 1) >>> 0;
        if (this.bytes > room) return false;
      }
      if (frames.consistent) return true;
      frames.recount(block);
      this.positions.rewindTo(this.blocks.first[block]!);
    }
    return false;
  }

  /** True when a frame needs its whole sequence, since too many are left out before it. */
  private isWide(): boolean {
    const gap = (this.frames.sequence - this.expected) | 0;
    return gap > 15;
  }

  /** Copies what lives in `count` blocks from an index on to a new block, which takes their place. */
  private merge(index: number, count: number): boolean {
    const { blocks, positions } = this;
    const { statistics } = blocks;
    const { order, first } = blocks;
    const from = first[order[index]!]!;
    let level = MAX_LEVEL;
    for (let i = index; i < index + count; i++) {
      if (blocks.levelOf(order[i]!) < level) level = blocks.levelOf(order[i]!);
    }
    blocks.generation++;
    const into = blocks.prepare(0, from, level, blocks.generation, first[order[index + count]!]!);
    if (into === NONE) return false;
    positions.beginMove();
    this.bytes = 0;
    this.expected = from;
    let copied = 0;
    for (let i = index; i < index + count; i++) {
      const kept = this.copy(order[i]!, into);
      if (kept < 0) {
        blocks.leave(into);
        return false;
      }
      copied += kept;
    }
    if (!blocks.close(into, this.expected, copied)) {
      blocks.setBad(into);
      blocks.leave(into);
      return false;
    }
    for (let i = 0; i < count; i++) {
      const source = order[index]!;
      positions.replace(source, into);
      blocks.leave(source);
    }
    blocks.insert(into, from);
    blocks.live[into] = copied;
    statistics.copied += copied;
    statistics.compactions++;
    return true;
  }

  /** Copies what lives in `block`. Returns how many records, or NONE when that failed. */
  private copy(block: number, into: number): number {
    const { blocks, frames, positions } = this;
    let copied = 0;
    frames.begin(block);
    while (frames.step()) {
      if (frames.isDone()) continue;
      if (!blocks.isDamaged(block) && !frames.isWhole()) {
        frames.recount(block);
        positions.rewindTo(blocks.first[block]!);
        return NONE;
      }
      const wide = this.isWide();
      const size = frames.size(frames.word, wide);
      const at = blocks.framesFrom + this.bytes;
      if (at + size > blocks.framesTo) return NONE;
      if (!frames.copyTo(into, at, wide)) {
        blocks.setBad(into);
        return NONE;
      }
      positions.noteMove(block, frames.offset, at, frames.copiedWord);
      blocks.noteContent(into, wordChannel(frames.word), wordRank(frames.word));
      this.bytes += size;
      this.expected = (frames.sequence + 1) >>> 0;
      copied++;
    }
    return frames.consistent ? copied : NONE;
  }
}
