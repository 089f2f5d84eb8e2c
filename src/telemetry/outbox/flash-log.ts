import type { Flash } from '../../hal/index.js';
import { checkInteger } from '../../tags/check-range.js';
import { Closed, LogBlocks, NONE, PAGE } from './log-blocks.js';
import { FullRule, LogCompaction } from './log-compaction.js';
import { frameWord, LogFrames, MAX_LOG_RECORD, wordChannel, wordLength, wordOrdinal, wordRank } from './log-frame.js';
import { CHANNELS_BYTES, HELD_BYTES, LogPositions } from './log-positions.js';
import { DropReason, LogStatistics, RecordRank } from './log-statistics.js';

export { FullRule } from './log-compaction.js';
export { LOG_CHANNELS } from './log-frame.js';
export { DropReason, LogStatistics, RecordRank } from './log-statistics.js';

/** What became of a record that was given to a log. */
export const enum LogResult {
  stored = 1,
  /** There is no room, and the rule drops nothing for this record. Counted as refused. */
  full = -1,
  /** Longer than `FlashLog.maxRecord`. Counted. */
  tooLong = -2,
  /** The flash did not take it, on any of several blocks. */
  failed = -3,
  /** `appendHeld`: all handles are in use. */
  noHandle = -4,
}

export interface FlashLogOptions {
  /** Records that can be held at once, 1 to 1024; default 32. */
  maxHeld?: number;
  /** Default `oldest`. */
  rule?: FullRule;
}

const MIN_BLOCKS = 4;
const MAX_BLOCKS = 65535;
const MAX_BLOCK_LENGTH = 65536;
/** Blocks that a record is tried on. */
const TRIES = 4;
/** Milliseconds until a flash that fails is tried again; twice as long after each try, at most 2^6 times as long. */
const FIRST_WAIT = 5000;
const MOST_DOUBLINGS = 6;
/** Blocks that stay free: a compaction needs one. */
const SPARE = 1;

/** Bytes of the tables and buffers of a `FlashLog`. */
export function flashLogBytes(blocks: number, maxHeld: number): number {
  const block = blocks <= 256 ? 9 : 10;
  return blocks * block + maxHeld * HELD_BYTES + CHANNELS_BYTES + PAGE + 456;
}

/**
 * A log of records on flash that survives a power cut at any byte.
 *
 * A record is stored when `append` returns: it is found again after a power cut, until it is marked, or dropped by the
 * rule for a log that is full. Records of a channel come back in the order in which they were appended. `next` selects
 * the oldest of a channel that waits; `hold` keeps it from being dropped and gives a handle, with which it is marked
 * as done (`mark`, `drop`), or waits again (`release`). A handle stays right when the record moves.
 *
 * Channels are 0 to 15, ranks 0 to 6; neither is checked. Records have at most `maxRecord` bytes. Sequence numbers are
 * u32 and wrap: all comparisons are of differences, and a log never spans 2^31 of them.
 *
 * Nothing but the constructor allocates.
 */
export class FlashLog {
  readonly statistics = new LogStatistics();
  /** Bytes of the longest record. */
  readonly maxRecord: number;

  /** Of the record that `next` selected. */
  recordLength = 0;
  recordRank: RecordRank = 0;
  /** The lowest 8 bits of what `append` was given. */
  recordOrdinal = 0;
  /** The packet identifier a message was sent under, 0 when none was noted. */
  recordPacketId = 0;
  recordSequence = 0;
  /** While it is `failing`: when `probe` tries the flash again, in milliseconds of `Clock.now`. */
  probeAt = -Infinity;

  private readonly blocks: LogBlocks;
  private readonly frames: LogFrames;
  private readonly positions: LogPositions;
  private readonly compaction: LogCompaction;
  private readonly rule: FullRule;
  /** Where the next record goes in the open block. */
  private writeOffset = 0;
  /** The CRC of the selected record was found right. */
  private verified = false;
  private selectedChannel = 0;
  /** Where the cursor of its channel was before it was selected. */
  private cursorBefore = 0;

