import { checkInteger } from './check-range.js';
import { ADDRESS_SIZE, addressHash, isSameAddress } from './address.js';

/** Bytes of a key of AES-128. */
export const KEY_SIZE = 16;

/** Bytes of a key of MiBeacon version 2 and 3, which becomes one of AES-128 by four fixed bytes. */
export const LEGACY_KEY_SIZE = 12;

/** Size of a `KeyTable`. */
export interface KeyTableOptions {
  /** Tags with keys, 1 to 1024. Default 16. */
  capacity?: number;
}

/**
 * Below this a counter that fell back is that of a tag which was started anew (a changed battery), and is accepted;
 * above it is a recording. The same bound as in github.com/Bluetooth-Devices/bthome-ble, which trusts it in the field.
 */
const RESTART_BELOW = 100;

const NONE = 0xffff;

/**
 * Keys of tags, by address, in a table of fixed size, each with the counter that was accepted last. Nothing but the
 * constructor allocates. Keys are written once and shown to nobody.
 */
export class KeyTable {
  readonly capacity: number;
  /** Keys in the table. */
  size = 0;
  /** The keys, `KEY_SIZE` bytes each, by index. Never to be logged. */
  readonly keys: Uint8Array;

  private readonly addresses: Uint8Array;
  private readonly lengths: Uint8Array;
  private readonly counters: Uint32Array;
  private readonly counted: Uint8Array;
  /** Open addressing with linear probing: the index of a key, or NONE. At most half full. */
  private readonly slots: Uint16Array;
  private readonly mask: number;

  /** Throws a RangeError that names the capacity's range. */
  constructor(options?: KeyTableOptions) {
    const capacity = options?.capacity ?? 16;
    checkInteger('key table capacity', capacity, 1, 1024);
    this.capacity = capacity;
    let slots = 2;
    while (slots < capacity * 2) slots *= 2;
    this.mask = slots - 1;
    const bytes = 4 * capacity + 2 * slots;
    const buffer = new ArrayBuffer(bytes + capacity * (KEY_SIZE + ADDRESS_SIZE + 2));
    this.counters = new Uint32Array(buffer, 0, capacity);
    this.slots = new Uint16Array(buffer, 4 * capacity, slots).fill(NONE);
    this.keys = new Uint8Array(buffer, bytes, capacity * KEY_SIZE);
    this.addresses = new Uint8Array(buffer, bytes + capacity * KEY_SIZE, capacity * ADDRESS_SIZE);
    const lengths = bytes + capacity * (KEY_SIZE + ADDRESS_SIZE);
    this.lengths = new Uint8Array(buffer, lengths, capacity);
    this.counted = new Uint8Array(buffer, lengths + capacity, capacity);
  }

  /**
   * Gives the tag with the 6 bytes at `address[at]` (in the order in which they are written) the first `length` bytes
   * of `key`, `KEY_SIZE` or `LEGACY_KEY_SIZE`; a key it had is replaced and its counter forgotten. Returns false when
   * the table is full. Throws a RangeError for another length.
   */
  set(address: Uint8Array, at: number, key: Uint8Array, length: number): boolean {
    if (length !== KEY_SIZE && length !== LEGACY_KEY_SIZE) {
      throw new RangeError('key must have ' + KEY_SIZE + ' or ' + LEGACY_KEY_SIZE + ' bytes, got ' + length);
    }
    if (key.length < length) throw new RangeError('key must have ' + length + ' bytes, got ' + key.length);
    const slot = this.slotOf(address, at);
    let index = this.slots[slot]!;
    if (index === NONE) {
      if (this.size === this.capacity) return false;
      index = this.size++;
      this.slots[slot] = index;
      for (let i = 0; i < ADDRESS_SIZE; i++) this.addresses[index * ADDRESS_SIZE + i] = address[at + i]!;
    }
    for (let i = 0; i < length; i++) this.keys[index * KEY_SIZE + i] = key[i]!;
    this.lengths[index] = length;
    this.counted[index] = 0;
    return true;
  }

  /** The index of the key of the tag with the 6 bytes at `address[at]`, or -1. */
  find(address: Uint8Array, at: number): number {
    const index = this.slots[this.slotOf(address, at)]!;
    return index === NONE ? -1 : index;
  }

  /** Copies the address of the key at `index`, 0 to `size - 1`, to `into[at..at + 6)`. */
  copyAddress(index: number, into: Uint8Array, at: number): void {
    const from = index * ADDRESS_SIZE;
    for (let i = 0; i < ADDRESS_SIZE; i++) into[at + i] = this.addresses[from + i]!;
  }

  /** Bytes of the key at `index`. */
  lengthOf(index: number): number {
    return this.lengths[index]!;
  }

  /**
   * Takes the 32-bit counter of an authentic advertisement, and returns true unless it is a recording: lower than the
   * one accepted last. The same one again is the advertisement repeated; one below 100 is a tag that was started anew,
   * so a recording from a tag's first minutes is not noticed. After a restart of the gateway any counter is accepted.
   */
  acceptCounter(index: number, counter: number): boolean {
    if (this.counted[index] === 1 && counter < this.counters[index]! && counter >= RESTART_BELOW) return false;
    this.counters[index] = counter;
    this.counted[index] = 1;
    return true;
  }

  /** The slot that holds the address, or the empty one where it belongs. */
  private slotOf(address: Uint8Array, at: number): number {
    let slot = addressHash(address, at) & this.mask;
    for (;;) {
      const index = this.slots[slot]!;
      if (index === NONE || isSameAddress(this.addresses, index * ADDRESS_SIZE, address, at)) return slot;
      slot = (slot + 1) & this.mask;
    }
  }
}
