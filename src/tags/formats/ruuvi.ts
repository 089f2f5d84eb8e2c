import { Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16be, uint16be, uint24be, uint32be } from './bytes.js';

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

/**
 * Ruuvi data format 3, RAWv1 (github.com/ruuvi/ruuvi-sensor-protocols, "Data Format 3"), 14 bytes of Ruuvi's
 * manufacturer data: format 03 | humidity u8 0.5 % | temperature: bit 7 = below zero, 7 bits °C | hundredths u8, 0 to
 * 99 | pressure u16 Pa - 50000 | acceleration x, y, z s16 mg | battery u16 mV; numbers high byte first. No value means
 * that there is none; 0 is sent for it. Early firmware pads it to 18 bytes.
 */
const enum Ruuvi3Offset {
  format = 0,
  humidity = 1,
  temperature = 2,
  hundredths = 3,
  pressure = 4,
  acceleration = 6,
  battery = 12,
}

const RUUVI3_LENGTH = 14;
const RUUVI3_PADDED_LENGTH = 18;
const BELOW_ZERO = 0x80;

export const ruuvi3: Format = {
  number: FormatNumber.ruuvi3,
  name: 'ruuvi3',
  matches: [match(Source.manufacturer, RUUVI_COMPANY)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to || bytes[from + Ruuvi3Offset.format] !== 0x03) return ReadingState.none;
    if (to - from !== RUUVI3_LENGTH && to - from !== RUUVI3_PADDED_LENGTH) return ReadingState.malformed;
    const hundredths = bytes[from + Ruuvi3Offset.hundredths]!;
    if (hundredths <= 99) {
      const whole = bytes[from + Ruuvi3Offset.temperature]!;
      const magnitude = ((whole & 0x7f) * 100 + hundredths) / 100;
      reading.set(Field.temperature, whole & BELOW_ZERO ? -magnitude : magnitude);
    }
    reading.set(Field.humidity, bytes[from + Ruuvi3Offset.humidity]! / 2);
    reading.set(Field.pressure, (uint16be(bytes, from + Ruuvi3Offset.pressure) + 50000) / 100);
    setRuuviAcceleration(reading, bytes, from + Ruuvi3Offset.acceleration);
    reading.set(Field.batteryVoltage, uint16be(bytes, from + Ruuvi3Offset.battery) / 1000);
    return ReadingState.ok;
  },
};

/**
 * Ruuvi data format 5, RAWv2 (docs.ruuvi.com, "Data format 5"), 24 bytes of Ruuvi's manufacturer data:
 * format 05 | temperature s16 0.005 °C | humidity u16 0.0025 % | pressure u16 Pa - 50000 | acceleration x, y, z s16
 * mg | battery u11 mV - 1600, transmit power u5 2 dBm - 40 | movements u8 | sequence u16 | address; numbers high byte
 * first. The least of a signed and the greatest of an unsigned number mean that there is none.
 */
const enum Ruuvi5Offset {
  format = 0,
  climate = 1,
  acceleration = 7,
  status = 13,
}

const RUUVI5_LENGTH = 24;

export const ruuvi5: Format = {
  number: FormatNumber.ruuvi5,
  name: 'ruuvi5',
  matches: [match(Source.manufacturer, RUUVI_COMPANY)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to || bytes[from + Ruuvi5Offset.format] !== 0x05) return ReadingState.none;
    if (to - from !== RUUVI5_LENGTH) return ReadingState.malformed;
    setRuuviClimate(reading, bytes, from + Ruuvi5Offset.climate);
    setRuuviAcceleration(reading, bytes, from + Ruuvi5Offset.acceleration);
    setRuuviStatus(frame, reading, from + Ruuvi5Offset.status);
    return ReadingState.ok;
  },
};

/**
 * Ruuvi data format 6, Ruuvi Air (docs.ruuvi.com, "Data format 6"), 20 bytes of Ruuvi's manufacturer data:
 * format 06 | temperature s16 0.005 °C | humidity u16 0.0025 % | pressure u16 Pa - 50000 | PM2.5 u16 0.1 µg/m³ | CO2
 * u16 ppm | VOC index u8 | NOx index u8 | luminosity u8, logarithmic | reserved | sequence u8 | flags: bit 0 =
 * calibrating, 6 and 7 = lowest bits of the two indices | low 3 bytes of the address; numbers high byte first. The
 * least of a signed and the greatest of an unsigned number mean that there is none, but for the sequence.
 *
 * The part of the address is for receivers that are not told the advertiser's; it is not used.
 */
const enum Ruuvi6Offset {
  format = 0,
  climate = 1,
  particles = 7,
  gases = 9,
  luminosity = 13,
  sequence = 15,
  flags = 16,
}

