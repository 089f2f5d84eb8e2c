import type { SeededRandom } from '../../world/random.js';
import { integerOf } from '../random.js';

// Advertisements that no tag of a world sends, drawn by chance.

/** Draws a resolvable private address (Core 5.4, Vol 6, Part B, 1.3.2.2), most significant byte first. */
export function drawAddress(random: SeededRandom, into: Uint8Array): void {
  for (let i = 0; i < 6; i++) into[i] = integerOf(random, 0, 255);
  into[0] = 0x40 | (into[0]! & 0x3f);
}

/** Writes what a stranger sends, its complete local name, to the start of `bytes`. Returns its length, 10. */
export function writeStranger(random: SeededRandom, bytes: Uint8Array): number {
  bytes[0] = 9;
  bytes[1] = 0x09;
  for (let i = 2; i < 10; i++) bytes[i] = integerOf(random, 0x61, 0x7a);
  return 10;
}

/** What precedes the data of formats that decoders know: a Ruuvi, an iBeacon, a BTHome and a Mikrotik tag. */
const BEGINNINGS = [[0xff, 0x99, 0x04, 5], [0xff, 0x4c, 0, 2, 21], [0x16, 0xd2, 0xfc, 0x40], [0xff, 0x4f, 9, 1], []];

/**
 * Writes AD structures that are longer than what follows, that end early, or that have any content behind the beginning
 * of a known format, to the start of `bytes`. Returns their length, up to that of `bytes`.
 */
export function writeMalformed(random: SeededRandom, bytes: Uint8Array): number {
  const beginning = BEGINNINGS[integerOf(random, 0, BEGINNINGS.length - 1)]!;
  const to = integerOf(random, 0, bytes.length);
  for (let i = 0; i < to; i++) bytes[i] = integerOf(random, 0, 255);
  for (let i = 0; i < beginning.length && i + 1 < to; i++) bytes[i + 1] = beginning[i]!;
  return to;
}
