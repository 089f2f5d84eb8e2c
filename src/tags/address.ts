/*
 * Addresses of advertisers, as bytes and as numbers: a file of its own, because boards that only decode have no places
 * of tags.
 */

/** Bytes of a Bluetooth address. */
export const ADDRESS_SIZE = 6;

/** An address as numbers, see `addressHead` and `addressTail`. */
export interface AddressWords {
  readonly head: number;
  readonly tail: number;
}

/** The first four of the 6 bytes at `address[at]` as a signed number, the first one highest. */
export function addressHead(address: Uint8Array, at: number): number {
  return (address[at]! << 24) | (address[at + 1]! << 16) | (address[at + 2]! << 8) | address[at + 3]!;
}

/** The last two of the 6 bytes at `address[at]`, the first of them higher. */
export function addressTail(address: Uint8Array, at: number): number {
  return (address[at + 4]! << 8) | address[at + 5]!;
}

/** 2^20 by the golden ratio: multiplied with 32 bits, it is still exact in a double. */
export const HASH_FACTOR = 648055;

/**
 * A hash of an address as numbers: the highest bits of a product with the golden ratio (Knuth 6.4), which spreads
 * addresses in a row. What is multiplied differs for all addresses of one maker.
 */
export function wordsHash(head: number, tail: number, shift: number): number {
  return ((head ^ (tail * HASH_FACTOR)) * HASH_FACTOR) >>> shift;
}

/** The `shift` of `wordsHash` for a table with so many slots, a power of two from 2 on. */
export function hashShift(slots: number): number {
  return Math.clz32(slots) + 1;
}

/** A hash of the 6 bytes at `address[at]` (FNV-1a, folded) for a table whose size is a power of two. */
export function addressHash(address: Uint8Array, at: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < ADDRESS_SIZE; i++) hash = Math.imul(hash ^ address[at + i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

/** True when the 6 bytes at `a[at]` and at `b[bt]` are the same. */
export function isSameAddress(a: Uint8Array, at: number, b: Uint8Array, bt: number): boolean {
  for (let i = 0; i < ADDRESS_SIZE; i++) if (a[at + i] !== b[bt + i]) return false;
  return true;
}
