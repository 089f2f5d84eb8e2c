const NONE = 0xffff;

/**
 * Order and lookup of a fixed number of entries, of which the owner keeps the columns: entries are numbers from 0 to
 * `capacity - 1`. They are found by a 32-bit hash (several entries may have the same, so the owner compares), and
 * stand in the order in which they were taken or renewed. When all are taken, the oldest is taken again, and counted.
 *
 * Nothing but the constructor allocates: 12 to 14 bytes for each entry, in one buffer.
 */
export class EntryIndex {
  readonly capacity: number;
  /** Entries in use: 0 to `size - 1`. */
  size = 0;
  /** Entries that were taken while in use, since construction. */
  replaced = 0;

  private readonly hashes: Uint32Array;
  /** The first entry of each bucket, and the next one in the same bucket. */
  private readonly heads: Uint16Array;
  private readonly chain: Uint16Array;
  /** From the oldest to the newest, as a doubly linked list. */
  private readonly older: Uint16Array;
  private readonly newer: Uint16Array;
  private readonly mask: number;
  private first = NONE;
  private last = NONE;

  /** `capacity` is a whole number from 1 to 4096, checked by the owner. */
  constructor(capacity: number) {
    this.capacity = capacity;
    let buckets = 1;
    while (buckets < capacity) buckets *= 2;
    this.mask = buckets - 1;
    const buffer = new ArrayBuffer(4 * capacity + 6 * capacity + 2 * buckets);
    let at = 4 * capacity;
    this.hashes = new Uint32Array(buffer, 0, capacity);
    this.chain = new Uint16Array(buffer, at, capacity);
    this.older = new Uint16Array(buffer, (at += 2 * capacity), capacity);
    this.newer = new Uint16Array(buffer, (at += 2 * capacity), capacity);
    this.heads = new Uint16Array(buffer, at + 2 * capacity, buckets).fill(NONE);
  }

  /** The first entry with this hash (an unsigned 32-bit number), or -1. `findNext` has the others. */
  find(hash: number): number {
    return this.withHash(this.heads[this.bucketOf(hash)]!, hash);
  }

  /** The next entry with the hash of this one, or -1. */
  findNext(entry: number): number {
    return this.withHash(this.chain[entry]!, this.hashes[entry]!);
  }

  /** An entry for a new thing with this hash: a free one, or else the oldest. It is the newest then. */
  take(hash: number): number {
    let entry = this.size;
    if (entry < this.capacity) {
      this.size++;
    } else {
      entry = this.first;
      this.replaced++;
      this.leaveBucket(entry);
      this.unlink(entry);
    }
    this.hashes[entry] = hash;
    const bucket = this.bucketOf(hash);
    this.chain[entry] = this.heads[bucket]!;
    this.heads[bucket] = entry;
    this.linkLast(entry);
    return entry;
  }

  /** Makes an entry the newest. */
  renew(entry: number): void {
    if (entry === this.last) return;
    this.unlink(entry);
    this.linkLast(entry);
  }

  /** The newest entry, or -1. With `nextOlder` it goes over all, the newest first. */
  newest(): number {
    return this.last === NONE ? -1 : this.last;
  }

  /** The entry before this one, or -1. */
  nextOlder(entry: number): number {
    const next = this.older[entry]!;
    return next === NONE ? -1 : next;
  }

  /** Frees all entries. */
  clear(): void {
    this.size = 0;
    this.first = NONE;
    this.last = NONE;
    this.heads.fill(NONE);
  }

  private bucketOf(hash: number): number {
    return (hash ^ (hash >>> 15)) & this.mask;
  }

  private withHash(from: number, hash: number): number {
    let entry = from;
    while (entry !== NONE && this.hashes[entry] !== hash) entry = this.chain[entry]!;
    return entry === NONE ? -1 : entry;
  }

  private leaveBucket(entry: number): void {
    const bucket = this.bucketOf(this.hashes[entry]!);
    let at = this.heads[bucket]!;
    if (at === entry) {
      this.heads[bucket] = this.chain[entry]!;
      return;
    }
    while (this.chain[at] !== entry) at = this.chain[at]!;
    this.chain[at] = this.chain[entry]!;
  }

  private unlink(entry: number): void {
    const older = this.older[entry]!;
    const newer = this.newer[entry]!;
    if (older === NONE) this.first = newer;
    else this.newer[older] = newer;
    if (newer === NONE) this.last = older;
    else this.older[newer] = older;
  }

  private linkLast(entry: number): void {
    this.older[entry] = this.last;
    this.newer[entry] = NONE;
    if (this.last === NONE) this.first = entry;
    else this.newer[this.last] = entry;
    this.last = entry;
  }
}
