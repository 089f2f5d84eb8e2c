import { NONE } from './log-blocks.js';
import { LOG_CHANNELS, wordChannel, wordRank } from './log-frame.js';
import { RANKS } from './log-statistics.js';
import type { RecordRank } from './log-statistics.js';

const FREE = 0xffff;

/** Bytes that a `LogPositions` takes for each held record. */
export const HELD_BYTES = 18;
/** Bytes that a `LogPositions` takes for its channels and ranks. */
export const CHANNELS_BYTES = 22 * LOG_CHANNELS + 8 * RANKS;

/**
 * Where in the log records are that somebody knows: those that are held, one that is selected, and where each channel
 * goes on. They follow when a compaction moves them. Also how many records wait, by channel, and live, by rank.
 */
export class LogPositions {
  readonly maxHeld: number;
  heldCount = 0;
  readonly heldBlock: Uint16Array;
  readonly heldOffset: Uint16Array;
  readonly heldSequence: Uint32Array;
  /** First word of the frame, with the bit `wide`. */
  readonly heldWord: Uint32Array;
  /** Where a compaction that is under way has put it, and the first word there. */
  private readonly movedOffset: Uint16Array;
  private readonly movedWord: Uint32Array;

  /** The block of the selected record, NONE when none is selected. */
  selectedBlock = NONE;
  selectedOffset = 0;
  selectedSequence = 0;
  selectedWord = 0;
  private selectedMoved = 0;
  private selectedMovedWord = 0;

  /**
   * For each channel: no record before this sequence waits. Behind these, for each channel: records before this one are
   * done, also where they have no mark; see `LogFrames.isDone`.
   */
  readonly cursor: Uint32Array;
  /** For each channel: the block of the frame at the cursor, FREE when that has to be sought. */
  readonly cursorBlock: Uint16Array;
  readonly cursorOffset: Uint16Array;
  /** For each channel: which frame of the block that is, counted from 1. */
  readonly cursorFound: Uint16Array;

  /** For each channel: records that are not done and not held. */
  readonly waiting: Uint32Array;
  /** For each rank: records that are not done. */
  readonly live: Uint32Array;

  private readonly tallyChannels: Uint32Array;
  private readonly tallyRanks: Uint32Array;

  constructor(maxHeld: number) {
    this.maxHeld = maxHeld;
    // One buffer costs less than fourteen. The words lie before the halves, so that they are aligned.
    const buffer = new ArrayBuffer(HELD_BYTES * maxHeld + CHANNELS_BYTES);
    let at = 0;
    this.heldSequence = new Uint32Array(buffer, at, maxHeld);
    this.heldWord = new Uint32Array(buffer, (at += 4 * maxHeld), maxHeld);
    this.movedWord = new Uint32Array(buffer, (at += 4 * maxHeld), maxHeld);
    this.cursor = new Uint32Array(buffer, (at += 4 * maxHeld), 2 * LOG_CHANNELS);
    this.waiting = new Uint32Array(buffer, (at += 8 * LOG_CHANNELS), LOG_CHANNELS);
    this.tallyChannels = new Uint32Array(buffer, (at += 4 * LOG_CHANNELS), LOG_CHANNELS);
    this.live = new Uint32Array(buffer, (at += 4 * LOG_CHANNELS), RANKS);
    this.tallyRanks = new Uint32Array(buffer, (at += 4 * RANKS), RANKS);
    this.heldBlock = new Uint16Array(buffer, (at += 4 * RANKS), maxHeld).fill(FREE);
    this.heldOffset = new Uint16Array(buffer, (at += 2 * maxHeld), maxHeld);
    this.movedOffset = new Uint16Array(buffer, (at += 2 * maxHeld), maxHeld);
    this.cursorBlock = new Uint16Array(buffer, (at += 2 * maxHeld), LOG_CHANNELS).fill(FREE);
    this.cursorOffset = new Uint16Array(buffer, (at += 2 * LOG_CHANNELS), LOG_CHANNELS);
    this.cursorFound = new Uint16Array(buffer, at + 2 * LOG_CHANNELS, LOG_CHANNELS);
  }

