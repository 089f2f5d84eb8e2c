import { encodeUtf8, scanUtf8, Utf8Finding } from '../mqtt/utf8.js';

/** What is wrong with a JSON text. */
export const enum JsonFault {
  none = 0,
  /** Nothing but space. */
  empty = 1,
  /** A byte that cannot stand there. */
  unexpected = 2,
  /** The text ends inside a value. */
  cutShort = 3,
  /** A control character inside a string. */
  control = 4,
  /** A backslash with what it may not escape. */
  escape = 5,
  /** Nested deeper than `JSON_DEPTH`. */
  deep = 6,
  /** A string that is not well-formed UTF-8; the place is that of its opening quote. */
  utf8 = 7,
  /** Something behind the value. */
  more = 8,
}

/** Objects and arrays that may lie in each other. */
export const JSON_DEPTH = 16;

const enum Character {
  quote = 0x22,
  plus = 0x2b,
  comma = 0x2c,
  minus = 0x2d,
  point = 0x2e,
  zero = 0x30,
  nine = 0x39,
  colon = 0x3a,
  capitalE = 0x45,
  openArray = 0x5b,
  backslash = 0x5c,
  closeArray = 0x5d,
  e = 0x65,
  f = 0x66,
  n = 0x6e,
  t = 0x74,
  u = 0x75,
  openObject = 0x7b,
  closeObject = 0x7d,
}

/**
 * Checks in one pass and in place whether bytes are one JSON text (RFC 8259), without recursion. Allocates nothing; one
 * object serves many texts. It is as strict as `JSON.parse`, and also refuses ill-formed UTF-8 and deep nesting.
 */
export class JsonCheck {
  /** Of the last text. */
  fault: JsonFault = JsonFault.none;
  /** Index of the byte at which it went wrong. */
  at = 0;

  /** True when `bytes[from..to)` is one JSON value with nothing but space around it; else `fault` and `at` tell. */
  check(bytes: Uint8Array, from: number, to: number): boolean {
    this.fault = JsonFault.none;
    let depth = 0;
    /** One bit for each open object or array, the innermost last: 1 is an object. */
    let objects = 0;
    let at = skipSpace(bytes, from, to);
    if (at === to) return this.refuse(JsonFault.empty, at);
    for (;;) {
      at = skipSpace(bytes, at, to);
      if (at === to) return this.refuse(JsonFault.cutShort, at);
      const first = bytes[at]!;
      if (first === Character.openObject || first === Character.openArray) {
        if (depth === JSON_DEPTH) return this.refuse(JsonFault.deep, at);
        const isObject = first === Character.openObject;
        at = skipSpace(bytes, at + 1, to);
        if (at < to && bytes[at] === (isObject ? Character.closeObject : Character.closeArray)) {
          at++;
        } else {
          depth++;
          objects = (objects << 1) | (isObject ? 1 : 0);
          if (isObject && (at = this.key(bytes, at, to)) < 0) return false;
          continue;
        }
      } else if ((at = this.scalar(bytes, at, to)) < 0) {
        return false;
      }
      // A value has ended: so may what it lies in.
      for (;;) {
        at = skipSpace(bytes, at, to);
        if (depth === 0) return at === to || this.refuse(JsonFault.more, at);
        if (at === to) return this.refuse(JsonFault.cutShort, at);
        const isObject = (objects & 1) === 1;
        const byte = bytes[at]!;
        if (byte === Character.comma) {
          at++;
          if (isObject && (at = this.key(bytes, skipSpace(bytes, at, to), to)) < 0) return false;
          break;
        }
        if (byte !== (isObject ? Character.closeObject : Character.closeArray)) {
          return this.refuse(JsonFault.unexpected, at);
        }
        at++;
        depth--;
        objects >>= 1;
      }
    }
  }

  private refuse(fault: JsonFault, at: number): false {
    this.fault = fault;
    this.at = at;
    return false;
  }

  /** As `refuse`, for what returns an index. */
  private stop(fault: JsonFault, at: number): number {
    this.fault = fault;
    this.at = at;
    return -1;
  }

  /** The place where a byte is wrong, or missing. */
  private wrong(at: number, to: number): number {
    return this.stop(at < to ? JsonFault.unexpected : JsonFault.cutShort, at);
  }

