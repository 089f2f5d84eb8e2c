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
function skipSpace(bytes: Uint8Array, at: number, to: number): number {
  while (at < to) {
    const byte = bytes[at]!;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at;
    at++;
  }
  return to;
}

/** The value of a hexadecimal digit, or -1. */
function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - Character.zero;
  const small = byte | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : -1;
}

/** What a backslash makes of the byte behind it, but for `u`; -1 when it may not stand there. */
function unescaped(byte: number): number {
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

function isDigit(byte: number): boolean {
  return byte >= Character.zero && byte <= Character.nine;
}

const TEXTS: readonly Uint8Array[] = [
  'well-formed',
  'empty',
  'unexpected byte',
  'unexpected end',
  'control character in a string',
  'bad escape in a string',
  'nested too deeply',
  'string is not UTF-8',
  'unexpected byte after the value',
].map(encodeUtf8);

/** What is wrong, in ASCII, for people. */
export function jsonFaultText(fault: JsonFault): Uint8Array {
  return TEXTS[fault]!;
}

/** What a JSON value is. */
export const enum JsonKind {
  /** There is none. */
  none = 0,
  object = 1,
  array = 2,
  text = 3,
  number = 4,
  true = 5,
  false = 6,
  null = 7,
}

const NOTHING = new Uint8Array(0);
/** More digits than this could make a mantissa that is no exact number. */
const MANTISSA = 900719925474098;
/** Far beyond what a number can be. */
const MOST_EXPONENT = 100000;

/**
 * A look at one value of a JSON text, in place: the bytes must have passed `JsonCheck`, and stay as they are while it
 * is used. One object serves many values. Allocates nothing, but for `toText`.
 */
export class JsonValue {
  /** The value is `bytes[from..to)`; empty when there is none. */
  bytes: Uint8Array = NOTHING;
  from = 0;
  to = 0;
  /** Of a member: its name, without quotes, is `bytes[nameFrom..nameTo)`. */
  nameFrom = 0;
  nameTo = 0;

  /** Where the object ends whose members are walked. */
  private end = 0;
  /** The code point that `character` has read. */
  private code = 0;

  /** The value in `bytes[from..to)`, which may have space around it. */
  point(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.from = skipSpace(bytes, from, to);
    this.to = this.from < to ? valueEnd(bytes, this.from, to) : this.from;
  }

  /** No value. */
  clear(): void {
    this.point(NOTHING, 0, 0);
  }

  get kind(): JsonKind {
    if (this.from === this.to) return JsonKind.none;
    switch (this.bytes[this.from]) {
      case 0x7b:
        return JsonKind.object;
      case 0x5b:
        return JsonKind.array;
      case Character.quote:
        return JsonKind.text;
      case 0x74:
        return JsonKind.true;
      case 0x66:
        return JsonKind.false;
      case 0x6e:
        return JsonKind.null;
      default:
        return JsonKind.number;
    }
  }

  /**
   * Becomes the member `name` (UTF-8) of `object`, of several the last one, as with `JSON.parse`. False, and no value,
   * when there is none or `object` is none.
   */
  member(object: JsonValue, name: Uint8Array): boolean {
    let from = -1;
    let to = -1;
    for (let found = this.first(object); found; found = this.next()) {
      if (!this.nameIs(name)) continue;
      from = this.from;
      to = this.to;
    }
    if (from < 0) {
      this.clear();
      return false;
    }
    this.from = from;
    this.to = to;
    return true;
  }

  /** Becomes the first member of `object`. False when there is none or it is no object. `next` goes on. */
  first(object: JsonValue): boolean {
    if (object.kind !== JsonKind.object) return false;
    this.bytes = object.bytes;
    this.end = object.to;
    return this.walk(object.from + 1);
  }

  /** Becomes the next member; false when there is none. */
  next(): boolean {
    const at = skipSpace(this.bytes, this.to, this.end);
    return this.bytes[at] === 0x2c && this.walk(at + 1);
  }

  /**
   * The number, NaN when the value is none. As `JSON.parse` gives it for up to 15 digits with an exponent of up to 22;
   * beyond that the last digits may differ.
   */
  get number(): number {
    if (this.kind !== JsonKind.number) return NaN;
    const { bytes, to } = this;
    let at = this.from;
    const negative = bytes[at] === 0x2d;
    if (negative) at++;
    let mantissa = 0;
    let exponent = 0;
    let behindPoint = false;
    for (; at < to; at++) {
      const byte = bytes[at]!;
      if (byte === 0x2e) {
        behindPoint = true;
        continue;
      }
      if (!isDigit(byte)) break;
      if (mantissa < MANTISSA) {
        mantissa = mantissa * 10 + byte - 0x30;
        if (behindPoint) exponent--;
      } else if (!behindPoint) {
        exponent++;
      }
    }
    if (at < to) exponent += this.exponent(at + 1);
    const value = mantissa === 0 ? 0 : scale(mantissa, exponent);
    return negative ? -value : value;
  }

  /** True when the value is a string of this text (UTF-8), whatever is escaped in it. */
  is(text: Uint8Array): boolean {
    return this.kind === JsonKind.text && this.same(this.from + 1, this.to - 1, text);
  }

  /** True when the name of the member is this text (UTF-8), whatever is escaped in it. */
  nameIs(text: Uint8Array): boolean {
    return this.same(this.nameFrom, this.nameTo, text);
  }

  /**
   * The text of a string, for configuration; of another value its JSON; empty when there is none. A surrogate without
   * its partner becomes U+FFFD. Allocates.
   */
  toText(): string {
    if (this.kind === JsonKind.text) return this.decode(this.from + 1, this.to - 1);
    return this.decodeRaw(this.from, this.to);
  }

  /** The name of the member as `toText` gives it. */
  nameText(): string {
    return this.decode(this.nameFrom, this.nameTo);
  }

  /** Reads the character of a string at `at` and returns the index of the next; `lastCharacter` is its code point. */
  character(at: number): number {
    const bytes = this.bytes;
    const first = bytes[at]!;
    if (first === Character.backslash) return this.escape(at);
    if (first < 0x80) {
      this.code = first;
      return at + 1;
    }
    const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    let code = first & (0xff >> (size + 1));
    for (let i = 1; i < size; i++) code = (code << 6) | (bytes[at + i]! & 0x3f);
    this.code = code;
    return at + size;
  }

  /** See `character`. A surrogate without its partner is itself. */
  get lastCharacter(): number {
    return this.code;
  }

  private escape(at: number): number {
    const bytes = this.bytes;
    if (bytes[at + 1] !== Character.u) {
      this.code = unescaped(bytes[at + 1]!);
      return at + 2;
    }
    const code = fourDigits(bytes, at + 2);
    this.code = code;
    const isHigh = code >= 0xd800 && code < 0xdc00;
    if (!isHigh || bytes[at + 6] !== Character.backslash || bytes[at + 7] !== Character.u) return at + 6;
    const low = fourDigits(bytes, at + 8);
    if (low < 0xdc00 || low > 0xdfff) return at + 6;
    this.code = 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00;
    return at + 12;
  }

  /** Compares the string content `bytes[from..to)` with UTF-8. */
  private same(from: number, to: number, text: Uint8Array): boolean {
    let at = 0;
    while (from < to) {
      from = this.character(from);
      const code = this.code;
      const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      if (at + size > text.length) return false;
      for (let i = 0; i < size; i++) if (text[at++] !== utf8Byte(code, size, i)) return false;
    }
    return at === text.length;
  }

  /** Becomes the member whose name begins at `at`, after space. */
  private walk(at: number): boolean {
    const { bytes, end } = this;
    at = skipSpace(bytes, at, end);
    if (bytes[at] !== Character.quote) return false;
    const nameEnd = valueEnd(bytes, at, end);
    this.nameFrom = at + 1;
    this.nameTo = nameEnd - 1;
    // Behind the name there is a colon.
    this.from = skipSpace(bytes, skipSpace(bytes, nameEnd, end) + 1, end);
    this.to = valueEnd(bytes, this.from, end);
    return true;
  }

  private exponent(at: number): number {
    const { bytes, to } = this;
    const negative = bytes[at] === 0x2d;
    if (negative || bytes[at] === 0x2b) at++;
    let exponent = 0;
    for (; at < to; at++) if (exponent < MOST_EXPONENT) exponent = exponent * 10 + bytes[at]! - 0x30;
    return negative ? -exponent : exponent;
  }

  private decode(from: number, to: number): string {
    let text = '';
    while (from < to) {
      from = this.character(from);
      const code = this.code;
      text += String.fromCodePoint(code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    }
    return text;
  }

  private decodeRaw(from: number, to: number): string {
    let text = '';
    while (from < to) {
      const escaped = this.bytes[from] === Character.backslash;
      if (escaped) this.code = Character.backslash;
      from = escaped ? from + 1 : this.character(from);
      text += String.fromCodePoint(this.code);
    }
    return text;
  }
}

/** The index behind the value that begins at `at`. */
function valueEnd(bytes: Uint8Array, at: number, to: number): number {
  let depth = 0;
  while (at < to) {
    const byte = bytes[at]!;
    if (byte === Character.quote) {
      at = stringEnd(bytes, at, to);
      if (depth === 0) return at;
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) {
      depth++;
    } else if (byte === 0x7d || byte === 0x5d) {
      if (depth <= 1) return depth === 0 ? at : at + 1;
      depth--;
    } else if (depth === 0 && (byte === 0x2c || byte <= 0x20)) {
      return at;
    }
    at++;
  }
  return to;
}

/** The index behind the string that begins at `at`. */
function stringEnd(bytes: Uint8Array, at: number, to: number): number {
  for (at++; at < to; at++) {
    if (bytes[at] === Character.backslash) at++;
    else if (bytes[at] === Character.quote) return at + 1;
  }
  return to;
}

function fourDigits(bytes: Uint8Array, at: number): number {
  let code = 0;
  for (let i = 0; i < 4; i++) code = code * 16 + hexDigit(bytes[at + i]!);
  return code;
}

/** Byte number `i` of the `size` that a code point takes in UTF-8. */
function utf8Byte(code: number, size: number, i: number): number {
  if (size === 1) return code;
  if (i === 0) return ((0xff00 >> size) & 0xff) | (code >> (6 * (size - 1)));
  return 0x80 | ((code >> (6 * (size - 1 - i))) & 0x3f);
}

/** `mantissa` times 10 to the power of `exponent`: exact steps as far as powers of ten are exact numbers. */
function scale(mantissa: number, exponent: number): number {
  let value = mantissa;
  let left = exponent < 0 ? -exponent : exponent;
  while (left > 0 && value !== 0 && value !== Infinity) {
    const step = left > 22 ? 22 : left;
    let power = 1;
    for (let i = 0; i < step; i++) power *= 10;
    value = exponent < 0 ? value / power : value * power;
    left -= step;
  }
  return value;
}
