import { Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16be, int8, uint16be } from './bytes.js';
import { EDDYSTONE_SERVICE } from './eddystone.js';

const COMPANY = 0x0a53;

/**
 * KKM KBeacon (github.com/kkmhogen/android_kbeaconlib2, KBAdvPacketSensor), service data FEAA or manufacturer data:
 * 21 | mask u16 of the values that follow, in the order of its bits.
 * 22 | model | battery % | address | firmware.
 * 24 | model | battery u16 mV | chip °C s8 | values: length, type, value.
 * 03, 06, 07: encrypted with a key that is made of the password by MD5; only recognised.
 * Numbers high byte first.
 */
export const kkm: Format = {
  number: FormatNumber.kkm,
  name: 'kkm',
  matches: [match(Source.service16, EDDYSTONE_SERVICE), match(Source.manufacturer, COMPANY)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to) return ReadingState.none;
    switch (bytes[from]) {
      case Type.masked:
        return decodeMasked(frame, reading);
      case Type.system:
        return decodeSystem(frame, reading);
      case Type.listed:
        return decodeListed(frame, reading);
      case Type.encryptedBeacon:
      case Type.encryptedMasked:
      case Type.encryptedListed:
        if (frame.source !== Source.manufacturer) return ReadingState.none;
        return to - from < ENCRYPTED_LENGTH ? ReadingState.malformed : ReadingState.encrypted;
      default:
        return ReadingState.none;
    }
  },
};

const enum Type {
  encryptedBeacon = 0x03,
  encryptedMasked = 0x06,
  encryptedListed = 0x07,
  masked = 0x21,
  system = 0x22,
  listed = 0x24,
}

/** Bits of the mask. */
const enum Mask {
  battery = 0x01,
  temperature = 0x02,
  humidity = 0x04,
  acceleration = 0x08,
  alarm = 0x10,
  motion = 0x20,
  illuminance = 0x40,
  voc = 0x80,
  co2 = 0x200,
}

/** Types of the values in a list. */
const enum Value {
  temperature = 0x02,
  climate = 0x03,
  acceleration = 0x04,
  alarm = 0x05,
  motion = 0x06,
  illuminance = 0x07,
  voc = 0x08,
  co2 = 0x09,
}

/** Bytes of the values by bit of the mask; 8 is set in all frames and has none, 10 counts records. */
const MASKED_SIZES = new Uint8Array([2, 2, 2, 6, 1, 1, 2, 5, 0, 3, 3]);
/** Bytes of the values by type in a list; 0 where it is not read. */
const LISTED_SIZES = new Uint8Array([0, 0, 2, 3, 6, 1, 1, 2, 5, 3]);

const MASKED_HEAD = 3;
const LISTED_HEAD = 5;
const SYSTEM_LENGTH = 11;
/** The shortest of three: type | model | 16 encrypted bytes | time u32. */
const ENCRYPTED_LENGTH = 22;
const NO_TEMPERATURE = -0x8000;
const NO_UNSIGNED = 0xffff;
/** High byte of the humidity below which there is none, and temperatures of more than a byte. */
const FAR_TEMPERATURE = -2;

function decodeSystem(frame: Frame, reading: Reading): ReadingState {
  if (frame.to - frame.from < SYSTEM_LENGTH) return ReadingState.malformed;
  const battery = frame.bytes[frame.from + 2]!;
  if (battery <= 100) reading.set(Field.batteryPercent, battery);
  return ReadingState.ok;
}

function decodeMasked(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from, to } = frame;
  if (to - from < MASKED_HEAD) return ReadingState.malformed;
  const mask = uint16be(bytes, from + 1);
  if (mask >>> MASKED_SIZES.length) return ReadingState.unsupported;
  let length = MASKED_HEAD;
  for (let bit = 0; bit < MASKED_SIZES.length; bit++) if ((mask >>> bit) & 1) length += MASKED_SIZES[bit]!;
  if (to - from < length) return ReadingState.malformed;

  let at = from + MASKED_HEAD;
  if (mask & Mask.battery) {
    setBattery(reading, bytes, at);
    at += 2;
  }
  if (mask & Mask.temperature) {
    const raw = int16be(bytes, at);
    at += 2;
    let hundreds = 0;
    if (mask & Mask.humidity) {
      const humidity = int8(bytes, at);
      if (humidity < FAR_TEMPERATURE) hundreds = -20 - humidity;
    }
    if (raw !== NO_TEMPERATURE) reading.set(Field.temperature, 100 * hundreds + raw / 256);
  }
  if (mask & Mask.humidity) {
    const raw = int16be(bytes, at);
    if (raw >= 0) setHumidity(reading, raw / 256);
    at += 2;
  }
  if (mask & Mask.acceleration) {
    setAcceleration(reading, bytes, at);
    at += 6;
  }
  if (mask & Mask.alarm) reading.setState(State.generic, bytes[at++] !== 0);
  if (mask & Mask.motion) reading.setState(State.motion, bytes[at++] !== 0);
  if (mask & Mask.illuminance) {
    setUnsigned(reading, Field.illuminance, bytes, at);
    at += 2;
  }
  if (mask & Mask.voc) {
    setAirQuality(reading, bytes, at);
    at += 5;
  }
  if (mask & Mask.co2) setCo2(reading, bytes, at);
  return ReadingState.ok;
}

