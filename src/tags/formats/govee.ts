import { Field, probeTemperature } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16be, int16le, uint16be, uint16le, uint24be, uint32be } from './bytes.js';

// What Govee's layouts share.

/** Head of the iBeacon that some models glue to their own data in the same AD structure: 4C 00 02 15. */
const BEACON_HEAD = 0x4c000215;
const BEACON_SIZE = 25;

/** Where the value ends without the glued iBeacon (its UUID says INTELLI_ROCKS). */
export function goveeEnd(frame: Frame): number {
  const end = frame.to - BEACON_SIZE;
  return end >= frame.from && uint32be(frame.bytes, end) === BEACON_HEAD ? end : frame.to;
}

/** The model in the local name, such as 0x5102 for GVH5102_CB9B and 0x5178 for B51782BC8; 0 when there is none. */
export function goveeModel(frame: Frame): number {
  const bytes = frame.bytes;
  const to = frame.nameTo - 4;
  for (let from = frame.nameFrom; from >= 0 && from <= to; from++) {
    // All models are 5….
    if (bytes[from] !== 0x35) continue;
    let model = 5;
    let at = from + 1;
    for (; at < from + 4; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      model = (model << 4) | digit;
    }
    if (at === from + 4) return model;
  }
  return 0;
}

/** True for a model (as `goveeModel`) by its name, or by the service that it lists: 51 82 on air for 0x5182. */
export function isGoveeModel(frame: Frame, named: number, model: number): boolean {
  return named === model || frame.hasService16(((model & 0xff) << 8) | (model >> 8));
}

/**
 * Govee's thermometers with probes. The company id is no id, but the first two of three bytes that end the address.
 *
 * H5181 to H5185, H5191, H5198: address, 3 bytes | 01 00 01 01 | 1 byte | which probes | 1 byte | first probe; 16 bytes
 * (H5181, H5183). Behind it 1 byte | second probe; 19 bytes (H5182, H5184). Or each probe with a third value, 22 bytes
 * (H5185, H5191, H5198, of which only the last one's is known, a low alarm). A probe is temperature | high alarm, s16
 * 0.01 °C, high byte first. The H5191's second probe is what is around the first.
 *
 * H5055: address, 3 bytes | 00 | battery % | which probes | 2 times: 1 byte | temperature, low alarm, high alarm, s16
 * °C, low byte first; at last 2 bytes; 22 bytes.
 *
 * All ones, as any value below zero, mean that there is none.
 */
const enum Offset {
  head = 3,
  probes = 8,
  first = 10,
  second19 = 15,
  second22 = 16,
  battery5055 = 4,
  probes5055 = 5,
  first5055 = 7,
  second5055 = 14,
}

const HEAD = 0x01000101;
/** How many probes have fields for their alarms. */
const ALARMS = 4;
const UNKNOWN = -1;

/** Decodes the whole manufacturer data of a thermometer with probes; `none` for any other. */
export function decodeGoveeProbes(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from } = frame;
  const length = goveeEnd(frame) - from;
  if (length !== 16 && length !== 19 && length !== 22) return ReadingState.none;
  const named = goveeModel(frame);
  if (length === 22 && isGoveeModel(frame, named, 0x5055)) return decode5055(bytes, from, reading);
  if (uint32be(bytes, from + Offset.head) !== HEAD) return ReadingState.none;

  let first = 0;
  let low = false;
  if (length === 16) {
    if (!isGoveeModel(frame, named, 0x5181) && !isGoveeModel(frame, named, 0x5183)) return ReadingState.none;
  } else if (length === 19) {
    if (isGoveeModel(frame, named, 0x5184)) first = firstOfFour(bytes[from + Offset.probes]!);
    else if (!isGoveeModel(frame, named, 0x5182)) return ReadingState.none;
  } else if (isGoveeModel(frame, named, 0x5198)) {
    first = firstOfFour(bytes[from + Offset.probes]!);
    low = true;
  } else if (!isGoveeModel(frame, named, 0x5185) && !isGoveeModel(frame, named, 0x5191)) {
    return ReadingState.none;
  }
  if (first === UNKNOWN) return ReadingState.unsupported;

  setProbe(reading, first, bytes, from + Offset.first, low);
  if (length === 19) setProbe(reading, first + 1, bytes, from + Offset.second19, false);
  else if (length === 22) setProbe(reading, first + 1, bytes, from + Offset.second22, low);
  return ReadingState.ok;
}

/** The two high bits tell which of the two are plugged in. */
function firstOfFour(probes: number): number {
  const pair = probes & 0x3f;
  return pair === 1 ? 0 : pair === 2 ? 2 : UNKNOWN;
}

