import { Field } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { IdentityKind, ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int8, uint16be } from './bytes.js';

/**
 * iBeacon (Apple, "Proximity Beacon Specification", R1), 23 bytes of Apple's manufacturer data:
 * type 02 | length 15 | UUID, 16 bytes | major u16 | minor u16 | RSSI at 1 m s8; numbers high byte first.
 * Apple's other types (0F, 10, 05 …) are no beacons.
 */
const enum IBeaconOffset {
  type = 0,
  length = 1,
  uuid = 2,
  major = 18,
  minor = 20,
  rssiAt1m = 22,
}

const IBEACON_LENGTH = 23;

export const ibeacon: Format = {
  number: FormatNumber.ibeacon,
  name: 'ibeacon',
  matches: [match(Source.manufacturer, 0x004c)],
  precedence: Precedence.identity,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 2) return ReadingState.none;
    if (bytes[from + IBeaconOffset.type] !== 0x02 || bytes[from + IBeaconOffset.length] !== 0x15)
      return ReadingState.none;
    if (to - from < IBEACON_LENGTH) return ReadingState.malformed;
    reading.setIdentity(IdentityKind.uuid, bytes, from + IBeaconOffset.uuid, 16);
    reading.set(Field.major, uint16be(bytes, from + IBeaconOffset.major));
    reading.set(Field.minor, uint16be(bytes, from + IBeaconOffset.minor));
    reading.set(Field.rssiAt1m, int8(bytes, from + IBeaconOffset.rssiAt1m));
    return ReadingState.ok;
  },
};

/**
 * AltBeacon 1.0 (github.com/AltBeacon/spec), 24 bytes of any company's manufacturer data:
 * code BE AC | identifier, 20 bytes, used as UUID, u16, u16 | RSSI at 1 m s8 | reserved for the manufacturer;
 * numbers high byte first. The reserved byte is not read, and some beacons leave it out.
 */
const enum AltBeaconOffset {
  code = 0,
  uuid = 2,
  major = 18,
  minor = 20,
  rssiAt1m = 22,
}

const ALTBEACON_LENGTH = 23;

export const altbeacon: Format = {
  number: FormatNumber.altbeacon,
  name: 'altbeacon',
  matches: [match(Source.anyManufacturer, 0)],
  precedence: Precedence.identity,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 2) return ReadingState.none;
    if (bytes[from + AltBeaconOffset.code] !== 0xbe || bytes[from + AltBeaconOffset.code + 1] !== 0xac)
      return ReadingState.none;
    if (to - from < ALTBEACON_LENGTH) return ReadingState.malformed;
    reading.setIdentity(IdentityKind.uuid, bytes, from + AltBeaconOffset.uuid, 16);
    reading.set(Field.major, uint16be(bytes, from + AltBeaconOffset.major));
    reading.set(Field.minor, uint16be(bytes, from + AltBeaconOffset.minor));
    reading.set(Field.rssiAt1m, int8(bytes, from + AltBeaconOffset.rssiAt1m));
    return ReadingState.ok;
  },
};
