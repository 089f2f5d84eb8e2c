import type { AesCcm } from '../aes-ccm.js';
import { ButtonEvent, Field, State } from '../field.js';
import type { Frame } from '../frame.js';
import { IDENTITY_SIZE, IdentityKind } from '../reading.js';
import type { Reading, ReadingState } from '../reading.js';
import { ADDRESS_SIZE } from '../tag-table.js';
import { uint32le } from './bytes.js';

/** Counter u32 and authentication tag, 4 bytes, behind what is encrypted. */
export const BTHOME_TRAILER = 8;

const TAG_LENGTH = 4;

/** The counter of an encrypted frame, which is known to be long enough. */
export function bthomeCounter(frame: Frame): number {
  return uint32le(frame.bytes, frame.to - BTHOME_TRAILER);
}

/**
 * Opens the frame from `from` on (bthome.io/encryption, AES-128-CCM): nonce address | UUID u16 | device information |
 * counter. Version 1 has no device information, `information` is -1 then, and authenticates the byte 11 besides.
 */
export function openBthome(
  frame: Frame,
  ccm: AesCcm,
  address: Uint8Array,
  from: number,
  information: number,
): ReadingState {
  const { bytes, to, id } = frame;
  const nonce = ccm.nonce;
  for (let i = 0; i < ADDRESS_SIZE; i++) nonce[i] = address[i]!;
  let length = ADDRESS_SIZE;
  nonce[length++] = id & 0xff;
  nonce[length++] = id >> 8;
  if (information < 0) {
    ccm.aad[0] = 0x11;
    ccm.aadLength = 1;
  } else {
    nonce[length++] = information;
  }
  for (let i = to - BTHOME_TRAILER; i < to - TAG_LENGTH; i++) nonce[length++] = bytes[i]!;
  ccm.nonceLength = length;
  return frame.openWithCounter(from, to - BTHOME_TRAILER, to - TAG_LENGTH, TAG_LENGTH, bthomeCounter(frame));
}

// The objects of BTHome (bthome.io/format, "Supported data types"), which both versions share. Numbers low byte first.

/** Objects that are no plain number. */
export const enum ObjectId {
  button = 0x3a,
  command = 0x3b,
  dimmer = 0x3c,
  text = 0x53,
  raw = 0x54,
  settingsRevision = 0x65,
  deviceType = 0xf0,
  firmwareVersion4 = 0xf1,
  firmwareVersion3 = 0xf2,
}

/** Binary sensors, in two runs, which `State` follows in the same order. */
const enum BinaryId {
  generic = 0x0f,
  opening = 0x11,
  batteryLow = 0x15,
  window = 0x2d,
}

const enum Shape {
  uint8 = 1,
  uint16 = 2,
  uint24 = 3,
  uint32 = 4,
  signed = 8,
  int8 = uint8 | signed,
  int16 = uint16 | signed,
  int32 = uint32 | signed,
}

const enum Scale {
  one,
  tenth,
  hundredth,
  thousandth,
  millionth,
  /** Temperature of 0x58: 0.35 °C. */
  steps35,
  /** 0.01 lb. */
  pounds,
  /** 0.001 m/s² and 0.000001 m/s². */
  milliMetresPerSecond2,
  microMetresPerSecond2,
}

/** By id: field, from bit 7 on the shape, from bit 11 on the scale; 0 where there is no number. */
const numbers = new Uint16Array(0x65);

function define(id: number, field: Field, shape: Shape, scale: Scale): void {
  numbers[id] = field | (shape << 7) | (scale << 11);
}

