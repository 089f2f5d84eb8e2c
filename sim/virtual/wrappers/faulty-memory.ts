import type { Flash, Store } from '../../../src/hal/index.js';
import { PowerCut } from '../memory/nor-flash.js';

/**
 * Flash on which things go wrong: put it round any other one, and change its fields at any time. When its power is cut
 * it throws `PowerCut`, and ever after until `restorePower`; start the firmware anew then.
 */
export class FaultyFlash implements Flash {
  readonly blockLength: number;
  readonly blocks: number;
  readonly unit: number;
  readonly sync?: (done: () => void) => void;
  /** Nothing can be programmed or erased. */
  full = false;
  /** Blocks of which the same is true: their numbers. */
  readonly badBlocks = new Set<number>();
  /** The power is cut when so many bytes more were programmed; an erasure counts as one. */
  cutAfterBytes = Infinity;

  private hasPower = true;
  /** Bits that turned over: the byte, and which of it. They go with an erasure. */
  private readonly flips: { readonly at: number; readonly mask: number }[] = [];
  private readonly torn: Uint8Array;

  constructor(private readonly inner: Flash) {
    this.blockLength = inner.blockLength;
    this.blocks = inner.blocks;
    this.unit = inner.unit;
    this.torn = new Uint8Array(inner.blockLength);
    if (inner.sync) this.sync = (done) => inner.sync!(done);
  }

  /** Turns over bit `bit`, from 0 for the lowest one, of the byte at `at`. */
  flipBit(at: number, bit: number): void {
    this.flips.push({ at, mask: 1 << (bit & 7) });
  }

  restorePower(): void {
    this.hasPower = true;
    this.cutAfterBytes = Infinity;
  }

  read(at: number, into: Uint8Array, from: number, to: number): boolean {
    this.checkPower();
    if (!this.inner.read(at, into, from, to)) return false;
    for (const flip of this.flips) {
      const place = flip.at - at;
      if (place >= 0 && place < to - from) into[from + place]! ^= flip.mask;
    }
    return true;
  }

  program(at: number, bytes: Uint8Array, from: number, to: number): boolean {
    this.checkPower();
    const length = to - from;
    if (this.full || this.badBlocks.has(Math.floor(at / this.blockLength))) return false;
    if (length < this.cutAfterBytes) {
      this.cutAfterBytes -= length;
      return this.inner.program(at, bytes, from, to);
    }
    // The bits of what follows the cut stay as they are.
    const { torn } = this;
    torn.fill(0xff);
    for (let i = 0; i < this.cutAfterBytes; i++) torn[i] = bytes[from + i]!;
    this.inner.program(at, torn, 0, length);
    return this.cut();
  }

  erase(block: number): boolean {
    this.checkPower();
    if (this.full || this.badBlocks.has(block)) return false;
    if (this.cutAfterBytes < 1) return this.cut();
    this.cutAfterBytes--;
    const from = block * this.blockLength;
    for (let i = this.flips.length - 1; i >= 0; i--) {
      const { at } = this.flips[i]!;
      if (at >= from && at < from + this.blockLength) this.flips.splice(i, 1);
    }
    return this.inner.erase(block);
  }

  private checkPower(): void {
    if (!this.hasPower) throw new PowerCut();
  }

  private cut(): never {
    this.hasPower = false;
    throw new PowerCut();
  }
}

/** A store on which things go wrong: put it round any other one, and change its fields at any time. */
export class FaultyStore implements Store {
  /** Nothing can be written or removed: the medium is worn. */
  full = false;
  /** The power is cut within the write as number `cutAtWrite` from now, 1 for the next one; 0: it is not. */
  cutAtWrite = 0;
  /** That write is in effect, as may be, or the value is as before. */
  cutKeeps = false;

  private hasPower = true;

  constructor(private readonly inner: Store) {}

  restorePower(): void {
    this.hasPower = true;
  }

  read(key: string, into: Uint8Array): number {
    this.checkPower();
    return this.inner.read(key, into);
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    this.checkPower();
    if (this.full) return false;
    if (this.cutAtWrite > 0 && --this.cutAtWrite === 0) {
      if (this.cutKeeps) this.inner.write(key, bytes, from, to);
      this.hasPower = false;
      this.checkPower();
    }
    return this.inner.write(key, bytes, from, to);
  }

  remove(key: string): boolean {
    this.checkPower();
    return !this.full && this.inner.remove(key);
  }

  private checkPower(): void {
    if (!this.hasPower) throw new PowerCut();
  }
}
