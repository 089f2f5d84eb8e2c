import { addressHead, addressTail, hashShift, wordsHash } from './address.js';

/** `TagPlaces.ownPolicy` of a tag that has none. */
export const NO_POLICY = 0xff;

const NONE = 0xffff;

/** What stands at an index. */
const enum Place {
  free = 0,
  /** A tag that nobody named; it can be replaced. */
  heard = 1,
  /** A tag that was named by `configure`; it stays. */
  configured = 2,
}

/**
 * The places of a `TagTable`, which tag has which, and in what order they were heard. A place is an index, from 0 to
 * `capacity - 1`; it stays a tag's own until the tag is replaced or removed.
 *
 * Two kinds of tags have places. Those that were configured are never replaced. All others were only heard: a new one
 * takes a free place, or else that of the one heard least recently, which is counted. So a crowd of strangers, or one
 * phone that changes its address all day, costs no configured tag its place. When all places are configured, or the
 * table protects those that were heard just now, a stranger gets none, which is counted too.
 */
export class TagPlaces {
  readonly capacity: number;
  /** Tags that have a place, heard or not. */
  size = 0;
  /** Those of them that are configured. */
  configuredCount = 0;
  /** Tags that lost their place to another, since construction. */
  replaced = 0;
  /** Advertisements of tags that got no place, since construction. */
  refused = 0;
  /** The place that changed hands last, -1 when none did. */
  replacedIndex = -1;
  /**
   * The number that `configure` gave a tag, or `NO_POLICY`. Behind the last one, by index again, a bit for each address
   * type with which the filter accepted the tag, see `accept`.
   */
  readonly ownPolicy: Uint8Array;

  /**
   * The addresses as numbers, see `addressHead` and `addressTail`: two comparisons, not six. One more than there are
   * places: the last is of the tag that was replaced last.
   */
  private readonly heads: Int32Array;
  private readonly tails: Uint16Array;
  private readonly places: Uint8Array;
  /** Open addressing with linear probing: the index of a tag, or NONE. At most half full. */
  private readonly slots: Uint16Array;
  /** By how many bits a hash is shifted to become a slot. */
  private readonly shift: number;
  /** Heard tags from the least to the most recent, as a doubly linked list; free places are linked by `newer`. */
  private readonly older: Uint16Array;
  private readonly newer: Uint16Array;
  private oldest = NONE;
  protected newest = NONE;
  private free = 0;

  /**
   * Its columns lie in `buffer`: one of `capacity + 1` words from `wordsAt` on, which is a multiple of 4, the others
   * from `at` on, which is even, over `placeBytes(capacity)` bytes. The buffer is that of the table, since each has
   * its price.
   */
  protected constructor(capacity: number, buffer: ArrayBuffer, wordsAt: number, at: number) {
    const slots = slotCount(capacity);
    this.capacity = capacity;
    this.shift = hashShift(slots);
    this.heads = new Int32Array(buffer, wordsAt, capacity + 1);
    this.slots = new Uint16Array(buffer, at, slots).fill(NONE);
    this.older = new Uint16Array(buffer, (at += 2 * slots), capacity);
    this.newer = new Uint16Array(buffer, (at += 2 * capacity), capacity);
    this.tails = new Uint16Array(buffer, (at += 2 * capacity), capacity + 1);
    this.places = new Uint8Array(buffer, (at += 2 * capacity + 2), capacity);
    this.ownPolicy = new Uint8Array(buffer, at + capacity, 2 * capacity).fill(NO_POLICY, 0, capacity);
    for (let i = 0; i < capacity; i++) this.newer[i] = i + 1 < capacity ? i + 1 : NONE;
  }

  /** The index of the tag with the 6 bytes at `address[at]`, or -1. */
  find(address: Uint8Array, at: number): number {
    return this.findWords(addressHead(address, at), addressTail(address, at));
  }

  /** As `find`, of an address as numbers. */
  findWords(head: number, tail: number): number {
    let slot = wordsHash(head, tail, this.shift);
    for (;;) {
      const index = this.slots[slot]!;
      if (index === NONE) return -1;
      if (this.heads[index] === head && this.tails[index] === tail) return index;
      slot = (slot + 1) & (this.slots.length - 1);
    }
  }

  /**
   * Copies a tag's address to `into[at..at + 6)`. The index `capacity` gives the tag that was replaced last, if one
   * was.
   */
  copyAddress(index: number, into: Uint8Array, at: number): void {
    const head = this.heads[index]!;
    const tail = this.tails[index]!;
    into[at] = head >> 24;
    into[at + 1] = head >> 16;
    into[at + 2] = head >> 8;
    into[at + 3] = head;
    into[at + 4] = tail >> 8;
    into[at + 5] = tail;
  }

