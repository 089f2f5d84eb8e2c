import { crc32 } from '../crc32.js';
import { Closed, FRAMES_AT, FRAMES_BYTES, NONE, PAGE, zeroBits } from './log-blocks.js';
import type { LogBlocks } from './log-blocks.js';
import { RANKS, RecordRank } from './log-statistics.js';

/*
 * A frame, padded to units with ones, and behind it a mark of one unit, which is zero when the record is done; a
 * message has one or more units after that for 4 bytes: the packet identifier it was sent under, and its complement.
 *
 *   0  u32  bits 0 to 11: bytes of the record, 12 to 15: channel, 16 to 18: rank, 19: wide,
 *           20 to 23: the lowest of the sequence, 24 to 31: ordinal
 *   4  u32  CRC-32 of the first word, with zeros for bits 19 to 23, of the record, and of the sequence as u32
 *   8  u32  the sequence, if `wide`: where a compaction leaves out 15 records or more
 *   8 or 12  the record
 */
const NARROW = 8;
const WIDE = 12;
const WIDE_BIT = 1 << 19;
/** The lowest bits of the sequence. */
const LOW_BITS = 15 << 20;
const ID_LENGTH = 4;

/** Bytes of the longest record that the format has room for. */
export const MAX_LOG_RECORD = 0xfff;
export const LOG_CHANNELS = 16;

const ERASED = 0xff;
/** Records that may be missing before a frame at the end of the log. */
const MAX_GAP = 256;
/** Records that are done without a mark, while one before them is held, that are remembered. More come back. */
const LEFT_BEHIND = 16;
/** Of the CRC. */
const POLYNOMIAL = 0xedb88320;
/** Bytes of headers that a walk reads at once in a damaged block. */
const WINDOW = 64;

/** The word that begins a frame, without `wide` and sequence. */
export function frameWord(length: number, channel: number, rank: RecordRank, ordinal: number): number {
  return (length | (channel << 12) | (rank << 16) | ((ordinal & 0xff) << 24)) >>> 0;
}

export function wordLength(word: number): number {
  return word & 0xfff;
}

export function wordChannel(word: number): number {
  return (word >>> 12) & 15;
}

export function wordRank(word: number): RecordRank {
  return (word >>> 16) & 7;
}

export function wordOrdinal(word: number): number {
  return word >>> 24;
}

/**
 * Walks over the frames of a block, and writes frames. The fields are those of the frame that `step` found last.
 *
 * In a block that is whole, a walk reads headers of frames only. It ends where the block's `closed` mark says; when it
 * does not come out there, `consistent` is false, and the frames it found mean nothing: the block is damaged. In a
 * damaged block it checks each frame, and seeks the next one that fits behind one that does not.
 */
export class LogFrames {
  block: number = NONE;
  /** Where the frame begins. */
  offset = 0;
  word = 0;
  sequence = 0;
  dataAt = 0;
  markAt = 0;
  /** Where the next frame begins. */
  nextOffset = 0;
  /** Sequence that the next frame has, unless some are missing. */
  expected = 0;
  consistent = true;
  /** Frames from the beginning of the block to the one that was found last, with it. */
  found = 0;
  /** First word of the frame that `copyTo` wrote last. */
  copiedWord = 0;
  /** Since `begin`: records that are not there any more. */
  missing = 0;
  /** Some records are done and have no mark. */
  unmarked = false;

  private readonly blocks: LogBlocks;
  private readonly cursor: Uint32Array;
  private readonly waiting: Uint32Array;
  private readonly live: Uint32Array;
  private readonly window: Uint8Array;
  private readonly windowView: DataView;
  private readonly sequenceBytes: Uint8Array;
  /** Sequences of the records that were left behind last, in a ring. */
  private readonly leftBehind: Uint32Array;
  private leftCount = 0;
  private windowFrom = 0;
  private windowTo = 0;
  /** Sequence behind the last record, if it is known. */
  private end = 0;
  private endKnown = false;
  /** Frames that there are, if `end` is known and not loose. */
  private count = 0;
  /** `end` is where the next block begins. One between may have left: nothing is missing if it is not reached. */
  private endLoose = false;
  private checking = false;

