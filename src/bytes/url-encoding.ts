import { CAPITAL_HEX } from './hex.js';

const PERCENT = 0x25;

/**
 * Writes `bytes[from..end)` as part of a URL to `into[at..to)`: letters, digits and `-_.!~*'()` as they are, each other
 * byte as `%` and two capital digits. On UTF-8 that is JavaScript's `encodeURIComponent`. Returns the next index, or -1
 * when there is too little room (bytes may have been written then) or `at` is negative. Allocates nothing.
 */
export function writeUrlEncoded(
  bytes: Uint8Array,
  from: number,
  end: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  if (at < 0) return -1;
  for (let i = from; i < end; i++) {
    const byte = bytes[i]!;
    if (isUnreserved(byte)) {
      if (at >= to) return -1;
      into[at++] = byte;
    } else {
      if (3 > to - at) return -1;
      into[at++] = PERCENT;
      into[at++] = CAPITAL_HEX[byte >> 4]!;
      into[at++] = CAPITAL_HEX[byte & 0x0f]!;
    }
  }
  return at;
}

function isUnreserved(byte: number): boolean {
  if (byte >= 0x30 && byte <= 0x39) return true;
  const letter = byte | 0x20;
  if (letter >= 0x61 && letter <= 0x7a && byte < 0x80) return true;
  // ! ' ( ) * - .
  if (byte === 0x21 || (byte >= 0x27 && byte <= 0x2a) || byte === 0x2d || byte === 0x2e) return true;
  return byte === 0x5f || byte === 0x7e;
}