const RUUVI6_LENGTH = 20;
const NO_LUMINOSITY = 0xff;

export const ruuvi6: Format = {
  number: FormatNumber.ruuvi6,
  name: 'ruuvi6',
  matches: [match(Source.manufacturer, RUUVI_COMPANY)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to || bytes[from + Ruuvi6Offset.format] !== 0x06) return ReadingState.none;
    if (to - from !== RUUVI6_LENGTH) return ReadingState.malformed;
    setRuuviClimate(reading, bytes, from + Ruuvi6Offset.climate);
    setRuuviParticles(reading, Field.pm25, bytes, from + Ruuvi6Offset.particles);
    setRuuviGases(reading, bytes, from + Ruuvi6Offset.gases, bytes[from + Ruuvi6Offset.flags]!);
    const code = bytes[from + Ruuvi6Offset.luminosity]!;
    // exp(code * ln(65536) / 254) - 1; as a power of two it is exact at both ends.
    if (code !== NO_LUMINOSITY) reading.set(Field.illuminance, Math.pow(2, (16 * code) / 254) - 1);
    reading.setSequence(bytes[from + Ruuvi6Offset.sequence]!, 8);
    return ReadingState.ok;
  },
};

/**
 * Ruuvi data format C5, Cut-RAWv2 (docs.ruuvi.com, "Data format C5"), 18 bytes of Ruuvi's manufacturer data: as format
 * 5, but without acceleration.
 */
const enum RuuviC5Offset {
  format = 0,
  climate = 1,
  status = 7,
}

const RUUVI_C5_LENGTH = 18;

export const ruuviC5: Format = {
  number: FormatNumber.ruuviC5,
  name: 'ruuvi-c5',
  matches: [match(Source.manufacturer, RUUVI_COMPANY)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to || bytes[from + RuuviC5Offset.format] !== 0xc5) return ReadingState.none;
    if (to - from !== RUUVI_C5_LENGTH) return ReadingState.malformed;
    setRuuviClimate(reading, bytes, from + RuuviC5Offset.climate);
    setRuuviStatus(frame, reading, from + RuuviC5Offset.status);
    return ReadingState.ok;
  },
};

/**
 * Ruuvi data format E1, Ruuvi Air (docs.ruuvi.com, "Data format E1"), 40 bytes of Ruuvi's manufacturer data, sent as
 * extended advertisement: format E1 | temperature s16 0.005 °C | humidity u16 0.0025 % | pressure u16 Pa - 50000 | PM1,
 * PM2.5, PM4, PM10 u16 0.1 µg/m³ | CO2 u16 ppm | VOC index u8 | NOx index u8 | luminosity u24 0.01 lx | 3 reserved |
 * sequence u24 | flags: bit 0 = calibrating, 6 and 7 = lowest bits of the two indices | 5 reserved | address; numbers
 * high byte first. The least of a signed and the greatest of an unsigned number mean that there is none.
 */
const enum RuuviE1Offset {
  format = 0,
  climate = 1,
  pm1 = 7,
  pm25 = 9,
  pm4 = 11,
  pm10 = 13,
  gases = 15,
  luminosity = 19,
  sequence = 25,
  flags = 28,
  address = 34,
}

const RUUVI_E1_LENGTH = 40;
const NO_UNSIGNED_24 = 0xffffff;

export const ruuviE1: Format = {
  number: FormatNumber.ruuviE1,
  name: 'ruuvi-e1',
  matches: [match(Source.manufacturer, RUUVI_COMPANY)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to || bytes[from + RuuviE1Offset.format] !== 0xe1) return ReadingState.none;
    if (to - from !== RUUVI_E1_LENGTH) return ReadingState.malformed;
    setRuuviClimate(reading, bytes, from + RuuviE1Offset.climate);
    setRuuviParticles(reading, Field.pm1, bytes, from + RuuviE1Offset.pm1);
    setRuuviParticles(reading, Field.pm25, bytes, from + RuuviE1Offset.pm25);
    setRuuviParticles(reading, Field.pm4, bytes, from + RuuviE1Offset.pm4);
    setRuuviParticles(reading, Field.pm10, bytes, from + RuuviE1Offset.pm10);
    setRuuviGases(reading, bytes, from + RuuviE1Offset.gases, bytes[from + RuuviE1Offset.flags]!);
    const luminosity = uint24be(bytes, from + RuuviE1Offset.luminosity);
    if (luminosity !== NO_UNSIGNED_24) reading.set(Field.illuminance, luminosity / 100);
    const sequence = uint24be(bytes, from + RuuviE1Offset.sequence);
    if (sequence !== NO_UNSIGNED_24) reading.setSequence(sequence, 24);
    setRuuviAddress(frame, reading, from + RuuviE1Offset.address);
    return ReadingState.ok;
  },
};
