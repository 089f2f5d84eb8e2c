/** What a `SimulatedFlash` throws when its power is cut, and ever after until `restorePower`. */
export class PowerCut extends Error {
  constructor() {
    super('the power is cut');
  }
}

const ERASED = 0xff;

/**
 * A partition of NOR flash that follows the rules of the real one and gives no help with them: a write only clears
 * bits, one that would set a bit throws, an erasure sets all bits of one block. Its methods are those of the SDK's
 * `embedded:storage/flash`.
 *
 * The power can be cut at any byte. A write that is cut leaves the bytes before it written, and of its own byte some
 * bits. An erasure that is cut leaves every byte of the block somewhere between what it was and all ones.
 */
export class SimulatedFlash {
  readonly bytes: Uint8Array;
  /** How often each block was erased. */
  readonly erasures: number[];
  /** Bytes that were written or erased. */
  work = 0;

  private powered = true;
  private cutAt = Infinity;

  /** `random`: numbers from 0 to below 1, for what a cut leaves. A new partition has bytes of any value. */
  constructor(
    readonly blocks: number,
    readonly blockLength: number,
    private readonly random: () => number,
  ) {
    this.bytes = Uint8Array.from({ length: blocks * blockLength }, () => this.randomByte());
    this.erasures = Array.from({ length: blocks }, () => 0);
  }

  /** Cuts the power when `count` more bytes were written or erased. */
  cutAfter(count: number): void {
    this.cutAt = this.work + count;
  }

  /** Gives power again; the next cut has to be asked for. */
  restorePower(): void {
    this.powered = true;
    this.cutAt = Infinity;
  }

  status(): { size: number; blocks: number; blockLength: number } {
    return { size: this.bytes.length, blocks: this.blocks, blockLength: this.blockLength };
  }

  read(buffer: Uint8Array, byteOffset: number): number {
    this.check(byteOffset, buffer.length);
    buffer.set(this.bytes.subarray(byteOffset, byteOffset + buffer.length));
    return buffer.length;
  }

  write(buffer: Uint8Array, byteOffset: number): void {
    this.check(byteOffset, buffer.length);
    buffer.forEach((byte, i) => {
      const before = this.bytes[byteOffset + i]!;
      if ((before & byte) !== byte) {
        throw new RangeError(`write of ${byte} over ${before} at ${byteOffset + i}: a write only clears bits`);
      }
      if (this.work === this.cutAt) {
        this.bytes[byteOffset + i] = before & (byte | this.randomByte());
        this.cut();
      }
      this.bytes[byteOffset + i] = byte;
      this.work++;
    });
  }

  eraseBlock(block: number): void {
    const from = block * this.blockLength;
    if (!Number.isInteger(block)) throw new RangeError(`block ${block}: a whole number is needed`);
    this.check(from, this.blockLength);
    this.erasures[block]!++;
    if (this.cutAt < this.work + this.blockLength) {
      this.work = this.cutAt;
      for (let i = 0; i < this.blockLength; i++) this.bytes[from + i]! |= this.randomByte();
      this.cut();
    }
    this.work += this.blockLength;
    this.bytes.fill(ERASED, from, from + this.blockLength);
  }

  private check(offset: number, length: number): void {
    if (!this.powered) throw new PowerCut();
    if (!(offset >= 0 && offset + length <= this.bytes.length)) {
      throw new RangeError(`offset ${offset}, length ${length}: the partition has ${this.bytes.length} bytes`);
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
