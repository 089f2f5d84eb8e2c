import type { Heard } from './advertisement-digest.js';
import { checkInteger } from './check-range.js';
import { EntryIndex } from './entry-index.js';
import { advertiserHash, DuplicateMode, hashOn } from './filter/duplicate-filter.js';
import { ADDRESS_SIZE, isSameAddress } from './tag-places.js';

/** Size of an `AdvertisementRing`. */
export interface AdvertisementRingOptions {
  /** Advertisements that are kept, 1 to 1024. Default 64. */
  capacity?: number;
  /** Bytes of AD structures that are kept of each, 31 to 255; the rest is cut off. Default 31. */
  maxBytes?: number;
  /** What becomes of repeated advertisements. Default: every one is kept. */
  duplicates?: DuplicateMode;
}

/**
 * The advertisements that were heard last, for people: what `/iot bluetooth scanners advertisements` prints in
 * RouterOS. When it is full the oldest is overwritten, and counted. Nothing but the constructor allocates: about 70
 * bytes for each, in two buffers.
 *
 * Entries are numbers; `oldest` and `nextNewer` go over them in the order of their times, `newest` and `nextOlder`
 * the other way. The columns are read by entry; only the ring writes them.
 *
 * Where every advertisement is kept, the entries are taken in turn, and there is nothing to be looked up.
 */
export class AdvertisementRing {
  readonly capacity: number;
  readonly maxBytes: number;
  readonly mode: DuplicateMode;
  /** Advertisements that were dropped as repeated ones (`keepOldest`, `keepUnique`). */
  dropped = 0;
  /** Advertisements whose place was taken by a newer one of the same advertiser (`keepNewest`). */
  superseded = 0;

  /** Milliseconds of `Clock.now`. */
  readonly heardAt: Float64Array;
  /** Milliseconds since 1970-01-01T00:00:00Z; 0 when the time of day was not known. */
  readonly unixTime: Float64Array;
  /** Bytes on air, which may be more than are kept. */
  readonly length: Uint16Array;
  /** 1 when there was an allow list, which let it pass; else 0. */
  readonly allowed: Uint8Array;
  /** dBm; 127 when unknown. */
  readonly rssi: Int8Array;
  /** 0 public, 1 random. */
  readonly addressType: Uint8Array;
  /** Addresses, 6 bytes each in the order in which they are written. */
  readonly addresses: Uint8Array;
  /** AD structures: those of an entry are `bytes[entry * maxBytes..)`, `keptOf(entry)` of them. */
  readonly bytes: Uint8Array;

  /** Absent where entries are taken in turn; then `count` of them are taken, and the next one is `turn`. */
  private readonly index: EntryIndex | undefined;
  private count = 0;
  private turn = 0;
  private turnsLost = 0;

  /** Throws a RangeError that names the option, its range and the value. */
  constructor(options?: AdvertisementRingOptions) {
    const capacity = options?.capacity ?? 64;
    checkInteger('advertisement ring capacity', capacity, 1, 1024);
    const maxBytes = options?.maxBytes ?? 31;
    checkInteger('advertisement ring maxBytes', maxBytes, 31, 255);
    this.capacity = capacity;
    this.maxBytes = maxBytes;
    this.mode = options?.duplicates ?? DuplicateMode.off;
    if (this.mode !== DuplicateMode.off) this.index = new EntryIndex(capacity);
    // Wide ones first, so that all are aligned.
    const buffer = new ArrayBuffer(capacity * (8 + 8 + 2 + 1 + 1 + 1 + ADDRESS_SIZE + maxBytes));
    let at = 0;
    this.heardAt = new Float64Array(buffer, at, capacity);
    this.unixTime = new Float64Array(buffer, (at += 8 * capacity), capacity);
    this.length = new Uint16Array(buffer, (at += 8 * capacity), capacity);
    this.rssi = new Int8Array(buffer, (at += 2 * capacity), capacity);
    this.allowed = new Uint8Array(buffer, (at += capacity), capacity);
    this.addressType = new Uint8Array(buffer, (at += capacity), capacity);
    this.addresses = new Uint8Array(buffer, (at += capacity), capacity * ADDRESS_SIZE);
    this.bytes = new Uint8Array(buffer, at + capacity * ADDRESS_SIZE, capacity * maxBytes);
  }

  /** Advertisements that are kept. */
  get size(): number {
    return this.index ? this.index.size : this.count;
  }

