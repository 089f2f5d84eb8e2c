import { Field, State } from '../field.js';
import type { Frame } from '../frame.js';
import type { Reading } from '../reading.js';
import { int16be, uint16be, uint32be } from './integers.js';

// What Ruuvi's data formats share (docs.ruuvi.com, "Bluetooth advertisements"). Numbers high byte first; the least of
// a signed and the greatest of an unsigned number mean that there is none.

/** Ruuvi Innovations in Assigned Numbers, 7.1. */
export const RUUVI_COMPANY = 0x0499;

const NO_SIGNED = -0x8000;
const NO_UNSIGNED = 0xffff;

/** Temperature s16 0.005 °C, humidity u16 0.0025 %, pressure u16 Pa - 50000 at `at`. */
export function setRuuviClimate(reading: Reading, bytes: Uint8Array, at: number): void {
  const temperature = int16be(bytes, at);
  if (temperature !== NO_SIGNED) reading.set(Field.temperature, temperature / 200);
  const humidity = uint16be(bytes, at + 2);
  if (humidity !== NO_UNSIGNED) reading.set(Field.humidity, humidity / 400);
  const pressure = uint16be(bytes, at + 4);
  if (pressure !== NO_UNSIGNED) reading.set(Field.pressure, (pressure + 50000) / 100);
}

/** Three accelerations s16 in mg at `at`. */
export function setRuuviAcceleration(reading: Reading, bytes: Uint8Array, at: number): void {
  const x = int16be(bytes, at);
  if (x !== NO_SIGNED) reading.set(Field.accelerationX, x / 1000);
  const y = int16be(bytes, at + 2);
  if (y !== NO_SIGNED) reading.set(Field.accelerationY, y / 1000);
  const z = int16be(bytes, at + 4);
  if (z !== NO_SIGNED) reading.set(Field.accelerationZ, z / 1000);
}

/** Battery u11 mV - 1600, transmit power u5 2 dBm - 40, movements u8, sequence u16, address: 11 bytes at `at`. */
export function setRuuviStatus(frame: Frame, reading: Reading, at: number): void {
  const { bytes } = frame;
  const word = uint16be(bytes, at);
  const battery = word >>> 5;
  if (battery !== 0x7ff) reading.set(Field.batteryVoltage, (battery + 1600) / 1000);
  const power = word & 0x1f;
  if (power !== 0x1f) reading.set(Field.txPower, 2 * power - 40);
  const movements = bytes[at + 2]!;
  if (movements !== 0xff) reading.set(Field.movementCount, movements);
  const sequence = uint16be(bytes, at + 3);
  if (sequence !== NO_UNSIGNED) reading.setSequence(sequence, 16);
  setRuuviAddress(frame, reading, at + 5);
}

/** The tag's address, 6 bytes at `at`; FF alone means that there is none. */
export function setRuuviAddress(frame: Frame, reading: Reading, at: number): void {
  const { bytes } = frame;
  if (uint16be(bytes, at) === 0xffff && uint32be(bytes, at + 2) === 0xffffffff) return;
  frame.takeAddress(at, false);
  frame.setAddressIdentity(reading);
}

/** Particulate matter u16 0.1 µg/m³ at `at`. */
export function setRuuviParticles(reading: Reading, field: Field, bytes: Uint8Array, at: number): void {
  const mass = uint16be(bytes, at);
  if (mass !== NO_UNSIGNED) reading.set(field, mass / 10);
}

/**
 * Carbon dioxide u16 ppm, VOC index and NOx index u9 at `at`, and `flags`: bits 6 and 7 are the lowest bits of the two
 * indices, bit 0 is set while the sensors calibrate.
 */
export function setRuuviGases(reading: Reading, bytes: Uint8Array, at: number, flags: number): void {
  const co2 = uint16be(bytes, at);
  if (co2 !== NO_UNSIGNED) reading.set(Field.co2, co2);
  const voc = (bytes[at + 2]! << 1) | ((flags >>> 6) & 1);
  if (voc !== 0x1ff) reading.set(Field.vocIndex, voc);
  const nox = (bytes[at + 3]! << 1) | (flags >>> 7);
  if (nox !== 0x1ff) reading.set(Field.noxIndex, nox);
  reading.setState(State.calibrating, (flags & 0x01) !== 0);
}
