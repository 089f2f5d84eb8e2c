import { EventFlag, Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16le, uint16le } from './bytes.js';

// Which values and events each model of Ingics's tags has; see `ingics.ts`.

/** What one of the values is. */
export const enum Value {
  none = 0,
  temperature = 1,
  probe = 2,
  humidity = 3,
  humidityTenths = 4,
  /** mm */
  range = 5,
  count = 6,
  co2 = 7,
  illuminance = 8,
  millivolts = 9,
  microamperes = 10,
  /** Acceleration instead of both values. */
  acceleration = 11,
  /** Particles up to 2.5 µm, in 0.1 µg/m³; up to 10 µm, VOC index and NOx index, both in tenths, follow. */
  air = 12,
}

/** Bits of the event byte, by what they mean for a model: some bits mean two things. */
export const enum Event {
  none = 0,
  button = 0x01,
  moving = 0x02,
  magnet = 0x04,
  fall = 0x08,
  motion = 0x10,
  /** Something stands before the sensor. */
  present = 0x20,
  contact = 0x40,
  /** With bit 3. */
  secondContact = 0x80,
  /** With bit 5. */
  flipped = 0x100,
}

/** iBS01, code 80. */
export const OLD_MODELS = new Uint32Array([
  row(0x03, Value.none, Value.none, Value.none, Event.button),
  row(0x04, Value.none, Value.none, Value.none, Event.button | Event.magnet),
  row(0x05, Value.temperature, Value.humidity, Value.none, Event.button),
  row(0x06, Value.none, Value.none, Value.none, Event.button | Event.moving | Event.fall),
  row(0x07, Value.temperature, Value.none, Value.none, Event.button),
]);
/** iBS02 to iBS06 and iRS02, code 83. */
export const MODELS = new Uint32Array([
  row(0x01, Value.none, Value.none, Value.none, Event.motion),
  row(0x02, Value.none, Value.count, Value.none, Event.present),
  row(0x04, Value.none, Value.count, Value.none, Event.contact),
  row(0x10, Value.none, Value.none, Value.none, Event.button | Event.magnet),
  row(0x12, Value.temperature, Value.probe, Value.none, Event.none),
  row(0x13, Value.none, Value.range, Value.none, Event.none),
  row(0x14, Value.temperature, Value.humidity, Value.none, Event.button),
  row(0x15, Value.temperature, Value.none, Value.none, Event.button),
  row(0x16, Value.none, Value.none, Value.none, Event.button | Event.moving | Event.fall),
  row(0x17, Value.temperature, Value.probe, Value.none, Event.none),
  row(0x18, Value.none, Value.none, Value.none, Event.button),
  row(0x19, Value.none, Value.none, Value.none, Event.button),
  row(0x1a, Value.none, Value.none, Value.none, Event.none),
  row(0x1b, Value.none, Value.count, Value.none, Event.contact),
  row(0x1c, Value.none, Value.count, Value.none, Event.contact),
  row(0x1d, Value.none, Value.count, Value.none, Event.contact | Event.secondContact),
  row(0x20, Value.temperature, Value.none, Value.none, Event.magnet),
  row(0x21, Value.temperature, Value.probe, Value.none, Event.magnet),
  row(0x22, Value.acceleration, Value.none, Value.none, Event.magnet),
  row(0x23, Value.none, Value.probe, Value.none, Event.none),
  row(0x24, Value.none, Value.millivolts, Value.none, Event.none),
  row(0x25, Value.none, Value.count, Value.none, Event.contact),
  row(0x26, Value.none, Value.microamperes, Value.none, Event.none),
  row(0x30, Value.none, Value.none, Value.none, Event.button),
  row(0x31, Value.none, Value.count, Value.none, Event.button | Event.magnet),
  row(0x32, Value.temperature, Value.none, Value.none, Event.button),
  row(0x33, Value.none, Value.none, Value.none, Event.button | Event.moving),
  row(0x34, Value.none, Value.co2, Value.none, Event.button),
  row(0x35, Value.none, Value.none, Value.none, Event.button),
  row(0x36, Value.none, Value.none, Value.none, Event.button),
  row(0x3a, Value.none, Value.none, Value.none, Event.button | Event.flipped),
  row(0x40, Value.none, Value.none, Value.none, Event.none),
]);
/** iBS08 and iBS09, code 88. */
export const LONG_MODELS = new Uint32Array([
  row(0x42, Value.none, Value.none, Value.none, Event.button | Event.present),
  row(0x44, Value.none, Value.none, Value.none, Event.motion),
  row(0x45, Value.temperature, Value.humidityTenths, Value.illuminance, Event.button),
  row(0x46, Value.temperature, Value.humidityTenths, Value.air, Event.button),
  row(0x47, Value.none, Value.count, Value.none, Event.button | Event.present),
  row(0x49, Value.temperature, Value.probe, Value.none, Event.button),
  row(0x4a, Value.none, Value.probe, Value.none, Event.button),
  row(0x4b, Value.temperature, Value.probe, Value.none, Event.button),
  row(0x4d, Value.none, Value.count, Value.none, Event.button | Event.secondContact),
  row(0x4e, Value.none, Value.count, Value.none, Event.button | Event.contact),
  row(0x51, Value.none, Value.millivolts, Value.none, Event.button),
  row(0x52, Value.none, Value.count, Value.none, Event.button | Event.contact),
  row(0x53, Value.none, Value.microamperes, Value.none, Event.button),
  row(0x54, Value.none, Value.none, Value.none, Event.button),
]);

