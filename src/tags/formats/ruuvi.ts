import { Field } from '../field.js';
import type { Reading } from '../reading.js';
import { int16be, uint16be } from './integers.js';

// What Ruuvi's data formats share (docs.ruuvi.com, "Bluetooth advertisements"). Numbers high byte first.

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

/** Battery u11 mV - 1600, transmit power u5 2 dBm - 40 in two bytes at `at`. */
export function setRuuviPower(reading: Reading, bytes: Uint8Array, at: number): void {
  const word = uint16be(bytes, at);
  const battery = word >>> 5;
  if (battery !== 0x7ff) reading.set(Field.batteryVoltage, (battery + 1600) / 1000);
  const power = word & 0x1f;
  if (power !== 0x1f) reading.set(Field.txPower, 2 * power - 40);
}