define(0x00, Field.sequence, Shape.uint8, Scale.one);
define(0x01, Field.batteryPercent, Shape.uint8, Scale.one);
define(0x02, Field.temperature, Shape.int16, Scale.hundredth);
define(0x03, Field.humidity, Shape.uint16, Scale.hundredth);
define(0x04, Field.pressure, Shape.uint24, Scale.hundredth);
define(0x05, Field.illuminance, Shape.uint24, Scale.hundredth);
define(0x06, Field.mass, Shape.uint16, Scale.hundredth);
define(0x07, Field.mass, Shape.uint16, Scale.pounds);
define(0x08, Field.dewPoint, Shape.int16, Scale.hundredth);
define(0x09, Field.count, Shape.uint8, Scale.one);
define(0x0a, Field.energy, Shape.uint24, Scale.thousandth);
define(0x0b, Field.power, Shape.uint24, Scale.hundredth);
define(0x0c, Field.voltage, Shape.uint16, Scale.thousandth);
define(0x0d, Field.pm25, Shape.uint16, Scale.one);
define(0x0e, Field.pm10, Shape.uint16, Scale.one);
define(0x12, Field.co2, Shape.uint16, Scale.one);
define(0x13, Field.voc, Shape.uint16, Scale.one);
define(0x14, Field.moisture, Shape.uint16, Scale.hundredth);
define(0x2e, Field.humidity, Shape.uint8, Scale.one);
define(0x2f, Field.moisture, Shape.uint8, Scale.one);
define(0x3d, Field.count, Shape.uint16, Scale.one);
define(0x3e, Field.count, Shape.uint32, Scale.one);
define(0x3f, Field.rotation, Shape.int16, Scale.tenth);
define(0x40, Field.distance, Shape.uint16, Scale.thousandth);
define(0x41, Field.distance, Shape.uint16, Scale.tenth);
define(0x42, Field.duration, Shape.uint24, Scale.thousandth);
define(0x43, Field.current, Shape.uint16, Scale.thousandth);
define(0x44, Field.speed, Shape.uint16, Scale.hundredth);
define(0x45, Field.temperature, Shape.int16, Scale.tenth);
define(0x46, Field.uvIndex, Shape.uint8, Scale.tenth);
define(0x47, Field.volume, Shape.uint16, Scale.tenth);
define(0x48, Field.volume, Shape.uint16, Scale.thousandth);
define(0x49, Field.volumeFlow, Shape.uint16, Scale.thousandth);
define(0x4a, Field.voltage, Shape.uint16, Scale.tenth);
define(0x4b, Field.gas, Shape.uint24, Scale.thousandth);
define(0x4c, Field.gas, Shape.uint32, Scale.thousandth);
define(0x4d, Field.energy, Shape.uint32, Scale.thousandth);
define(0x4e, Field.volume, Shape.uint32, Scale.thousandth);
define(0x4f, Field.water, Shape.uint32, Scale.thousandth);
define(0x50, Field.timestamp, Shape.uint32, Scale.one);
define(0x51, Field.acceleration, Shape.uint16, Scale.milliMetresPerSecond2);
define(0x52, Field.gyroscope, Shape.uint16, Scale.thousandth);
define(0x55, Field.storedVolume, Shape.uint32, Scale.thousandth);
define(0x56, Field.conductivity, Shape.uint16, Scale.one);
define(0x57, Field.temperature, Shape.int8, Scale.one);
define(0x58, Field.temperature, Shape.int8, Scale.steps35);
define(0x59, Field.count, Shape.int8, Scale.one);
define(0x5a, Field.count, Shape.int16, Scale.one);
define(0x5b, Field.count, Shape.int32, Scale.one);
define(0x5c, Field.power, Shape.int32, Scale.hundredth);
define(0x5d, Field.current, Shape.int16, Scale.thousandth);
define(0x5e, Field.direction, Shape.uint16, Scale.hundredth);
define(0x5f, Field.precipitation, Shape.uint16, Scale.tenth);
define(0x60, Field.channel, Shape.uint8, Scale.one);
define(0x61, Field.rotationalSpeed, Shape.uint16, Scale.one);
define(0x62, Field.speed, Shape.int32, Scale.millionth);
define(0x63, Field.acceleration, Shape.int32, Scale.microMetresPerSecond2);
define(0x64, Field.lightLevel, Shape.uint8, Scale.one);

/** Bytes of an object's value in version 2; 0 when the id is not known, or its size stands in the object itself. */
export function objectSize(id: number): number {
  if (id < numbers.length && numbers[id] !== 0) return (numbers[id]! >> 7) & 7;
  if (stateOf(id) >= 0) return 1;
  switch (id) {
    case ObjectId.button:
    case ObjectId.settingsRevision:
      return 1;
    case ObjectId.dimmer:
    case ObjectId.deviceType:
      return 2;
    case ObjectId.firmwareVersion3:
      return 3;
    case ObjectId.firmwareVersion4:
      return 4;
    default:
      return 0;
  }
}

