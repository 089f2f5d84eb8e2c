import { Field, State } from '../field.js';
import { FormatNumber, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { ADDRESS_SIZE } from '../tag-table.js';
import { uint16be, uint32be } from './bytes.js';
import {
  decodeMinewManufacturerData,
  setMinewAcceleration,
  setMinewBattery,
  setMinewHumidity,
  setMinewName,
  setMinewTemperature,
} from './minew-manufacturer.js';

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

/** Decodes service data FFE1, see `minew.ts`. */
export function decodeMinewService(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from, to } = frame;
  // The UUID is not Minew's own.
  if (to - from < 2 || bytes[from] !== FRAME) return ReadingState.none;
  const kind = bytes[from + Offset.kind]!;
  const length = lengthOf(kind);
  if (length < 0) return ReadingState.unsupported;
  if (to - from < length || (to - from > length && kind !== Kind.name)) return ReadingState.malformed;

  if (kind === Kind.name) {
    setMinewBattery(reading, bytes[from + Offset.battery]!);
    setMinewName(reading, bytes, from + Offset.name, to);
    return ReadingState.ok;
  }
  if (kind === Kind.gyroscope) {
    // It has no battery: the acceleration stands in its place.
    setMinewAcceleration(reading, bytes, from + Offset.battery);
  } else if (kind !== Kind.update) {
    setMinewBattery(reading, bytes[from + Offset.battery]!);
    setValue(reading, kind, bytes, from + Offset.value);
  }
  frame.takeAddress(to - ADDRESS_SIZE, true);
  frame.setAddressIdentity(reading);
  return ReadingState.ok;
}

function setValue(reading: Reading, kind: Kind, bytes: Uint8Array, at: number): void {
  switch (kind) {
    case Kind.climate:
      setMinewHumidity(reading, bytes, at + 2);
      setMinewTemperature(reading, bytes, at);
      break;
    case Kind.temperature:
      setMinewTemperature(reading, bytes, at);
      break;
    case Kind.acceleration:
      setMinewAcceleration(reading, bytes, at);
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
 * service data FFE1, `minew-service.ts`: A1 | kind | battery % | value | address, its last byte first;
 * manufacturer data, `minew-manufacturer.ts`: 51 (MSE), A3 and A4 (S3, S4), CA (Connect V3).
 *
 * The magnetic field, the axes of the gyroscope and the firmware's version are left out.
 */
export const minew: Format = {
  number: FormatNumber.minew,
  name: 'minew',
  matches: [
    { source: Source.service16, id: 0xffe1 },
    { source: Source.manufacturer, id: 0x0639 },
  ],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    return frame.source === Source.manufacturer
      ? decodeMinewManufacturerData(frame, reading)
      : decodeMinewService(frame, reading);
  },
};