  /** `cursor`, `waiting` and `live` are those of `LogPositions`. */
  constructor(blocks: LogBlocks, cursor: Uint32Array, waiting: Uint32Array, live: Uint32Array) {
    this.blocks = blocks;
    this.cursor = cursor;
    this.waiting = waiting;
    this.live = live;
    const { buffer } = blocks.page;
    this.leftBehind = new Uint32Array(buffer, FRAMES_AT, LEFT_BEHIND);
    const windowAt = FRAMES_AT + 4 * LEFT_BEHIND;
    this.window = new Uint8Array(buffer, windowAt, WINDOW);
    this.sequenceBytes = new Uint8Array(buffer, windowAt + WINDOW, 4);
    this.windowView = new DataView(buffer, windowAt, FRAMES_BYTES - 4 * LEFT_BEHIND);
  }

  /** Bytes that a record takes in a block. */
  size(word: number, wide: boolean): number {
    const { blocks } = this;
    const frame = blocks.padded((wide ? WIDE : NARROW) + wordLength(word)) + blocks.unit;
    return wordRank(word) === RecordRank.message ? frame + blocks.padded(ID_LENGTH) : frame;
  }

  /** Begins a walk over `block`, in front of its first frame. */
  begin(block: number): void {
    const { blocks } = this;
    this.block = block;
    this.nextOffset = blocks.framesFrom;
    this.expected = blocks.first[block]!;
    this.consistent = true;
    this.missing = 0;
    this.found = 0;
    this.windowTo = 0;
    this.checking = blocks.isDamaged(block);
    this.endKnown = true;
    this.endLoose = false;
    if (block === blocks.open) {
      this.end = blocks.nextSequence;
      this.count = blocks.openCount;
      return;
    }
    blocks.readEnd(block);
    this.end = blocks.closedEnd;
    this.count = blocks.closedCount;
    if (blocks.closed === Closed.yes) return;
    this.checking = true;
    const next = blocks.indexOf(block) + 1;
    this.endKnown = next > 0;
    this.endLoose = true;
    // A block that turned bad may have a record behind the last that counts: it was refused, or went to another block.
    this.end = next < blocks.used ? blocks.first[blocks.order[next]!]! : blocks.nextSequence;
  }

  /** Begins a walk in front of a frame that was found before, as number `found`. */
  beginAt(block: number, offset: number, sequence: number, found: number): void {
    this.begin(block);
    this.found = found - 1;
    this.nextOffset = offset;
    this.expected = sequence;
  }

  /** Begins a walk over the block that may have been appended to when the power was cut. */
  beginTail(block: number): void {
    this.begin(block);
    this.checking = true;
    if (this.endLoose) this.endKnown = false;
  }

  /** Reads the frame at a place that is known. False when there is none with this sequence. */
  seek(block: number, offset: number, sequence: number): boolean {
    this.block = block;
    this.expected = sequence;
    this.endKnown = false;
    this.checking = false;
    this.windowTo = 0;
    return this.parse(offset) && this.sequence === sequence;
  }

  /** Copies the record of the frame to `into`, from `at` on. False when it is damaged. */
  readRecord(into: Uint8Array, at: number): boolean {
    const { blocks } = this;
    const length = wordLength(this.word);
    const from = this.block * blocks.blockLength + this.dataAt;
    blocks.statistics.readBytes += length;
    if (!blocks.flash.read(from, into, at, at + length)) return false;
    return this.crcOf(crc32(into, at, at + length, this.crcOfWord()), this.sequence) === this.storedCrc();
  }

  /** Finds the next frame. False when there is none in this block. */
  step(): boolean {
    const { blocks } = this;
    let offset = this.nextOffset;
    let lost = false;
    for (; offset + NARROW + blocks.unit <= blocks.framesTo; offset += blocks.unit) {
      if (this.endKnown && this.expected === this.end) break;
      if (this.parse(offset)) {
        if (this.checking ? this.fits() : this.sequence === this.expected || blocks.isCompacted(this.block)) {
          if (!blocks.isCompacted(this.block)) this.missing += (this.sequence - this.expected) | 0;
          else if (lost) this.missing++;
          this.offset = offset;
          this.nextOffset = offset + this.size(this.word, this.dataAt - offset === WIDE);
          this.expected = (this.sequence + 1) >>> 0;
          this.found++;
          return true;
        }
      }
      if (!this.checking) break;
      if (!lost && blocks.isErased(this.block, offset, blocks.framesTo)) break;
      lost = true;
    }
    if (this.checking) {
      if (!this.endKnown || this.endLoose || this.expected === this.end) return false;
      this.missing += blocks.isCompacted(this.block) ? 1 : (this.end - this.expected) | 0;
      this.expected = this.end;
    } else {
      this.consistent = this.expected === this.end && this.found === this.count;
    }
    return false;
  }

