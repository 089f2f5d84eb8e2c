import { NorFlash } from './nor-flash.js';

export { PowerCut } from './nor-flash.js';

/**
 * A partition of a `NorFlash` with the methods of the SDK's `embedded:storage/flash`, which takes ranges of any length
 * at any place, and lets a byte be written again as far as that clears bits.
 *
 * A write that is cut leaves the bytes before it written, and of its own byte some bits. An erasure that is cut leaves
 * every byte of the block somewhere between what it was and all ones.
 */
export class SimulatedFlash {
  readonly chip: NorFlash;

  /** `random`: numbers from 0 to below 1, for what a cut leaves. A new partition has bytes of any value. */
  constructor(
    readonly blocks: number,
    readonly blockLength: number,
    random: () => number,
  ) {
    this.chip = new NorFlash({ blocks, blockLength, unit: 1, random, torn: 'prefix', reprogram: true });
  }

  get bytes(): Uint8Array {
    return this.chip.bytes;
  }

  /** How often each block was erased. */
  get erasures(): readonly number[] {
    return this.chip.erasures;
  }

  /** Bytes that were written or erased. */
  get work(): number {
    return this.chip.work;
  }

  /** Cuts the power when `count` more bytes were written or erased. */
  cutAfter(count: number): void {
    this.chip.cutAfter(count);
  }

  /** Gives power again; the next cut has to be asked for. */
  restorePower(): void {
    this.chip.restorePower();
  }

  status(): { size: number; blocks: number; blockLength: number } {
    return { size: this.bytes.length, blocks: this.blocks, blockLength: this.blockLength };
  }

  read(buffer: Uint8Array, byteOffset: number): number {
    this.chip.read(byteOffset, buffer, 0, buffer.length);
    return buffer.length;
  }

  write(buffer: Uint8Array, byteOffset: number): void {
    if (!this.chip.program(byteOffset, buffer, 0, buffer.length)) throw new Error('write failed');
  }

  eraseBlock(block: number): void {
    if (!this.chip.erase(block)) throw new Error('erase failed');
  }
}
