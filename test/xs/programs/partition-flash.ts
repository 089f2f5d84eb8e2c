import { PartitionFlash } from '../../../boards/moddable/partition-flash.js';
import { BLOCK_LENGTH, MemoryPartition } from './memory-partition.js';

/*
 * The flash of a log over a class that does what the SDK's does, but makes nothing for it. Each export does its
 * operation `count` times and returns how many times it was seen to have happened.
 */

const BLOCKS = 4;
const ERASED = 0xff;

const partition = new MemoryPartition(BLOCKS);
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
  const before = partition.erasures;
  for (let i = 0; i < count; i++) flash.erase(i % BLOCKS);
  return partition.erasures - before;
}

const kept: unknown[] = [];

/** Media that are kept. */
export function construct(count: number): number {
  for (let i = 0; i < count; i++) kept.push(new PartitionFlash(partition, BLOCKS));
  return count;
}
