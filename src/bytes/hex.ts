import { encodeUtf8 } from '../mqtt/utf8.js';
import type { ViewedBytes } from '../mqtt/viewed-bytes.js';

/** Digits for `writeHex`. */
export const HEX = encodeUtf8('0123456789abcdef');
export const CAPITAL_HEX = encodeUtf8('0123456789ABCDEF');
/** Each byte as two capital digits, the first one in the low byte: what a view writes low byte first. */
const CAPITAL_PAIRS = new Uint16Array(256);
for (let i = 0; i < 256; i++) CAPITAL_PAIRS[i] = CAPITAL_HEX[i >> 4]! | (CAPITAL_HEX[i & 0x0f]! << 8);

/** Bytes of an address, and characters as `writeAddress` writes it. */
const ADDRESS_BYTES = 6;
const ADDRESS_LENGTH = 17;
const COLON = 0x3a;
/** Behind a pair. */
const COLON_BEHIND = COLON << 16;

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
 * Writes the 6 bytes of an address as people do, `DC:2C:6E:0F:C0:3D`, to `into[at..to)` and returns the next index, or
 * -1 when there is too little room or `at` is negative; nothing is written then. Allocates nothing.
 */
export function writeAddress(address: Uint8Array, into: ViewedBytes, at: number, to: number): number {
  if (at < 0 || ADDRESS_LENGTH > to - at) return -1;
  const end = at + ADDRESS_LENGTH;
  const view = into.view;
  if (view) {
    // Each payload has one. Without a loop this takes a third of the instructions; each call writes a byte too many.
    const pairs = CAPITAL_PAIRS;
    view.setUint32(at, pairs[address[0]!]! | COLON_BEHIND, true);
    view.setUint32(at + 3, pairs[address[1]!]! | COLON_BEHIND, true);
    view.setUint32(at + 6, pairs[address[2]!]! | COLON_BEHIND, true);
    view.setUint32(at + 9, pairs[address[3]!]! | COLON_BEHIND, true);
    view.setUint32(at + 12, pairs[address[4]!]! | COLON_BEHIND, true);
    view.setUint16(at + 15, pairs[address[5]!]!, true);
    return end;
  }
  for (let i = 0; i < ADDRESS_BYTES; i++) {
    if (i > 0) into[at++] = COLON;
    at = writeHex(CAPITAL_HEX, address, i, i + 1, into, at, to);
  }
  return end;
}

/** As `writeAddress`, without colons, as it stands in topics: `DC2C6E0FC03D`. */
export function writeAddressDigits(address: Uint8Array, into: ViewedBytes, at: number, to: number): number {
  if (at < 0 || 2 * ADDRESS_BYTES > to - at) return -1;
  const view = into.view;
  if (!view) return writeHex(CAPITAL_HEX, address, 0, ADDRESS_BYTES, into, at, to);
  const pairs = CAPITAL_PAIRS;
  view.setUint32(at, pairs[address[0]!]! | (pairs[address[1]!]! << 16), true);
  view.setUint32(at + 4, pairs[address[2]!]! | (pairs[address[3]!]! << 16), true);
  view.setUint32(at + 8, pairs[address[4]!]! | (pairs[address[5]!]! << 16), true);
  return at + 2 * ADDRESS_BYTES;
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
