/** Bytes of a Bluetooth address. */
export const ADDRESS_SIZE = 6;

/** How many formats per tag are followed with their own times; see `TagTable.stream`. */
export const STREAMS_PER_TAG = 4;

/** Signal strength when the radio gave none (Core 5.4, Vol 4, Part E, 7.7.65.2). */
export const RSSI_UNKNOWN = 127;

/** Size of a `TagTable`. */
export interface TagTableOptions {
  /** Tags that are remembered, 1 to 4096. Default 64. */
  capacity?: number;
}

const NONE = 0xffff;
const MAX_COUNT = 0xffffffff;

/**
 * The tags that were heard, in a table of fixed size. When it is full, a new tag takes the place of the one that was
 * heard least recently, which is counted.
 *
 * A tag is known by its 6-byte address, and a call gives its index, from 0 to `capacity - 1`; the index stays the
 * tag's own until the tag is replaced or removed. The columns are read by index; only the table writes them. Times
 * are those of `Clock.now`, in ms. Nothing but the constructor allocates.
 *
 * A tag may send several formats in turn (a MikroTik tag sends its own frame, Eddystone and iBeacon), and what was
 * reported of one says nothing of the others: each format is a stream of the tag with its own columns.
 */
export class TagTable {
  readonly capacity: number;
  /** Tags in the table. */
  size = 0;
  /** Tags that lost their place to another, since construction. */
  replaced = 0;

  /** Time of the first advertisement. */
  readonly firstSeen: Float64Array;
  /** Time of the last advertisement. */
  readonly lastSeen: Float64Array;
  /** Signal strength of the last advertisement in dBm; `RSSI_UNKNOWN` when there was none. */
  readonly rssi: Int8Array;
  /** Advertisements heard, 1 for a tag that is new; stays at 2^32 - 1. */
  readonly advertisements: Uint32Array;

  /** `FormatNumber` of a stream, 0 for a free one. This column and the next are read by stream, see `stream`. */
  readonly streamFormat: Uint8Array;
  /** Readings reported, 0 when none was yet; stays at 2^32 - 1. */
  readonly reports: Uint32Array;
  /** Time of the last report; means nothing while `reports` is 0. */
  readonly lastReported: Float64Array;
  /** `Field.events` of the last report that had it, 0 before. */
  readonly reportedEvents: Uint32Array;
  /** `Reading.stateHash` of the last report. */
  readonly reportedHash: Uint32Array;

  private readonly addresses: Uint8Array;
  /** Open addressing with linear probing: the index of a tag, or NONE. At most half full. */
  private readonly slots: Uint16Array;
  private readonly mask: number;
  /** The tags from the least to the most recently heard, as a doubly linked list; free tags are linked by `newer`. */
  private readonly older: Uint16Array;
  private readonly newer: Uint16Array;
  private oldest = NONE;
  private newest = NONE;
  private free = 0;

  /** Throws a RangeError when the capacity is not allowed. */
  constructor(options: TagTableOptions = {}) {
    const capacity = options.capacity ?? 64;
    if (!(capacity >= 1 && capacity <= 4096 && capacity % 1 === 0)) {
      throw new RangeError('tag table capacity ' + capacity + ': allowed are whole numbers from 1 to 4096');
    }
    this.capacity = capacity;
    const streams = capacity * STREAMS_PER_TAG;
    let slots = 2;
    while (slots < capacity * 2) slots *= 2;
    this.mask = slots - 1;

    // The columns share one buffer, since each has its price (on XS 3 slots); wide ones first, so that all are aligned.
    const wide = 2 * capacity + streams;
    const words = capacity + 3 * streams;
    const halves = slots + 2 * capacity;
    const buffer = new ArrayBuffer(8 * wide + 4 * words + 2 * halves + capacity * (ADDRESS_SIZE + 1) + streams);
    let at = 0;
    this.firstSeen = new Float64Array(buffer, at, capacity);
    this.lastSeen = new Float64Array(buffer, (at += 8 * capacity), capacity);
    this.lastReported = new Float64Array(buffer, (at += 8 * capacity), streams);
    this.advertisements = new Uint32Array(buffer, (at += 8 * streams), capacity);
    this.reports = new Uint32Array(buffer, (at += 4 * capacity), streams);
    this.reportedEvents = new Uint32Array(buffer, (at += 4 * streams), streams);
    this.reportedHash = new Uint32Array(buffer, (at += 4 * streams), streams);
    this.slots = new Uint16Array(buffer, (at += 4 * streams), slots).fill(NONE);
    this.older = new Uint16Array(buffer, (at += 2 * slots), capacity);
    this.newer = new Uint16Array(buffer, (at += 2 * capacity), capacity);
    this.addresses = new Uint8Array(buffer, (at += 2 * capacity), capacity * ADDRESS_SIZE);
    this.streamFormat = new Uint8Array(buffer, (at += capacity * ADDRESS_SIZE), streams);
    this.rssi = new Int8Array(buffer, at + streams, capacity);
    for (let i = 0; i < capacity; i++) this.newer[i] = i + 1 < capacity ? i + 1 : NONE;
  }

  /** The index of the tag with the 6 bytes at `address[at]`, or -1. */
  find(address: Uint8Array, at: number): number {
    const index = this.slots[this.slotOf(address, at)]!;
    return index === NONE ? -1 : index;
  }

