import { ButtonEvent, Field, State } from '../field.js';
import type { Frame } from '../frame.js';
import { IdentityKind, ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16be, int8, uint16be, uint16le } from './bytes.js';

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

/** The first byte. */
const enum Family {
  mse = 0x51,
  s3 = 0xa3,
  s4 = 0xa4,
  connect = 0xca,
}

/** Decodes manufacturer data, see `minew.ts`. */
export function decodeMinewManufacturerData(frame: Frame, reading: Reading): ReadingState {
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
  setMinewBattery(reading, bytes[from + Mse.battery]!);
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
  setMinewBattery(reading, bytes[from + S.battery]!);
  const value = from + S.value;
  if (isS3) {
    setMinewTemperature(reading, bytes, value);
    setMinewHumidity(reading, bytes, value + 2);
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
      setMinewBattery(reading, bytes[from + Information.battery]!);
      setAddress(frame, reading, from + Information.address);
      break;
    case Connect.climate:
      // Bit 1 of the content: there is no humidity.
      if (!(bytes[from + Climate.content]! & 0x02)) setMinewHumidity(reading, bytes, from + Climate.humidity);
      setMinewTemperature(reading, bytes, from + Climate.temperature);
      if (version === 1) reading.setState(State.marked, bytes[from + Climate.mark] === 1);
      setMinewName(reading, bytes, from + Climate.name, from + Climate.mark);
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
      setMinewTemperature(reading, bytes, from + Temperature.temperature);
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
        setMinewAcceleration(reading, bytes, at + 1);
        break;
      case Block.battery:
        setMinewBattery(reading, bytes[at + 1]!);
        break;
      case Block.tamper:
        reading.setState(State.tamper, bytes[at + 1] !== 0);
        break;
    }
  }
  return ReadingState.ok;
}
