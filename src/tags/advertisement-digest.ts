import { HashStep } from './reading.js';
import { ADDRESS_SIZE } from './address.js';
import type { AddressWords } from './address.js';

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

const enum Size {
  word = 4,
  /** Two words, which one step of the polynomial takes. */
  pair = 8,
}

/**
 * Knows an advertisement again: by two numbers of 32 bits, its sum and the value of a polynomial. It reads four bytes
 * at a time, by the one native call that XS has for that, and walks no AD structures.
 *
 * The words are taken in pairs. The first pair is the last eight bytes, whatever the length, or the first four and the
 * last four of less than eight; the others follow from the beginning on. The sum is that of all words, modulo 2^32. The
 * remainder is s, made of the length and the address type, after a `HashStep` for each pair. How seldom two that differ
 * have both in common is in docs/decisions/0038-repeats-by-digest.md.
 *
 * It makes a view when it is given another array than the last time; scanners reuse theirs.
 */
export class AdvertisementDigest implements AddressWords {
  /** Of the address that was read last. */
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
  readHeard(heard: Heard): boolean {
    const bytes = heard.bytes;
    const from = heard.from;
    const to = heard.to;
    if (bytes !== this.bytes) this.look(bytes);
    const length = to - from;
    if (!(length >= Size.word && from >= 0 && to <= bytes.length)) return false;
    const view = this.view;
    const last = to - Size.pair;
    let first = view.getUint32(last < from ? from : last);
    let second = view.getUint32(to - Size.word);
    let sum = first + second;
    let remainder =
      ((2 * length + heard.addressType) * HashStep.factor + first * HashStep.factor2 + second) % HashStep.modulus;
    let at = from;
    while (at < last) {
      first = view.getUint32(at);
      second = view.getUint32(at + Size.word);
      sum += first + second;
      remainder = (remainder * HashStep.factor + first * HashStep.factor2 + second) % HashStep.modulus;
      at += Size.pair;
    }
    this.sum = sum >>> 0;
    this.remainder = remainder >>> 0;
    return true;
  }

  private look(bytes: Uint8Array): void {
    this.bytes = bytes;
    // Without a length, so that it follows a buffer that is resized.
    this.view = new DataView(bytes.buffer, bytes.byteOffset);
  }
}