function setProbe(reading: Reading, probe: number, bytes: Uint8Array, at: number, low: boolean): void {
  set(reading, probeTemperature(probe), int16be(bytes, at), 100);
  set(reading, Field.highAlarm + probe, int16be(bytes, at + 2), 100);
  if (low) set(reading, Field.lowAlarm + probe, int16be(bytes, at + 4), 100);
}

/** Which probes: the pair in the two high bits, and a bit for each of the six that is plugged in. */
function decode5055(bytes: Uint8Array, from: number, reading: Reading): ReadingState {
  const probes = bytes[from + Offset.probes5055]!;
  const first = 2 * (probes >> 6);
  if (first > 4) return ReadingState.unsupported;
  const battery = bytes[from + Offset.battery5055]! & 0x7f;
  if (battery <= 100) reading.set(Field.batteryPercent, battery);
  set5055(reading, first, probes, bytes, from + Offset.first5055);
  set5055(reading, first + 1, probes, bytes, from + Offset.second5055);
  return ReadingState.ok;
}

function set5055(reading: Reading, probe: number, probes: number, bytes: Uint8Array, at: number): void {
  // What is not plugged in can have an old temperature.
  if (!((probes >> probe) & 1)) return;
  set(reading, probeTemperature(probe), int16le(bytes, at), 1);
  if (probe >= ALARMS) return;
  set(reading, Field.lowAlarm + probe, int16le(bytes, at + 2), 1);
  set(reading, Field.highAlarm + probe, int16le(bytes, at + 4), 1);
}

function set(reading: Reading, field: Field, value: number, scale: number): void {
  if (value >= 0) reading.set(field, value / scale);
}

/**
 * Govee thermometers and hygrometers (no manual; captures in the tests of bleparser, Theengs Decoder and govee-ble).
 * Packed climate is u24, high byte first: bit 23 = below zero, the rest / 1000 = temperature in 0.1 °C, the remainder =
 * humidity in 0.1 %; a battery byte behind it: % in 7 bits, bit 7 = the sensor failed. Plain climate is temperature s16
 * 0.01 °C | humidity u16 0.01 % | battery %, low byte first.
 *
 * Company EC88: 00 | packed climate | 1 byte (H5072, H5075, H5129); 00 | plain climate | 1 byte (H5074) or 3
 * (H5051, H5052, H5071). Company 8801: EC 00 01 01 | plain climate (H5179). Company 0001, behind 01 01, by the name:
 * packed climate (H5100 to H5105, H5110, H5174, H5177), with 2 bytes more H5108; sensor 0 or 1 | packed climate |
 * 2 bytes (H5178); packed climate | 1 byte | probe 41 or 82 (H5112); packed climate without battery | CO2 u16 ppm |
 * 00, or else failed (H5140); the same with PM2.5 as three further digits in a u32 (H5106).
 */
const COMPANY = 0xec88;
const COMPANY_H5179 = 0x8801;
const COMPANY_NAMED = 0x0001;
const HEADER_H5179 = 0xec000101;
const HEADER_NAMED = 0x0101;

const BELOW_ZERO_24 = 0x800000;
const BELOW_ZERO_32 = 0x80000000;
const FAILED = 0x80;
/** Beyond what the sensors measure: a sign of values that were never measured. 0.1 °C. */
const COLDEST = -400;
const HOTTEST = 1000;

export const govee: Format = {
  number: FormatNumber.govee,
  name: 'govee',
  matches: [
    match(Source.manufacturer, COMPANY),
    match(Source.manufacturer, COMPANY_NAMED),
    match(Source.manufacturer, COMPANY_H5179),
    match(Source.wholeManufacturer, 16),
    match(Source.wholeManufacturer, 19),
    match(Source.wholeManufacturer, 22),
    match(Source.wholeManufacturer, 16 + BEACON_SIZE),
    match(Source.wholeManufacturer, 19 + BEACON_SIZE),
    match(Source.wholeManufacturer, 22 + BEACON_SIZE),
  ],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    if (frame.source === Source.wholeManufacturer) return decodeGoveeProbes(frame, reading);
    const { bytes, from } = frame;
    const length = goveeEnd(frame) - from;
    if (frame.id === COMPANY_NAMED) return decodeNamed(frame, length, reading);
    if (frame.id === COMPANY_H5179) {
      if (length < 4 || uint32be(bytes, from) !== HEADER_H5179) return ReadingState.none;
      if (length !== 9) return ReadingState.malformed;
      setPlainClimate(reading, bytes, from + 4);
      return ReadingState.ok;
    }
    if (length < 1 || bytes[from] !== 0x00) return ReadingState.none;
    if (length === 6) setPackedClimate(reading, bytes, from + 1, 0, true);
    else if (length === 7 || length === 9) setPlainClimate(reading, bytes, from + 1);
    else return ReadingState.malformed;
    return ReadingState.ok;
  },
};

