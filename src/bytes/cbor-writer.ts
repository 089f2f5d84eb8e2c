import { exponentOf, power, writeFloat32, writeFloat64 } from './float.js';

// CBOR (RFC 8949) into ranges of bytes, each item in its preferred serialization (4.1): the shortest head, and the
// shortest float that is exact.
//
// Each function writes to `into[at..to)` and returns the next index, or -1 when there is too little room; an index that
// is negative already passes through. They allocate nothing.

/** The major types that are written by their head alone (RFC 8949, 3.1). */
export const enum CborType {
  unsigned = 0,
  negative = 1,
  text = 3,
  array = 4,
  map = 5,
}

const FALSE = 0xf4;
const TRUE = 0xf5;
const FLOAT_16 = 0xf9;
const FLOAT_32 = 0xfa;
const FLOAT_64 = 0xfb;
const TWO_32 = 0x100000000;
const MAX_WHOLE = 9007199254740991;

/** The head of an item: its type, and a number up to 2^53 - 1 (a value, a length, a count). */
export function putCborHead(type: CborType, value: number, into: Uint8Array, at: number, to: number): number {
  const bytes = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : value < TWO_32 ? 4 : 8;
  if (at < 0 || 1 + bytes > to - at) return -1;
  const major = type << 5;
  if (bytes === 0) {
    into[at] = major | value;
    return at + 1;
  }
  into[at++] = major | (bytes === 1 ? 24 : bytes === 2 ? 25 : bytes === 4 ? 26 : 27);
  for (let i = at + bytes - 1; i >= at; i--) {
    into[i] = value % 256;
    value = Math.floor(value / 256);
  }
  return at + bytes;
}

/** A number: an integer when it is whole and at most 2^53 - 1 in magnitude, else a float. It must be finite. */
export function putCborNumber(value: number, into: Uint8Array, at: number, to: number): number {
  if (value % 1 === 0 && Math.abs(value) <= MAX_WHOLE) {
    if (value >= 0) return putCborHead(CborType.unsigned, value, into, at, to);
    return putCborHead(CborType.negative, -1 - value, into, at, to);
  }
  if (at < 0 || at >= to) return -1;
  const exponent = exponentOf(value);
  if (Math.fround(value) !== value || exponent < -126) {
    into[at] = FLOAT_64;
    return writeFloat64(value, false, into, at + 1, to);
  }
  // The significand of a half has 10 bits behind the point, and its last bit is worth 2^-24 at least.
  const significand = (Math.abs(value) / power(exponent)) * 1024;
  if (exponent > 15 || exponent < -14 || significand % 1 !== 0) {
    into[at] = FLOAT_32;
    return writeFloat32(value, into, at + 1, to);
  }
  if (3 > to - at) return -1;
  const half = (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | (significand - 1024);
  into[at] = FLOAT_16;
  into[at + 1] = half >> 8;
  into[at + 2] = half;
  return at + 3;
}

export function putCborBoolean(value: boolean, into: Uint8Array, at: number, to: number): number {
  if (at < 0 || at >= to) return -1;
  into[at] = value ? TRUE : FALSE;
  return at + 1;
}

/**
 * Turns `into[at + 1..end)`, UTF-8 of at most 255 bytes that was written behind one byte of room, into a text string
 * and returns the index behind it. Negative `end`: the text had no room.
 */
export function endCborText(into: Uint8Array, at: number, end: number, to: number): number {
  return endCborItem(CborType.text, end - at - 1, into, at, end, to);
}

/**
 * Puts the head of an item (type and `value`, at most 255) before what was written to `into[at + 1..end)`, which moves
 * when the head needs a second byte. Returns the new end.
 */
export function endCborItem(
  type: CborType,
  value: number,
  into: Uint8Array,
  at: number,
  end: number,
  to: number,
): number {
  if (at < 0 || end < 0 || end > to) return -1;
  if (value >= 24) {
    if (end >= to) return -1;
    into.copyWithin(at + 2, at + 1, end);
    end++;
  }
  putCborHead(type, value, into, at, to);
  return end;
}