/** True when version 2 has the number of this id with a sign. */
export function objectIsSigned(id: number): boolean {
  return id < numbers.length && ((numbers[id]! >> 7) & Shape.signed) !== 0;
}

/** The number in `size` bytes (1 to 6) at `at`, low byte first. */
export function integerle(bytes: Uint8Array, at: number, size: number, signed: boolean): number {
  let value = 0;
  let limit = 1;
  for (let i = 0; i < size; i++) {
    value += bytes[at + i]! * limit;
    limit *= 256;
  }
  return signed && value >= limit / 2 ? value - limit : value;
}

/**
 * Writes what an object says. Its value is `bytes[from..to)`, of at least one byte, and `value` as a number before it
 * is scaled, NaN when it is none. Objects without a field or a state, and buttons (`setButton`), are left out.
 */
export function setObject(
  reading: Reading,
  id: number,
  bytes: Uint8Array,
  from: number,
  to: number,
  value: number,
): void {
  if (id === ObjectId.text || id === ObjectId.raw) setText(reading, id, bytes, from, to);
  else if (id === ObjectId.dimmer) setDimmer(reading, bytes[from]!, to - from > 1 ? bytes[from + 1]! : 0);
  else if (!Number.isNaN(value)) {
    const state = stateOf(id);
    if (state >= 0) reading.setState(state, value !== 0);
    else if (id < numbers.length && numbers[id] !== 0) setNumber(reading, numbers[id]!, value);
  }
}

/**
 * Writes what the button of this place among the buttons of an advertisement, from 0, did. An event that is not known
 * leaves it absent.
 */
export function setButton(reading: Reading, place: number, event: number): void {
  // Shelly has FE for the 80 of bthome.io.
  if (event === 0x80 || event === 0xfe) event = ButtonEvent.hold;
  else if (event > ButtonEvent.longTriplePress) return;
  if (place > Field.button4 - Field.button) reading.leftOut++;
  else reading.set(Field.button + place, event);
}

function stateOf(id: number): number {
  if (id >= BinaryId.generic && id <= BinaryId.opening) return State.generic + id - BinaryId.generic;
  if (id >= BinaryId.batteryLow && id <= BinaryId.window) return State.batteryLow + id - BinaryId.batteryLow;
  return -1;
}

function setNumber(reading: Reading, entry: number, value: number): void {
  const field = entry & 0x7f;
  if (field === Field.sequence) {
    // Version 1 could have any number.
    if (value === (value & 0xff)) reading.setSequence(value, 8);
  } else if (field !== Field.batteryPercent || (value >= 0 && value <= 100)) {
    reading.add(field, scaled(value, entry >> 11));
  }
}

function scaled(value: number, scale: number): number {
  switch (scale) {
    case Scale.tenth:
      return value / 10;
    case Scale.hundredth:
      return value / 100;
    case Scale.thousandth:
      return value / 1000;
    case Scale.millionth:
      return value / 1000000;
    case Scale.steps35:
      return (value * 35) / 100;
    case Scale.pounds:
      return (value * 45359237) / 1e10;
    case Scale.milliMetresPerSecond2:
      return (value * 100) / 980665;
    case Scale.microMetresPerSecond2:
      return value / 9806650;
    default:
      return value;
  }
}

/** Events 1 and 2: turned left, turned right. */
function setDimmer(reading: Reading, event: number, steps: number): void {
  if (event === 0) reading.add(Field.dimmer, 0);
  else if (event === 1) reading.add(Field.dimmer, -steps);
  else if (event === 2) reading.add(Field.dimmer, steps);
}

/** A text with characters outside of ASCII is kept as the bytes that it has. */
function setText(reading: Reading, id: number, bytes: Uint8Array, from: number, to: number): void {
  let kind = id === ObjectId.text ? IdentityKind.text : IdentityKind.raw;
  if (to - from > IDENTITY_SIZE) {
    reading.leftOut++;
    return;
  }
  for (let i = from; i < to; i++) if (bytes[i]! < 0x20 || bytes[i]! > 0x7e) kind = IdentityKind.raw;
  reading.setIdentity(kind, bytes, from, to - from);
}
