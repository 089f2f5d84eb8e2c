import { Field, State } from '../field.js';
import type { Reading } from '../reading.js';
import { uint16le, uint32le } from './integers.js';
import { setMibeaconTime } from './mibeacon-locks.js';

// Scales and body sensors of MiBeacon.

/** Object 0012: mass u16 g | type u8, of which 0 is what lies on the scale, others what was taken off or put on. */
export function setMibeaconWeighing(reading: Reading, bytes: Uint8Array, at: number): void {
  if (bytes[at + 2] === 0) reading.set(Field.mass, uint16le(bytes, at) / 1000);
}

/** Object 4E16 of the scale S200: person u8 | mass u32 0.01 kg | time u32. */
export function setMibeaconScale(reading: Reading, bytes: Uint8Array, at: number): void {
  const mass = uint32le(bytes, at + 1);
  if (mass === 0) return;
  reading.set(Field.mass, mass / 100);
  reading.set(Field.profile, bytes[at]!);
  setMibeaconTime(reading, bytes, at + 5);
}

/**
 * Object 6E16 of the scale S400: person u8 | mass u11 0.1 kg, heart rate u7 - 50, impedance u14 0.1 Ω, lowest bits
 * first | time u32. First mass and low-frequency impedance are sent, then the high-frequency impedance alone; with
 * socks only the mass; and all 0 once the person stepped off.
 */
export function setMibeaconBodyScale(reading: Reading, bytes: Uint8Array, at: number): void {
  const bits = uint32le(bytes, at + 1);
  const mass = bits & 0x7ff;
  const heartRate = (bits >>> 11) & 0x7f;
  const impedance = bits >>> 18;
  reading.set(Field.profile, bytes[at]!);
  if (mass !== 0) reading.set(Field.mass, mass / 10);
  if (heartRate !== 0 && heartRate !== 0x7f) reading.set(Field.heartRate, heartRate + 50);
  const high = mass === 0 && heartRate === 0;
  if (impedance !== 0) reading.set(high ? Field.impedance2 : Field.impedance, impedance / 10);
  reading.setState(State.stabilized, high ? impedance !== 0 : impedance === 0);
  setMibeaconTime(reading, bytes, at + 5);
}