/** The row of a model in one of the tables; 0 when there is none. */
export function findModel(table: Uint32Array, model: number): number {
  for (let i = 0; i < table.length; i++) if ((table[i]! & 0xff) === model) return table[i]!;
  return 0;
}

/** The first, second or third value of a row: `index` 0 to 2. */
export function valueOf(row: number, index: number): Value {
  return (row >>> (8 + 4 * index)) & 0x0f;
}

/** The events of a row. */
export function eventsOf(row: number): number {
  return row >>> 20;
}

function row(model: number, first: Value, second: Value, third: Value, events: number): number {
  return model | (first << 8) | (second << 12) | (third << 16) | (events << 20);
}

const INGICS = 0x082c;
// Older tags use the company ids of their chips' makers.
const TEXAS_INSTRUMENTS = 0x000d;
const NORDIC = 0x0059;

/**
 * Ingics iBS and iRS (github.com/ingics/ingics-message-parser, the maker's own), manufacturer data:
 * code u8 | BC | battery u16 0.01 V, and then by the code
 * 80, 83: events | value | value | user data u16 | model;
 * 82: events;
 * 81, 85, 86: three accelerations x, y, z s16, with the events in the highest bits of the battery; 85: pressure u16;
 * 87: events | temperature | humidity | illuminance | acceleration | model;
 * 88: events | seven values | model.
 * Numbers low byte first. The model says what the values and events are. AAAA is no temperature, FFFF no other value.
 *
 * The parser says no units. An acceleration is taken as 4 mg, by which captures of tags at rest come to 1 g, and the
 * range of iBS03R as mm; those of iBS03RS and iBS09R are left out.
 */
export const ingics: Format = {
  number: FormatNumber.ingics,
  name: 'ingics',
  matches: [
    match(Source.manufacturer, INGICS),
    match(Source.manufacturer, TEXAS_INSTRUMENTS),
    match(Source.manufacturer, NORDIC),
  ],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 2 || bytes[from + 1] !== 0xbc) return ReadingState.none;
    const code = bytes[from]!;
    const least = lengthOf(code);
    if (least < 0) return frame.id === INGICS ? ReadingState.unsupported : ReadingState.none;
    if (to - from < least) return ReadingState.malformed;
    switch (code) {
      case Code.oldTag:
        return decodeValues(frame, reading, Offset.model, OLD_MODELS);
      case Code.tag:
        return decodeValues(frame, reading, Offset.model, MODELS);
      case Code.longTag:
        return decodeValues(frame, reading, Offset.longModel, LONG_MODELS);
      case Code.contact:
        setBattery(reading, uint16le(bytes, from + Offset.battery));
        reading.setState(State.contact, (bytes[from + Offset.events]! & 0x04) !== 0);
        return ReadingState.ok;
      case Code.soil:
        return decodeSoil(frame, reading);
      default:
        return decodeAccelerations(frame, reading);
    }
  },
};

