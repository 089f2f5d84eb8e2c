import { AdvertisementDigest } from '../../../src/tags/advertisement-digest.js';
import { AdvertisementRing } from '../../../src/tags/advertisement-ring.js';
import { AdvertisementDecoder } from '../../../src/tags/decode.js';
import { AddressKind, AddressList } from '../../../src/tags/filter/address-list.js';
import { AdvertisementFilter, FilterReason } from '../../../src/tags/filter/advertisement-filter.js';
import { ServiceList } from '../../../src/tags/filter/content-filter.js';
import { DuplicateFilter, DuplicateMode } from '../../../src/tags/filter/duplicate-filter.js';
import { KeyTable } from '../../../src/tags/key-table.js';
import { Reading } from '../../../src/tags/reading.js';

/*
 * Filters, keeps and decodes many advertisements. They come as bytes, six in each call: the number of keys (2 bytes,
 * high one first), for each an address (6), the length of the key (1) and the key; the number of advertisements (2),
 * for each the address (6), its type (1), the RSSI (1), the length (1) and the AD structures.
 */

const ADDRESS = 6;
const PER_CALL = 6;

const store = new Uint8Array(1 << 20);
let length = 0;
let count = 0;
let offsets = new Uint32Array(0);

const address = new Uint8Array(ADDRESS);
const reading = new Reading();
const list = new AddressList(8);
list.add(new Uint8Array([0xa4, 0xc1, 0x38]), 3, AddressKind.any, 'telink');
list.add(new Uint8Array(0), 0, AddressKind.random, 'random');
const services = new ServiceList(new Uint32Array([0xfcd2, 0xfe95]), new Uint8Array(16));
const filters = [
  new AdvertisementFilter({ rssiFloor: -90, allow: list }),
  new AdvertisementFilter({ deny: list }),
  new AdvertisementFilter({ companies: new Uint16Array([0x0499, 0x004c]), services }),
  new AdvertisementFilter({ duplicates: new DuplicateFilter({ mode: DuplicateMode.keepOldest, capacity: 32 }) }),
  new AdvertisementFilter({ duplicates: new DuplicateFilter({ mode: DuplicateMode.keepUnique, capacity: 32 }) }),
];
const rings = [
  new AdvertisementRing({ capacity: 16 }),
  new AdvertisementRing({ capacity: 16, duplicates: DuplicateMode.keepNewest }),
  new AdvertisementRing({ capacity: 16, duplicates: DuplicateMode.keepUnique }),
];
let decoder = new AdvertisementDecoder();

/** The next six bytes, the first one highest. */
export function put(bytes: number): number {
  for (let i = PER_CALL - 1; i >= 0; i--) {
    store[length + i] = bytes % 256;
    bytes = Math.floor(bytes / 256);
  }
  length += PER_CALL;
  return length;
}

/** All bytes are there. Returns the number of advertisements. */
export function end(): number {
  let at = 2;
  const keys = new KeyTable({ capacity: 128 });
  for (let i = store[0]! * 256 + store[1]!; i > 0; i--) {
    const keyLength = store[at + ADDRESS]!;
    keys.set(store, at, store.slice(at + ADDRESS + 1, at + ADDRESS + 1 + keyLength), keyLength);
    at += ADDRESS + 1 + keyLength;
  }
  decoder = new AdvertisementDecoder(keys);
  decoder.presence = true;
  count = store[at]! * 256 + store[at + 1]!;
  at += 2;
  offsets = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    offsets[i] = at;
    at += ADDRESS + 3 + store[at + ADDRESS + 2]!;
  }
  return count;
}

const digest = new AdvertisementDigest();
const heard = { address, addressType: 0, rssi: 0, bytes: store, from: 0, to: 0 };

/** Takes the first `wanted` advertisements, and returns how many were decoded to something. */
export function take(wanted: number): number {
  let recognised = 0;
  for (let i = 0; i < wanted; i++) {
    const at = offsets[i]!;
    for (let j = 0; j < ADDRESS; j++) address[j] = store[at + j]!;
    const type = store[at + ADDRESS]!;
    const rssi = (store[at + ADDRESS + 1]! << 24) >> 24;
    const from = at + ADDRESS + 3;
    const to = from + store[at + ADDRESS + 2]!;
    heard.addressType = type;
    heard.rssi = rssi;
    heard.from = from;
    heard.to = to;
    digest.readAddress(address);
    for (let j = 0; j < filters.length; j++) {
      if (filters[j]!.checkAdvertiser(digest, heard) === FilterReason.passed) filters[j]!.checkContent(heard);
    }
    for (let j = 0; j < rings.length; j++) rings[j]!.keep(heard, i, false);
    if (decoder.decode(store, from, to, reading, address) > 0) recognised++;
  }
  return recognised;
}

/** Advertisements by `FilterReason`, of all filters. */
export function reasonCount(reason: number): number {
  let sum = 0;
  for (let i = 0; i < filters.length; i++) sum += filters[i]!.counts[reason]!;
  return sum;
}
