import type { Flash } from '../../../src/hal/index.js';

/** What a `NorFlash` throws when its power is cut, and ever after until `restorePower`. */
export class PowerCut extends Error {
  constructor() {
    super('the power is cut');
  }
}

const ERASED = 0xff;

/**
 * What a program leaves that is cut. `prefix`: the bytes before the cut, of the byte at the cut some bits, nothing
 * behind. `anywhere`: of the whole range of the call any bits, since a chip programs a page at once.
 */
export type TornProgram = 'prefix' | 'anywhere';

/**
 * How a worn block fails. `fails`: the call returns false, and some of its bits changed. `lies`: the call returns true,
 * and some bits did not change.
 */
export type BlockFault = 'fails' | 'lies';

export interface NorFlashOptions {
  blocks: number;
  blockLength: number;
  /** As in `Flash`; default 4. */
  unit?: number;
  /** Numbers from 0 to below 1: what a cut, a fault and a new chip leave. */
  random: () => number;
  /** Default `anywhere`. */
  torn?: TornProgram;
  /** A unit may be programmed again between two erasures, as far as it clears bits. Default false: that throws. */
  reprogram?: boolean;
  /** A block fails from this erasure on, in either manner. Default: never. */
  endurance?: number;
}

/**
 * NOR flash that follows the rules of the real one and gives no help with them: a program only clears bits, an erasure
 * sets all bits of one block, and a new chip has bytes of any value. A call that breaks a rule of `Flash` throws a
 * RangeError: a range outside, across the end of a block or off the units, a bit that a program would set, a unit that
 * is programmed twice between two erasures.
 *
 * The power can be cut at any byte that is programmed or erased. An erasure that is cut leaves every byte of the block
 * somewhere between what it was and all ones.
 */
export class NorFlash implements Flash {
  readonly blocks: number;
  readonly blockLength: number;
  readonly unit: number;
  readonly bytes: Uint8Array;
  /** How often each block was erased. */
  readonly erasures: number[];
  /** Calls, and bytes of them; a call that is cut counts with the bytes before the cut. */
  readCalls = 0;
  readBytes = 0;
  programCalls = 0;
  programmedBytes = 0;
  eraseCalls = 0;
  erasedBytes = 0;

  /** Bits that `flipBit` turned over. */
  flips = 0;

  private readonly random: () => number;
  private readonly torn: TornProgram;
  private readonly reprogram: boolean;
  private readonly endurance: number;
  /** For each unit 1 when it was programmed since the last erasure. */
  private readonly programmed: Uint8Array;
  /** Of bad blocks only. */
  private readonly faults = new Map<number, { erase: BlockFault | undefined; program: BlockFault | undefined }>();
  /** Bytes with a bit that `flipBit` turned over since the last erasure. */
  private readonly flipped = new Set<number>();
  private powered = true;
  private cutAt = Infinity;
  /** Calls that program or erase until one is cut. */
  private callsToCut = Infinity;

  constructor(options: NorFlashOptions) {
    this.blocks = options.blocks;
    this.blockLength = options.blockLength;
    this.unit = options.unit ?? 4;
    this.random = options.random;
    this.torn = options.torn ?? 'anywhere';
    this.reprogram = options.reprogram ?? false;
    this.endurance = options.endurance ?? Infinity;
    this.bytes = Uint8Array.from({ length: this.blocks * this.blockLength }, () => this.randomByte());
    this.programmed = new Uint8Array(Math.ceil(this.bytes.length / this.unit)).fill(1);
    this.erasures = Array.from({ length: this.blocks }, () => 0);
  }

  /** Bytes that were programmed or erased. */
  get work(): number {
    return this.programmedBytes + this.erasedBytes;
  }

  /** Cuts the power when `count` more bytes were programmed or erased. */
  cutAfter(count: number): void {
    this.cutAt = this.work + count;
  }

  /** Cuts the power within the call that programs or erases as number `count` from now, at any byte of it. */
  cutWithin(count: number): void {
    this.callsToCut = count;
  }