  /**
   * Mounts what is on `flash`; what is not a log of this format is free. Throws a RangeError when the flash has fewer
   * than 4 or more than 65535 blocks, or blocks that are too short or longer than 65536 bytes.
   */
  constructor(flash: Flash, options?: FlashLogOptions) {
    const maxHeld = options?.maxHeld ?? 32;
    checkInteger('maxHeld', maxHeld, 1, 1024);
    checkInteger('blocks of the flash', flash.blocks, MIN_BLOCKS, MAX_BLOCKS);
    checkInteger('unit of the flash', flash.unit, 1, 32);
    checkInteger('block length of the flash', flash.blockLength, 512, MAX_BLOCK_LENGTH);
    this.rule = options?.rule ?? FullRule.oldest;
    this.blocks = new LogBlocks(flash, this.statistics);
    this.positions = new LogPositions(maxHeld);
    const { cursor, waiting, live } = this.positions;
    this.frames = new LogFrames(this.blocks, cursor, waiting, live);
    this.compaction = new LogCompaction(this.blocks, this.frames, this.positions, this.rule);
    const room = this.blocks.framesTo - this.blocks.framesFrom - this.frames.size(frameWord(0, 0, 1, 0), true);
    const longest = room - (room % flash.unit) - flash.unit;
    this.maxRecord = longest < MAX_LOG_RECORD ? longest : MAX_LOG_RECORD;
    this.mount();
  }

  /** Stores `bytes[from..to)`. `ordinal` counts the records that are thinned together, for example those of one tag. */
  append(channel: number, rank: RecordRank, ordinal: number, bytes: Uint8Array, from: number, to: number): LogResult {
    const { statistics, blocks, frames } = this;
    if (to - from > this.maxRecord) {
      statistics.noteDropped(DropReason.tooLong, rank, 1);
      return LogResult.tooLong;
    }
    const word = frameWord(to - from, channel, rank, ordinal);
    const size = frames.size(word, false);
    for (let i = 0; i < TRIES && !blocks.failing; i++) {
      if (blocks.open === NONE || this.writeOffset + size > blocks.framesTo) {
        if (!this.openBlock(rank)) {
          if (blocks.failures > 0) {
            // There is no block left with which to find out whether it is the flash, but by and by.
            blocks.setFailing(0);
            return LogResult.failed;
          }
          statistics.noteDropped(DropReason.refused, rank, 1);
          return LogResult.full;
        }
      }
      if (frames.write(blocks.open, this.writeOffset, word, blocks.nextSequence, bytes, from)) {
        this.noteStored(word, size);
        return LogResult.stored;
      }
      this.leaveBadBlock();
    }
    return LogResult.failed;
  }

  /** Stores a record as `append` does, and holds it. Returns the handle, or a negative `LogResult`. */
  appendHeld(channel: number, rank: RecordRank, ordinal: number, bytes: Uint8Array, from: number, to: number): number {
    const { blocks, positions } = this;
    if (positions.heldCount === positions.maxHeld) return LogResult.noHandle;
    const result = this.append(channel, rank, ordinal, bytes, from, to);
    if (result < 0) return result;
    const word = frameWord(to - from, channel, rank, ordinal);
    const offset = this.writeOffset - this.frames.size(word, false);
    return positions.hold(blocks.open, offset, (blocks.nextSequence - 1) >>> 0, word);
  }

  /**
   * Several blocks failed one after the other, so that it is the flash. What is stored stays, and can be read and
   * marked; the marks are written when the flash works again. Nothing can be appended, and nothing is dropped for room.
   */
  get failing(): boolean {
    return this.blocks.failing;
  }

  /**
   * Tries a flash that is failing again, when it is time: erases and programs one block. True when it works: then what
   * was marked meanwhile has its mark, and all blocks that failed are used again. To be called before each `append`
   * while it is `failing`, and at `probeAt`.
   */
  probe(now: number): boolean {
    const { blocks } = this;
    if (!blocks.failing) return true;
    if (now < this.probeAt) return false;
    const { tries } = blocks;
    const works = blocks.tryFlash();
    // Where no block is free to be tried, marks must do.
    this.writeMarks();
    if (works) {
      this.closeLast();
      blocks.readmit();
      blocks.judge();
    }
    if (!works || blocks.failing) {
      blocks.setFailing(tries + 1);
      this.probeAt = now + (FIRST_WAIT << (tries < MOST_DOUBLINGS ? tries : MOST_DOUBLINGS));
      return false;
    }
    this.compaction.evacuate(SPARE);
    return true;
  }

