import type { AesCcm } from '../aes.js';
import { ButtonEvent, Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { KEY_SIZE } from '../key-table.js';
import { IDENTITY_SIZE, IdentityKind, ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { ADDRESS_SIZE } from '../address.js';
import { uint32le } from './bytes.js';

// What both versions of BTHome share: encryption, and the objects.

/** Counter u32 and authentication tag, 4 bytes, behind what is encrypted. */
const TRAILER_SIZE = 8;

const TAG_SIZE = 4;

/** The counter of an encrypted frame, which is known to be long enough. */
function counterOf(frame: Frame): number {
  return uint32le(frame.bytes, frame.to - TRAILER_SIZE);
}

/**
 * Opens the frame from `from` on (bthome.io/encryption, AES-128-CCM): nonce address | UUID u16 | device information |
 * counter. Version 1 has no device information, `information` is -1 then, and authenticates the byte 11 besides.
 */
function openObjects(frame: Frame, ccm: AesCcm, address: Uint8Array, from: number, information: number): ReadingState {
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
  for (let i = to - TRAILER_SIZE; i < to - TAG_SIZE; i++) nonce[length++] = bytes[i]!;
  ccm.nonceLength = length;
  return frame.openWithCounter(from, to - TRAILER_SIZE, to - TAG_SIZE, TAG_SIZE, counterOf(frame));
}

// The objects of BTHome (bthome.io/format, "Supported data types"), which both versions share. Numbers low byte first.

/** Objects that are no plain number. */
const enum ObjectId {
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
function objectSize(id: number): number {
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
function objectIsSigned(id: number): boolean {
  return id < numbers.length && ((numbers[id]! >> 7) & Shape.signed) !== 0;
}

/** The number in `size` bytes (1 to 6) at `at`, low byte first. */
function integerle(bytes: Uint8Array, at: number, size: number, signed: boolean): number {
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
function setObject(reading: Reading, id: number, bytes: Uint8Array, from: number, to: number, value: number): void {
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
function setButton(reading: Reading, place: number, event: number): void {
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
  } else {
    const number = scaled(value, entry >> 11);
    if (field === Field.humidity && number > 100) return;
    reading.add(field, number);
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

/**
 * BTHome 1 (bthome.io/v1), service data of 181C, or encrypted of 181E:
 * objects: control u8: bits 0 to 4 length of what follows, bits 5 to 7 `Type` | id u8 | value; or control 86 | address,
 * last byte first. Encrypted the objects are followed by counter u32 and authentication tag, 4 bytes.
 *
 * What stands before an object that is cut short is kept, an unknown id is passed over.
 */
const enum Type {
  unsigned = 0,
  signed = 1,
  float = 2,
  text = 3,
  address = 4,
  /** Of bthome-ble. */
  time = 5,
}

const PLAIN_SERVICE = 0x181c;
const ENCRYPTED_SERVICE = 0x181e;
const SHORTEST_OBJECT1 = 3;
/** More bytes than a number holds exactly. */
const TOO_LARGE = 7;

export const bthome1: Format = {
  number: FormatNumber.bthome1,
  name: 'bthome1',
  matches: [match(Source.service16, PLAIN_SERVICE), match(Source.service16, ENCRYPTED_SERVICE)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { from, to, address } = frame;
    const encrypted = frame.id === ENCRYPTED_SERVICE;
    if (to - from < SHORTEST_OBJECT1 + (encrypted ? TRAILER_SIZE : 0)) return ReadingState.malformed;
    let bytes = frame.bytes;
    let at = from;
    let end = to;
    if (encrypted) {
      const ccm = frame.cipher(address, KEY_SIZE);
      if (!ccm) return ReadingState.keyMissing;
      const state = openObjects(frame, ccm, address!, from, -1);
      if (state !== ReadingState.ok) return state;
      bytes = ccm.text;
      at = 0;
      end = ccm.textLength;
    }
    if (objectEnd1(bytes, at, end) < 0) return ReadingState.malformed;
    setObjects1(frame, reading, bytes, at, end);
    // Behind the packet id, which stays the same while a packet is repeated.
    if (encrypted) reading.setSequence(counterOf(frame), 32);
    return ReadingState.ok;
  },
};

function setObjects1(frame: Frame, reading: Reading, bytes: Uint8Array, at: number, to: number): void {
  let buttons = 0;
  for (let end = objectEnd1(bytes, at, to); end > 0; end = objectEnd1(bytes, at, to)) {
    const type = bytes[at]! >> 5;
    const id = bytes[at + 1]!;
    const from = at + 2;
    if (type === Type.address) {
      if (end - at - 1 === ADDRESS_SIZE) setAddress(frame, reading, bytes, at + 1);
    } else if (from < end) {
      if (id === ObjectId.button) setButton(reading, buttons++, bytes[from]!);
      else setObject(reading, id, bytes, from, end, numberOf(type, bytes, from, end - from));
    }
    at = end;
  }
}

/** Where the object at `at` ends; -1 when there is none, or none that is whole. */
function objectEnd1(bytes: Uint8Array, at: number, to: number): number {
  if (at === to) return -1;
  const length = bytes[at]! & 0x1f;
  return length > 0 && length < to - at ? at + 1 + length : -1;
}

function setAddress(frame: Frame, reading: Reading, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < ADDRESS_SIZE; i++) frame.ownAddress[i] = bytes[at + ADDRESS_SIZE - 1 - i]!;
  frame.setAddressIdentity(reading);
}

function numberOf(type: number, bytes: Uint8Array, at: number, size: number): number {
  if (type === Type.float) return floatle(bytes, at, size);
  if (size >= TOO_LARGE || type === Type.text) return NaN;
  return integerle(bytes, at, size, type === Type.signed);
}

/** The IEEE 754 number in 2, 4 or 8 bytes at `at`, low byte first; NaN for other sizes and for infinity. */
function floatle(bytes: Uint8Array, at: number, size: number): number {
  if (size !== 2 && size !== 4 && size !== 8) return NaN;
  const exponentBits = size === 2 ? 5 : size === 4 ? 8 : 11;
  const fractionBits = 8 * size - 1 - exponentBits;
  const exponentMax = (1 << exponentBits) - 1;
  const high = bytes[at + size - 2]! | (bytes[at + size - 1]! << 8);
  let exponent = (high >> (15 - exponentBits)) & exponentMax;
  if (exponent === exponentMax) return NaN;
  let fraction = high & ((1 << (15 - exponentBits)) - 1);
  for (let i = size - 3; i >= 0; i--) fraction = fraction * 256 + bytes[at + i]!;
  if (exponent === 0) exponent = 1;
  else fraction += 2 ** fractionBits;
  const value = fraction * 2 ** (exponent - (exponentMax >> 1) - fractionBits);
  return high & 0x8000 ? -value : value;
}

/**
 * BTHome 2 (bthome.io/format), service data of FCD2:
 * device information u8: bit 0 encrypted, bit 1 address included, bit 2 sends only when something happens, bits 5 to 7
 * version 2 | address, last byte first, if included | objects: id u8, value of a size that the id tells.
 * Encrypted (bthome.io/encryption) the objects are followed by counter u32 and authentication tag, 4 bytes.
 *
 * What stands before an unknown id, or an object that is cut short, is kept, as bthome.io asks for.
 */
const enum Information {
  encrypted = 0x01,
  addressIncluded = 0x02,
}

const VERSION = 2;
const SHORTEST_OBJECT2 = 2;

/** No end of an object: its id is not known, or it is longer than what is left. */
const UNKNOWN = -1;
const CUT = -2;

export const bthome2: Format = {
  number: FormatNumber.bthome2,
  name: 'bthome2',
  matches: [match(Source.service16, 0xfcd2)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { from, to } = frame;
    if (from === to) return ReadingState.malformed;
    const information = frame.bytes[from]!;
    if (information >> 5 !== VERSION) return ReadingState.unsupported;
    const encrypted = (information & Information.encrypted) !== 0;
    const addressIncluded = (information & Information.addressIncluded) !== 0;
    const objects = from + 1 + (addressIncluded ? ADDRESS_SIZE : 0);
    if (to - objects < SHORTEST_OBJECT2 + (encrypted ? TRAILER_SIZE : 0)) return ReadingState.malformed;

    const address = addressIncluded ? frame.takeAddress(from + 1, true) : frame.address;
    let bytes = frame.bytes;
    let at = objects;
    let end = to;
    if (encrypted) {
      const ccm = frame.cipher(address, KEY_SIZE);
      if (!ccm) return ReadingState.keyMissing;
      const state = openObjects(frame, ccm, address!, objects, information);
      if (state !== ReadingState.ok) return state;
      bytes = ccm.text;
      at = 0;
      end = ccm.textLength;
    }
    if (objectEnd2(bytes, at, end) === CUT) return ReadingState.malformed;
    if (addressIncluded) frame.setAddressIdentity(reading);
    setObjects2(reading, bytes, at, end);
    // Behind the packet id, which stays the same while a packet is repeated.
    if (encrypted) reading.setSequence(counterOf(frame), 32);
    return ReadingState.ok;
  },
};

function setObjects2(reading: Reading, bytes: Uint8Array, at: number, to: number): void {
  let buttons = 0;
  for (let end = objectEnd2(bytes, at, to); end > 0; end = objectEnd2(bytes, at, to)) {
    const id = bytes[at]!;
    if (id === ObjectId.button) {
      setButton(reading, buttons++, bytes[at + 1]!);
    } else {
      const hasLength = id === ObjectId.text || id === ObjectId.raw;
      const from = hasLength ? at + 2 : at + 1;
      const value = hasLength ? NaN : integerle(bytes, from, objectSize(id), objectIsSigned(id));
      if (from < end) setObject(reading, id, bytes, from, end, value);
    }
    at = end;
  }
}

/** Where the object at `at` ends, or `UNKNOWN`, or `CUT`, also when there is none. */
function objectEnd2(bytes: Uint8Array, at: number, to: number): number {
  if (at === to) return CUT;
  const id = bytes[at]!;
  let size = objectSize(id);
  if (size === 0) {
    // Its length, and for a command the opcode behind it.
    const isCommand = id === ObjectId.command;
    if (!isCommand && id !== ObjectId.text && id !== ObjectId.raw) return UNKNOWN;
    if (at + 1 === to) return CUT;
    size = isCommand ? 2 + (bytes[at + 1]! & 0x1f) : 1 + bytes[at + 1]!;
  }
  return size < to - at ? at + 1 + size : CUT;
}