  /** Advertisements that were overwritten for lack of room. */
  get overwritten(): number {
    return this.index ? this.index.replaced : this.turnsLost;
  }

  /**
   * Keeps an advertisement, heard at `now` and `unixTime` of the clock; `allowed` is true when an allow list let it
   * pass. Returns its entry, or -1 when it is a repeat.
   */
  add(heard: Heard, now: number, unixTime: number, allowed: boolean): number {
    let entry = this.turn;
    if (this.index) {
      entry = this.sought(this.index, heard);
      if (entry < 0) return -1;
    } else {
      this.turn = entry + 1 === this.capacity ? 0 : entry + 1;
      if (this.count < this.capacity) this.count++;
      else this.turnsLost++;
    }
    const bytes = heard.bytes;
    const from = heard.from;
    const length = heard.to - from;
    this.heardAt[entry] = now;
    this.unixTime[entry] = unixTime;
    this.rssi[entry] = heard.rssi;
    this.addressType[entry] = heard.addressType;
    this.length[entry] = length;
    this.allowed[entry] = allowed ? 1 : 0;
    this.addresses.set(heard.address, entry * ADDRESS_SIZE);
    const maxBytes = this.maxBytes;
    const at = entry * maxBytes;
    if (length === bytes.length && length <= maxBytes) {
      this.bytes.set(bytes, at);
    } else {
      const kept = length < maxBytes ? length : maxBytes;
      for (let i = 0; i < kept; i++) this.bytes[at + i] = bytes[from + i]!;
    }
    return entry;
  }

  /** How many bytes are kept of an entry: fewer than `length` when it was cut. */
  keptOf(entry: number): number {
    const length = this.length[entry]!;
    return length < this.maxBytes ? length : this.maxBytes;
  }

  /** The oldest entry, or -1. */
  oldest(): number {
    if (this.index) return this.index.oldest();
    if (this.count === 0) return -1;
    return this.count < this.capacity ? this.before(this.turn, this.count) : this.turn;
  }

  /** The entry heard next after this one, or -1. */
  nextNewer(entry: number): number {
    if (this.index) return this.index.nextNewer(entry);
    return entry === this.newest() ? -1 : (entry + 1) % this.capacity;
  }

  /** The newest entry, or -1. */
  newest(): number {
    if (this.index) return this.index.newest();
    return this.count === 0 ? -1 : this.before(this.turn, 1);
  }

  /** The entry heard before this one, or -1. */
  nextOlder(entry: number): number {
    if (this.index) return this.index.nextOlder(entry);
    return entry === this.oldest() ? -1 : this.before(entry, 1);
  }

  /** Empties it; the counts stay. */
  clear(): void {
    if (this.index) this.index.clear();
    this.count = 0;
    this.turn = 0;
  }

  /** The entry `count` (at most the capacity) before this one, round the ring. */
  private before(entry: number, count: number): number {
    return (entry + this.capacity - count) % this.capacity;
  }

  /** A place for the advertisement, which may be the one that its advertiser has; -1 when it is a repeat. */
  private sought(index: EntryIndex, heard: Heard): number {
    const { mode } = this;
    let hash = advertiserHash(heard.address, heard.addressType);
    if (mode === DuplicateMode.keepUnique) hash = hashOn(hash, heard.bytes, heard.from, heard.to);
    const entry = this.find(index, hash, heard);
    if (entry < 0) return index.take(hash);
    if (mode !== DuplicateMode.keepNewest) {
      this.dropped++;
      return -1;
    }
    this.superseded++;
    index.renew(entry);
    return entry;
  }

  private find(index: EntryIndex, hash: number, heard: Heard): number {
    for (let entry = index.find(hash); entry >= 0; entry = index.findNext(entry)) {
      if (!this.isOf(entry, heard)) continue;
      if (this.mode !== DuplicateMode.keepUnique || this.saysTheSame(entry, heard)) return entry;
    }
    return -1;
  }

  private isOf(entry: number, { address, addressType }: Heard): boolean {
    const same = isSameAddress(this.addresses, entry * ADDRESS_SIZE, address, 0);
    return same && this.addressType[entry] === addressType;
  }

  /** What was cut off is compared by its hash alone. */
  private saysTheSame(entry: number, { bytes, from, to }: Heard): boolean {
    if (this.length[entry] !== to - from) return false;
    const at = entry * this.maxBytes;
    const kept = this.keptOf(entry);
    for (let i = 0; i < kept; i++) if (this.bytes[at + i] !== bytes[from + i]) return false;
    return true;
  }
}
