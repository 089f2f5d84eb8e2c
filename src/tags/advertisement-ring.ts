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
  /** Entry of the allow list that fitted, or -1; means nothing when that list was changed since. */
  readonly allowed: Int16Array;
  /** dBm; 127 when unknown. */
  readonly rssi: Int8Array;
  /** 0 public, 1 random. */
  readonly addressType: Uint8Array;
  /** Addresses, 6 bytes each in the order in which they are written. */
  readonly addresses: Uint8Array;
  /** AD structures: those of an entry are `bytes[entry * maxBytes..)`, `keptOf(entry)` of them. */
  readonly bytes: Uint8Array;

  private readonly index: EntryIndex;
  private count = 0;

  /** Throws a RangeError that names the option, its range and the value. */
  constructor(options?: AdvertisementRingOptions) {
    const capacity = options?.capacity ?? 64;
    checkInteger('advertisement ring capacity', capacity, 1, 1024);
    const maxBytes = options?.maxBytes ?? 31;
    checkInteger('advertisement ring maxBytes', maxBytes, 31, 255);
    this.capacity = capacity;
    this.maxBytes = maxBytes;
    this.mode = options?.duplicates ?? DuplicateMode.off;
    this.index = new EntryIndex(capacity);
    // Wide ones first, so that all are aligned.
    const buffer = new ArrayBuffer(capacity * (8 + 8 + 2 + 2 + 1 + 1 + ADDRESS_SIZE + maxBytes));
    let at = 0;
    this.heardAt = new Float64Array(buffer, at, capacity);
    this.unixTime = new Float64Array(buffer, (at += 8 * capacity), capacity);
    this.length = new Uint16Array(buffer, (at += 8 * capacity), capacity);
    this.allowed = new Int16Array(buffer, (at += 2 * capacity), capacity);
    this.rssi = new Int8Array(buffer, (at += 2 * capacity), capacity);
    this.addressType = new Uint8Array(buffer, (at += capacity), capacity);
    this.addresses = new Uint8Array(buffer, (at += capacity), capacity * ADDRESS_SIZE);
    this.bytes = new Uint8Array(buffer, at + capacity * ADDRESS_SIZE, capacity * maxBytes);
  }

  /** Advertisements that are kept. */
  get size(): number {
    return this.index.size;
  }

  /** Advertisements that were overwritten for lack of room. */
  get overwritten(): number {
    return this.index.replaced;
  }

  /**
   * Keeps an advertisement with AD structures in `bytes[from..to)`, heard at `now` and `unixTime` of the clock.
   * `address` has 6 bytes; `allowed` is `AdvertisementFilter.allowed`. Returns its entry, or -1 when it is a repeat.
   */
  add(
    address: Uint8Array,
    addressType: number,
    rssi: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    now: number,
    unixTime: number,
    allowed: number,
  ): number {
    const { mode, index } = this;
    // Without a lookup any hash will do that differs from one to the next.
    let hash = this.count++ >>> 0;
    let entry = -1;
    if (mode !== DuplicateMode.off) {
      hash = advertiserHash(address, addressType);
      if (mode === DuplicateMode.keepUnique) hash = hashOn(hash, bytes, from, to);
      entry = this.find(hash, address, addressType, bytes, from, to);
    }
    if (entry < 0) {
      entry = index.take(hash);
    } else if (mode === DuplicateMode.keepNewest) {
      this.superseded++;
      index.renew(entry);
    } else {
      this.dropped++;
      return -1;
    }
    this.heardAt[entry] = now;
    this.unixTime[entry] = unixTime;
    this.rssi[entry] = rssi;
    this.addressType[entry] = addressType;
    this.length[entry] = to - from;
    this.allowed[entry] = allowed;
    const own = entry * ADDRESS_SIZE;
    for (let i = 0; i < ADDRESS_SIZE; i++) this.addresses[own + i] = address[i]!;
    const at = entry * this.maxBytes;
    const kept = this.keptOf(entry);
    for (let i = 0; i < kept; i++) this.bytes[at + i] = bytes[from + i]!;
    return entry;
  }

  /** How many bytes are kept of an entry: fewer than `length` when it was cut. */
  keptOf(entry: number): number {
    const length = this.length[entry]!;
    return length < this.maxBytes ? length : this.maxBytes;
  }

  /** The oldest entry, or -1. */
  oldest(): number {
    return this.index.oldest();
  }

  /** The entry heard next after this one, or -1. */
  nextNewer(entry: number): number {
    return this.index.nextNewer(entry);
  }

  /** The newest entry, or -1. */
  newest(): number {
    return this.index.newest();
  }

  /** The entry heard before this one, or -1. */
  nextOlder(entry: number): number {
    return this.index.nextOlder(entry);
  }

  /** Empties it; the counts stay. */
  clear(): void {
    this.index.clear();
  }

  private find(
    hash: number,
    address: Uint8Array,
    addressType: number,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): number {
    const index = this.index;
    for (let entry = index.find(hash); entry >= 0; entry = index.findNext(entry)) {
      if (!this.isOf(entry, address, addressType)) continue;
      if (this.mode !== DuplicateMode.keepUnique || this.saysTheSame(entry, bytes, from, to)) return entry;
    }
    return -1;
  }

  private isOf(entry: number, address: Uint8Array, addressType: number): boolean {
    const same = isSameAddress(this.addresses, entry * ADDRESS_SIZE, address, 0);
    return same && this.addressType[entry] === addressType;
  }

  /** What was cut off is compared by its hash alone. */
  private saysTheSame(entry: number, bytes: Uint8Array, from: number, to: number): boolean {
    if (this.length[entry] !== to - from) return false;
    const at = entry * this.maxBytes;
    const kept = this.keptOf(entry);
    for (let i = 0; i < kept; i++) if (this.bytes[at + i] !== bytes[from + i]) return false;
    return true;
  }
}