  /** A name and its colon. Returns the index behind them, or -1, as the other methods do. */
  private key(bytes: Uint8Array, at: number, to: number): number {
    if (at >= to || bytes[at] !== Character.quote) return this.wrong(at, to);
    at = this.string(bytes, at, to);
    if (at < 0) return -1;
    at = skipSpace(bytes, at, to);
    return at < to && bytes[at] === Character.colon ? at + 1 : this.wrong(at, to);
  }

  private scalar(bytes: Uint8Array, at: number, to: number): number {
    switch (bytes[at]) {
      case Character.quote:
        return this.string(bytes, at, to);
      case Character.t:
        return this.literal(TRUE, bytes, at, to);
      case Character.f:
        return this.literal(FALSE, bytes, at, to);
      case Character.n:
        return this.literal(NULL, bytes, at, to);
      default:
        return this.number(bytes, at, to);
    }
  }

  private string(bytes: Uint8Array, open: number, to: number): number {
    let plain = true;
    for (let at = open + 1; at < to; at++) {
      const byte = bytes[at]!;
      if (byte === Character.quote) {
        const malformed = !plain && (scanUtf8(bytes, open + 1, at) & Utf8Finding.malformed) !== 0;
        return malformed ? this.stop(JsonFault.utf8, open) : at + 1;
      }
      if (byte < 0x20) return this.stop(JsonFault.control, at);
      if (byte >= 0x80) plain = false;
      if (byte !== Character.backslash) continue;
      if (++at === to) break;
      const escaped = bytes[at]!;
      if (escaped === Character.u) {
        for (let digit = 0; digit < 4; digit++) {
          if (++at === to) return this.stop(JsonFault.cutShort, to);
          if (hexDigit(bytes[at]!) < 0) return this.stop(JsonFault.escape, at);
        }
      } else if (unescaped(escaped) < 0) {
        return this.stop(JsonFault.escape, at);
      }
    }
    return this.stop(JsonFault.cutShort, to);
  }

  private literal(text: Uint8Array, bytes: Uint8Array, at: number, to: number): number {
    for (let i = 0; i < text.length; i++, at++) if (at === to || bytes[at] !== text[i]) return this.wrong(at, to);
    return at;
  }

  private number(bytes: Uint8Array, at: number, to: number): number {
    if (bytes[at] === Character.minus) at++;
    if (at < to && bytes[at] === Character.zero) at++;
    else if ((at = this.digits(bytes, at, to)) < 0) return -1;
    if (at < to && bytes[at] === Character.point && (at = this.digits(bytes, at + 1, to)) < 0) return -1;
    if (at < to && (bytes[at] === Character.e || bytes[at] === Character.capitalE)) {
      at++;
      if (at < to && (bytes[at] === Character.plus || bytes[at] === Character.minus)) at++;
      at = this.digits(bytes, at, to);
    }
    return at;
  }

  /** One digit or more. */
  private digits(bytes: Uint8Array, at: number, to: number): number {
    if (at >= to || !isDigit(bytes[at]!)) return this.wrong(at, to);
    while (at < to && isDigit(bytes[at]!)) at++;
    return at;
  }
}

const TRUE = new Uint8Array([0x74, 0x72, 0x75, 0x65]);
const FALSE = new Uint8Array([0x66, 0x61, 0x6c, 0x73, 0x65]);
const NULL = new Uint8Array([0x6e, 0x75, 0x6c, 0x6c]);

/** The index of the first byte of `bytes[at..to)` that is no JSON white space, or `to`. */
export function skipSpace(bytes: Uint8Array, at: number, to: number): number {
  while (at < to) {
    const byte = bytes[at]!;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
  return to;
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - Character.zero;
  const small = byte | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : -1;
}

/** What a backslash makes of the byte behind it, but for `u`; -1 when it may not stand there. */
export function unescaped(byte: number): number {
  switch (byte) {
    case Character.quote:
    case Character.backslash:
    case 0x2f:
      return byte;
    case 0x62:
      return 0x08;
    case Character.f:
      return 0x0c;
    case Character.n:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case Character.t:
      return 0x09;
    default:
      return -1;
  }
}

export function isDigit(byte: number): boolean {
  return byte >= Character.zero && byte <= Character.nine;
}

const TEXTS: readonly Uint8Array[] = [
  'it is well-formed',
  'it is empty',
  'unexpected byte',
  'it ends too early',
  'control character in a string',
  'bad escape in a string',
  'nested too deep',
  'string that is not UTF-8',
  'something behind the value',
].map(encodeUtf8);

/** What is wrong, in ASCII, for people. */
export function jsonFaultText(fault: JsonFault): Uint8Array {
  return TEXTS[fault]!;
}
