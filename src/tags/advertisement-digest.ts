import { HashStep } from './reading.js';
import { ADDRESS_SIZE } from './tag-places.js';

/** An advertisement as it was received; `Advertisement` of `src/hal` is one, and has the units. */
export interface Heard {
  readonly address: Uint8Array;
  readonly addressType: number;
  readonly rssi: number;
  /** The AD structures are `bytes[from..to)`. */
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

const WORD = 4;

/**
 * Knows an advertisement again: by two numbers of 32 bits, its sum and the value of a polynomial. It reads four bytes
 * at a time, by the one native call that XS has for that, and walks no AD structures.
 *
 * With the words w1 to wn of the advertisement (the last one is its last four bytes, whatever the length), the sum is
 * that of all, modulo 2^32, and the remainder is ((s F + w1) F + w2) … + wn modulo the prime, where s is made of the
 * length and the address type. How seldom two that differ have both in common is in
 * docs/decisions/0038-repeats-by-digest.md.
 *
 * It makes a view when it is given another array than the last time; scanners reuse theirs.
 */
export class AdvertisementDigest {
  /** Of the address that was read last, see `addressHead` and `addressTail`. */
  head = 0;
  tail = 0;
  /** Of the advertisement that was read last; unsigned. */
  sum = 0;
  remainder = 0;

  private address: Uint8Array;
  private addressView: DataView;
  private bytes: Uint8Array;
  private view: DataView;

  constructor() {
    this.address = new Uint8Array(ADDRESS_SIZE);
    this.bytes = this.address;
    this.addressView = new DataView(this.address.buffer);
    this.view = this.addressView;
  }

  /** Reads the 6 bytes of `address`. */
  readAddress(address: Uint8Array): void {
    if (address !== this.address) {
      this.address = address;
      this.addressView = new DataView(address.buffer, address.byteOffset);
    }
    const view = this.addressView;
    this.head = view.getInt32(0);
    this.tail = view.getUint16(4);
  }

  /**
   * Reads the advertisement. False, and nothing is read, when it has less than four bytes or its range does not lie in
   * its array.
   */
  read(heard: Heard): boolean {
    const bytes = heard.bytes;
    const from = heard.from;
    const to = heard.to;
    if (bytes !== this.bytes) this.look(bytes);
    const last = to - WORD;
    if (!(from >= 0 && from <= last && to <= bytes.length)) return false;
    const view = this.view;
    let word: number;
    let sum = 0;
    let remainder = 2 * (to - from) + heard.addressType;
    for (let at = from; at < last; at += WORD) {
      word = view.getUint32(at);
      sum += word;
      remainder = (remainder * HashStep.factor + word) % HashStep.modulus;
    }
    word = view.getUint32(last);
    this.sum = (sum + word) >>> 0;
    this.remainder = ((remainder * HashStep.factor + word) % HashStep.modulus) >>> 0;
    return true;
  }

  /** The remainder with the address behind the advertisement. */
  get addressed(): number {
    const remainder = (this.remainder * HashStep.factor + (this.head >>> 0)) % HashStep.modulus;
    return ((remainder * HashStep.factor + this.tail) % HashStep.modulus) >>> 0;
  }

  private look(bytes: Uint8Array): void {
    this.bytes = bytes;
    // Without a length, so that it follows a buffer that is resized.
    this.view = new DataView(bytes.buffer, bytes.byteOffset);
  }
}
