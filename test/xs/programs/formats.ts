import { AdvertisementDecoder } from '../../../src/tags/decode.js';
import { KeyTable } from '../../../src/tags/key-table.js';
import { Reading } from '../../../src/tags/reading.js';

/*
 * Decodes one advertisement again and again. It comes byte by byte, because a call takes one number: the address (6
 * bytes), the length of the key (0, 12 or 16), the key, and the advertisement.
 */

const LONGEST = 512;
const ADDRESS = 6;

const bytes = new Uint8Array(LONGEST);
const address = new Uint8Array(ADDRESS);
const reading = new Reading();
let length = 0;
let from = 0;
let decoder = new AdvertisementDecoder();

/** Begins a new advertisement. */
export function begin(): number {
  length = 0;
  return 0;
}

/** The next byte. */
export function put(byte: number): number {
  bytes[length++] = byte;
  return length;
}

/** All bytes are there. Returns how many the advertisement itself has. */
export function end(): number {
  const keyLength = bytes[ADDRESS]!;
  const keys = new KeyTable();
  for (let i = 0; i < ADDRESS; i++) address[i] = bytes[i]!;
  if (keyLength > 0) keys.set(address, 0, bytes.slice(ADDRESS + 1), keyLength);
  decoder = new AdvertisementDecoder(keyLength > 0 ? keys : undefined);
  decoder.presence = true;
  from = ADDRESS + 1 + keyLength;
  return length - from;
}

/** Decodes it `count` times, and returns how often its format was recognised. */
export function decode(count: number): number {
  let recognised = 0;
  for (let i = 0; i < count; i++) if (decoder.decode(bytes, from, length, reading, address) > 0) recognised++;
  return recognised;
}

/** The `FormatNumber` of the reading, and 256 times its `ReadingState`. */
export function outcome(): number {
  return reading.format + 256 * reading.state;
}
