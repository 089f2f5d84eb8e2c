import { AEAD_NONCE, AEAD_TAG } from '../../hal/ciphers.js';
import type { Aead, AeadMode, Ciphers } from '../../hal/ciphers.js';
import type { Entropy } from '../../hal/board.js';
import type { Store } from '../../hal/store.js';

/*
 * A sealed payload (docs/sealed-payloads.md):
 *
 *    0  u8    AeadMode: 1 GCM, 2 CCM
 *    1  6 B   sender, random, for as long as the device keeps its store
 *    7  u48   counter of the sender, high byte first
 *   13        the payload, encrypted
 *      16 B   authentication tag
 *
 * Bytes 1 to 12 are the nonce; bytes 0 to 12 are authenticated with the payload.
 */

/** Bytes before the payload, and in all. */
export const SEAL_HEADER = 1 + AEAD_NONCE;
export const SEAL_LENGTH = SEAL_HEADER + AEAD_TAG;

const STORE_KEY = 'seal';
const SENDER = 6;
const COUNTER = 6;
/** So many counters are set aside by one write to the store, and lost by a power cut: 2^48 last for 2^38 of them. */
const RESERVED = 1024;
const TWO_32 = 0x100000000;

/**
 * Seals payloads under a key that only their readers have: encrypted and authentic, whoever runs the broker.
 *
 * A counter is never used twice with a sender, over restarts and power cuts: it goes on behind all that were set aside
 * in the store before. Where the store has no sender, or does not take the counters, there is a new random sender.
 */
export class PayloadSeal {
  private readonly mode: AeadMode;
  private readonly aead: Aead;
  private readonly store: Store;
  private readonly entropy: Entropy;
  /** Sender, and the first counter that is not set aside, as they are stored. */
  private readonly record: Uint8Array;
  private counter = 0;
  /** Counters from here on are not set aside. */
  private end = 0;

  /** `key`: 16 or 32 bytes, else a RangeError. Reads the store, and writes nothing before the first payload. */
  constructor(mode: AeadMode, key: Uint8Array, ciphers: Ciphers, store: Store, entropy: Entropy) {
    this.mode = mode;
    this.aead = ciphers.makeAead(mode, key);
    this.store = store;
    this.entropy = entropy;
    this.record = new Uint8Array(SENDER + COUNTER);
    if (store.read(STORE_KEY, this.record) !== this.record.length) this.takeSender();
    else this.counter = this.end = readCounter(this.record, SENDER);
  }

  /**
   * Seals the payload of `length` bytes at `into[from + SEAL_HEADER]`: its envelope is `into[from..from + length +
   * SEAL_LENGTH)`, which must be there. Returns the length of all. Allocates nothing on a board.
   */
  seal(into: Uint8Array, from: number, length: number): number {
    if (this.counter === this.end) this.reserve();
    into[from] = this.mode;
    for (let i = 0; i < SENDER; i++) into[from + 1 + i] = this.record[i]!;
    writeCounter(this.counter++, into, from + 1 + SENDER);
    const text = from + SEAL_HEADER;
    this.aead.seal(into, from + 1, from, text, text + length);
    return length + SEAL_LENGTH;
  }

  /** Sets counters aside before the first of them is used. */
  private reserve(): void {
    this.end = this.counter + RESERVED;
    writeCounter(this.end, this.record, SENDER);
    if (this.store.write(STORE_KEY, this.record, 0, this.record.length)) return;
    // Nothing of a new sender was ever used, so it needs nothing stored.
    this.takeSender();
    this.end = RESERVED;
    writeCounter(this.end, this.record, SENDER);
  }

  private takeSender(): void {
    const first = this.entropy.uint32();
    const second = this.entropy.uint32();
    for (let i = 0; i < 4; i++) this.record[i] = first >>> (8 * i);
    this.record[4] = second;
    this.record[5] = second >>> 8;
    this.counter = this.end = 0;
  }
}

function readCounter(bytes: Uint8Array, at: number): number {
  let counter = 0;
  for (let i = 0; i < COUNTER; i++) counter = 256 * counter + bytes[at + i]!;
  return counter;
}

function writeCounter(counter: number, into: Uint8Array, at: number): void {
  const high = Math.floor(counter / TWO_32);
  into[at] = high >> 8;
  into[at + 1] = high;
  for (let i = 0; i < 4; i++) into[at + 2 + i] = counter >>> (24 - 8 * i);
}