  /** Records of a channel that are not done and not held. May be too large after damage, until `next` returns false. */
  waiting(channel: number): number {
    return this.positions.waiting[channel]!;
  }

  /** The number of the record that is appended next: larger, as differences go, than that of any that is there. */
  get nextSequence(): number {
    return this.blocks.nextSequence;
  }

  /** Records of all channels that are not done. */
  get live(): number {
    return this.positions.liveFrom(0);
  }

  /** Selects the oldest waiting record of a channel; the fields describe it. False when none waits. */
  next(channel: number): boolean {
    const { blocks, frames, positions } = this;
    positions.selectedBlock = NONE;
    if (positions.waiting[channel] === 0) return false;
    let index = positions.isPlaceKnown(channel)
      ? blocks.indexOf(positions.cursorBlock[channel]!)
      : blocks.indexBefore(positions.cursor[channel]!);
    if (positions.isPlaceKnown(channel)) {
      const block = positions.cursorBlock[channel]!;
      const found = positions.cursorFound[channel]!;
      frames.beginAt(block, positions.cursorOffset[channel]!, positions.cursor[channel]!, found);
    } else if (index < blocks.used) {
      frames.begin(blocks.order[index]!);
    }
    while (index < blocks.used) {
      while (frames.step()) {
        if (wordChannel(frames.word) !== channel) continue;
        if (((frames.sequence - positions.cursor[channel]!) | 0) < 0) continue;
        if (positions.heldAt(frames.block, frames.offset) >= 0 || frames.isDone()) continue;
        this.select(channel);
        return true;
      }
      if (frames.consistent) index++;
      else if (this.noteDamage(frames.block)) index = blocks.indexBefore(positions.cursor[channel]!);
      while (index < blocks.used && !this.mayHold(blocks.order[index]!, channel)) index++;
      if (index < blocks.used) frames.begin(blocks.order[index]!);
    }
    positions.waiting[channel] = 0;
    positions.cursor[channel] = blocks.nextSequence;
    positions.forgetPlace(channel);
    return false;
  }

  /**
   * Copies the selected record to `into`, from `at` on. False when none is selected or `into` has no room for it; also
   * when it is damaged: then it is counted and gone.
   */
  read(into: Uint8Array, at: number): boolean {
    const { frames, positions } = this;
    if (positions.selectedBlock === NONE || at + this.recordLength > into.length) return false;
    if (this.seekSelected() && frames.readRecord(into, at)) {
      this.verified = true;
      return true;
    }
    this.loseSelected();
    return false;
  }

  /** Holds the selected record and returns its handle; -1 when all are in use, none is selected, or it is damaged. */
  hold(): number {
    const { frames, positions } = this;
    if (positions.selectedBlock === NONE || positions.heldCount === positions.maxHeld) return NONE;
    if (!this.verified && !(this.seekSelected() && frames.isWhole())) {
      this.loseSelected();
      return NONE;
    }
    const { selectedBlock, selectedOffset, selectedSequence, selectedWord } = positions;
    positions.selectedBlock = NONE;
    return positions.hold(selectedBlock, selectedOffset, selectedSequence, selectedWord);
  }

  /** The record is acknowledged and gone. Durable on return. A handle that is not in use is ignored, here and below. */
  mark(handle: number): void {
    if (!this.positions.isHandle(handle)) return;
    this.statistics.marked++;
    this.finish(handle);
  }

  /** The record is gone without an acknowledgement, and counted. */
  drop(handle: number, reason: DropReason): void {
    const { positions } = this;
    if (!positions.isHandle(handle)) return;
    this.statistics.noteDropped(reason, wordRank(positions.heldWord[handle]!), 1);
    this.finish(handle);
  }

  /** The record waits again, in its place. */
  release(handle: number): void {
    const { positions } = this;
    if (!positions.isHandle(handle)) return;
    positions.rewind(handle);
    positions.free(handle);
  }

  /**
   * Notes under which packet identifier a message (`RecordRank.message`) was sent, for `recordPacketId` after a
   * restart. The first one counts: the flash has room for one.
   */
  noteSent(handle: number, packetId: number): void {
    const { positions, frames } = this;
    if (!positions.isHandle(handle)) return;
    const word = positions.heldWord[handle]!;
    if (wordRank(word) !== RecordRank.message) return;
    const markAt = frames.markOf(positions.heldOffset[handle]!, word);
    if (!this.blocks.isBad(positions.heldBlock[handle]!))
      frames.notePacketId(positions.heldBlock[handle]!, markAt, packetId);
  }

