import type { Flash } from '../../hal/index.js';
import { crc32 } from '../crc32.js';
import { RecordRank } from './log-statistics.js';
import type { LogStatistics } from './log-statistics.js';

/*
 * A block begins with its header, and behind it marks, each in units of its own:
 *
 *   0  u8[2]  'TL'
 *   2  u8     version of the format
 *   3  u8     unit of the flash, 1 to 32
 *   4  u32    sequence that the first record has or would have
 *   8  u32    head: first sequence of the oldest block when this one was opened; older blocks hold nothing
 *  12  u24    erasures of this block
 *  15  u8     level: of readings whose tags' ordinals are not multiples of 2^level, the block has none
 *  16  u32    generation of the compaction that wrote the block; 0: appended to
 *  20  u32    sequence behind what the compaction replaced; 0: appended to
 *  24  u32    CRC-32 of the 24 bytes before it
 *
 * closed   12 B: u32 sequence behind the last record, u16 how many there are, u16 and u32 the complements of both.
 *                Programmed when a block gets no more records; for one that a compaction wrote it is what makes it
 *                count
 * obsolete  4 B of zeros: the block holds nothing any more
 * bad       4 B 'BAD!': the block holds nothing any more, and failed when others worked: it is tried before it is used
 *
 * Records follow. The last 4 bytes of the block are a second `obsolete`, for an erasure that is cut.
 */
const enum Header {
  magic = 0,
  first = 4,
  head = 8,
  erasures = 12,
  level = 15,
  generation = 16,
  end = 20,
  crc = 24,
  length = 28,
}

const VERSION = 1;
const CLOSED_LENGTH = 12;
const MARK_LENGTH = 4;
/** 'BAD!' */
const BAD_MAGIC = 0x21444142;
const ERASED = 0xff;

/** Bytes that are read or programmed at once: enough for the header and the marks of a block with units of 32. */
export const PAGE = 256;
/** Bytes that are compared at once with what was programmed. */
const CHECK = 64;
/** Where in the buffer of the page those begin that `LogFrames` has for itself, and how many these are. */
export const FRAMES_AT = PAGE + CHECK;
export const FRAMES_BYTES = 132;

/** Blocks that fail one after the other, with none between that works, until it is the flash that fails. */
const FAILING = 4;

/** `live` of a block that is not in the order. */
const UNUSED = 0xffff;
export const NONE = -1;

/** Bits of `flags`, beside the level in the lowest four. */
const enum BlockFlag {
  level = 0x0f,
  bad = 0x10,
  /** A walk over its frames checks the CRC of each. */
  damaged = 0x20,
  /** It may hold records of ranks from reading on. */
  low = 0x40,
  compacted = 0x80,
}

export const enum Closed {
  no = 0,
  yes = 1,
  /** A cut or a flipped bit: the sequence is not known, but it was as good as programmed. */
  nearly = 2,
  torn = 3,
}

/**
 * The erase blocks of a log: their headers and marks on flash, and in RAM their order and how much is live in each.
 * Blocks follow one another by their first sequences, wherever they lie. All offsets of the class are within a block.
 */
export class LogBlocks {
  readonly flash: Flash;
  readonly statistics: LogStatistics;
  readonly count: number;
  readonly blockLength: number;
  readonly unit: number;
  /** Where the frames of a block begin and end. */
  readonly framesFrom: number;
  readonly framesTo: number;

  /** For each block: the sequence that its first record has or would have. */
  readonly first: Uint32Array;
  /** For each block: its records that are not done. */
  readonly live: Uint16Array;
  readonly flags: Uint8Array;
  /** For each block: bit n is set when it may hold records of the channels n and n + 8. */
  readonly channels: Uint8Array;
  /** The blocks in use, from the oldest to the one that is appended to or was last. */
  readonly order: Uint8Array | Uint16Array;
  used = 0;

  /** The block that is appended to, NONE when the next record opens one. It is the last of the order. */
  open = NONE;
  /** Records that were appended to it. */
  openCount = 0;
  /** Of the next record. */
  nextSequence = 0;
  generation = 0;
  /** Blocks that failed since one was last erased and programmed; then, tries of a flash that is failing. */
  failures = 0;

  /** What is programmed or was read. */
  readonly page: Uint8Array;
  readonly view: DataView;