const enum Code {
  oldTag = 0x80,
  accelerations = 0x81,
  contact = 0x82,
  tag = 0x83,
  pressure = 0x85,
  newAccelerations = 0x86,
  soil = 0x87,
  longTag = 0x88,
}

const enum Offset {
  battery = 2,
  events = 4,
  values = 5,
  model = 11,
  /** The last and so the newest of three accelerations. */
  lastAcceleration = 16,
  pressure = 22,
  soilModel = 17,
  longModel = 19,
}

const SOIL_MODEL = 0x50;
const NO_TEMPERATURE = -0x5556;
const NO_UNSIGNED = 0xffff;

/** Least length of a code's data; -1 for one that is not known here. */
function lengthOf(code: number): number {
  switch (code) {
    case Code.contact:
      return Offset.events + 1;
    case Code.oldTag:
    case Code.tag:
      return Offset.model + 1;
    case Code.accelerations:
    case Code.newAccelerations:
      return Offset.lastAcceleration + 6;
    case Code.pressure:
      return Offset.pressure + 2;
    case Code.soil:
      return Offset.soilModel + 1;
    case Code.longTag:
      return Offset.longModel + 1;
    default:
      return -1;
  }
}

function decodeValues(frame: Frame, reading: Reading, modelAt: Offset, models: Uint32Array): ReadingState {
  const { bytes, from } = frame;
  const model = bytes[from + modelAt]!;
  const values = from + Offset.values;
  const battery = uint16le(bytes, from + Offset.battery);
  if (models === OLD_MODELS && (model === 0 || model === 0xff)) {
    // The first firmware does not name the model: a temperature tells, and an event that happens.
    setBattery(reading, battery);
    if (uint16le(bytes, values) !== NO_UNSIGNED) {
      setValue(reading, Value.temperature, bytes, values);
      setValue(reading, Value.humidity, bytes, values + 2);
    } else {
      const events = bytes[from + Offset.events]!;
      setEvents(reading, Event.button | (events & (Event.moving | Event.magnet | Event.fall)), events);
    }
    return ReadingState.ok;
  }
  const row = findModel(models, model);
  if (row === 0) return ReadingState.unsupported;
  setBattery(reading, battery);
  for (let i = 0; i < 3; i++) setValue(reading, valueOf(row, i), bytes, values + 2 * i);
  setEvents(reading, eventsOf(row), bytes[from + Offset.events]!);
  return ReadingState.ok;
}

function decodeSoil(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from } = frame;
  if (bytes[from + Offset.soilModel] !== SOIL_MODEL) return ReadingState.unsupported;
  const values = from + Offset.values;
  setBattery(reading, uint16le(bytes, from + Offset.battery));
  // Without a temperature the rod with all three sensors is not connected.
  if (int16le(bytes, values) !== NO_TEMPERATURE) {
    setValue(reading, Value.temperature, bytes, values);
    setValue(reading, Value.humidity, bytes, values + 2);
    setValue(reading, Value.illuminance, bytes, values + 4);
  }
  setValue(reading, Value.acceleration, bytes, values + 6);
  setEvents(reading, Event.button, bytes[from + Offset.events]!);
  return ReadingState.ok;
}