  /**
   * Notes an advertisement of the tag with the 6 bytes at `address[at]`, heard at `now` with `rssi` dBm, and returns
   * the tag's index. A tag that is not in the table is added; `advertisements` is 1 then.
   */
  update(address: Uint8Array, at: number, now: number, rssi: number): number {
    let index = this.slots[this.slotOf(address, at)]!;
    if (index === NONE) {
      index = this.add(address, at);
      this.firstSeen[index] = now;
    } else if (index !== this.newest) {
      this.unlink(index);
      this.linkNewest(index);
    }
    this.lastSeen[index] = now;
    this.rssi[index] = rssi;
    const heard = this.advertisements[index]!;
    if (heard !== MAX_COUNT) this.advertisements[index] = heard + 1;
    return index;
  }

  /**
   * The stream of a tag for a format (1 to 255), by which the stream columns are read. A new format gets a free
   * stream, or else the one that was reported least recently.
   */
  stream(index: number, format: number): number {
    const first = index * STREAMS_PER_TAG;
    let chosen = first;
    for (let stream = first; stream < first + STREAMS_PER_TAG; stream++) {
      const known = this.streamFormat[stream];
      if (known === format) return stream;
      if (known === 0) {
        chosen = stream;
        break;
      }
      if (this.isReportedBefore(stream, chosen)) chosen = stream;
    }
    this.clearStream(chosen);
    this.streamFormat[chosen] = format;
    return chosen;
  }

  /** Notes a report of a stream at `now`. `events` below 0 means that the reading has none. */
  reported(stream: number, now: number, events: number, stateHash: number): void {
    const reports = this.reports[stream]!;
    if (reports !== MAX_COUNT) this.reports[stream] = reports + 1;
    this.lastReported[stream] = now;
    if (events >= 0) this.reportedEvents[stream] = events;
    this.reportedHash[stream] = stateHash;
  }

  /** Copies a tag's address to `into[at..at + 6)`. */
  copyAddress(index: number, into: Uint8Array, at: number): void {
    const from = index * ADDRESS_SIZE;
    for (let i = 0; i < ADDRESS_SIZE; i++) into[at + i] = this.addresses[from + i]!;
  }

  /** The tag heard least recently, or -1 in an empty table. With `nextNewer` it goes over all tags. */
  leastRecent(): number {
    return this.oldest === NONE ? -1 : this.oldest;
  }

  /** The tag heard next after that of `index`, or -1. */
  nextNewer(index: number): number {
    const next = this.newer[index]!;
    return next === NONE ? -1 : next;
  }

  /** Forgets the tag of `index`, which must be in the table. */
  remove(index: number): void {
    this.emptySlot(this.slotOf(this.addresses, index * ADDRESS_SIZE));
    this.unlink(index);
    this.newer[index] = this.free;
    this.free = index;
    this.size--;
  }

  private add(address: Uint8Array, at: number): number {
    if (this.free === NONE) {
      this.replaced++;
      this.remove(this.oldest);
    }
    const index = this.free;
    this.free = this.newer[index]!;
    const to = index * ADDRESS_SIZE;
    for (let i = 0; i < ADDRESS_SIZE; i++) this.addresses[to + i] = address[at + i]!;
    this.slots[this.slotOf(address, at)] = index;
    this.linkNewest(index);
    this.size++;
    this.advertisements[index] = 0;
    for (let i = 0; i < STREAMS_PER_TAG; i++) this.clearStream(index * STREAMS_PER_TAG + i);
    return index;
  }

  private clearStream(stream: number): void {
    this.streamFormat[stream] = 0;
    this.reports[stream] = 0;
    this.lastReported[stream] = 0;
    this.reportedEvents[stream] = 0;
    this.reportedHash[stream] = 0;
  }

  private isReportedBefore(stream: number, other: number): boolean {
    if (this.reports[other] === 0) return false;
    return this.reports[stream] === 0 || this.lastReported[stream]! < this.lastReported[other]!;
  }

  private unlink(index: number): void {
    const older = this.older[index]!;
    const newer = this.newer[index]!;
    if (older === NONE) this.oldest = newer;
    else this.newer[older] = newer;
    if (newer === NONE) this.newest = older;
    else this.older[newer] = older;
  }

  private linkNewest(index: number): void {
    this.older[index] = this.newest;
    this.newer[index] = NONE;
    if (this.newest === NONE) this.oldest = index;
    else this.newer[this.newest] = index;
    this.newest = index;
  }

  /** The slot that holds the address, or the empty one where it belongs. */
  private slotOf(address: Uint8Array, at: number): number {
    let slot = this.home(address, at);
    for (;;) {
      const index = this.slots[slot]!;
      if (index === NONE || this.hasAddress(index, address, at)) return slot;
      slot = (slot + 1) & this.mask;
    }
  }

  private hasAddress(index: number, address: Uint8Array, at: number): boolean {
    const own = index * ADDRESS_SIZE;
    for (let i = 0; i < ADDRESS_SIZE; i++) {
      if (this.addresses[own + i] !== address[at + i]) return false;
    }
    return true;
  }

  private home(address: Uint8Array, at: number): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < ADDRESS_SIZE; i++) hash = Math.imul(hash ^ address[at + i]!, 0x01000193);
    return (hash ^ (hash >>> 15)) & this.mask;
  }

  /** Empties a slot and moves those behind it forward, so that no probe ends too early (Knuth 6.4, algorithm R). */
  private emptySlot(slot: number): void {
    let hole = slot;
    let next = slot;
    for (;;) {
      next = (next + 1) & this.mask;
      const index = this.slots[next]!;
      if (index === NONE) break;
      const home = this.home(this.addresses, index * ADDRESS_SIZE);
      // It may fill the hole unless its home lies cyclically behind the hole, up to where it is.
      if (((next - home) & this.mask) >= ((next - hole) & this.mask)) {
        this.slots[hole] = index;
        hole = next;
      }
    }
    this.slots[hole] = NONE;
  }
}