  /**
   * The block is not what it should be: from now on a walk checks each of its frames. Counts what is missing, and what
   * lives in it.
   */
  recount(block: number): void {
    const { blocks } = this;
    blocks.setDamaged(block);
    const lowered = this.unmarked && this.lowerPassed(this.firstMissing(block));
    this.countLive(block);
    blocks.statistics.corrupt += this.missing;
    for (let index = 0; lowered && index < blocks.used; index++) {
      const other = blocks.order[index]!;
      if (other !== block && (blocks.failing || blocks.isBad(other))) this.countLive(other);
    }
  }

  private countLive(block: number): void {
    this.begin(block);
    let live = 0;
    while (this.step()) if (!this.isDone()) live++;
    this.blocks.live[block] = live;
  }

  /**
   * Sequence of the first record that is missing in a damaged block: a walk that did not check may have passed over
   * some from there on, and found those before it. That of the first record when none is missing.
   */
  private firstMissing(block: number): number {
    this.begin(block);
    let first = this.expected;
    while (this.step() && this.missing === 0) first = this.expected;
    return this.missing === 0 ? this.blocks.first[block]! : first;
  }

  /** Some records from `first` on may have been passed over. Rather all of them twice than one never. */
  private lowerPassed(first: number): boolean {
    const { cursor } = this;
    let lowered = false;
    for (let channel = 0; channel < LOG_CHANNELS; channel++) {
      const passed = cursor[LOG_CHANNELS + channel]!;
      if (((passed - first) | 0) <= 0) continue;
      this.countReturning(channel, first, passed);
      cursor[LOG_CHANNELS + channel] = first;
      lowered = true;
    }
    return lowered;
  }

  /** Records of a channel from `first` on and before `passed` that have no mark will wait again. */
  private countReturning(channel: number, first: number, passed: number): void {
    const { blocks, waiting, live } = this;
    for (let index = 0; index < blocks.used; index++) {
      const block = blocks.order[index]!;
      if (!blocks.failing && !blocks.isBad(block)) continue;
      this.begin(block);
      while (this.step()) {
        if (wordChannel(this.word) !== channel) continue;
        if (((this.sequence - first) | 0) < 0 || ((this.sequence - passed) | 0) >= 0) continue;
        if (this.doneBits() !== 0 || this.isLeftBehind(this.sequence)) continue;
        waiting[channel]!++;
        live[wordRank(this.word)]!++;
      }
    }
  }

  /**
   * True when the record of the frame is done. Where its block does not take marks, or the flash does not, it is when
   * it lies before what its channel has passed, or was left behind.
   */
  isDone(): boolean {
    const { blocks } = this;
    if (this.doneBits() !== 0) return true;
    return this.unmarked && (blocks.failing || blocks.isBad(this.block)) && this.lacksMark();
  }

  /** True when the record of the frame, which has no mark, is done. */
  lacksMark(): boolean {
    const passed = this.cursor[LOG_CHANNELS + wordChannel(this.word)]!;
    return ((this.sequence - passed) | 0) < 0 || this.isLeftBehind(this.sequence);
  }

  /**
   * A record is done, its block does not take the mark, and one before it is held: it is not to be found again, nor to
   * be copied. True when another one is forgotten for it and still there: that one waits again, and is the frame that
   * was found last.
   */
  leaveBehind(sequence: number): boolean {
    const at = this.leftCount % LEFT_BEHIND;
    const forgotten = this.leftBehind[at]!;
    this.leftBehind[at] = sequence;
    this.leftCount++;
    return this.leftCount > LEFT_BEHIND && this.isUnmarked(forgotten);
  }

  private isUnmarked(sequence: number): boolean {
    const { blocks } = this;
    if (blocks.used === 0) return false;
    const block = blocks.order[blocks.indexBefore(sequence)]!;
    if (!blocks.isBad(block) && !blocks.failing) return false;
    this.begin(block);
    while (this.step()) if (this.sequence === sequence) return !this.isDone();
    return false;
  }

  private isLeftBehind(sequence: number): boolean {
    for (let i = 0; i < LEFT_BEHIND && i < this.leftCount; i++) if (this.leftBehind[i] === sequence) return true;
    return false;
  }

