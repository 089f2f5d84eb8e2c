import { scanUtf8, Utf8Finding } from '../mqtt/utf8.js';

/** The text of well-formed UTF-8 in `bytes[from..to)`. For start-up and consoles: each character makes a string. */
export function decodeUtf8(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  let i = from;
  while (i < to) {
    const first = bytes[i++]!;
    let following = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = following === 0 ? first : first & (0x3f >> following);
    while (following-- > 0) code = (code << 6) | (bytes[i++]! & 0x3f);
    text += String.fromCodePoint(code);
  }
  return text;
}

/**
 * The text of `bytes`, which may be anything: each byte that is not part of well-formed UTF-8 becomes U+FFFD, or what
 * `characterOf` makes of it.
 */
export function decodeUtf8Lossy(bytes: Uint8Array, characterOf?: (byte: number) => string): string {
  const length = bytes.length;
  if ((scanUtf8(bytes, 0, length) & Utf8Finding.malformed) === 0) return decodeUtf8(bytes, 0, length);
  let text = '';
  for (let at = 0; at < length;) {
    const first = bytes[at]!;
    const end = at + (first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);
    if (end > length || scanUtf8(bytes, at, end) & Utf8Finding.malformed) {
      text += characterOf ? characterOf(first) : '\ufffd';
      at++;
    } else {
      text += decodeUtf8(bytes, at, end);
      at = end;
    }
  }
  return text;
}
