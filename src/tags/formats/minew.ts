import { ButtonEvent, Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { IdentityKind, ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { ADDRESS_SIZE } from '../address.js';
import { int16be, int8, uint16be, uint16le, uint32be } from './bytes.js';

// What the frames of Minew share.

const NO_VALUE = -0x8000;
const SPACE = 0x20;
const TILDE = 0x7e;

function setBattery(reading: Reading, percent: number): void {
  if (percent <= 100) reading.set(Field.batteryPercent, percent);
}

/** s8.8 °C at `at`, high byte first. */
function setTemperature(reading: Reading, bytes: Uint8Array, at: number): void {
  const raw = int16be(bytes, at);
  if (raw !== NO_VALUE) reading.set(Field.temperature, raw / 256);
}

/** s8.8 % at `at`, high byte first. */
function setHumidity(reading: Reading, bytes: Uint8Array, at: number): void {
  const percent = int16be(bytes, at) / 256;
  if (percent >= 0 && percent <= 100) reading.set(Field.humidity, percent);
}

/** Three of s8.8 g at `at`, high byte first. */
function setAcceleration(reading: Reading, bytes: Uint8Array, at: number): void {
  const x = int16be(bytes, at);
  if (x !== NO_VALUE) reading.set(Field.accelerationX, x / 256);
  const y = int16be(bytes, at + 2);
  if (y !== NO_VALUE) reading.set(Field.accelerationY, y / 256);
  const z = int16be(bytes, at + 4);
  if (z !== NO_VALUE) reading.set(Field.accelerationZ, z / 256);
}

/** Takes the text in `bytes[at..to)` up to its first zero as identity, when it is printable. */
function setName(reading: Reading, bytes: Uint8Array, at: number, to: number): void {
  let end = at;
  while (end < to && bytes[end] !== 0) {
    const character = bytes[end++]!;
    if (character < SPACE || character > TILDE) return;
  }
  if (end > at) reading.setIdentity(IdentityKind.text, bytes, at, end - at);
}

// Manufacturer data: the families MSE, S3, S4 and Connect V3.

/** The first byte. */
const enum Family {
  mse = 0x51,
  s3 = 0xa3,
  s4 = 0xa4,
  connect = 0xca,
}

/** Decodes manufacturer data of company 0639. */
function decodeManufacturerData(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from, to } = frame;
  if (from === to) return ReadingState.none;
  switch (bytes[from]) {
    case Family.mse:
      return decodeMse(frame, reading);
    case Family.s3:
    case Family.s4:
      return decodeS(frame, reading);
    case Family.connect:
      return decodeConnect(frame, reading);
    default:
      return ReadingState.none;
  }
}

/** Minew's address stands with its last byte first. */
function setAddress(frame: Frame, reading: Reading, at: number): void {
  frame.takeAddress(at, true);
  frame.setAddressIdentity(reading);
}

/** MSE: 51 | model | counter | battery % | state | energy u16, low byte first, of 4095 | of relayed tags. */
const enum Mse {
  counter = 2,
  battery = 3,
  state = 4,
  energy = 5,
  length = 7,
}

const FULL = 4095;

function decodeMse(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from, to } = frame;
  if (to - from < Mse.length) return ReadingState.malformed;
  setBattery(reading, bytes[from + Mse.battery]!);
  const state = bytes[from + Mse.state]!;
  reading.setState(State.contact, (state & 0x01) === 0);
  reading.setState(State.motion, (state & 0x02) !== 0);
  reading.set(Field.button, state & 0x20 ? ButtonEvent.press : ButtonEvent.none);
  reading.set(Field.button2, state & 0x40 ? ButtonEvent.press : ButtonEvent.none);
  const energy = uint16le(bytes, from + Mse.energy);
  if (energy <= FULL) reading.set(Field.level, (100 * energy) / FULL);
  reading.setSequence(bytes[from + Mse.counter]!, 8);
  return ReadingState.ok;
}

