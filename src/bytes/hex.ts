import { encodeUtf8 } from '../mqtt/utf8.js';

/** Digits for `writeHex`. */
export const HEX = encodeUtf8('0123456789abcdef');
export const CAPITAL_HEX = encodeUtf8('0123456789ABCDEF');

/**
 * Writes two digits (`HEX` or `CAPITAL_HEX`) for each of `bytes[from..end)` to `into[at..to)` and returns the next
 * index, or -1 when there is too little room or `at` is negative; nothing is written then. Allocates nothing.
 */
export function writeHex(
  digits: Uint8Array,
  bytes: Uint8Array,
  from: number,
  end: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  if (at < 0 || 2 * (end - from) > to - at) return -1;
  for (let i = from; i < end; i++) {
    const byte = bytes[i]!;
    into[at] = digits[byte >> 4]!;
    into[at + 1] = digits[byte & 0x0f]!;
    at += 2;
  }
  return at;
}

/**
 * The bytes that an even number of hexadecimal digits stand for, or undefined for any other text. Allocates; for
 * configuration.
 */
export function parseHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = digitOf(text.charCodeAt(2 * i));
    const low = digitOf(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

function digitOf(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const letter = character | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
