import { writeDecimal } from './decimal.js';

// Pieces of JSON text. Each of these writes to `into[at..to)` and returns the next index, or -1 when there is too
// little room; an index that is negative already, for what did not fit before, passes through. They allocate nothing.

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const BACKSLASH = 0x5c;
const SPACE = 0x20;

export function put(text: Uint8Array, into: Uint8Array, at: number, to: number): number {
  if (at < 0 || text.length > to - at) return -1;
  into.set(text, at);
  return at + text.length;
}

export function putByte(byte: number, into: Uint8Array, at: number, to: number): number {
  if (at < 0 || at >= to) return -1;
  into[at] = byte;
  return at + 1;
}

/** A comma, the key (with its quotes and colon) and a number of at most `decimals` decimals. */
export function writeNumber(
  key: Uint8Array,
  value: number,
  decimals: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  at = putByte(COMMA, into, at, to);
  at = put(key, into, at, to);
  return at < 0 ? -1 : writeDecimal(value, decimals, into, at, to);
}

/** A comma, the key and the UTF-8 text as a string; control characters become spaces. */
export function writeText(key: Uint8Array, text: Uint8Array, into: Uint8Array, at: number, to: number): number {
  at = putByte(COMMA, into, at, to);
  at = put(key, into, at, to);
  at = putByte(QUOTE, into, at, to);
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]!;
    if (byte === QUOTE || byte === BACKSLASH) at = putByte(BACKSLASH, into, at, to);
    at = putByte(byte < SPACE ? SPACE : byte, into, at, to);
  }
  return putByte(QUOTE, into, at, to);
}