/**
 * S3: A3 | 01 | firmware, hardware … | address | salt; or A3 | 03 | battery % | temperature | humidity | address | … |
 * salt. S4: A4 | 00 | firmware, hardware … | address | salt; or A4 | 01 | battery % | magnet gone | taken down | … |
 * address | salt.
 */
const enum S {
  kind = 1,
  battery = 2,
  value = 3,
  address = 7,
  s3InformationAddress = 12,
  s3InformationLength = 20,
  s3ClimateLength = 16,
  s4InformationAddress = 10,
  s4InformationLength = 18,
  s4DoorLength = 15,
}

function decodeS(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from, to } = frame;
  const length = to - from;
  if (length < 2) return ReadingState.malformed;
  const isS3 = bytes[from] === Family.s3;
  const kind = bytes[from + S.kind];
  if (kind === (isS3 ? 0x01 : 0x00)) {
    if (length !== (isS3 ? S.s3InformationLength : S.s4InformationLength)) return ReadingState.malformed;
    setAddress(frame, reading, from + (isS3 ? S.s3InformationAddress : S.s4InformationAddress));
    return ReadingState.ok;
  }
  if (kind !== (isS3 ? 0x03 : 0x01)) return ReadingState.unsupported;
  if (length !== (isS3 ? S.s3ClimateLength : S.s4DoorLength)) return ReadingState.malformed;
  setBattery(reading, bytes[from + S.battery]!);
  const value = from + S.value;
  if (isS3) {
    setTemperature(reading, bytes, value);
    setHumidity(reading, bytes, value + 2);
  } else {
    reading.setState(State.contact, bytes[value] === 0);
    reading.setState(State.tamper, bytes[value + 1] !== 0);
  }
  setAddress(frame, reading, from + S.address);
  return ReadingState.ok;
}

/** Kind of a Connect V3 frame: CA | kind | … | salt u16 | signature u16. */
const enum Connect {
  information = 0x00,
  combination = 0x03,
  climate = 0x05,
  radar = 0x18,
  temperature = 0x1b,
  distance = 0x1e,
}

/** All kinds but the combination have the same length. */
const CONNECT_LENGTH = 24;
/** Salt and signature behind the blocks of a combination. */
const SEAL_LENGTH = 4;
const ENCRYPTED = 0x80;

const enum Head {
  kind = 1,
  /** Version of the kind; the blocks of a combination begin here. */
  version = 2,
}

const enum Information {
  address = 2,
  battery = 8,
}

const enum Climate {
  content = 3,
  temperature = 5,
  humidity = 7,
  name = 9,
  mark = 17,
}

const enum Radar {
  counter = 3,
  values = 4,
}

const enum Temperature {
  address = 6,
  battery = 12,
  temperature = 14,
  rssiAt1m = 17,
}

const enum Distance {
  distance = 4,
  flags = 6,
}

