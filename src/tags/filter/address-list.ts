import { checkInteger } from '../check-range.js';
import { ADDRESS_SIZE } from '../tag-table.js';

/** To which addresses an entry of an `AddressList` applies. The first two are those of the link layer. */
export const enum AddressKind {
  public = 0,
  random = 1,
  any = 2,
}

/** RouterOS's words, by `AddressKind`. */
export const addressKindNames: readonly string[] = ['public', 'random', 'any'];

/** Bytes of an entry: the address, how many bytes of it count, its kind. */
const ENTRY_SIZE = ADDRESS_SIZE + 2;
const LENGTH = ADDRESS_SIZE;
const KIND = ADDRESS_SIZE + 1;
const NONE = 0xffff;
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Addresses and beginnings of addresses, as RouterOS's whitelist has them: `AA:BB:*:*:*:*` is the first two bytes.
 *
 * The time of a lookup depends on how many different lengths there are, not on how many entries. Nothing but the
 * constructor and `add` allocates: 12 to 16 bytes for each entry, and the comments.
 */
export class AddressList {
  readonly capacity: number;
  /** Entries, numbered in the order in which they were added. */
  size = 0;

  private readonly entries: Uint8Array;
  /** Open addressing with linear probing: the number of an entry, or NONE. At most half full. */
  private readonly slots: Uint16Array;
  private readonly mask: number;
  private readonly comments: string[] = [];
  /** By bit, the lengths that entries have. */
  private lengths = 0;

  /** `capacity`: entries, 1 to 1024. Throws a RangeError otherwise. */
  constructor(capacity: number) {
    checkInteger('address list capacity', capacity, 1, 1024);
    this.capacity = capacity;
    let slots = 2;
    while (slots < capacity * 2) slots *= 2;
    this.mask = slots - 1;
    const buffer = new ArrayBuffer(2 * slots + capacity * ENTRY_SIZE);
    this.slots = new Uint16Array(buffer, 0, slots).fill(NONE);
    this.entries = new Uint8Array(buffer, 2 * slots, capacity * ENTRY_SIZE);
  }

  /**
   * Adds the first `length` bytes (0 to 6) of `address`, in the order in which they are written. One that is there
   * already, of the same kind, gets the new comment. Returns false when the list is full.
   */
  add(address: Uint8Array, length: number, kind: AddressKind, comment: string): boolean {
    let hash = FNV_BASIS;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ address[i]!, FNV_PRIME);
    let slot = this.home(hash, length);
    for (;;) {
      const entry = this.slots[slot]!;
      if (entry === NONE) break;
      if (this.begins(entry, address, 0, length) && this.entries[entry * ENTRY_SIZE + KIND] === kind) {
        this.comments[entry] = comment;
        return true;
      }
      slot = (slot + 1) & this.mask;
    }
    if (this.size === this.capacity) return false;
    const entry = this.size++;
    const at = entry * ENTRY_SIZE;
    this.slots[slot] = entry;
    this.lengths |= 1 << length;
    for (let i = 0; i < ADDRESS_SIZE; i++) this.entries[at + i] = i < length ? address[i]! : 0;
    this.entries[at + LENGTH] = length;
    this.entries[at + KIND] = kind;
    this.comments[entry] = comment;
    return true;
  }

  /**
   * The number of the entry that fits the 6 bytes at `address[at]` of an advertiser of this type (0 public, 1 random),
   * the longest one when several do; -1 when none does.
   */
  find(address: Uint8Array, at: number, addressType: number): number {
    const lengths = this.lengths;
    let found = -1;
    let hash = FNV_BASIS;
    for (let length = 0; ; length++) {
      if ((lengths >> length) & 1) {
        const entry = this.probe(hash, address, at, length, addressType);
        if (entry >= 0) found = entry;
      }
      if (length === ADDRESS_SIZE || lengths >> (length + 1) === 0) return found;
      hash = Math.imul(hash ^ address[at + length]!, FNV_PRIME);
    }
  }

  /** How many bytes of the entry's address count. */
  lengthOf(entry: number): number {
    return this.entries[entry * ENTRY_SIZE + LENGTH]!;
  }

  kindOf(entry: number): AddressKind {
    return this.entries[entry * ENTRY_SIZE + KIND]!;
  }

  /** For people; empty when there is none. */
  commentOf(entry: number): string {
    return this.comments[entry] ?? '';
  }

  /** Byte `i` of the entry's address. */
  byteOf(entry: number, i: number): number {
    return this.entries[entry * ENTRY_SIZE + i]!;
  }

  private probe(hash: number, address: Uint8Array, at: number, length: number, addressType: number): number {
    let slot = this.home(hash, length);
    for (;;) {
      const entry = this.slots[slot]!;
      if (entry === NONE) return -1;
      if (this.begins(entry, address, at, length)) {
        const kind = this.entries[entry * ENTRY_SIZE + KIND]!;
        if (kind === AddressKind.any || kind === addressType) return entry;
      }
      slot = (slot + 1) & this.mask;
    }
  }

  private begins(entry: number, address: Uint8Array, at: number, length: number): boolean {
    const own = entry * ENTRY_SIZE;
    if (this.entries[own + LENGTH] !== length) return false;
    for (let i = 0; i < length; i++) if (this.entries[own + i] !== address[at + i]) return false;
    return true;
  }

  private home(hash: number, length: number): number {
    return (hash ^ (hash >>> 15) ^ length) & this.mask;
  }
}
