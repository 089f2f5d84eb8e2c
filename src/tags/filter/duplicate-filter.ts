import type { Heard } from '../advertisement-digest.js';
import { checkInteger } from '../check-range.js';
import { EntryIndex } from '../entry-index.js';
import { ADDRESS_SIZE, isSameAddress } from '../address.js';

/** 32-bit FNV-1a of an advertiser: the address type and the 6 bytes of the address. Unsigned. */
export function advertiserHash(address: Uint8Array, addressType: number): number {
  let hash = Math.imul(0x811c9dc5 ^ addressType, 0x01000193);
  for (let i = 0; i < ADDRESS_SIZE; i++) hash = Math.imul(hash ^ address[i]!, 0x01000193);
  return hash >>> 0;
}

/** Goes on with `hash` over `bytes[from..to)`. Unsigned. */
export function hashOn(hash: number, bytes: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

/** What becomes of repeated advertisements; the words and their meaning are RouterOS's `filter-duplicates`. */
export const enum DuplicateMode {
  /** Every advertisement counts. */
  off = 0,
  /** One for each advertiser, the last one: a new one takes the place of the one before. */
  keepNewest = 1,
  /** One for each advertiser, the first one: further ones are dropped. */
  keepOldest = 2,
  /** The first of each content of each advertiser: one that says the same again is dropped. */
  keepUnique = 3,
}

/** RouterOS's words, by `DuplicateMode`. */
export const duplicateModeNames: readonly string[] = ['off', 'keep-newest', 'keep-oldest', 'keep-unique'];

/** Size of a `DuplicateFilter`. */
export interface DuplicateFilterOptions {
  mode: DuplicateMode;
  /** Advertisers that are remembered, or contents with `keepUnique`: 1 to 4096. Default 256. */
  capacity?: number;
}

/** Bytes of an entry: the address and its type. */
const ENTRY_SIZE = ADDRESS_SIZE + 1;

/**
 * Tells advertisements that were there before from new ones, in a table of fixed size. When it is full, what was not
 * heard for the longest time is forgotten, which is counted in `replaced`, and counts as new when it comes again.
 *
 * With `off` and `keepNewest` nothing is a duplicate: there the newest one counts, and so does every one as it comes.
 * With `keepOldest` a tag that is still remembered says nothing more, whatever it measures: that is for counting
 * who is there. Two contents of one advertiser are taken for the same when their 32-bit hashes are.
 */
export class DuplicateFilter {
  readonly mode: DuplicateMode;

  private readonly index: EntryIndex | undefined;
  private readonly advertisers: Uint8Array | undefined;

  /** Throws a RangeError that names the option, its range and the value. */
  constructor(options: DuplicateFilterOptions) {
    const capacity = options.capacity ?? 256;
    checkInteger('duplicate filter capacity', capacity, 1, 4096);
    this.mode = options.mode;
    if (this.mode !== DuplicateMode.keepOldest && this.mode !== DuplicateMode.keepUnique) return;
    this.index = new EntryIndex(capacity);
    this.advertisers = new Uint8Array(capacity * ENTRY_SIZE);
  }

  /** True when it keeps anything out: with `keepOldest` and `keepUnique`. */
  get remembers(): boolean {
    return this.index !== undefined;
  }

  /** Entries that were forgotten for lack of room. */
  get replaced(): number {
    return this.index ? this.index.replaced : 0;
  }

  /** True when the advertisement was there before; it is remembered if not. */
  isDuplicate(heard: Heard): boolean {
    const { index, advertisers } = this;
    const { address, addressType } = heard;
    if (!index || !advertisers) return false;
    let hash = advertiserHash(address, addressType);
    if (this.mode === DuplicateMode.keepUnique) hash = hashOn(hash, heard.bytes, heard.from, heard.to);
    for (let entry = index.find(hash); entry >= 0; entry = index.findNext(entry)) {
      const own = entry * ENTRY_SIZE;
      if (advertisers[own + ADDRESS_SIZE] !== addressType || !isSameAddress(advertisers, own, address, 0)) continue;
      index.renew(entry);
      return true;
    }
    const at = index.take(hash) * ENTRY_SIZE;
    for (let i = 0; i < ADDRESS_SIZE; i++) advertisers[at + i] = address[i]!;
    advertisers[at + ADDRESS_SIZE] = addressType;
    return false;
  }
}