  /** Gives power again; the next cut has to be asked for. */
  restorePower(): void {
    this.powered = true;
    this.cutAt = Infinity;
    this.callsToCut = Infinity;
  }

  /** Makes a block bad, or good again with undefined. */
  setFault(block: number, erase: BlockFault | undefined, program: BlockFault | undefined): void {
    if (erase === undefined && program === undefined) this.faults.delete(block);
    else this.faults.set(block, { erase, program });
  }

  /** A block is bad now. */
  get hasBadBlock(): boolean {
    return this.faults.size > 0;
  }

  /** Turns a bit over, as radiation or a weak cell does. `bit` counts from the lowest of byte 0. */
  flipBit(bit: number): void {
    this.bytes[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
    this.flipped.add(Math.floor(bit / 8));
    this.flips++;
  }

  /** Another chip with the same content and without faults, whose power is on. */
  copy(): NorFlash {
    const { blocks, blockLength, unit, random, torn, reprogram } = this;
    const chip = new NorFlash({ blocks, blockLength, unit, random: () => 0, torn, reprogram });
    chip.bytes.set(this.bytes);
    chip.programmed.set(this.programmed);
    Object.assign(chip, { random, erasures: [...this.erasures] });
    return chip;
  }

  /** Sets all bits of the chip, as a programmer does before it writes an image. Counts for nothing. */
  eraseChip(): void {
    this.bytes.fill(ERASED);
    this.programmed.fill(0);
  }

  read(at: number, into: Uint8Array, from: number, to: number): boolean {
    this.check(at, to - from);
    if (!(from >= 0 && from <= to && to <= into.length)) {
      throw new RangeError(`read into ${from} to ${to}: the array has ${into.length} bytes`);
    }
    this.readCalls++;
    this.readBytes += to - from;
    into.set(this.bytes.subarray(at, at + to - from), from);
    return true;
  }

  program(at: number, bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    this.check(at, length);
    if (!(from >= 0 && from <= to && to <= bytes.length)) {
      throw new RangeError(`program from ${from} to ${to}: the array has ${bytes.length} bytes`);
    }
    this.checkProgram(at, bytes, from, to);
    this.programCalls++;
    const remaining = this.bytesToCut(length);
    if (remaining < length) {
      this.programmedBytes += remaining;
      if (this.torn === 'prefix') {
        this.clear(at, bytes, from, from + remaining);
        this.bytes[at + remaining]! &= bytes[from + remaining]! | this.randomByte();
      } else {
        this.change(at, length, (before, i) => before & bytes[from + i]!);
      }
      this.noteTorn(at, length);
      this.cut();
    }
    this.programmedBytes += length;
    const fault = this.faults.get(Math.floor(at / this.blockLength))?.program;
    if (fault === undefined) {
      this.clear(at, bytes, from, to);
      this.programmed.fill(1, at / this.unit, (at + length) / this.unit);
    } else {
      this.change(at, length, (before, i) => before & bytes[from + i]!);
      this.noteTorn(at, length);
    }
    return fault !== 'fails';
  }

  erase(block: number): boolean {
    if (!Number.isInteger(block)) throw new RangeError(`block ${block}: a whole number is needed`);
    const at = block * this.blockLength;
    this.check(at, this.blockLength);
    this.eraseCalls++;
    this.erasures[block]!++;
    if (this.erasures[block]! >= this.endurance) this.wearOut(block);
    for (let i = at; i < at + this.blockLength; i++) this.flipped.delete(i);
    const remaining = this.bytesToCut(this.blockLength);
    if (remaining < this.blockLength) {
      this.erasedBytes += remaining;
      this.change(at, this.blockLength, () => ERASED);
      this.noteTorn(at, this.blockLength);
      this.cut();
    }
    this.erasedBytes += this.blockLength;
    const fault = this.faults.get(block)?.erase;
    if (fault === undefined) this.bytes.fill(ERASED, at, at + this.blockLength);
    else this.change(at, this.blockLength, () => ERASED);
    if (fault !== undefined) this.noteTorn(at, this.blockLength);
    else this.programmed.fill(0, at / this.unit, (at + this.blockLength) / this.unit);
    return fault !== 'fails';
  }

  private wearOut(block: number): void {
    if (this.faults.has(block)) return;
    const fault = this.random() < 0.5 ? 'fails' : 'lies';
    const where = this.random();
    this.setFault(block, where < 0.7 ? fault : undefined, where > 0.3 ? fault : undefined);
  }

  /** Bytes of a call of `length` bytes before the cut; no fewer than `length` when it is not cut. */
  private bytesToCut(length: number): number {
    if (--this.callsToCut <= 0) this.cutAt = this.work + Math.floor(this.random() * length);
    return this.cutAt - this.work;
  }

  private check(at: number, length: number): void {
    if (!this.powered) throw new PowerCut();
    if (!(at >= 0 && at + length <= this.bytes.length)) {
      throw new RangeError(`offset ${at}, length ${length}: the chip has ${this.bytes.length} bytes`);
    }
    const block = Math.floor(at / this.blockLength);
    if (!this.reprogram && at + length > (block + 1) * this.blockLength) {
      throw new RangeError(`offset ${at}, length ${length}: the call crosses the end of block ${block}`);
    }
  }

  private checkProgram(at: number, bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (at % this.unit !== 0 || length % this.unit !== 0) {
      throw new RangeError(`program at ${at}, length ${length}: the unit has ${this.unit} bytes`);
    }
    // What is not all ones in a bad block is its own fault.
    if (this.faults.get(Math.floor(at / this.blockLength))?.erase !== undefined) return;
    for (let i = 0; i < length; i++) {
      if (!this.reprogram && this.programmed[Math.floor((at + i) / this.unit)] === 1) {
        throw new RangeError(`program at ${at + i}: the unit was programmed since the last erasure`);
      }
      const before = this.bytes[at + i]!;
      const byte = bytes[from + i]!;
      if ((before & byte) !== byte && !this.flipped.has(at + i)) {
        throw new RangeError(`program of ${byte} over ${before} at ${at + i}: a program only clears bits`);
      }
    }
  }

  private clear(at: number, bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.bytes[at + i - from]! &= bytes[i]!;
  }

  /** After a call that did not do its work. Of units that have all bits set nobody can tell that they were touched. */
  private noteTorn(at: number, length: number): void {
    for (let unit = at; unit < at + length; unit += this.unit) {
      const touched = this.bytes.subarray(unit, unit + this.unit).some((byte) => byte !== ERASED);
      this.programmed[unit / this.unit] = touched ? 1 : 0;
    }
  }

  /**
   * Takes some bits of a range to what `target` gives, and leaves the others: every bit by chance, with a chance that
   * is any for each call, or the bytes of one part of the range and no others, whole.
   */
  private change(at: number, length: number, target: (before: number, i: number) => number): void {
    const wholeBytes = this.random() < 0.5;
    const first = Math.floor(this.random() * (length + 1));
    const last = Math.floor(this.random() * (length + 1));
    const inside = this.random() < 0.5;
    // From nearly nothing to nearly all.
    const chance = Math.min(1, Math.max(0, this.random() * 1.2 - 0.1));
    for (let i = 0; i < length; i++) {
      const before = this.bytes[at + i]!;
      const after = target(before, i);
      const isInPart = i >= Math.min(first, last) && i < Math.max(first, last);
      if (wholeBytes) {
        if (isInPart === inside) this.bytes[at + i] = after;
        continue;
      }
      let byte = before;
      for (let bits = before ^ after; bits !== 0; bits &= bits - 1) {
        if (this.random() < chance) byte ^= bits & -bits;
      }
      this.bytes[at + i] = byte;
    }
  }

  private cut(): never {
    this.powered = false;
    throw new PowerCut();
  }

  private randomByte(): number {
    return Math.floor(this.random() * 256);
  }
}
