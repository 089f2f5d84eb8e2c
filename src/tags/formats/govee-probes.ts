import { Field } from '../field.js';
import type { Frame } from '../frame.js';
import { type Reading, ReadingState } from '../reading.js';
import { goveeEnd, goveeModel, isGoveeModel } from './govee-model.js';
import { int16be, int16le, uint32be } from './integers.js';
import { probeTemperature } from './probes.js';

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
