import { asciiBytes } from '../ascii.js';

/** What the scheme byte stands for (eddystone-url, "URL Scheme Prefix"). */
const schemes: readonly Uint8Array[] = [
  asciiBytes('http://www.'),
  asciiBytes('https://www.'),
  asciiBytes('http://'),
  asciiBytes('https://'),
];

/** What a byte from 00 to 0D stands for (eddystone-url, "HTTP URL encoding"). */
const expansions: readonly Uint8Array[] = [
  asciiBytes('.com/'),
  asciiBytes('.org/'),
  asciiBytes('.edu/'),
  asciiBytes('.net/'),
  asciiBytes('.info/'),
  asciiBytes('.biz/'),
  asciiBytes('.gov/'),
  asciiBytes('.com'),
  asciiBytes('.org'),
  asciiBytes('.edu'),
  asciiBytes('.net'),
  asciiBytes('.info'),
  asciiBytes('.biz'),
  asciiBytes('.gov'),
];

/** The longest URL that 17 encoded bytes expand to. */
export const MAX_URL_LENGTH = 12 + 17 * 6;

/**
 * True when `bytes[from..to)` is a known scheme and an encoded URL: printable ASCII without space, and the
 * expansions 00 to 0D; all other bytes are reserved.
 */
export function isEddystoneUrl(bytes: Uint8Array, from: number, to: number): boolean {
  if (from >= to || bytes[from]! >= schemes.length) return false;
  for (let i = from + 1; i < to; i++) {
    const byte = bytes[i]!;
    if (byte >= expansions.length && (byte <= 0x20 || byte >= 0x7f)) return false;
  }
  return true;
}

/**
 * Writes the URL of an identity of kind `IdentityKind.url`, which is the first `length` bytes of `identity`, to
 * `into[at..to)` as ASCII. Returns the index behind it, or -1 when it does not fit or is no such identity.
 */
export function writeEddystoneUrl(
  identity: Uint8Array,
  length: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  if (!isEddystoneUrl(identity, 0, length)) return -1;
  const scheme = schemes[identity[0]!]!;
  if (scheme.length > to - at) return -1;
  into.set(scheme, at);
  at += scheme.length;
  for (let i = 1; i < length; i++) {
    const byte = identity[i]!;
    if (byte < expansions.length) {
      const expansion = expansions[byte]!;
      if (expansion.length > to - at) return -1;
      into.set(expansion, at);
      at += expansion.length;
    } else {
      if (at >= to) return -1;
      into[at++] = byte;
    }
  }
  return at;
}
