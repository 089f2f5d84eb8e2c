import { Field } from '../field.js';
import { IdentityKind, type Reading } from '../reading.js';
import { int16be } from './integers.js';

// What Minew's frames share.

const NO_VALUE = -0x8000;
const SPACE = 0x20;
const TILDE = 0x7e;

export function setMinewBattery(reading: Reading, percent: number): void {
  if (percent <= 100) reading.set(Field.batteryPercent, percent);
}

/** s8.8 °C at `at`, high byte first. */
export function setMinewTemperature(reading: Reading, bytes: Uint8Array, at: number): void {
  const raw = int16be(bytes, at);
  if (raw !== NO_VALUE) reading.set(Field.temperature, raw / 256);
}

/** s8.8 % at `at`, high byte first. */
export function setMinewHumidity(reading: Reading, bytes: Uint8Array, at: number): void {
  const percent = int16be(bytes, at) / 256;
  if (percent >= 0 && percent <= 100) reading.set(Field.humidity, percent);
}

/** Three of s8.8 g at `at`, high byte first. */
export function setMinewAcceleration(reading: Reading, bytes: Uint8Array, at: number): void {
  const x = int16be(bytes, at);
  if (x !== NO_VALUE) reading.set(Field.accelerationX, x / 256);
  const y = int16be(bytes, at + 2);
  if (y !== NO_VALUE) reading.set(Field.accelerationY, y / 256);
  const z = int16be(bytes, at + 4);
  if (z !== NO_VALUE) reading.set(Field.accelerationZ, z / 256);
}

/** Takes the text in `bytes[at..to)` up to its first zero as identity, when it is printable. */
export function setMinewName(reading: Reading, bytes: Uint8Array, at: number, to: number): void {
  let end = at;
  while (end < to && bytes[end] !== 0) {
    const character = bytes[end++]!;
    if (character < SPACE || character > TILDE) return;
  }
  if (end > at) reading.setIdentity(IdentityKind.text, bytes, at, end - at);
}