function decodeAccelerations(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from } = frame;
  const battery = uint16le(bytes, from + Offset.battery);
  reading.set(Field.batteryVoltage, (battery & 0x0fff) / 100);
  reading.setState(State.moving, (battery & 0x1000) !== 0);
  reading.setState(State.buttonPressed, (battery & 0x2000) !== 0);
  setValue(reading, Value.acceleration, bytes, from + Offset.lastAcceleration);
  if (bytes[from] === Code.pressure) {
    const pressure = uint16le(bytes, from + Offset.pressure);
    if (pressure !== NO_UNSIGNED) reading.set(Field.pressure, pressure / 50);
  }
  return ReadingState.ok;
}

function setBattery(reading: Reading, hundredths: number): void {
  if (hundredths !== NO_UNSIGNED) reading.set(Field.batteryVoltage, hundredths / 100);
}

function setValue(reading: Reading, value: Value, bytes: Uint8Array, at: number): void {
  if (value === Value.none) return;
  const signed = int16le(bytes, at);
  switch (value) {
    case Value.temperature:
      if (signed !== NO_TEMPERATURE) reading.set(Field.temperature, signed / 100);
      return;
    case Value.probe:
      if (signed !== NO_TEMPERATURE) reading.set(Field.temperature2, signed / 100);
      return;
    case Value.acceleration:
      reading.set(Field.accelerationX, signed / 250);
      reading.set(Field.accelerationY, int16le(bytes, at + 2) / 250);
      reading.set(Field.accelerationZ, int16le(bytes, at + 4) / 250);
      return;
    case Value.air:
      setUnsigned(reading, Field.co2, bytes, at, 1);
      setUnsigned(reading, Field.pm25, bytes, at + 2, 10);
      setUnsigned(reading, Field.pm10, bytes, at + 4, 10);
      // An index of 0 means that there is none yet.
      if (uint16le(bytes, at + 6) !== 0) setUnsigned(reading, Field.vocIndex, bytes, at + 6, 10);
      if (uint16le(bytes, at + 8) !== 0) setUnsigned(reading, Field.noxIndex, bytes, at + 8, 10);
      return;
    case Value.humidity:
      if (uint16le(bytes, at) <= 100) setUnsigned(reading, Field.humidity, bytes, at, 1);
      return;
    case Value.humidityTenths:
      if (uint16le(bytes, at) <= 1000) setUnsigned(reading, Field.humidity, bytes, at, 10);
      return;
    case Value.range:
      setUnsigned(reading, Field.distance, bytes, at, 1000);
      return;
    case Value.count:
      setUnsigned(reading, Field.count, bytes, at, 1);
      return;
    case Value.co2:
      setUnsigned(reading, Field.co2, bytes, at, 1);
      return;
    case Value.illuminance:
      setUnsigned(reading, Field.illuminance, bytes, at, 1);
      return;
    case Value.millivolts:
      setUnsigned(reading, Field.voltage, bytes, at, 1000);
      return;
    case Value.microamperes:
      setUnsigned(reading, Field.current, bytes, at, 1000000);
      return;
  }
}

function setUnsigned(reading: Reading, field: Field, bytes: Uint8Array, at: number, divisor: number): void {
  const value = uint16le(bytes, at);
  if (value !== NO_UNSIGNED) reading.set(field, value / divisor);
}

/** `events` are those that the model has, `bits` those that are true. */
function setEvents(reading: Reading, events: number, bits: number): void {
  if (events & Event.button) reading.setState(State.buttonPressed, (bits & 0x01) !== 0);
  if (events & Event.moving) reading.setState(State.moving, (bits & 0x02) !== 0);
  if (events & Event.magnet) reading.setState(State.magnet, (bits & 0x04) !== 0);
  if (events & Event.fall) reading.set(Field.events, bits & 0x08 ? EventFlag.freeFall : 0);
  if (events & Event.motion) reading.setState(State.motion, (bits & 0x10) !== 0);
  if (events & Event.present) reading.setState(State.present, (bits & 0x20) !== 0);
  if (events & Event.contact) reading.setState(State.contact, (bits & 0x40) !== 0);
  if (events & Event.secondContact) reading.setState(State.generic, (bits & 0x08) !== 0);
  if (events & Event.flipped) reading.setState(State.flipped, (bits & 0x20) !== 0);
}