  /** Live records whose rank number is `rank` or larger. */
  liveFrom(rank: RecordRank): number {
    let sum = 0;
    for (let i: number = rank; i < RANKS; i++) sum += this.live[i]!;
    return sum;
  }

  isHandle(handle: number): boolean {
    return handle >= 0 && handle < this.maxHeld && this.heldBlock[handle] !== FREE;
  }

  /** The handle of the record at a place, NONE when it is not held. */
  heldAt(block: number, offset: number): number {
    if (this.heldCount === 0) return NONE;
    for (let i = 0; i < this.maxHeld; i++) {
      if (this.heldBlock[i] === block && this.heldOffset[i] === offset) return i;
    }
    return NONE;
  }

  /** True when a record of the block is held. */
  holdsIn(block: number): boolean {
    for (let i = 0; i < this.maxHeld; i++) if (this.heldBlock[i] === block) return true;
    return false;
  }

  /** Holds the record at a place, which waits no more. Returns the handle, NONE when all are in use. */
  hold(block: number, offset: number, sequence: number, word: number): number {
    for (let i = 0; i < this.maxHeld; i++) {
      if (this.heldBlock[i] !== FREE) continue;
      this.heldBlock[i] = block;
      this.heldOffset[i] = offset;
      this.heldSequence[i] = sequence;
      this.heldWord[i] = word;
      this.heldCount++;
      const channel = wordChannel(word);
      if (this.waiting[channel]! > 0) this.waiting[channel]!--;
      return i;
    }
    return NONE;
  }

  free(handle: number): void {
    this.heldBlock[handle] = FREE;
    this.heldCount--;
  }

  /** The record is there again for `next` of its channel. */
  rewind(handle: number): void {
    const channel = wordChannel(this.heldWord[handle]!);
    this.waiting[channel]!++;
    if (((this.cursor[channel]! - this.heldSequence[handle]!) | 0) <= 0) return;
    this.cursor[channel] = this.heldSequence[handle]!;
    this.forgetPlace(channel);
  }

  setCursor(channel: number, sequence: number, block: number, offset: number, found: number): void {
    this.cursorFound[channel] = found;
    this.cursor[channel] = sequence;
    this.cursorBlock[channel] = block;
    this.cursorOffset[channel] = offset;
  }

  /** All channels begin at `sequence`, and no record before it is there. */
  beginAt(sequence: number): void {
    this.cursor.fill(sequence);
  }

  /**
   * A record that was held is done, and could not be marked. True when `cursor` says so from now on: no record of its
   * channel before it is held or waits.
   */
  pass(channel: number, sequence: number): boolean {
    if (this.cursor[channel] === sequence) {
      this.cursor[channel] = (sequence + 1) >>> 0;
      this.forgetPlace(channel);
    }
    let passed = this.cursor[channel]!;
    for (let i = 0; i < this.maxHeld; i++) {
      if (this.heldBlock[i] === FREE || wordChannel(this.heldWord[i]!) !== channel) continue;
      if (((this.heldSequence[i]! - passed) | 0) < 0) passed = this.heldSequence[i]!;
    }
    this.cursor[LOG_CHANNELS + channel] = passed;
    return ((sequence - passed) | 0) < 0;
  }

  /** Where a channel goes on has to be sought by its sequence. */
  forgetPlace(channel: number): void {
    this.cursorBlock[channel] = FREE;
  }

  /** As `forgetPlace`, for the channels that go on in `block`. */
  forgetPlaces(block: number): void {
    for (let channel = 0; channel < LOG_CHANNELS; channel++) {
      if (this.cursorBlock[channel] === block) this.cursorBlock[channel] = FREE;
    }
  }