  /** Reads the headers of all blocks for `statistics.erasuresMin` and `erasuresMax`. */
  measureWear(): void {
    this.blocks.measureWear();
  }

  private select(channel: number): void {
    const { frames, positions } = this;
    const { word, sequence, block, offset, found } = frames;
    this.selectedChannel = channel;
    this.cursorBefore = positions.cursor[channel]!;
    positions.setCursor(channel, sequence, block, offset, found);
    positions.selectedBlock = block;
    positions.selectedOffset = offset;
    positions.selectedSequence = sequence;
    positions.selectedWord = word;
    this.verified = false;
    this.recordLength = wordLength(word);
    this.recordRank = wordRank(word);
    this.recordOrdinal = wordOrdinal(word);
    this.recordSequence = sequence;
    this.recordPacketId = frames.packetId();
  }

  private seekSelected(): boolean {
    const { frames, positions } = this;
    return frames.seek(positions.selectedBlock, positions.selectedOffset, positions.selectedSequence);
  }

  /** The selected record is damaged, and so may be its sequence, which the cursor went to. */
  private loseSelected(): void {
    const { positions } = this;
    const block = positions.selectedBlock;
    positions.selectedBlock = NONE;
    const channel = this.selectedChannel;
    // A record that was released meanwhile may have taken the cursor further back.
    if (((positions.cursor[channel]! - this.cursorBefore) | 0) > 0) positions.cursor[channel] = this.cursorBefore;
    positions.forgetPlace(channel);
    this.noteDamage(block);
  }

  private mayHold(block: number, channel: number): boolean {
    return (this.blocks.channels[block]! & (1 << (channel & 7))) !== 0;
  }

  private noteStored(word: number, size: number): void {
    const { blocks, positions, statistics } = this;
    const channel = wordChannel(word);
    const block = blocks.open;
    blocks.openCount++;
    if (positions.waiting[channel] === 0) {
      positions.setCursor(channel, blocks.nextSequence, block, this.writeOffset, blocks.openCount);
    }
    positions.noteStored(word);
    blocks.noteContent(block, channel, wordRank(word));
    blocks.live[block]!++;
    blocks.nextSequence = (blocks.nextSequence + 1) >>> 0;
    this.writeOffset += size;
    statistics.appended++;
  }

  /** Opens the next block. False when none is free and the rule makes no room. */
  private openBlock(rank: RecordRank): boolean {
    const { blocks, compaction, statistics } = this;
    const spare = this.rule === FullRule.newest && rank >= RecordRank.reading ? SPARE + 1 : SPARE;
    // Most blocks are bad, or were taken for it.
    if (statistics.freeBlocks <= spare && blocks.used < blocks.count >> 1) blocks.tryBad(TRIES);
    for (let i = 0; i < TRIES && !blocks.failing; i++) {
      if (statistics.freeBlocks <= spare && !compaction.makeRoom(rank, spare)) return false;
      if (compaction.hasToEvacuate()) compaction.makeRoom(rank, spare + 1);
      if (blocks.open !== NONE) blocks.close(blocks.open, blocks.nextSequence, blocks.openCount);
      blocks.open = NONE;
      const block = blocks.prepare(SPARE, blocks.nextSequence, 0, 0, 0);
      if (block === NONE) continue;
      const last = blocks.last();
      blocks.insert(block, blocks.nextSequence);
      blocks.open = block;
      blocks.openCount = 0;
      this.writeOffset = blocks.framesFrom;
      if (last !== NONE && blocks.live[last] === 0) this.retire(last);
      compaction.evacuate(SPARE);
      compaction.spreadWear();
      return true;
    }
    return false;
  }

  /** The open block did not take a record or a mark. */
  private leaveBadBlock(): void {
    const { blocks } = this;
    blocks.setBad(blocks.open);
    blocks.open = NONE;
  }

  private retire(block: number): void {
    this.positions.beginMove();
    this.positions.replace(block, NONE);
    this.blocks.retire(block);
  }

