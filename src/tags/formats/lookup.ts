import type { Format, Match, Source } from './format.js';
import { formats } from './index.js';

const BUCKETS = 64;
const END = 0xff;

/** All matches of all formats, in the order of the table. */
const matches: Match[] = [];
const owners: Format[] = [];
/** Index of a bucket's first match, and of the next in the same bucket. */
const first = new Uint8Array(BUCKETS).fill(END);
const next = new Uint8Array(255).fill(END);

for (let i = formats.length - 1; i >= 0; i--) {
  const format = formats[i]!;
  for (let j = format.matches.length - 1; j >= 0; j--) {
    const match = format.matches[j]!;
    const at = matches.length;
    if (at >= END) throw new RangeError('more than ' + END + ' matches of formats');
    const bucket = bucketOf(match.source, match.id);
    matches[at] = match;
    owners[at] = format;
    next[at] = first[bucket]!;
    first[bucket] = at;
  }
}

/**
 * The next match for a structure of this source and id: of the first call with -1, then with what it returned, in the
 * order of `formats`; -1 when there is none left. `ownerOf` is its format.
 */
export function nextMatch(after: number, source: Source, id: number): number {
  let at = after < 0 ? first[bucketOf(source, id)]! : next[after]!;
  while (at !== END) {
    const match = matches[at]!;
    if (match.source === source && match.id === id) return at;
    at = next[at]!;
  }
  return -1;
}

/** The format of a match. */
export function ownerOf(match: number): Format {
  return owners[match]!;
}

function bucketOf(source: Source, id: number): number {
  return (id ^ (id >>> 8) ^ (id >>> 16) ^ (source * 11)) & (BUCKETS - 1);
}