  /**
   * A block that begins at `first` turned out to be damaged: a walk may have gone past some of its records, so that all
   * channels seek again from there.
   */
  rewindTo(first: number): void {
    for (let channel = 0; channel < LOG_CHANNELS; channel++) {
      if (((this.cursor[channel]! - first) | 0) < 0) continue;
      this.cursor[channel] = first;
      this.cursorBlock[channel] = FREE;
    }
  }

  isPlaceKnown(channel: number): boolean {
    return this.cursorBlock[channel] !== FREE;
  }

  /** Counts a record that was stored, or found at mount. */
  noteStored(word: number): void {
    this.waiting[wordChannel(word)]!++;
    this.live[wordRank(word)]!++;
  }

  /** Counts a record that is done or dropped. `waited`: it was not held. */
  noteGone(word: number, waited: boolean): void {
    const channel = wordChannel(word);
    const rank = wordRank(word);
    if (waited && this.waiting[channel]! > 0) this.waiting[channel]!--;
    if (this.live[rank]! > 0) this.live[rank]!--;
  }

  beginTally(): void {
    this.tallyChannels.fill(0);
    this.tallyRanks.fill(0);
  }

  /** Counts a record apart, until it is known whether the whole count is to be believed. */
  tally(word: number): void {
    this.tallyChannels[wordChannel(word)]!++;
    this.tallyRanks[wordRank(word)]!++;
  }

  tallyOf(rank: RecordRank): number {
    return this.tallyRanks[rank]!;
  }

  /** The records of the tally wait. */
  addTally(): void {
    for (let i = 0; i < LOG_CHANNELS; i++) this.waiting[i]! += this.tallyChannels[i]!;
    for (let i = 0; i < RANKS; i++) this.live[i]! += this.tallyRanks[i]!;
  }

  /** The records of the tally waited and are gone. */
  subtractTally(): void {
    for (let i = 0; i < LOG_CHANNELS; i++) {
      const gone = this.tallyChannels[i]!;
      this.waiting[i] = this.waiting[i]! > gone ? this.waiting[i]! - gone : 0;
    }
    for (let i = 0; i < RANKS; i++) {
      const gone = this.tallyRanks[i]!;
      this.live[i] = this.live[i]! > gone ? this.live[i]! - gone : 0;
    }
  }

  /** A compaction begins: nothing is moved yet. */
  beginMove(): void {
    this.selectedMoved = 0;
  }

  /** The record at a place is gone. */
  noteDropped(block: number, offset: number): void {
    if (this.selectedBlock === block && this.selectedOffset === offset) this.selectedBlock = NONE;
  }

  /** The frame at `offset` of `block` was copied to `to`, where it begins with `word`. */
  noteMove(block: number, offset: number, to: number, word: number): void {
    const handle = this.heldAt(block, offset);
    if (handle >= 0) {
      this.movedOffset[handle] = to;
      this.movedWord[handle] = word;
    }
    if (this.selectedBlock !== block || this.selectedOffset !== offset) return;
    this.selectedMoved = to;
    this.selectedMovedWord = word;
  }

  /** `block` is replaced by `by`, which has copies of all that is held in it, or, if that is NONE, by nothing. */
  replace(block: number, by: number): void {
    if (by !== NONE && this.heldCount > 0) {
      for (let i = 0; i < this.maxHeld; i++) {
        if (this.heldBlock[i] !== block) continue;
        this.heldBlock[i] = by;
        this.heldOffset[i] = this.movedOffset[i]!;
        this.heldWord[i] = this.movedWord[i]!;
      }
    }
    if (this.selectedBlock === block) {
      this.selectedBlock = this.selectedMoved === 0 ? NONE : by;
      this.selectedOffset = this.selectedMoved;
      this.selectedWord = this.selectedMovedWord;
    }
    this.forgetPlaces(block);
  }
}
