import { Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16be, int8, uint16be } from './bytes.js';

/**
 * Teltonika EYE Sensor and EYE Beacon (wiki.teltonika-gps.com, "EYE SENSOR / BTSMP1", "Protocol description"),
 * manufacturer data: version 01 | flags | what the flags announce, in this order: temperature s16 0.01 °C | humidity
 * u8 % | movement, bit 15 = moving, u15 count | pitch s8, roll s16 in degrees | battery u8, 10 mV above 2000 mV;
 * numbers high byte first.
 */
const enum Offset {
  version = 0,
  flags = 1,
  values = 2,
}

const enum Flag {
  temperature = 0x01,
  humidity = 0x02,
  /** Whether `magnet` says something. */
  magnetSensor = 0x04,
  magnet = 0x08,
  movement = 0x10,
  angle = 0x20,
  batteryLow = 0x40,
  battery = 0x80,
}

export const teltonika: Format = {
  number: FormatNumber.teltonika,
  name: 'teltonika',
  matches: [match(Source.manufacturer, 0x089a)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to) return ReadingState.malformed;
    if (bytes[from + Offset.version] !== 1) return ReadingState.unsupported;
    if (to - from < Offset.values) return ReadingState.malformed;
    const flags = bytes[from + Offset.flags]!;
    let at = from + Offset.values;
    // More may follow in a later version of the firmware.
    if (to - at < sizeOf(flags)) return ReadingState.malformed;

    if (flags & Flag.temperature) {
      reading.set(Field.temperature, int16be(bytes, at) / 100);
      at += 2;
    }
    if (flags & Flag.humidity) {
      const humidity = bytes[at++]!;
      if (humidity <= 100) reading.set(Field.humidity, humidity);
    }
    if (flags & Flag.magnetSensor) reading.setState(State.magnet, (flags & Flag.magnet) !== 0);
    if (flags & Flag.movement) {
      const movement = uint16be(bytes, at);
      reading.setState(State.moving, movement >= 0x8000);
      reading.set(Field.movementCount, movement & 0x7fff);
      at += 2;
    }
    if (flags & Flag.angle) {
      reading.set(Field.pitch, int8(bytes, at));
      reading.set(Field.roll, int16be(bytes, at + 1));
      at += 3;
    }
    reading.setState(State.batteryLow, (flags & Flag.batteryLow) !== 0);
    if (flags & Flag.battery) reading.set(Field.batteryVoltage, (2000 + 10 * bytes[at]!) / 1000);
    return ReadingState.ok;
  },
};

/** Bytes of the values that the flags announce. */
function sizeOf(flags: number): number {
  let size = 0;
  if (flags & Flag.temperature) size += 2;
  if (flags & Flag.humidity) size += 1;
  if (flags & Flag.movement) size += 2;
  if (flags & Flag.angle) size += 3;
  if (flags & Flag.battery) size += 1;
  return size;
}
