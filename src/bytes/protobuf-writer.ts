import { writeFloat64 } from './float.js';

// Protocol Buffers (protobuf.dev/programming-guides/encoding) into ranges of bytes, for fields 1 to 15.
//
// Each function writes to `into[at..to)` and returns the next index, or -1 when there is too little room; an index that
// is negative already passes through. They allocate nothing.

/** Wire types. */
const enum Wire {
  varint = 0,
  fixed64 = 1,
  lengthDelimited = 2,
}

const TWO_32 = 0x100000000;

/** A field of an unsigned number up to 2^53 - 1 (uint32, uint64). */
export function putUnsignedField(field: number, value: number, into: Uint8Array, at: number, to: number): number {
  at = putTag(field, Wire.varint, into, at, to);
  return putVarint(Math.floor(value / TWO_32), value >>> 0, into, at, to);
}

/** The same for a number of either sign, -(2^53 - 1) to 2^53 - 1, in two's complement of 64 bits (int64). */
export function putSignedField(field: number, value: number, into: Uint8Array, at: number, to: number): number {
  at = putTag(field, Wire.varint, into, at, to);
  const magnitude = Math.abs(value);
  let high = Math.floor(magnitude / TWO_32);
  let low = magnitude >>> 0;
  if (value < 0) {
    low = -low >>> 0;
    high = low === 0 ? -high >>> 0 : ~high >>> 0;
  }
  return putVarint(high, low, into, at, to);
}

export function putBooleanField(field: number, value: boolean, into: Uint8Array, at: number, to: number): number {
  at = putTag(field, Wire.varint, into, at, to);
  return putVarint(0, value ? 1 : 0, into, at, to);
}

/** A double; see `writeFloat64` for its range. */
export function putDoubleField(field: number, value: number, into: Uint8Array, at: number, to: number): number {
  at = putTag(field, Wire.fixed64, into, at, to);
  return writeFloat64(value, true, into, at, to);
}

/** `bytes[from..end)`: a string, bytes or a message. */
export function putBytesField(
  field: number,
  bytes: Uint8Array,
  from: number,
  end: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  at = putTag(field, Wire.lengthDelimited, into, at, to);
  at = putVarint(0, end - from, into, at, to);
  if (at < 0 || end - from > to - at) return -1;
  for (let i = from; i < end; i++) into[at++] = bytes[i]!;
  return at;
}

/**
 * Begins a string or a message whose length is not known yet, and returns where its content begins, for `endField`.
 */
export function beginField(field: number, into: Uint8Array, at: number, to: number): number {
  at = putTag(field, Wire.lengthDelimited, into, at, to);
  return at < 0 || at >= to ? -1 : at + 1;
}

/**
 * Ends what `beginField` began: `content` is what it returned, and the content ends at `at`. It has less than 16,384
 * bytes, and moves by one when it has more than 127.
 */
export function endField(content: number, into: Uint8Array, at: number, to: number): number {
  if (content < 0 || at < 0) return -1;
  const length = at - content;
  if (length < 0x80) {
    into[content - 1] = length;
    return at;
  }
  if (at >= to || length >= 0x4000) return -1;
  into.copyWithin(content + 1, content, at);
  into[content - 1] = (length & 0x7f) | 0x80;
  into[content] = length >> 7;
  return at + 1;
}

function putTag(field: number, wire: Wire, into: Uint8Array, at: number, to: number): number {
  if (at < 0 || at >= to) return -1;
  into[at] = (field << 3) | wire;
  return at + 1;
}

/** `high * 2^32 + low`, 7 bits a byte, the low ones first. */
function putVarint(high: number, low: number, into: Uint8Array, at: number, to: number): number {
  if (at < 0) return -1;
  while (high > 0 || low > 0x7f) {
    if (at >= to) return -1;
    into[at++] = (low & 0x7f) | 0x80;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  if (at >= to) return -1;
  into[at++] = low;
  return at;
}