  /** Bits of the mark that are clear: 0 when the record is not done; 1 is a cut, or damage. */
  doneBits(): number {
    const { blocks } = this;
    blocks.read(this.block, this.markAt, blocks.page, blocks.unit);
    return zeroBits(blocks.page, 0, blocks.unit);
  }

  /** The packet identifier that a message was sent under, 0 when it was not, or was cut off. */
  packetId(): number {
    if (wordRank(this.word) !== RecordRank.message) return 0;
    const { blocks } = this;
    blocks.read(this.block, this.markAt + blocks.unit, blocks.page, ID_LENGTH);
    const id = blocks.view.getUint16(0, true);
    return (blocks.view.getUint16(2, true) ^ id) === 0xffff ? id : 0;
  }

  /** Programs the packet identifier of the message whose mark is at `markAt`, if there is none yet. */
  notePacketId(block: number, markAt: number, packetId: number): boolean {
    const { blocks } = this;
    const length = blocks.padded(ID_LENGTH);
    const at = markAt + blocks.unit;
    blocks.read(block, at, blocks.page, length);
    if (zeroBits(blocks.page, 0, length) !== 0) return false;
    blocks.view.setUint16(0, packetId, true);
    blocks.view.setUint16(2, packetId ^ 0xffff, true);
    return blocks.programMark(block, at, length);
  }

  /** Where the mark of a frame at `offset` lies. */
  markOf(offset: number, word: number): number {
    const { blocks } = this;
    return offset + blocks.padded((word & WIDE_BIT ? WIDE : NARROW) + wordLength(word));
  }

  /** True when the CRC of the frame fits its sequence. */
  isWhole(): boolean {
    return this.crcOf(this.crcOfRecord(), this.sequence) === this.storedCrc();
  }

  /**
   * Programs a frame of `bytes[from..to)` with a narrow header at `offset`. False when it cannot be read again as it
   * was meant to be.
   */
  write(block: number, offset: number, word: number, sequence: number, bytes: Uint8Array, from: number): boolean {
    const { blocks } = this;
    const { page, view } = blocks;
    const to = from + wordLength(word);
    view.setUint32(0, word, true);
    const crc = this.crcOf(crc32(bytes, from, to, crc32(page, 0, 4, 0)), sequence);
    view.setUint32(0, (word | ((sequence & 15) << 20)) >>> 0, true);
    view.setUint32(4, crc, true);
    let filled = NARROW;
    let at = offset;
    for (let i = from; i < to; i++) {
      page[filled++] = bytes[i]!;
      if (filled < PAGE) continue;
      if (!blocks.program(block, at, PAGE)) return false;
      at += PAGE;
      filled = 0;
    }
    return this.writeRest(block, at, filled) && this.hasBlankMarks(block, offset, word);
  }

  /**
   * Copies the frame that was found last to `offset` of another block, with a header of the width that it needs there,
   * and the packet identifier. False when it cannot be read there again.
   */
  copyTo(block: number, offset: number, wide: boolean): boolean {
    const { blocks } = this;
    const { page, view } = blocks;
    const crc = this.storedCrc();
    this.copiedWord =
      ((this.word & ~(WIDE_BIT | LOW_BITS)) | (wide ? WIDE_BIT : 0) | ((this.sequence & 15) << 20)) >>> 0;
    view.setUint32(0, this.copiedWord, true);
    view.setUint32(4, crc, true);
    if (wide) view.setUint32(8, this.sequence, true);
    let filled = wide ? WIDE : NARROW;
    let at = offset;
    const to = this.dataAt + wordLength(this.word);
    for (let from = this.dataAt; from < to;) {
      let part = PAGE - filled;
      if (part > to - from) part = to - from;
      blocks.statistics.readBytes += part;
      const flashAt = this.block * blocks.blockLength + from;
      if (!blocks.flash.read(flashAt, page, filled, filled + part)) return false;
      from += part;
      filled += part;
      if (filled < PAGE) continue;
      if (!blocks.program(block, at, PAGE)) return false;
      at += PAGE;
      filled = 0;
    }
    if (!this.writeRest(block, at, filled) || !this.hasBlankMarks(block, offset, this.copiedWord)) return false;
    const packetId = this.packetId();
    return packetId === 0 || this.notePacketId(block, this.markOf(offset, this.copiedWord), packetId);
  }