  /** A record that was held is done. */
  private finish(handle: number): void {
    const { blocks, frames, positions } = this;
    const block = positions.heldBlock[handle]!;
    const word = positions.heldWord[handle]!;
    const markAt = frames.markOf(positions.heldOffset[handle]!, word);
    positions.free(handle);
    positions.noteGone(word, false);
    if (blocks.isBad(block) || !blocks.programZeros(block, markAt, blocks.unit)) {
      if (block === blocks.open && !blocks.failing) this.leaveBadBlock();
      blocks.setBad(block);
      frames.unmarked = true;
      const sequence = positions.heldSequence[handle]!;
      if (!positions.pass(wordChannel(word), sequence) && frames.leaveBehind(sequence)) {
        positions.noteStored(frames.word);
        blocks.live[frames.block]!++;
      }
    }
    if (blocks.live[block]! > 0) blocks.live[block]!--;
    if (blocks.live[block] === 0 && block !== blocks.last()) this.retire(block);
    if (blocks.failures > 0) blocks.judge();
    if (blocks.isUsed(block) && blocks.isBad(block)) this.compaction.evacuate(SPARE);
  }

  /** Behind what the last block has may be a record that was not stored, but looks as if it was. */
  private closeLast(): void {
    const { blocks, frames } = this;
    const last = blocks.last();
    if (last === NONE || last === blocks.open) return;
    frames.begin(last);
    while (frames.step()) {
      // To its end.
    }
    blocks.close(last, frames.expected, frames.found);
  }

  /** Marks the records that are done and have no mark, and frees the blocks that are empty. */
  private writeMarks(): void {
    const { blocks, frames } = this;
    if (!frames.unmarked) return;
    let marked = true;
    for (let index = 0; index < blocks.used && !blocks.failing;) {
      const block = blocks.order[index]!;
      frames.begin(block);
      while (frames.step()) {
        if (frames.doneBits() !== 0 || !frames.lacksMark()) continue;
        if (blocks.programZeros(block, frames.markAt, blocks.unit)) continue;
        blocks.setBad(block);
        marked = false;
        break;
      }
      if (blocks.live[block] === 0 && block !== blocks.last()) this.retire(block);
      if (blocks.order[index] === block) index++;
    }
    frames.unmarked = !marked;
  }

  /**
   * A block is not what it should be. Counts anew what lives in it. False when nothing does, and it is no longer in
   * the order.
   */
  private noteDamage(block: number): boolean {
    const { blocks } = this;
    this.frames.recount(block);
    this.positions.rewindTo(blocks.first[block]!);
    if (blocks.live[block]! > 0 || block === blocks.last()) return true;
    this.retire(block);
    return false;
  }

  private mount(): void {
    const { blocks, statistics } = this;
    statistics.freeBlocks = blocks.count;
    statistics.erasuresMin = blocks.count === 0 ? 0 : 0xffffff;
    let highest = NONE;
    for (let block = 0; block < blocks.count; block++) {
      const whole = blocks.readHeader(block);
      const erasures = whole ? blocks.headerErasures : 0;
      if (erasures < statistics.erasuresMin) statistics.erasuresMin = erasures;
      if (erasures > statistics.erasuresMax) statistics.erasuresMax = erasures;
      if (blocks.markedBad) blocks.adoptBad(block);
      if (!whole) continue;
      if (blocks.headerGeneration > blocks.generation) blocks.generation = blocks.headerGeneration;
      highest = later(highest, blocks.headerFirst);
      if (blocks.headerGeneration > 0) highest = later(highest, blocks.headerEnd);
      if (blocks.closed === Closed.yes) highest = later(highest, blocks.closedEnd);
      if (blocks.obsolete || blocks.markedBad) continue;
      const counts = blocks.headerGeneration === 0 || blocks.closed === Closed.yes || blocks.closed === Closed.nearly;
      if (counts) blocks.adopt(block);
      else blocks.clear(block);
    }
    this.retireReplaced();
    this.mountOthers(this.mountTail(highest));
    this.positions.beginAt(blocks.used > 0 ? blocks.first[blocks.order[0]!]! : blocks.nextSequence);
    blocks.judge();
  }