/** What is sent under the company 0001: its layouts differ by the model, and only its name tells that. */
function decodeNamed(frame: Frame, length: number, reading: Reading): ReadingState {
  const { bytes, from } = frame;
  if (length < 2 || uint16be(bytes, from) !== HEADER_NAMED) return ReadingState.none;
  const at = from + 2;
  let model = goveeModel(frame);
  // No other model sends as much.
  if (model === 0 && length === 9) model = 0x5178;
  switch (model) {
    case 0:
      return ReadingState.none;
    case 0x5100:
    case 0x5101:
    case 0x5102:
    case 0x5103:
    case 0x5104:
    case 0x5105:
    case 0x5108:
    case 0x5110:
    case 0x5174:
    case 0x5177:
    case 0x5179:
      if (length !== 6 && length !== 8) return ReadingState.malformed;
      setPackedClimate(reading, bytes, at, 0, true);
      return ReadingState.ok;
    case 0x5106:
      if (length !== 6) return ReadingState.malformed;
      setAir(reading, uint32be(bytes, at));
      return ReadingState.ok;
    case 0x5112: {
      if (length !== 8) return ReadingState.malformed;
      const probe = bytes[from + 7]!;
      if (probe !== 0x41 && probe !== 0x82) return ReadingState.unsupported;
      // The second probe measures no humidity.
      setPackedClimate(reading, bytes, at, probe === 0x41 ? 0 : 1, probe === 0x41);
      return ReadingState.ok;
    }
    case 0x5140:
      if (length !== 8) return ReadingState.malformed;
      if (bytes[from + 7] === 0 && setPacked(reading, uint24be(bytes, at), 0, true)) {
        reading.set(Field.co2, uint16be(bytes, from + 5));
      }
      return ReadingState.ok;
    case 0x5178: {
      if (length !== 9) return ReadingState.malformed;
      // The second sensor is outdoors and has a battery of its own, which `channel` tells from the first one's.
      const sensor = bytes[at]!;
      if (sensor > 1) return ReadingState.unsupported;
      reading.set(Field.channel, sensor);
      setPackedClimate(reading, bytes, at + 1, sensor, true);
      return ReadingState.ok;
    }
    default:
      return ReadingState.unsupported;
  }
}

/** Packed climate and its battery at `at`, as that of sensor 0 or 1. */
function setPackedClimate(reading: Reading, bytes: Uint8Array, at: number, sensor: number, humid: boolean): void {
  const battery = bytes[at + 3]!;
  if (!(battery & FAILED)) setPacked(reading, uint24be(bytes, at), sensor, humid);
  setBattery(reading, battery & ~FAILED);
}

/** False when the temperature is none. */
function setPacked(reading: Reading, packed: number, sensor: number, humid: boolean): boolean {
  const digits = packed & ~BELOW_ZERO_24;
  const tenths = Math.floor(digits / 1000);
  const temperature = packed & BELOW_ZERO_24 ? -tenths : tenths;
  if (temperature < COLDEST || temperature > HOTTEST) return false;
  reading.set(probeTemperature(sensor), temperature / 10);
  if (humid) reading.set(sensor === 0 ? Field.humidity : Field.humidity2, (digits % 1000) / 10);
  return true;
}

/** The H5106's: the digits of a packed climate and three more. */
function setAir(reading: Reading, packed: number): void {
  const digits = packed >= BELOW_ZERO_32 ? packed - BELOW_ZERO_32 : packed;
  const climate = Math.floor(digits / 1000);
  if (setPacked(reading, packed >= BELOW_ZERO_32 ? climate | BELOW_ZERO_24 : climate, 0, true)) {
    reading.set(Field.pm25, digits % 1000);
  }
}

/** Plain climate at `at`. */
function setPlainClimate(reading: Reading, bytes: Uint8Array, at: number): void {
  const temperature = int16le(bytes, at);
  if (temperature >= 10 * COLDEST && temperature <= 10 * HOTTEST) {
    reading.set(Field.temperature, temperature / 100);
    const humidity = uint16le(bytes, at + 2);
    if (humidity <= 10000) reading.set(Field.humidity, humidity / 100);
  }
  setBattery(reading, bytes[at + 4]!);
}

function setBattery(reading: Reading, percent: number): void {
  if (percent <= 100) reading.set(Field.batteryPercent, percent);
}