  /** False when the block was not erased as it should be: a record would be done before it is. */
  private hasBlankMarks(block: number, offset: number, word: number): boolean {
    const end = offset + this.size(word, (word & WIDE_BIT) !== 0);
    return this.blocks.isErased(block, this.markOf(offset, word), end);
  }

  private writeRest(block: number, at: number, filled: number): boolean {
    const { blocks } = this;
    if (filled === 0) return true;
    const length = blocks.padded(filled);
    blocks.page.fill(ERASED, filled, length);
    return blocks.program(block, at, length);
  }

  /** Reads the header of a frame at `offset` into the fields. False when it cannot be one. */
  private parse(offset: number): boolean {
    const { blocks } = this;
    this.load(offset);
    const at = offset - this.windowFrom;
    const word = this.windowView.getUint32(at, true);
    if (wordRank(word) >= RANKS) return false;
    const low = (word >>> 20) & 15;
    this.word = word;
    this.offset = offset;
    const wide = (word & WIDE_BIT) !== 0;
    if (wide && offset + WIDE > blocks.framesTo) return false;
    this.dataAt = offset + (wide ? WIDE : NARROW);
    this.markAt = offset + blocks.padded(this.dataAt - offset + wordLength(word));
    if (offset + this.size(word, wide) > blocks.framesTo) return false;
    if (!wide) {
      this.sequence = (this.expected + ((low - this.expected) & 15)) >>> 0;
    } else {
      this.sequence = this.windowView.getUint32(at + 8, true);
      if ((this.sequence & 15) !== low || ((this.sequence - this.expected) | 0) < 0) return false;
    }
    return !this.endKnown || ((this.end - this.sequence) | 0) > 0;
  }

  /** Makes the window hold the header of a frame at `offset`. */
  private load(offset: number): void {
    const { blocks } = this;
    if (offset >= this.windowFrom && offset + WIDE <= this.windowTo) return;
    let length = this.checking ? WINDOW : WIDE;
    if (length > blocks.framesTo - offset) length = blocks.framesTo - offset;
    this.window.fill(ERASED);
    blocks.read(this.block, offset, this.window, length);
    this.windowFrom = offset;
    this.windowTo = length < WIDE ? offset + WIDE : offset + length;
  }

  /** True when the CRC of what `parse` found fits a sequence that can follow. Sets it. */
  private fits(): boolean {
    const sequence = sequenceFor(this.crcOfRecord(), this.storedCrc());
    if (this.word & WIDE_BIT ? sequence !== this.sequence : (sequence ^ this.sequence) & 15) return false;
    const gap = (sequence - this.expected) | 0;
    this.sequence = sequence;
    return gap >= 0 && (this.endKnown ? ((this.end - sequence) | 0) > 0 : gap <= MAX_GAP);
  }

  private storedCrc(): number {
    this.load(this.offset);
    return this.windowView.getUint32(this.offset - this.windowFrom + 4, true);
  }

  /** The CRC of the first word and the record. Uses the page. */
  private crcOfRecord(): number {
    const { blocks } = this;
    const { page } = blocks;
    let crc = this.crcOfWord();
    const to = this.dataAt + wordLength(this.word);
    for (let from = this.dataAt; from < to; from += PAGE) {
      const part = to - from < PAGE ? to - from : PAGE;
      blocks.read(this.block, from, page, part);
      crc = crc32(page, 0, part, crc);
    }
    return crc;
  }

  /** The CRC of the first word. Uses the page. */
  private crcOfWord(): number {
    const { page, view } = this.blocks;
    view.setUint32(0, (this.word & ~(WIDE_BIT | LOW_BITS)) >>> 0, true);
    return crc32(page, 0, 4, 0);
  }

  /** `crc` with the sequence behind it. */
  private crcOf(crc: number, sequence: number): number {
    this.windowView.setUint32(WINDOW, sequence, true);
    return crc32(this.sequenceBytes, 0, 4, crc);
  }
}

/** The sequence with which `crc`, of what comes before it, becomes `stored`. Four bytes give each CRC in one way. */
function sequenceFor(crc: number, stored: number): number {
  let state = ~stored;
  for (let bit = 0; bit < 32; bit++) state = state < 0 ? ((state ^ POLYNOMIAL) << 1) | 1 : state << 1;
  return (state ^ ~crc) >>> 0;
}