  /** Frees the blocks that a compaction had copied, and was cut off before it had freed them. */
  private retireReplaced(): void {
    const { blocks } = this;
    for (let index = 0; index < blocks.used; index++) {
      const block = blocks.order[index]!;
      if (!blocks.isCompacted(block)) continue;
      blocks.readHeader(block);
      const { headerEnd, headerGeneration } = blocks;
      while (index > 0 && blocks.first[blocks.order[index - 1]!] === blocks.first[block]) index--;
      for (let other = index; other < blocks.used;) {
        const candidate = blocks.order[other]!;
        if (((blocks.first[candidate]! - headerEnd) | 0) >= 0) break;
        if (candidate !== block && this.generationOf(candidate) < headerGeneration) blocks.clear(candidate);
        else other++;
      }
      index = blocks.indexOf(block);
    }
  }

  private generationOf(block: number): number {
    if (!this.blocks.isCompacted(block)) return 0;
    this.blocks.readHeader(block);
    return this.blocks.headerGeneration;
  }

  /**
   * Finds the end of the log: in the block that begins last, behind its last whole record. Returns the block if it
   * stays in the order; its records are counted.
   */
  private mountTail(highest: number): number {
    const { blocks, frames, statistics } = this;
    blocks.nextSequence = highest === NONE ? 0 : highest;
    for (let tail = blocks.last(); tail !== NONE; tail = blocks.last()) {
      blocks.readHeader(tail);
      this.clearBefore(blocks.headerHead);
      blocks.resumeBehind(tail);
      frames.beginTail(tail);
      this.count(tail);
      const { expected, nextOffset, found } = frames;
      const untouched = blocks.isErased(tail, nextOffset, blocks.framesTo);
      if (nextOffset === blocks.framesFrom) {
        // Nothing is lost with it, and an erasure that was cut looks the same.
        if (!untouched) statistics.torn++;
        blocks.clear(tail);
        continue;
      }
      blocks.nextSequence = later(highest, expected);
      blocks.readEnd(tail);
      if (blocks.closed !== Closed.no) return tail;
      if (untouched && blocks.nextSequence === expected && !blocks.isBad(tail)) {
        blocks.open = tail;
        blocks.openCount = found;
        this.writeOffset = nextOffset;
      } else {
        if (!untouched) statistics.torn++;
        blocks.close(tail, expected, found);
      }
      return tail;
    }
    return NONE;
  }

  /** Frees the blocks before `head`, which hold nothing: their marks could not be programmed. */
  private clearBefore(head: number): void {
    const { blocks } = this;
    while (blocks.used > 1 && ((blocks.first[blocks.order[0]!]! - head) | 0) < 0) blocks.clear(blocks.order[0]!);
  }

  /** Counts what lives in the blocks, all but the tail. */
  private mountOthers(tail: number): void {
    const { blocks, frames } = this;
    for (let index = 0; index < blocks.used;) {
      const block = blocks.order[index]!;
      if (block === tail) return;
      frames.begin(block);
      if (!this.count(block)) {
        blocks.setDamaged(block);
        frames.begin(block);
        this.count(block);
      }
      if (blocks.live[block] === 0) {
        if (frames.nextOffset > blocks.framesFrom && !blocks.isDamaged(block)) blocks.retire(block);
        else blocks.clear(block);
      }
      if (blocks.order[index] === block) index++;
    }
  }

  /** Counts what a walk that was begun finds in a block. False, and nothing is counted, when the block is damaged. */
  private count(block: number): boolean {
    const { blocks, frames, positions, statistics } = this;
    let flipped = 0;
    let live = 0;
    positions.beginTally();
    while (frames.step()) {
      const bits = frames.doneBits();
      // Part of a mark: a cut, or the header of the frame is damaged, and this is not its mark.
      if (bits !== 0 && bits < 8 * blocks.unit && !frames.isWhole()) return false;
      if (bits === 1) flipped++;
      if (bits !== 0) continue;
      live++;
      positions.tally(frames.word);
      blocks.noteContent(block, wordChannel(frames.word), wordRank(frames.word));
    }
    if (!frames.consistent) return false;
    blocks.live[block] = live;
    positions.addTally();
    statistics.corrupt += flipped + frames.missing;
    return true;
  }
}

/** The later of two sequences; the first may be NONE. */
function later(one: number, other: number): number {
  return one === NONE || ((other - one) | 0) > 0 ? other : one;
}
