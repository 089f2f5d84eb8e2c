import { encodeUtf8 } from '../mqtt/utf8.js';

const ALPHABET = encodeUtf8('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PAD = 0x3d;

/**
 * Writes the Base64 of `bytes[from..end)`, padded (RFC 4648, 4), to `into[at..to)` and returns the next index, or -1
 * when there is too little room or `at` is negative; nothing is written then. Allocates nothing.
 */
export function writeBase64(
  bytes: Uint8Array,
  from: number,
  end: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  const groups = Math.ceil((end - from) / 3);
  if (at < 0 || 4 * groups > to - at) return -1;
  for (let i = from; i < end; i += 3) {
    const bits = (bytes[i]! << 16) | (i + 1 < end ? bytes[i + 1]! << 8 : 0) | (i + 2 < end ? bytes[i + 2]! : 0);
    into[at++] = ALPHABET[bits >> 18]!;
    into[at++] = ALPHABET[(bits >> 12) & 63]!;
    into[at++] = i + 1 < end ? ALPHABET[(bits >> 6) & 63]! : PAD;
    into[at++] = i + 2 < end ? ALPHABET[bits & 63]! : PAD;
  }
  return at;
}

/**
 * The bytes of a padded Base64 text (RFC 4648, 4), or undefined for what is none: another character, a missing or
 * misplaced pad, or bits behind the last byte. Allocates; for configuration.
 */
export function parseBase64(text: string): Uint8Array | undefined {
  const length = text.length;
  if (length % 4 !== 0) return undefined;
  let pads = 0;
  if (length > 0 && text.charCodeAt(length - 1) === PAD) pads = text.charCodeAt(length - 2) === PAD ? 2 : 1;
  const bytes = new Uint8Array((length / 4) * 3 - pads);
  let at = 0;
  let bits = 0;
  for (let i = 0; i < length - pads; i++) {
    const value = ALPHABET.indexOf(text.charCodeAt(i));
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffffff;
    if (i % 4 === 0) continue;
    const over = 6 - 2 * (i % 4);
    if (at < bytes.length) bytes[at++] = (bits >> over) & 0xff;
  }
  const unused = pads === 2 ? 0x0f : pads === 1 ? 0x03 : 0;
  return (bits & unused) === 0 ? bytes : undefined;
}
