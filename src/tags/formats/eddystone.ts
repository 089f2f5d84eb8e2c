import { Field } from '../field.js';
import type { Reading } from '../reading.js';
import { int8 } from './integers.js';

/** The 16-bit service UUID of all Eddystone frames (github.com/google/eddystone, protocol-specification.md). */
export const EDDYSTONE_SERVICE = 0xfeaa;

/** First byte of an Eddystone frame. */
export const enum EddystoneFrame {
  uid = 0x00,
  url = 0x10,
  tlm = 0x20,
  eid = 0x30,
}

/** Loss in dB over the first metre, by which Eddystone's power at 0 m becomes the usual signal strength at 1 m. */
const FIRST_METRE_LOSS = 41;

/** Takes the power at 0 m, s8 in dBm, from the byte at `at`. */
export function setEddystonePower(reading: Reading, bytes: Uint8Array, at: number): void {
  const power = int8(bytes, at);
  reading.set(Field.txPower, power);
  reading.set(Field.rssiAt1m, power - FIRST_METRE_LOSS);
}