function decodeConnect(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from, to } = frame;
  if (to - from < Head.version + 1) return ReadingState.malformed;
  const kind = bytes[from + Head.kind];
  const version = bytes[from + Head.version]!;
  if (kind === Connect.combination) return decodeCombination(frame, reading);
  if (!isKnown(kind, version)) return ReadingState.unsupported;
  if (to - from !== CONNECT_LENGTH) return ReadingState.malformed;
  switch (kind) {
    case Connect.information:
      setBattery(reading, bytes[from + Information.battery]!);
      setAddress(frame, reading, from + Information.address);
      break;
    case Connect.climate:
      // Bit 1 of the content: there is no humidity.
      if (!(bytes[from + Climate.content]! & 0x02)) setHumidity(reading, bytes, from + Climate.humidity);
      setTemperature(reading, bytes, from + Climate.temperature);
      if (version === 1) reading.setState(State.marked, bytes[from + Climate.mark] === 1);
      setName(reading, bytes, from + Climate.name, from + Climate.mark);
      break;
    case Connect.radar:
      if (version === 0) {
        reading.set(Field.count, uint16le(bytes, from + Radar.values));
        reading.set(Field.count2, uint16le(bytes, from + Radar.values + 2));
      } else reading.set(Field.occupants, bytes[from + Radar.values]! & 0x0f);
      reading.setSequence(bytes[from + Radar.counter]!, 8);
      break;
    case Connect.temperature: {
      if (version & ENCRYPTED) return ReadingState.encrypted;
      const battery = uint16be(bytes, from + Temperature.battery);
      if (battery !== 0) reading.set(Field.batteryVoltage, battery / 1000);
      setTemperature(reading, bytes, from + Temperature.temperature);
      reading.set(Field.rssiAt1m, int8(bytes, from + Temperature.rssiAt1m));
      setAddress(frame, reading, from + Temperature.address);
      break;
    }
    case Connect.distance: {
      // Its counters count single values, so none of them numbers the frame.
      reading.set(Field.distance, uint16le(bytes, from + Distance.distance) / 1000);
      const flags = bytes[from + Distance.flags]!;
      reading.setState(State.contact, (flags & 0x01) === 0);
      reading.setState(State.motion, (flags & 0x02) !== 0);
      reading.setState(State.occupied, (flags & 0x04) !== 0);
      reading.setState(State.batteryLow, (flags & 0x08) !== 0);
      break;
    }
  }
  return ReadingState.ok;
}

function isKnown(kind: number | undefined, version: number): boolean {
  switch (kind) {
    case Connect.information:
    case Connect.temperature:
    case Connect.distance:
      return true;
    case Connect.climate:
    case Connect.radar:
      return version <= 1;
    default:
      return false;
  }
}

/** Blocks of a combination: type, value. */
const enum Block {
  acceleration = 0x03,
  battery = 0x21,
  tamper = 0x22,
}

/** Length of a block; 0 for one that is not known here, behind which nothing can be read. */
function blockLength(type: number): number {
  switch (type) {
    case Block.acceleration:
      return 7;
    case Block.battery:
    case Block.tamper:
      return 2;
    default:
      return 0;
  }
}

function decodeCombination(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from } = frame;
  const end = frame.to - SEAL_LENGTH;
  let known = from + Head.version;
  if (known >= end) return ReadingState.malformed;
  while (known < end) {
    const length = blockLength(bytes[known]!);
    if (length === 0) break;
    known += length;
  }
  if (known > end) return ReadingState.malformed;
  if (known === from + Head.version) return ReadingState.unsupported;

  for (let at = from + Head.version; at < known; at += blockLength(bytes[at]!)) {
    switch (bytes[at]) {
      case Block.acceleration:
        setAcceleration(reading, bytes, at + 1);
        break;
      case Block.battery:
        setBattery(reading, bytes[at + 1]!);
        break;
      case Block.tamper:
        reading.setState(State.tamper, bytes[at + 1] !== 0);
        break;
    }
  }
  return ReadingState.ok;
}

// Service data.

const FRAME = 0xa1;

/** The second byte. */
const enum Kind {
  climate = 0x01,
  light = 0x02,
  acceleration = 0x03,
  illuminance = 0x05,
  update = 0x07,
  name = 0x08,
  motion = 0x11,
  voc = 0x12,
  temperature = 0x13,
  gyroscope = 0x15,
  magneticField = 0x16,
  pressure = 0x17,
  vibration = 0x18,
  photoresistance = 0x19,
  tamper = 0x20,
  water = 0x21,
}

const enum Offset {
  kind = 1,
  battery = 2,
  value = 3,
  /** Of `Kind.name`: the address stands before the name. */
  name = 9,
  /** Of `Kind.vibration`: behind the time. */
  vibration = 7,
}

