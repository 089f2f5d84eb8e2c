import type { Heard } from './advertisement-digest.js';
import { checkInteger } from './check-range.js';
import { EntryIndex } from './entry-index.js';
import { advertiserHash, DuplicateMode, hashOn } from './filter/duplicate-filter.js';
import { ADDRESS_SIZE, isSameAddress } from './address.js';

/** Size of an `AdvertisementRing`. */
export interface AdvertisementRingOptions {
  /** Advertisements that are kept, 1 to 1024. Default 64. */
  capacity?: number;
  /** Bytes of AD structures that are kept of each, 31 to 255; the rest is cut off. Default 31. */
  maxBytes?: number;
  /** What becomes of repeated advertisements. Default: every one is kept. */
  duplicates?: DuplicateMode;
}

/** Bits of what is kept of an advertisement beside its time, its address and its bytes. */
const enum Note {
  /** Signal strength in dBm, signed. */
  rssi = 0xff,
  typeShift = 8,
  allowed = 1 << 9,
  /** Bytes on air. */
  lengthShift = 16,
}

/**
 * The advertisements that were heard last, for people: what `/iot bluetooth scanners advertisements` prints in
 * RouterOS. When it is full the oldest is overwritten, and counted. Nothing but the constructor allocates: about 60
 * bytes for each, in two buffers.
 *
 * Entries are numbers; `newest` and `nextOlder` go over them. The columns are read by entry; only the ring writes
 * them.
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
  /** Addresses, 6 bytes each in the order in which they are written. */
  readonly addresses: Uint8Array;
  /** AD structures: those of an entry are `bytes[entry * maxBytes..)`, `keptOf(entry)` of them. */
  readonly bytes: Uint8Array;

  /** What else is kept, a `Note`: one column, because each costs the same to write. */
  private readonly notes: Uint32Array;
  /** Absent where entries are taken in turn: then so many were, since the last `clear`, and before it overwritten. */
  private readonly index: EntryIndex | undefined;
  private taken = 0;
  private overwrittenBefore = 0;

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
    const buffer = new ArrayBuffer(capacity * (8 + 4 + ADDRESS_SIZE + maxBytes));
    let at = 0;
    this.heardAt = new Float64Array(buffer, at, capacity);
    this.notes = new Uint32Array(buffer, (at += 8 * capacity), capacity);
    this.addresses = new Uint8Array(buffer, (at += 4 * capacity), capacity * ADDRESS_SIZE);
    this.bytes = new Uint8Array(buffer, at + capacity * ADDRESS_SIZE, capacity * maxBytes);
  }

  /** Advertisements that are kept. */
  get size(): number {
    if (this.index) return this.index.size;
    return this.taken < this.capacity ? this.taken : this.capacity;
  }

  /** Advertisements that were overwritten for lack of room. */
  get overwritten(): number {
    return this.index ? this.index.replaced : this.overwrittenBefore + this.taken - this.size;
  }

  /**
   * Keeps an advertisement, heard at `now`; `allowed` is true when an allow list let it pass. Returns its entry, or -1
   * when it is a repeat.
   */
  keep(heard: Heard, now: number, allowed: boolean): number {
    let entry: number;
    if (this.index) {
      entry = this.sought(this.index, heard);
      if (entry < 0) return -1;
    } else {
      entry = this.taken++ % this.capacity;
    }
    const bytes = heard.bytes;
    const from = heard.from;
    const length = heard.to - from;
    this.heardAt[entry] = now;
    this.notes[entry] =
      (length << Note.lengthShift) |
      (heard.addressType << Note.typeShift) |
      (allowed ? Note.allowed : 0) |
      (heard.rssi & Note.rssi);
    this.addresses.set(heard.address, entry * ADDRESS_SIZE);
    const maxBytes = this.maxBytes;
    if (length === bytes.length && length <= maxBytes) {
      this.bytes.set(bytes, entry * maxBytes);
    } else {
      const at = entry * maxBytes;
      const kept = length < maxBytes ? length : maxBytes;
      for (let i = 0; i < kept; i++) this.bytes[at + i] = bytes[from + i]!;
    }
    return entry;
  }

  /** Signal strength in dBm; 127 when unknown. */
  rssiOf(entry: number): number {
    return (this.notes[entry]! << 24) >> 24;
  }

  /** 0 public, 1 random. */
  addressTypeOf(entry: number): number {
    return (this.notes[entry]! >> Note.typeShift) & 1;
  }

  /** True when there was an allow list, which let it pass. */
  isAllowed(entry: number): boolean {
    return (this.notes[entry]! & Note.allowed) !== 0;
  }

  /** Bytes on air, which may be more than are kept. */
  lengthOf(entry: number): number {
    return this.notes[entry]! >>> Note.lengthShift;
  }

  /** How many bytes are kept of an entry: fewer than were on air when it was cut. */
  keptOf(entry: number): number {
    const length = this.lengthOf(entry);
    return length < this.maxBytes ? length : this.maxBytes;
  }

  /** The newest entry, or -1. */
  newest(): number {
    if (this.index) return this.index.newest();
    return this.taken === 0 ? -1 : (this.taken - 1) % this.capacity;
  }

  /** The entry heard before this one, or -1. */
  nextOlder(entry: number): number {
    if (this.index) return this.index.nextOlder(entry);
    const oldest = this.taken < this.capacity ? 0 : this.taken % this.capacity;
    return entry === oldest ? -1 : (entry + this.capacity - 1) % this.capacity;
  }

  /** Empties it; the counts stay. */
  clear(): void {
    if (this.index) this.index.clear();
    this.overwrittenBefore += this.taken - this.size;
    this.taken = 0;
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
    return same && this.addressTypeOf(entry) === addressType;
  }

  /** What was cut off is compared by its hash alone. */
  private saysTheSame(entry: number, { bytes, from, to }: Heard): boolean {
    if (this.lengthOf(entry) !== to - from) return false;
    const at = entry * this.maxBytes;
    const kept = this.keptOf(entry);
    for (let i = 0; i < kept; i++) if (this.bytes[at + i] !== bytes[from + i]) return false;
    return true;
  }
}
