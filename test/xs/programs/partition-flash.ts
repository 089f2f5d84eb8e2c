import { PartitionFlash } from '../../../boards/moddable/partition-flash.js';
import type { SdkFlash } from '../../../boards/moddable/flash-records.js';

/*
 * The flash of a log over a class that does what the SDK's does, but makes nothing for it. Each export does its
 * operation `count` times and returns how many times it was seen to have happened.
 */

const BLOCKS = 4;
const BLOCK_LENGTH = 4096;
const ERASED = 0xff;

class FakePartition implements SdkFlash {
  readonly bytes = new Uint8Array(BLOCKS * BLOCK_LENGTH);
  erased = 0;
  private readonly geometry = { blocks: BLOCKS, blockLength: BLOCK_LENGTH };

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
    this.erased++;
  }

  status(): { blocks: number; blockLength: number } {
    return this.geometry;
  }
}

const partition = new FakePartition();
const flash = new PartitionFlash(partition, BLOCKS);
const record = new Uint8Array(700).fill(0x41);
const into = new Uint8Array(700);

/** 4 to 68 bytes of a record, at places of a block in turn. */
export function program(count: number): number {
  let happened = 0;
  for (let i = 0; i < count; i++) {
    const at = ((i * 68) % 4000) & ~3;
    const length = 4 + 4 * (i % 17);
    partition.bytes[at + length - 1] = ERASED;
    if (flash.program(at, record, 5, 5 + length) && partition.bytes[at + length - 1] === 0x41) happened++;
  }
  return happened;
}

/** 650 bytes: three transfers. */
export function read(count: number): number {
  let happened = 0;
  for (let i = 0; i < count; i++) {
    partition.bytes[BLOCK_LENGTH + 650] = i & 0xff;
    if (flash.read(BLOCK_LENGTH + 1, into, 3, 653) && into[652] === (i & 0xff)) happened++;
  }
  return happened;
}

export function erase(count: number): number {
  const before = partition.erased;
  for (let i = 0; i < count; i++) flash.erase(i % BLOCKS);
  return partition.erased - before;
}

const kept: unknown[] = [];

/** Media that are kept. */
export function construct(count: number): number {
  for (let i = 0; i < count; i++) kept.push(new PartitionFlash(partition, BLOCKS));
  return count;
}
