/** What `scanUtf8` found; the bits add up. */
export const enum Utf8Finding {
  /** Not well-formed: overlong, a surrogate, beyond U+10FFFF, cut short [MQTT-1.5.3-1]. */
  malformed = 1,
  /** Contains U+0000 [MQTT-1.5.3-2]. */
  nul = 2,
  /** Contains `+` or `#`. */
  wildcard = 4,
}

/** Examines `bytes[from..to)` in one pass and returns `Utf8Finding` bits, 0 for plain well-formed text. */
export function scanUtf8(bytes: Uint8Array, from: number, to: number): number {
  let findings = 0;
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

/**
 * Encodes text as UTF-8, for topics and settings at start-up.
 * Throws a RangeError for a surrogate without its partner [MQTT-1.5.3-1].
 */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = codePointAt(text, i);
    if (code < 0x80) {
      bytes[at++] = code;
    } else if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else if (code < 0x10000) {
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else {
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
      i++;
    }
  }
  return bytes.slice(0, at);
}

function codePointAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  const next = index + 1 < text.length ? text.charCodeAt(index + 1) : 0;
  if (unit > 0xdbff || next < 0xdc00 || next > 0xdfff) {
    throw new RangeError('text has a surrogate without its partner at index ' + index);
  }
  return 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
}