  /** True for a tag that was named by `configure`. */
  isConfigured(index: number): boolean {
    return this.places[index] === Place.configured;
  }

  /** The first index above `index` that a tag has, or -1. All of them, in no order: begin with -1. */
  nextUsed(index: number): number {
    for (let next = index + 1; next < this.capacity; next++) if (this.places[next] !== Place.free) return next;
    return -1;
  }

  /** The tag heard least recently of those that are not configured, or -1. With `nextNewer` it goes over all these. */
  leastRecent(): number {
    return this.oldest === NONE ? -1 : this.oldest;
  }

  /** The tag heard next after that of `index`, or -1. */
  nextNewer(index: number): number {
    const next = this.newer[index]!;
    return next === NONE ? -1 : next;
  }

  /** Forgets the tag of `index`, which must be in the table, configured or not. */
  remove(index: number): void {
    this.emptySlot(this.slotOf(this.heads[index]!, this.tails[index]!));
    if (this.places[index] === Place.configured) this.configuredCount--;
    else this.unlink(index);
    this.places[index] = Place.free;
    this.ownPolicy[index] = NO_POLICY;
    this.newer[index] = this.free;
    this.free = index;
    this.size--;
  }

  /** The tag that the next new one will replace, or -1 when there is a free place, or nothing to replace. */
  protected nextReplaced(): number {
    return this.free !== NONE || this.oldest === NONE ? -1 : this.oldest;
  }

  /** Gives a tag that has no place one, that of `nextReplaced` if need be; its index, or -1 when all are configured. */
  protected add(head: number, tail: number): number {
    const { heads, tails, capacity } = this;
    if (this.free === NONE) {
      const oldest = this.oldest;
      if (oldest === NONE) return -1;
      this.replaced++;
      this.replacedIndex = oldest;
      heads[capacity] = heads[oldest]!;
      tails[capacity] = tails[oldest]!;
      this.remove(oldest);
    }
    const index = this.free;
    this.free = this.newer[index]!;
    heads[index] = head;
    tails[index] = tail;
    this.slots[this.slotOf(head, tail)] = index;
    this.places[index] = Place.heard;
    this.linkNewest(index);
    this.size++;
    return index;
  }

  /** A tag that has a place was heard, and is not the newest. */
  protected renew(index: number): void {
    if (this.places[index] === Place.configured) return;
    const newest = this.newest;
    // As `unlink` and `linkNewest`, where another one is the newest.
    const older = this.older[index]!;
    const newer = this.newer[index]!;
    if (older === NONE) this.oldest = newer;
    else this.newer[older] = newer;
    this.older[newer] = older;
    this.newer[newest] = index;
    this.older[index] = newest;
    this.newer[index] = NONE;
    this.newest = index;
  }

  /** A tag that has a place keeps it from now on. */
  protected keep(index: number, policy: number): void {
    this.ownPolicy[index] = policy;
    if (this.places[index] === Place.configured) return;
    this.unlink(index);
    this.places[index] = Place.configured;
    this.configuredCount++;
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
  private slotOf(head: number, tail: number): number {
    let slot = wordsHash(head, tail, this.shift);
    for (;;) {
      const index = this.slots[slot]!;
      if (index === NONE || (this.heads[index] === head && this.tails[index] === tail)) return slot;
      slot = (slot + 1) & (this.slots.length - 1);
    }
  }

  /** Empties a slot and moves those behind it forward, so that no probe ends too early (Knuth 6.4, algorithm R). */
  private emptySlot(slot: number): void {
    const mask = this.slots.length - 1;
    let hole = slot;
    let next = slot;
    for (;;) {
      next = (next + 1) & mask;
      const index = this.slots[next]!;
      if (index === NONE) break;
      const home = wordsHash(this.heads[index]!, this.tails[index]!, this.shift);
      // It may fill the hole unless its home lies cyclically behind the hole, up to where it is.
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        this.slots[hole] = index;
        hole = next;
      }
    }
    this.slots[hole] = NONE;
  }
}

/** Bytes of the columns of a `TagPlaces`, but those of the words. */
export function placeBytes(capacity: number): number {
  return 2 * slotCount(capacity) + 7 * capacity + 2 * (capacity + 1);
}

function slotCount(capacity: number): number {
  let slots = 2;
  while (slots < capacity * 2) slots *= 2;
  return slots;
}