  /** Of the header that was read last. */
  headerFirst = 0;
  headerHead = 0;
  headerErasures = 0;
  headerLevel = 0;
  headerGeneration = 0;
  headerEnd = 0;
  closed: Closed = Closed.no;
  closedEnd = 0;
  closedCount = 0;
  obsolete = false;
  markedBad = false;

  private readonly check: Uint8Array;
  private readonly closedAt: number;
  private readonly obsoleteAt: number;
  private readonly badAt: number;
  private readonly markLength: number;
  private readonly closedLength: number;
  private readonly headerLength: number;
  private readonly magic: number;
  /** The block that was opened last: the next one is sought behind it, which levels the wear. */
  private lastOpened = NONE;

  constructor(flash: Flash, statistics: LogStatistics) {
    const { blocks, blockLength, unit } = flash;
    this.flash = flash;
    this.statistics = statistics;
    this.count = blocks;
    this.blockLength = blockLength;
    this.unit = unit;
    this.headerLength = this.padded(Header.length);
    this.closedLength = this.padded(CLOSED_LENGTH);
    this.markLength = this.padded(MARK_LENGTH);
    this.closedAt = this.headerLength;
    this.obsoleteAt = this.closedAt + this.closedLength;
    this.badAt = this.obsoleteAt + this.markLength;
    this.framesFrom = this.badAt + this.markLength;
    this.framesTo = blockLength - this.markLength;
    // One buffer costs less than three.
    const bytes = new ArrayBuffer(FRAMES_AT + FRAMES_BYTES);
    this.page = new Uint8Array(bytes, 0, PAGE);
    this.check = new Uint8Array(bytes, PAGE, CHECK);
    this.view = new DataView(bytes);
    this.magic = (0x4c54 | (VERSION << 16) | (unit << 24)) >>> 0;
    // One buffer costs less than five.
    const isShort = blocks <= 256;
    const table = new ArrayBuffer((isShort ? 9 : 10) * blocks);
    this.first = new Uint32Array(table, 0, blocks);
    this.live = new Uint16Array(table, 4 * blocks, blocks).fill(UNUSED);
    this.order = isShort ? new Uint8Array(table, 6 * blocks, blocks) : new Uint16Array(table, 6 * blocks, blocks);
    const flagsAt = (isShort ? 7 : 8) * blocks;
    this.flags = new Uint8Array(table, flagsAt, blocks);
    this.channels = new Uint8Array(table, flagsAt + blocks, blocks);
    statistics.blocks = blocks;
  }

  /** The flash as a whole fails: nothing is erased, programmed, dropped, or counted as bad. */
  get failing(): boolean {
    return this.failures >= FAILING;
  }

  /** While the flash is failing: how many tries there were. */
  get tries(): number {
    return this.failures - FAILING;
  }

  /** It is the flash that fails, after so many tries of it. */
  setFailing(tries: number): void {
    this.failures = FAILING + tries;
  }

  /** `length` rounded up to whole units. */
  padded(length: number): number {
    return length + this.unit - 1 - ((length + this.unit - 1) % this.unit);
  }

  isBad(block: number): boolean {
    return (this.flags[block]! & BlockFlag.bad) !== 0;
  }

  isDamaged(block: number): boolean {
    return (this.flags[block]! & BlockFlag.damaged) !== 0;
  }

  setDamaged(block: number): void {
    this.flags[block]! |= BlockFlag.damaged;
  }

  isCompacted(block: number): boolean {
    return (this.flags[block]! & BlockFlag.compacted) !== 0;
  }

  /** True when the block may hold records of ranks from reading on. */
  isLow(block: number): boolean {
    return (this.flags[block]! & BlockFlag.low) !== 0;
  }

  /** The block holds a record of this channel and rank. */
  noteContent(block: number, channel: number, rank: RecordRank): void {
    this.channels[block]! |= 1 << (channel & 7);
    if (rank >= RecordRank.reading) this.flags[block]! |= BlockFlag.low;
  }

  clearLow(block: number): void {
    this.flags[block]! &= ~BlockFlag.low;
  }

  levelOf(block: number): number {
    return this.flags[block]! & BlockFlag.level;
  }

  setLevel(block: number, level: number): void {
    this.flags[block] = (this.flags[block]! & ~BlockFlag.level) | level;
  }

  isUsed(block: number): boolean {
    return this.live[block] !== UNUSED;
  }

