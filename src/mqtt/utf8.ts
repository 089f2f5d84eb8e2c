import type { ViewedBytes } from './viewed-bytes.js';

/** What `scanUtf8` found; the bits add up. */
export const enum Utf8Finding {
  /** Not well-formed: overlong, a surrogate, beyond U+10FFFF, cut short [MQTT-1.5.3-1]. */
  malformed = 1,
  /** Contains U+0000 [MQTT-1.5.3-2]. */
  nul = 2,
  /** Contains `+` or `#`. */
  wildcard = 4,
}

/**
 * 1 for each byte of ASCII but NUL, `+` and `#`. It ends behind ASCII, to save ROM: an element there is undefined, and
 * that is 0 to `&`.
 */
const PLAIN = new Uint8Array(0x80).fill(1);
PLAIN[0] = PLAIN[0x23] = PLAIN[0x2b] = 0;

/** The same in each of four bytes. */
const enum FourBytes {
  /** The first character behind `+` and `#`. */
  comma = 0x2c2c2c2c,
  highBit = -0x7f7f7f80,
}

/** Examines `bytes[from..to)` in one pass and returns `Utf8Finding` bits, 0 for plain well-formed text. */
export function scanUtf8(bytes: ViewedBytes, from: number, to: number): number {
  const view = bytes.view;
  if (view !== undefined && to - from >= 4) {
    // Letters, digits, `/`, `-` and `_` are all behind `+` and `#`: then no byte borrows, and none has its high bit.
    const last = to - 4;
    let four = view.getInt32(last);
    if ((((four - FourBytes.comma) | four) & FourBytes.highBit) === 0) {
      while (from < last) {
        four = view.getInt32(from);
        if ((((four - FourBytes.comma) | four) & FourBytes.highBit) !== 0) break;
        from += 4;
      }
      if (from >= last) return 0;
    }
  }
  const plain = PLAIN;
  let findings = 0;
  // Nearly every topic is plain: four bytes for each branch take less than half of the instructions of one by one.
  const last = to - 3;
  while (
    from < last &&
    (plain[bytes[from]!]! & plain[bytes[from + 1]!]! & plain[bytes[from + 2]!]! & plain[bytes[from + 3]!]!) !== 0
  ) {
    from += 4;
  }
  while (from < to && plain[bytes[from]!]! > 0) from++;
  while (from < to) {
    const first = bytes[from++]!;
    if (first < 0x80) {
      if (first === 0x23 || first === 0x2b) findings |= Utf8Finding.wildcard;
      else if (first === 0) findings |= Utf8Finding.nul;
      continue;
    }
    if (first < 0xc2 || first > 0xf4) return findings | Utf8Finding.malformed;
    let following = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (from + following > to) return findings | Utf8Finding.malformed;
    const second = bytes[from]!;
    if (
      (first === 0xe0 && second < 0xa0) ||
      (first === 0xed && second > 0x9f) ||
      (first === 0xf0 && second < 0x90) ||
      (first === 0xf4 && second > 0x8f)
    ) {
      return findings | Utf8Finding.malformed;
    }
    while (following-- > 0) {
      if ((bytes[from++]! & 0xc0) !== 0x80) return findings | Utf8Finding.malformed;
    }
  }
  return findings;
}

const EMPTY = new Uint8Array(0);

/**
 * Encodes text as UTF-8, for topics and settings at start-up.
 * Throws a RangeError for an unpaired surrogate [MQTT-1.5.3-1].
 */
export function encodeUtf8(text: string): Uint8Array {
  if (text === '') return EMPTY;
  const bytes = new Uint8Array(text.length * 3);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code >= 0xd800 && code < 0xe000) {
      throw new RangeError('unpaired surrogate at index ' + i);
    }
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    let following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    bytes[at++] = (0xff00 >> (following + 1)) | (code >> (6 * following));
    while (following-- > 0) bytes[at++] = 0x80 | ((code >> (6 * following)) & 0x3f);
    if (code > 0xffff) i++;
  }
  // eslint-disable-next-line no-restricted-syntax -- runs at start-up
  return bytes.slice(0, at);
}