/** Length of a kind, for `Kind.name` the least; -1 for a kind that is not known here. */
function lengthOf(kind: number): number {
  switch (kind) {
    case Kind.update:
      return 8;
    case Kind.name:
      return 9;
    case Kind.light:
    case Kind.tamper:
    case Kind.water:
      return 10;
    case Kind.illuminance:
    case Kind.motion:
    case Kind.voc:
    case Kind.temperature:
    case Kind.photoresistance:
      return 11;
    case Kind.climate:
    case Kind.pressure:
      return 13;
    case Kind.vibration:
      return 14;
    case Kind.acceleration:
    case Kind.magneticField:
      return 15;
    case Kind.gyroscope:
      return 20;
    default:
      return -1;
  }
}

/** Decodes service data of FFE1. */
function decodeService(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from, to } = frame;
  // The UUID is not Minew's own.
  if (to - from < 2 || bytes[from] !== FRAME) return ReadingState.none;
  const kind = bytes[from + Offset.kind]!;
  const length = lengthOf(kind);
  if (length < 0) return ReadingState.unsupported;
  if (to - from < length || (to - from > length && kind !== Kind.name)) return ReadingState.malformed;

  if (kind === Kind.name) {
    setBattery(reading, bytes[from + Offset.battery]!);
    setName(reading, bytes, from + Offset.name, to);
    return ReadingState.ok;
  }
  if (kind === Kind.gyroscope) {
    // It has no battery: the acceleration stands in its place.
    setAcceleration(reading, bytes, from + Offset.battery);
  } else if (kind !== Kind.update) {
    setBattery(reading, bytes[from + Offset.battery]!);
    setValue(reading, kind, bytes, from + Offset.value);
  }
  frame.takeAddress(to - ADDRESS_SIZE, true);
  frame.setAddressIdentity(reading);
  return ReadingState.ok;
}

function setValue(reading: Reading, kind: Kind, bytes: Uint8Array, at: number): void {
  switch (kind) {
    case Kind.climate:
      setHumidity(reading, bytes, at + 2);
      setTemperature(reading, bytes, at);
      break;
    case Kind.temperature:
      setTemperature(reading, bytes, at);
      break;
    case Kind.acceleration:
      setAcceleration(reading, bytes, at);
      break;
    case Kind.light:
      reading.setState(State.light, (bytes[at]! & 0x01) !== 0);
      break;
    case Kind.illuminance:
      reading.set(Field.illuminance, uint16be(bytes, at));
      break;
    case Kind.photoresistance:
      reading.set(Field.lightLevel, uint16be(bytes, at));
      break;
    case Kind.motion:
      reading.setState(State.motion, (bytes[at + 1]! & 0x01) !== 0);
      break;
    case Kind.voc:
      reading.set(Field.vocPpb, uint16be(bytes, at));
      break;
    case Kind.pressure:
      // s16.16 hPa
      reading.set(Field.pressure, (uint32be(bytes, at) | 0) / 65536);
      break;
    case Kind.vibration:
      reading.setState(State.vibration, (bytes[at + Offset.vibration - Offset.value]! & 0x01) !== 0);
      break;
    case Kind.tamper:
      reading.setState(State.tamper, (bytes[at]! & 0x01) !== 0);
      break;
    case Kind.water:
      reading.setState(State.wet, (bytes[at]! & 0x01) !== 0);
      break;
  }
}

/**
 * Minew (Minew BeaconPlus and Connect V3 frames, as read by reelyActive's advlib-ble-services and
 * advlib-ble-manufacturers):
 * service data FFE1: A1 | kind | battery % | value | address, its last byte first;
 * manufacturer data: 51 (MSE), A3 and A4 (S3, S4), CA (Connect V3).
 *
 * The magnetic field, the axes of the gyroscope and the firmware's version are left out.
 */
export const minew: Format = {
  number: FormatNumber.minew,
  name: 'minew',
  matches: [match(Source.service16, 0xffe1), match(Source.manufacturer, 0x0639)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    return frame.source === Source.manufacturer
      ? decodeManufacturerData(frame, reading)
      : decodeService(frame, reading);
  },
};