  /** The last block of the order, NONE when there is none. */
  last(): number {
    return this.used === 0 ? NONE : this.order[this.used - 1]!;
  }

  indexOf(block: number): number {
    for (let i = 0; i < this.used; i++) if (this.order[i] === block) return i;
    return NONE;
  }

  /** Index in the order of the last block that begins at or before `sequence`, 0 when none does. */
  indexBefore(sequence: number): number {
    let from = 0;
    let to = this.used;
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if (((sequence - this.first[this.order[middle]!]!) | 0) >= 0) from = middle;
      else to = middle;
    }
    return from;
  }

  /** Puts a block into the order, behind those that begin at the same sequence or before. */
  insert(block: number, first: number): void {
    this.first[block] = first;
    this.live[block] = 0;
    let index = this.indexBefore(first);
    if (this.used > 0 && ((first - this.first[this.order[index]!]!) | 0) >= 0) index++;
    this.order.copyWithin(index + 1, index, this.used);
    this.order[index] = block;
    this.used++;
  }

  /** Takes a block out of the order; it is free, unless it is bad. */
  private remove(block: number): void {
    const index = this.indexOf(block);
    if (index >= 0) {
      this.order.copyWithin(index, index + 1, this.used);
      this.used--;
    }
    this.live[block] = UNUSED;
    this.channels[block] = 0;
    this.flags[block]! &= BlockFlag.bad;
    if (this.open === block) this.open = NONE;
    if (!this.isBad(block)) this.statistics.freeBlocks++;
  }

  /** Reads `length` bytes into `into`, from its start. On a failure they are zeros, and it returns false. */
  read(block: number, offset: number, into: Uint8Array, length: number): boolean {
    this.statistics.readBytes += length;
    if (this.flash.read(block * this.blockLength + offset, into, 0, length)) return true;
    into.fill(0, 0, length);
    return false;
  }

  /** Programs the first `length` bytes of the page, and reads them again. False when they are not there. */
  program(block: number, offset: number, length: number): boolean {
    if (this.failing) return false;
    const at = block * this.blockLength + offset;
    this.statistics.programmedBytes += length;
    if (!this.flash.program(at, this.page, 0, length)) return false;
    const { page, check } = this;
    for (let done = 0; done < length; done += CHECK) {
      const part = length - done < CHECK ? length - done : CHECK;
      if (!this.read(block, offset + done, check, part)) return false;
      for (let i = 0; i < part; i++) if (check[i] !== page[done + i]) return false;
    }
    return true;
  }

  /** Programs what the page holds as a mark, which counts as such. */
  programMark(block: number, offset: number, length: number): boolean {
    this.statistics.programmedBytes -= length;
    this.statistics.markBytes += length;
    return this.program(block, offset, length);
  }

  /** Programs zeros as a mark. */
  programZeros(block: number, offset: number, length: number): boolean {
    this.page.fill(0, 0, length);
    return this.programMark(block, offset, length);
  }

  /** True when all bits from `offset` to `end` are set. */
  isErased(block: number, offset: number, end: number): boolean {
    for (let at = offset; at < end; at += CHECK) {
      const part = end - at < CHECK ? end - at : CHECK;
      this.read(block, at, this.check, part);
      for (let i = 0; i < part; i++) if (this.check[i] !== ERASED) return false;
    }
    return true;
  }

  /** Reads header and marks into the fields. False when there is no header of this format. */
  readHeader(block: number): boolean {
    const { page, view } = this;
    this.read(block, this.framesTo, page, this.markLength);
    const endMark = zeroBits(page, 0, this.markLength);
    this.read(block, 0, page, this.framesFrom);
    const whole = this.headerIsWhole();
    this.headerFirst = view.getUint32(Header.first, true);
    this.headerHead = view.getUint32(Header.head, true);
    this.headerErasures = view.getUint32(Header.erasures, true) & 0xffffff;
    this.headerLevel = page[Header.level]!;
    this.headerGeneration = view.getUint32(Header.generation, true);
    this.headerEnd = view.getUint32(Header.end, true);
    this.obsolete = endMark >= 2 || zeroBits(page, this.obsoleteAt, this.markLength) >= 2;
    this.markedBad = whole
      ? zeroBits(page, this.badAt, MARK_LENGTH) >= 2
      : view.getUint32(this.badAt, true) === BAD_MAGIC;
    this.readClosed(this.closedAt);
    return whole;
  }

  /** Reads the mark of a block that gets no more records into `closed` and `closedEnd`. */
  readEnd(block: number): void {
    this.read(block, this.closedAt, this.page, CLOSED_LENGTH);
    this.readClosed(0);
  }

  /** The block that `prepare` takes next, NONE when none is free. */
  nextFree(): number {
    return this.nextUnused(false);
  }

  /** The next block in physical order that is not in use; also one that is bad, if `orBad`. NONE when there is none. */
  private nextUnused(orBad: boolean): number {
    let block = this.lastOpened;
    for (let i = 0; i < this.count; i++) {
      block = block + 1 < this.count ? block + 1 : 0;
      if (!this.isUsed(block) && (orBad || !this.isBad(block))) return block;
    }
    return NONE;
  }

  /**
   * Takes the next free block in physical order, erases it and gives it a header. It is in no order yet. Returns the
   * block, or NONE when no more than `spare` are free, or the flash fails. Those that fail are bad from then on. One
   * that is bad is tried again when its turn comes, but only one in each call.
   */
  prepare(spare: number, first: number, level: number, generation: number, end: number): number {
    let mayTry = true;
    for (;;) {
      if (this.statistics.freeBlocks <= spare || this.failing) return NONE;
      const block = this.nextUnused(mayTry);
      if (block === NONE) return NONE;
      this.lastOpened = block;
      if (this.isBad(block)) mayTry = false;
      if (!this.tryBlock(block, first, level, generation, end)) continue;
      this.statistics.freeBlocks--;
      this.live[block] = 0;
      this.flags[block] = level | (generation === 0 ? 0 : BlockFlag.compacted);
      this.channels[block] = 0;
      return block;
    }
  }

  /** Erases a block that is not in use and gives it a header; it is free, or bad when that fails. */
  private tryBlock(block: number, first: number, level: number, generation: number, end: number): boolean {
    const { failures } = this;
    const wasBad = this.isBad(block);
    if (wasBad) this.setGood(block);
    if (
      this.writeHeader(block, first, level, generation, end) &&
      (!wasBad || this.isErased(block, this.framesFrom, this.framesTo))
    ) {
      this.settle();
      return true;
    }
    this.setBad(block);
    if (wasBad) {
      // That it fails again tells nothing of the others.
      this.failures = failures;
    }
    return false;
  }

  /** As `tryBlock`, but the block holds nothing afterwards, and says so. */
  private test(block: number): boolean {
    this.lastOpened = block;
    return this.tryBlock(block, this.nextSequence, 0, 0, 0) && this.markObsolete(block) && !this.isBad(block);
  }

  /** A block works, so that those that failed before it are bad, and no others. Says so in those that hold nothing. */
  private settle(): void {
    if (this.failures === 0) return;
    this.failures = 0;
    for (let block = 0; block < this.count; block++) {
      if (this.isBad(block) && !this.isUsed(block)) this.markBad(block);
    }
  }

  /** After a failure: tries free blocks until one works, or so many failed that it is the flash. */
  judge(): void {
    while (this.failures > 0 && !this.failing) {
      const block = this.nextFree();
      if (block !== NONE) {
        this.test(block);
      } else {
        // One block that fails when no other can be tried is taken for bad.
        if (this.failures > 1) this.setFailing(0);
        return;
      }
    }
  }

  /** As `judge`, and also when nothing was erased yet, so that nobody knows whether the flash works. */
  prove(): void {
    if (this.statistics.erased === 0) {
      const block = this.nextFree();
      if (block !== NONE) this.test(block);
    }
    this.judge();
  }

  /** Tries up to `count` blocks that are bad and hold nothing. Those that work are free. */
  tryBad(count: number): void {
    let block = this.lastOpened;
    for (let i = 0; i < this.count && count > 0 && !this.failing; i++) {
      block = block + 1 < this.count ? block + 1 : 0;
      if (this.isUsed(block) || !this.isBad(block)) continue;
      this.test(block);
      count--;
    }
  }

  /**
   * The flash was failing: tries one block. True when it works, or when there is none to be tried. What is bad and in
   * use may be programmed again, until so many blocks have failed once more.
   */
  tryFlash(): boolean {
    this.failures = 0;
    for (let index = 0; index < this.used; index++) this.setGood(this.order[index]!);
    const block = this.nextUnused(true);
    if (block === NONE) return true;
    const wasBad = this.isBad(block);
    if (this.test(block)) return true;
    if (!wasBad) this.setGood(block);
    this.failures = 0;
    return false;
  }

  /**
   * The flash works again. Blocks that failed meanwhile are free, but for those that were bad before; and what blocks
   * hold that are not in use does not come back.
   */
  readmit(): void {
    for (let block = 0; block < this.count && !this.failing; block++) {
      if (this.isUsed(block)) continue;
      const whole = this.readHeader(block);
      if (this.markedBad) continue;
      this.setGood(block);
      if (whole && !this.obsolete) this.erase(block);
    }
  }

  /** A block may be used again, as far as anybody knows. */
  private setGood(block: number): void {
    if (!this.isBad(block)) return;
    this.flags[block]! &= ~BlockFlag.bad;
    this.statistics.badBlocks--;
    if (!this.isUsed(block)) this.statistics.freeBlocks++;
  }

  /**
   * The block gets no more records: it has `count`, and `end` is the sequence behind the last. False when the mark was
   * not taken.
   */
  close(block: number, end: number, count: number): boolean {
    this.readEnd(block);
    if (this.closed !== Closed.no) return this.closed === Closed.yes && this.closedEnd === end;
    this.page.fill(ERASED, 0, this.closedLength);
    this.view.setUint32(0, end, true);
    this.view.setUint16(4, count, true);
    this.view.setUint16(6, count ^ 0xffff, true);
    this.view.setUint32(8, ~end >>> 0, true);
    return this.program(block, this.closedAt, this.closedLength);
  }

  /**
   * Nothing in a block counts any more: says so on the flash, and frees it, unless it is bad. While the flash fails, it
   * stays in the order.
   */
  retire(block: number): void {
    const known = this.isBad(block) || this.markObsolete(block);
    if (!this.failing) this.release(block, known);
    else this.live[block] = 0;
  }

  /** As `retire`, for a block whose records were dropped or are in another one: it does not stay in the order. */
  leave(block: number): void {
    this.release(block, this.isBad(block) || this.markObsolete(block));
  }

  private release(block: number, known: boolean): void {
    if (this.isUsed(block)) this.remove(block);
    if (!this.isBad(block)) {
      if (!known) this.erase(block);
    } else if (this.failures === 0) {
      this.markBad(block);
    }
  }

  /**
   * Frees a block that mount found to hold nothing. It is erased, since that is allowed whatever it holds: a mark must
   * not be programmed if the power was cut while the block was erased.
   */
  clear(block: number): void {
    if (this.isUsed(block)) this.remove(block);
    if (!this.isBad(block)) this.erase(block);
  }

  /**
   * A block failed. What it holds can still be read, but nothing more is programmed, not even marks, until it holds
   * nothing. Of no effect while the flash fails.
   */
  setBad(block: number): void {
    if (this.isBad(block) || this.failing) return;
    this.adoptBad(block);
    this.failures++;
  }

  /** What mount found in a header that was read last: the block failed before the restart. */
  adoptBad(block: number): void {
    this.flags[block]! |= BlockFlag.bad;
    this.statistics.badBlocks++;
    if (!this.isUsed(block)) this.statistics.freeBlocks--;
  }

  /** What mount found in a header that was read last: the block is in use. */
  adopt(block: number): void {
    this.flags[block]! |= (this.headerLevel & BlockFlag.level) | (this.headerGeneration ? BlockFlag.compacted : 0);
    if (!this.isBad(block)) this.statistics.freeBlocks--;
    this.insert(block, this.headerFirst);
  }

  /** What mount found: where the search for free blocks goes on. */
  resumeBehind(block: number): void {
    this.lastOpened = block;
  }

  /** Reads all headers for the least and the most erasures. */
  measureWear(): void {
    const { statistics } = this;
    statistics.erasuresMin = 0xffffff;
    for (let block = 0; block < this.count; block++) {
      const erasures = this.readHeader(block) ? this.headerErasures : 0;
      if (erasures < statistics.erasuresMin) statistics.erasuresMin = erasures;
      if (erasures > statistics.erasuresMax) statistics.erasuresMax = erasures;
    }
  }

  private writeHeader(block: number, first: number, level: number, generation: number, end: number): boolean {
    const { page, view, statistics } = this;
    let erasures = statistics.erasuresMax > 0 ? statistics.erasuresMax : 1;
    if (this.readHeader(block)) erasures = this.headerErasures + 1;
    if (!this.erase(block)) return false;
    if (erasures > 0xffffff) erasures = 0xffffff;
    if (erasures > statistics.erasuresMax) statistics.erasuresMax = erasures;
    page.fill(ERASED, 0, this.headerLength);
    view.setUint32(Header.magic, this.magic, true);
    view.setUint32(Header.first, first, true);
    view.setUint32(Header.head, this.used > 0 ? this.first[this.order[0]!]! : first, true);
    view.setUint32(Header.erasures, erasures, true);
    page[Header.level] = level;
    view.setUint32(Header.generation, generation, true);
    view.setUint32(Header.end, end, true);
    view.setUint32(Header.crc, crc32(page, 0, Header.crc, 0), true);
    const written =
      this.program(block, 0, this.headerLength) &&
      this.isErased(block, this.headerLength, this.framesFrom) &&
      this.isErased(block, this.framesTo, this.framesTo + this.markLength);
    if (!written) this.setBad(block);
    return written;
  }

  private erase(block: number): boolean {
    if (this.failing) return false;
    this.statistics.erased++;
    if (this.flash.erase(block)) return true;
    this.setBad(block);
    return false;
  }

  /**
   * False when neither mark could be set. There are two, far from one another, since an erasure that is cut may leave a
   * whole header and erase the mark behind it.
   */
  markObsolete(block: number): boolean {
    const one = this.setMark(block, this.obsoleteAt);
    return this.setMark(block, this.framesTo) || one;
  }

  /** Says on the flash, as far as the block takes it, that it is bad and holds nothing. */
  private markBad(block: number): void {
    this.read(block, this.badAt, this.page, this.markLength);
    if (zeroBits(this.page, 0, this.markLength) !== 0) return;
    this.view.setUint32(0, BAD_MAGIC, true);
    this.programMark(block, this.badAt, this.markLength);
  }

  private setMark(block: number, offset: number): boolean {
    this.read(block, offset, this.page, this.markLength);
    const zeros = zeroBits(this.page, 0, this.markLength);
    if (zeros !== 0) return zeros > 1;
    if (this.programZeros(block, offset, this.markLength)) return true;
    this.setBad(block);
    return false;
  }

  private readClosed(at: number): void {
    const { page, view } = this;
    this.closedEnd = view.getUint32(at, true);
    this.closedCount = view.getUint16(at + 4, true);
    const wrong =
      bitsOf((this.closedEnd ^ ~view.getUint32(at + 8, true)) >>> 0) +
      bitsOf(this.closedCount ^ view.getUint16(at + 6, true) ^ 0xffff);
    const zeros = zeroBits(page, at, CLOSED_LENGTH);
    if (zeros === 0) this.closed = Closed.no;
    else this.closed = wrong === 0 ? Closed.yes : wrong === 1 && zeros > 1 ? Closed.nearly : Closed.torn;
  }

  /** True when the page begins with a whole header. One bit that is wrong is put right: a block has many records. */
  private headerIsWhole(): boolean {
    const { page, view } = this;
    const wrong = bitsOf((view.getUint32(Header.magic, true) ^ this.magic) >>> 0);
    if (wrong > 1) return false;
    if (wrong === 0 && crc32(page, 0, Header.crc, 0) === view.getUint32(Header.crc, true)) return true;
    for (let bit = 0; bit < 8 * Header.length; bit++) {
      page[bit >> 3]! ^= 1 << (bit & 7);
      if (
        view.getUint32(Header.magic, true) === this.magic &&
        crc32(page, 0, Header.crc, 0) === view.getUint32(Header.crc, true)
      ) {
        return true;
      }
      page[bit >> 3]! ^= 1 << (bit & 7);
    }
    return false;
  }
}

/** How many bits of `bytes[at..at + length)` are clear. */
export function zeroBits(bytes: Uint8Array, at: number, length: number): number {
  let count = 0;
  for (let i = 0; i < length; i++) count += bitsOf(bytes[at + i]! ^ ERASED);
  return count;
}

function bitsOf(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}
