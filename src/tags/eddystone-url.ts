import { asciiBytes } from './formats/bytes.js';
import { isEddystoneUrl, UrlCode } from './formats/eddystone.js';

/*
 * The text of a URL that Eddystone-URL sends: a file of its own, because boards that only decode do without.
 */

/** What the scheme byte stands for, and behind them what a byte from 00 to 0D does, each between bars. */
const TEXTS = asciiBytes(
  '|http://www.|https://www.|http://|https://' +
    '|.com/|.org/|.edu/|.net/|.info/|.biz/|.gov/|.com|.org|.edu|.net|.info|.biz|.gov|',
);
const BAR = 0x7c;

/** The longest URL that 17 encoded bytes expand to. */
export const MAX_URL_LENGTH = 12 + 17 * 6;

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
  at = writeText(identity[0]!, into, at, to);
  for (let i = 1; i < length && at >= 0; i++) {
    const byte = identity[i]!;
    if (byte < UrlCode.endings) {
      at = writeText(UrlCode.schemes + byte, into, at, to);
    } else {
      if (at >= to) return -1;
      into[at++] = byte;
    }
  }
  return at;
}

/** Writes one of the TEXTS by its number. Returns the index behind it, or -1 when it does not fit. */
function writeText(index: number, into: Uint8Array, at: number, to: number): number {
  let from = 0;
  for (let left = index; left >= 0; from++) if (TEXTS[from] === BAR) left--;
  for (; TEXTS[from] !== BAR; from++) {
    if (at >= to) return -1;
    into[at++] = TEXTS[from]!;
  }
  return at;
}