function decodeListed(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from, to } = frame;
  if (to - from < LISTED_HEAD) return ReadingState.malformed;
  for (let at = from + LISTED_HEAD; at < to; at += 1 + bytes[at]!) {
    const length = bytes[at]!;
    if (length < 1 || length > to - at - 1) return ReadingState.malformed;
    const type = bytes[at + 1]!;
    if (type < LISTED_SIZES.length && length - 1 < LISTED_SIZES[type]!) return ReadingState.malformed;
  }

  setBattery(reading, bytes, from + 2);
  for (let at = from + LISTED_HEAD; at < to; at += 1 + bytes[at]!) setListed(reading, bytes, at + 1);
  return ReadingState.ok;
}

/** Takes the value whose type is at `at`. */
function setListed(reading: Reading, bytes: Uint8Array, at: number): void {
  const value = at + 1;
  switch (bytes[at]) {
    case Value.climate:
      setHumidity(reading, bytes[value + 2]!);
      setTenths(reading, bytes, value);
      break;
    case Value.temperature:
      setTenths(reading, bytes, value);
      break;
    case Value.acceleration:
      setAcceleration(reading, bytes, value);
      break;
    case Value.alarm:
      reading.setState(State.generic, bytes[value] !== 0);
      break;
    case Value.motion:
      reading.setState(State.motion, bytes[value] !== 0);
      break;
    case Value.illuminance:
      setUnsigned(reading, Field.illuminance, bytes, value);
      break;
    case Value.voc:
      setAirQuality(reading, bytes, value);
      break;
    case Value.co2:
      setCo2(reading, bytes, value);
      break;
  }
}

function setBattery(reading: Reading, bytes: Uint8Array, at: number): void {
  const millivolts = uint16be(bytes, at);
  if (millivolts !== 0 && millivolts !== NO_UNSIGNED) reading.set(Field.batteryVoltage, millivolts / 1000);
}

function setTenths(reading: Reading, bytes: Uint8Array, at: number): void {
  const raw = int16be(bytes, at);
  if (raw !== NO_TEMPERATURE) reading.set(Field.temperature, raw / 10);
}

function setHumidity(reading: Reading, percent: number): void {
  if (percent <= 100) reading.set(Field.humidity, percent);
}

/** Three of s16 mg. */
function setAcceleration(reading: Reading, bytes: Uint8Array, at: number): void {
  reading.set(Field.accelerationX, int16be(bytes, at) / 1000);
  reading.set(Field.accelerationY, int16be(bytes, at + 2) / 1000);
  reading.set(Field.accelerationZ, int16be(bytes, at + 4) / 1000);
}

/** Age | VOC index u16 | NOx index u16; an index of 0 means that there is none yet. */
function setAirQuality(reading: Reading, bytes: Uint8Array, at: number): void {
  const voc = uint16be(bytes, at + 1);
  if (voc !== 0) setUnsigned(reading, Field.vocIndex, bytes, at + 1);
  const nox = uint16be(bytes, at + 3);
  if (nox !== 0) setUnsigned(reading, Field.noxIndex, bytes, at + 3);
}

/** Age | CO2 u16 ppm. */
function setCo2(reading: Reading, bytes: Uint8Array, at: number): void {
  if (uint16be(bytes, at + 1) !== 0) setUnsigned(reading, Field.co2, bytes, at + 1);
}

function setUnsigned(reading: Reading, field: Field, bytes: Uint8Array, at: number): void {
  const value = uint16be(bytes, at);
  if (value !== NO_UNSIGNED) reading.set(field, value);
}
