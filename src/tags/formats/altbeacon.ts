import { Field } from '../field.js';
import type { Frame } from '../frame.js';
import { IdentityKind, type Reading, ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { int8, uint16be } from './integers.js';

/**
 * AltBeacon 1.0 (github.com/AltBeacon/spec), 24 bytes of any company's manufacturer data:
 * code BE AC | identifier, 20 bytes, used as UUID, u16, u16 | RSSI at 1 m s8 | reserved for the manufacturer;
 * numbers high byte first. The reserved byte is not read, and some beacons leave it out.
 */
const enum Offset {
  code = 0,
  uuid = 2,
  major = 18,
  minor = 20,
  rssiAt1m = 22,
}

const LENGTH = 23;

export const altbeacon: Format = {
  number: FormatNumber.altbeacon,
  name: 'altbeacon',
  matches: [{ source: Source.anyManufacturer, id: 0 }],
  precedence: Precedence.identity,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 2) return ReadingState.none;
    if (bytes[from + Offset.code] !== 0xbe || bytes[from + Offset.code + 1] !== 0xac) return ReadingState.none;
    if (to - from < LENGTH) return ReadingState.malformed;
    reading.setIdentity(IdentityKind.uuid, bytes, from + Offset.uuid, 16);
    reading.set(Field.major, uint16be(bytes, from + Offset.major));
    reading.set(Field.minor, uint16be(bytes, from + Offset.minor));
    reading.set(Field.rssiAt1m, int8(bytes, from + Offset.rssiAt1m));
    return ReadingState.ok;
  },
};
