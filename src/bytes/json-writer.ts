import { encodeUtf8 } from '../mqtt/utf8.js';
import { writeDecimal } from './decimal.js';
import type { JsonValue } from './json-reader.js';

// JSON into ranges of bytes. There are two ways to it: functions without state, for payloads whose form is known and
// whose keys are encoded with their quotes and colon, and `JsonWriter`, which sets commas itself, for values of any
// form.
//
// Each function writes to `into[at..to)` and returns the next index, or -1 when there is too little room; an index that
// is negative already, for what did not fit before, passes through. They allocate nothing.

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const BACKSLASH = 0x5c;
const SPACE = 0x20;

export const TRUE = encodeUtf8('true');
export const FALSE = encodeUtf8('false');
export const NULL = encodeUtf8('null');
/** How a control character begins. */
const CONTROL = encodeUtf8('\\u00');

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

/** A byte of a string's UTF-8, escaped as it must be. */
function putEscaped(byte: number, into: Uint8Array, at: number, to: number): number {
  if (byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH) return putByte(byte, into, at, to);
  if (byte >= SPACE) return putByte(byte, into, putByte(BACKSLASH, into, at, to), to);
  at = put(CONTROL, into, at, to);
  at = putByte(0x30 + (byte >> 4), into, at, to);
  const digit = byte & 15;
  return putByte((digit < 10 ? 0x30 : 0x57) + digit, into, at, to);
}

/** A comma, the key and the UTF-8 text as a string. */
export function writeText(key: Uint8Array, text: Uint8Array, into: Uint8Array, at: number, to: number): number {
  at = putByte(COMMA, into, at, to);
  return putString(text, into, put(key, into, at, to), to);
}

/** The UTF-8 text as a string. */
export function putString(text: Uint8Array, into: Uint8Array, at: number, to: number): number {
  return putByte(QUOTE, into, putText(text, 0, text.length, into, putByte(QUOTE, into, at, to), to), to);
}

/** What stands within the quotes of a string: `text[from..end)`, escaped as it must be. */
function putText(text: Uint8Array, from: number, end: number, into: Uint8Array, at: number, to: number): number {
  for (let i = from; i < end; i++) {
    const byte = text[i]!;
    if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) {
      at = putEscaped(byte, into, at, to);
    } else {
      // As `putByte`, which takes three times as long to call.
      if (at < 0 || at >= to) return -1;
      into[at] = byte;
      at++;
    }
  }
  return at;
}

/**
 * Writes one JSON text into a fixed range of bytes. Commas come by themselves. What does not fit sets `overflow`, and
 * nothing more is written then. Allocates nothing, but for `string`.
 */
export class JsonWriter {
  bytes: Uint8Array;
  /** The next byte goes to `bytes[at]`; none goes to `bytes[to]` or behind. */
  at = 0;
  to = 0;
  overflow = false;

  /** A value was written, so that a comma stands before the next. */
  private comma = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Begins anew, in `bytes[from..to)`. */
  reset(from: number, to: number): void {
    this.at = from;
    this.to = to;
    this.overflow = false;
    this.comma = false;
  }

  openObject(): void {
    this.begin();
    this.put(0x7b);
  }

  closeObject(): void {
    this.put(0x7d);
    this.comma = true;
  }

  openArray(): void {
    this.begin();
    this.put(0x5b);
  }

  closeArray(): void {
    this.put(0x5d);
    this.comma = true;
  }

  /** The name of the next member: UTF-8 that needs no escape. */
  name(name: Uint8Array): void {
    this.begin();
    this.put(QUOTE);
    this.copy(name, 0, name.length);
    this.put(QUOTE);
    this.put(0x3a);
  }

  /** At most `decimals` digits behind the point, 0 to 6. NaN, and what is beyond 2^53 - 1, becomes null. */
  number(value: number, decimals: number): void {
    if (!(Math.abs(value) <= 9007199254740991)) return this.raw(NULL);
    this.begin();
    this.digits(value, decimals);
    this.comma = true;
  }

  boolean(value: boolean): void {
    this.raw(value ? TRUE : FALSE);
  }

  null(): void {
    this.raw(NULL);
  }

  /** A value that is JSON already. */
  raw(json: Uint8Array): void {
    this.rawRange(json, 0, json.length);
  }

  /** The same from `bytes[from..to)`. */
  rawRange(bytes: Uint8Array, from: number, to: number): void {
    this.begin();
    this.copy(bytes, from, to);
    this.comma = true;
  }

  /** The string of this UTF-8, escaped as it must be. */
  text(text: Uint8Array): void {
    this.openText();
    this.part(text);
    this.closeText();
  }

  /** The same from a string, for configuration; half a surrogate pair throws a RangeError. Allocates. */
  string(text: string): void {
    this.text(encodeUtf8(text));
  }

  /** Begins a string that is put together from `part`, `partNumber` and `partText`. */
  openText(): void {
    this.begin();
    this.put(QUOTE);
  }

  closeText(): void {
    this.put(QUOTE);
    this.comma = true;
  }

  part(text: Uint8Array): void {
    this.partRange(text, 0, text.length);
  }

  /** As `part`, of `bytes[from..to)`. */
  partRange(bytes: Uint8Array, from: number, to: number): void {
    if (!this.overflow) this.advance(putText(bytes, from, to, this.bytes, this.at, this.to));
  }

  partNumber(value: number): void {
    this.digits(value, 0);
  }

  /**
   * At most `most` characters of the JSON string content `value.bytes[from..to)`, which is well-formed. What is longer
   * ends with three points.
   */
  partText(value: JsonValue, from: number, to: number, most: number): void {
    const bytes = value.bytes;
    for (let count = 0; from < to; count++) {
      if (count === most) {
        for (let i = 0; i < 3; i++) this.put(0x2e);
        return;
      }
      // Whole as it stands, so the escapes of the source stay what they are.
      const next = value.character(from);
      this.copy(bytes, from, next);
      from = next;
    }
  }

  /** Bytes as they are, without a comma before them or behind. */
  fragment(bytes: Uint8Array): void {
    this.copy(bytes, 0, bytes.length);
    this.comma = false;
  }

  /** Where a writer of bytes (`writeHealthJson`) may put a value. */
  beginValue(): void {
    this.begin();
  }

  /** It wrote `length` bytes from `at` on; negative: it did not fit. */
  endValue(length: number): void {
    if (length < 0) this.overflow = true;
    else if (!this.overflow) this.at += length;
    this.comma = true;
  }

  private begin(): void {
    if (this.comma) this.put(COMMA);
    this.comma = false;
  }

  private digits(value: number, decimals: number): void {
    if (this.overflow) return;
    this.advance(writeDecimal(value, decimals, this.bytes, this.at, this.to));
  }

  /** A function has written up to `end`, or has found no room. */
  private advance(end: number): void {
    if (end < 0) this.overflow = true;
    else if (!this.overflow) this.at = end;
  }

  private copy(bytes: Uint8Array, from: number, to: number): void {
    if (to - from > this.to - this.at) this.overflow = true;
    if (this.overflow) return;
    if (from === 0 && to === bytes.length) {
      this.bytes.set(bytes, this.at);
      this.at += to;
      return;
    }
    for (let i = from; i < to; i++) this.bytes[this.at++] = bytes[i]!;
  }

  private put(byte: number): void {
    if (this.at >= this.to) this.overflow = true;
    if (!this.overflow) this.bytes[this.at++] = byte;
  }
}
