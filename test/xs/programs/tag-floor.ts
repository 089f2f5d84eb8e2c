import type { Advertisement, ScannerHandler } from '../../../src/hal/index.js';
import { AdvertisementDigest } from '../../../src/tags/advertisement-digest.js';
import { HashStep } from '../../../src/tags/reading.js';
import { HASH_FACTOR } from '../../../src/tags/address.js';
import { VirtualScanner } from './virtual-scanner.js';
import { VirtualTime } from './virtual-time.js';

/*
 * The least that an advertisement can cost on this engine: one function that the scanner calls, without a call but
 * those of the clock and of the engine, without a loop, an option or a bound, for 22 bytes of the one tag
 * that it knows. Scanner and clock are those of `tag-reporter.ts`, whose operations have the same names.
 */

const SECOND = 1000;
const SHIFT = 25;
const RING = 64;
const RING_BYTES = 31;

const time = new VirtualTime(1);
const scanner = new VirtualScanner(time);
const { bytes, address } = scanner;
const view = new DataView(bytes.buffer);
const addressView = new DataView(address.buffer);

/** Advertisements heard, of the deny list, and of the tag. */
const counts = new Uint32Array(3);
const slots = new Uint16Array(128);
const heads = new Int32Array(1);
const tails = new Uint16Array(1);
/** The first three bytes of an address: two masks, and what they leave of it. */
const denied = new Int32Array([0xffffff00 | 0, 0, 0xdc2c6f00 | 0, 0]);
const digest = new AdvertisementDigest();
const said = new Uint32Array(2);
const reportedAt = new Float64Array(1);
const interval = new Uint32Array(1);
const advertisements = new Uint32Array(1);
const lastSeen = new Float64Array(1);
const rssis = new Int8Array(1);
const windowCount = new Uint16Array(1);
const windowSum = new Int32Array(1);
const presentAt = new Uint32Array(1);
const longestGap = new Float32Array(1);
const heardAt = new Float64Array(RING);
const notes = new Uint32Array(RING);
const addresses = new Uint8Array(RING * 6);
const kept = new Uint8Array(RING * RING_BYTES);
let taken = 0;

const denies: ScannerHandler = {
  onAdvertisement() {
    time.now();
    counts[0]!++;
    const head = addressView.getInt32(0);
    const tail = addressView.getUint16(4);
    const index = slots[((head ^ (tail * HASH_FACTOR)) * HASH_FACTOR) >>> SHIFT]!;
    if (heads[index] === head && tails[index] === tail) return;
    if ((head & denied[0]!) === denied[2] && (tail & denied[1]!) === denied[3]) counts[1]!++;
  },
};

const hears: ScannerHandler = {
  onAdvertisement(advertisement: Advertisement) {
    const now = time.now();
    counts[0]!++;
    const head = addressView.getInt32(0);
    const tail = addressView.getUint16(4);
    const index = slots[((head ^ (tail * HASH_FACTOR)) * HASH_FACTOR) >>> SHIFT]!;
    if (heads[index] !== head || tails[index] !== tail) return;
    const first = view.getUint32(0);
    const second = view.getUint32(4);
    const third = view.getUint32(8);
    const fourth = view.getUint32(12);
    const fifth = view.getUint32(14);
    const sixth = view.getUint32(18);
    let remainder = (44 * HashStep.factor + fifth * HashStep.factor2 + sixth) % HashStep.modulus;
    remainder = (remainder * HashStep.factor + first * HashStep.factor2 + second) % HashStep.modulus;
    remainder = (remainder * HashStep.factor + third * HashStep.factor2 + fourth) % HashStep.modulus;
    if (said[0] !== (first + second + third + fourth + fifth + sixth) >>> 0) return;
    if ((said[1]! ^ remainder) >>> 8 !== 0) return;
    if (now - reportedAt[index]! >= interval[0]!) return;
    const rssi = advertisement.rssi;
    counts[2]!++;
    advertisements[index]!++;
    lastSeen[index] = now;
    rssis[index] = rssi;
    const sum = windowSum[index]! + (rssi << 8);
    windowSum[index] = rssi > (sum << 24) >> 24 ? (sum & ~0xff) | (rssi & 0xff) : sum;
    windowCount[index]!++;
    const gap = now - presentAt[index]!;
    presentAt[index] = now;
    if (gap >= 20) longestGap[index] = gap;
    const entry = taken++ % RING;
    heardAt[entry] = now;
    notes[entry] = (bytes.length << 16) | (advertisement.addressType << 8) | (rssi & 0xff);
    addresses.set(address, 6 * entry);
    kept.set(bytes, RING_BYTES * entry);
  },
};

/** The one tag, and what it said last. */
function know(): void {
  digest.readAddress(address);
  digest.readHeard(scanner);
  slots[((digest.head ^ (digest.tail * HASH_FACTOR)) * HASH_FACTOR) >>> SHIFT] = 0;
  heads[0] = digest.head;
  tails[0] = digest.tail;
  said[0] = digest.sum;
  said[1] = digest.remainder;
  interval[0] = 0xffffffff;
}
know();

/** Of `filteredAdvertisement`. */
export function filteredFloor(count: number): number {
  const before = counts[1]!;
  scanner.start({ intervalMilliseconds: 10, windowMilliseconds: 10, active: false }, denies);
  address[2] = 0x6f;
  for (let i = 0; i < count; i++) scanner.repeat();
  address[2] = 0x6e;
  return counts[1]! - before;
}

/** Of `repeatedAdvertisement`. */
export function repeatedFloor(count: number): number {
  const before = counts[2]!;
  scanner.start({ intervalMilliseconds: 10, windowMilliseconds: 10, active: false }, hears);
  for (let i = 0; i < count; i++) {
    time.run(i % 100 === 0 ? SECOND : 1);
    scanner.repeat();
  }
  return kept[RING_BYTES * ((taken - 1) % RING)] === bytes[0] ? counts[2]! - before : -1;
}
