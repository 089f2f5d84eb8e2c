import { Field } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16le, uint32le } from './bytes.js';

/**
 * MikroTik TG-BT5-IN and TG-BT5-OUT (MikroTik manual, "MikroTik Tag advertisement formats"), 18 bytes:
 * version 1 | user data, bit 0 = encrypted | salt u16 | acceleration x, y, z s8.8 | temperature s8.8 |
 * uptime u32 | flags | battery %; numbers low byte first.
 *
 * The manual gives the acceleration in m/s² while RouterOS prints the same values as g; they are g. At rest it is 0:
 * the tag filters gravity out. The encryption's key format is not published, so that form is only recognised.
 */
const enum Offset {
  version = 0,
  userData = 1,
  accelerationX = 4,
  accelerationY = 6,
  accelerationZ = 8,
  temperature = 10,
  uptime = 12,
  flags = 16,
  battery = 17,
}

const LENGTH = 18;
const ENCRYPTED = 0x01;
const INVALID = -0x8000;
/** The six lowest flags are in the order of `EventFlag`. */
const EVENT_FLAGS = 0x3f;
const ACCELEROMETER_DISABLED = 0x40;

export const mikrotik: Format = {
  number: FormatNumber.mikrotik,
  name: 'mikrotik',
  matches: [match(Source.manufacturer, 0x094f)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const bytes = frame.bytes;
    const from = frame.from;
    const length = frame.to - from;
    if (length < 1) return ReadingState.malformed;
    if (bytes[from + Offset.version] !== 1) return ReadingState.unsupported;
    if (length !== LENGTH) return ReadingState.malformed;
    if (bytes[from + Offset.userData]! & ENCRYPTED) return ReadingState.encrypted;

    const flags = bytes[from + Offset.flags]!;
    if (!(flags & ACCELEROMETER_DISABLED)) {
      setFixedPoint(reading, Field.accelerationX, bytes, from + Offset.accelerationX);
      setFixedPoint(reading, Field.accelerationY, bytes, from + Offset.accelerationY);
      setFixedPoint(reading, Field.accelerationZ, bytes, from + Offset.accelerationZ);
    }
    // TG-BT5-IN has no temperature sensor and sends the marker.
    setFixedPoint(reading, Field.temperature, bytes, from + Offset.temperature);
    reading.set(Field.uptime, uint32le(bytes, from + Offset.uptime));
    reading.set(Field.events, flags & EVENT_FLAGS);
    const battery = bytes[from + Offset.battery]!;
    if (battery <= 100) reading.set(Field.batteryPercent, battery);
    return ReadingState.ok;
  },
};

function setFixedPoint(reading: Reading, field: Field, bytes: Uint8Array, at: number): void {
  const value = int16le(bytes, at);
  if (value !== INVALID) reading.set(field, value / 256);
}
