import type { SdkFlash } from '../../../boards/moddable/flash-records.js';

export const BLOCK_LENGTH = 4096;
const ERASED = 0xff;

/** A partition in the engine's memory that does what the SDK's does, but makes nothing for it. It begins erased. */
export class MemoryPartition implements SdkFlash {
  readonly bytes: Uint8Array;
  erasures = 0;
  private readonly geometry: { blocks: number; blockLength: number };

  constructor(blocks: number) {
    this.bytes = new Uint8Array(blocks * BLOCK_LENGTH).fill(ERASED);
    this.geometry = { blocks, blockLength: BLOCK_LENGTH };
  }

  read(buffer: Uint8Array, byteOffset: number): unknown {
    const { length } = buffer;
    for (let i = 0; i < length; i++) buffer[i] = this.bytes[byteOffset + i]!;
    return length;
  }

  write(buffer: Uint8Array, byteOffset: number): void {
    const { length } = buffer;
    for (let i = 0; i < length; i++) this.bytes[byteOffset + i]! &= buffer[i]!;
  }

  eraseBlock(block: number): void {
    this.bytes.fill(ERASED, block * BLOCK_LENGTH, (block + 1) * BLOCK_LENGTH);
    this.erasures++;
  }

  status(): { blocks: number; blockLength: number } {
    return this.geometry;
  }
}
