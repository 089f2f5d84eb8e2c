import { ADDRESS_SIZE } from './tag-table.js';

/** 32-bit FNV-1a of an advertiser: the address type and the 6 bytes of the address. Unsigned. */
export function advertiserHash(address: Uint8Array, addressType: number): number {
  let hash = Math.imul(0x811c9dc5 ^ addressType, 0x01000193);
  for (let i = 0; i < ADDRESS_SIZE; i++) hash = Math.imul(hash ^ address[i]!, 0x01000193);
  return hash >>> 0;
}

/** Goes on with `hash` over `bytes[from..to)`. Unsigned. */
export function hashOn(hash: number, bytes: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}
