import { checkInteger } from '../check-range.js';
import { ADDRESS_SIZE, addressHead, addressTail, hashShift, wordsHash } from '../address.js';
import type { AddressWords } from '../address.js';

/** To which addresses an entry of an `AddressList` applies. The first two are those of the link layer. */
export const enum AddressKind {
  public = 0,
  random = 1,
  any = 2,
}

/** RouterOS's words, by `AddressKind`. */
export const addressKindNames: readonly string[] = ['public', 'random', 'any'];

const NONE = 0xffff;
/** Numbers of an entry: the first four bytes of the address, and the rest as `restOf` has it. */
const ENTRY_SIZE = 2;
/** Numbers of a length: masks of the first four bytes and of the rest, with the length as an entry has it. */
const LENGTH_SIZE = 2;
const LENGTH_AT = 16;
/** All bits that a length may have. */
const LENGTHS = 7 << LENGTH_AT;
const KIND_AT = 20;
const ANY_KIND = AddressKind.any << KIND_AT;

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

  private readonly entries: Int32Array;
  /** Open addressing with linear probing: where an entry is in `entries`, or NONE. At most half full. */
  private readonly slots: Uint16Array;
  private readonly shift: number;
  private readonly comments: string[] = [];
  /** Of the lengths that entries have, each once and the longest first: `LENGTH_SIZE` numbers for each. */
  private readonly lengths: Int32Array;
  private lengthsEnd = 0;

  /** `capacity`: entries, 1 to 1024. Throws a RangeError otherwise. */
  constructor(capacity: number) {
    checkInteger('address list capacity', capacity, 1, 1024);
    this.capacity = capacity;
    let slots = 2;
    while (slots < capacity * 2) slots *= 2;
    this.shift = hashShift(slots);
    const lengths = LENGTH_SIZE * (ADDRESS_SIZE + 1);
    const entries = ENTRY_SIZE * capacity;
    const buffer = new ArrayBuffer(4 * (lengths + entries) + 2 * slots);
    this.lengths = new Int32Array(buffer, 0, lengths);
    this.entries = new Int32Array(buffer, 4 * lengths, entries);
    this.slots = new Uint16Array(buffer, 4 * (lengths + entries), slots).fill(NONE);
  }

  /**
   * Adds the first `length` bytes (0 to 6) of `address`, in the order in which they are written. One that is there
   * already, of the same kind, gets the new comment. Returns false when the list is full.
   */
  add(address: Uint8Array, length: number, kind: AddressKind, comment: string): boolean {
    const head = addressHead(address, 0) & headMask(length);
    let rest = (addressTail(address, 0) & tailMask(length)) | (length << LENGTH_AT);
    // Entries that differ in their kind alone are sought from one slot on.
    let slot = wordsHash(head, rest, this.shift);
    rest |= kind << KIND_AT;
    for (;;) {
      const at = this.slots[slot]!;
      if (at === NONE) break;
      if (this.entries[at] === head && this.entries[at + 1] === rest) {
        this.comments[at / ENTRY_SIZE] = comment;
        return true;
      }
      slot = (slot + 1) & (this.slots.length - 1);
    }
    if (this.size === this.capacity) return false;
    const entry = this.size++;
    this.slots[slot] = entry * ENTRY_SIZE;
    this.entries[entry * ENTRY_SIZE] = head;
    this.entries[entry * ENTRY_SIZE + 1] = rest;
    this.comments[entry] = comment;
    this.addLength(length);
    return true;
  }

  /**
   * The number of the entry that fits an advertiser of this address type (0 public, 1 random), the longest one when
   * several do; -1 when none does.
   */
  find(address: AddressWords, addressType: number): number {
    const lengths = this.lengths;
    for (let length = 0; length < this.lengthsEnd; length += LENGTH_SIZE) {
      const ownHead = address.head & lengths[length]!;
      const rest = (address.tail | LENGTHS) & lengths[length + 1]!;
      let slot = wordsHash(ownHead, rest, this.shift);
      let at = this.slots[slot]!;
      while (at !== NONE) {
        if (this.entries[at] === ownHead) {
          const kind = this.entries[at + 1]! ^ rest;
          if (kind === ANY_KIND || kind === addressType << KIND_AT) return at / ENTRY_SIZE;
        }
        slot = (slot + 1) & (this.slots.length - 1);
        at = this.slots[slot]!;
      }
    }
    return -1;
  }

  /** How many bytes of the entry's address count. */
  lengthOf(entry: number): number {
    return (this.entries[entry * ENTRY_SIZE + 1]! >> LENGTH_AT) & 7;
  }

  kindOf(entry: number): AddressKind {
    return this.entries[entry * ENTRY_SIZE + 1]! >> KIND_AT;
  }

  /** For people; empty when there is none. */
  commentOf(entry: number): string {
    return this.comments[entry] ?? '';
  }

  /** Byte `i` of the entry's address. */
  byteOf(entry: number, i: number): number {
    if (i < 4) return (this.entries[entry * ENTRY_SIZE]! >> (24 - 8 * i)) & 0xff;
    return (this.entries[entry * ENTRY_SIZE + 1]! >> (40 - 8 * i)) & 0xff;
  }

  private addLength(length: number): void {
    const { lengths } = this;
    let at = 0;
    for (; at < this.lengthsEnd; at += LENGTH_SIZE) {
      const known = lengths[at + 1]! >> LENGTH_AT;
      if (known === length) return;
      if (known < length) break;
    }
    lengths.copyWithin(at + LENGTH_SIZE, at, this.lengthsEnd);
    lengths[at] = headMask(length);
    lengths[at + 1] = tailMask(length) | (length << LENGTH_AT);
    this.lengthsEnd += LENGTH_SIZE;
  }
}

/** Of the first four bytes of an address, as a number, the bits of its first `length` bytes. */
function headMask(length: number): number {
  if (length >= 4) return -1;
  return length === 0 ? 0 : -1 << (32 - 8 * length);
}

/** The same of the last two bytes. */
function tailMask(length: number): number {
  if (length === ADDRESS_SIZE) return 0xffff;
  return length === ADDRESS_SIZE - 1 ? 0xff00 : 0;
}
