import { Field } from '../field.js';
import type { Frame } from '../frame.js';
import { IdentityKind, type Reading, ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { int8, uint16be } from './integers.js';

/**
 * iBeacon (Apple, "Proximity Beacon Specification", R1), 23 bytes of Apple's manufacturer data:
 * type 02 | length 15 | UUID, 16 bytes | major u16 | minor u16 | RSSI at 1 m s8; numbers high byte first.
 * Apple's other types (0F, 10, 05 …) are no beacons.
 */
const enum Offset {
  type = 0,
  length = 1,
  uuid = 2,
  major = 18,
  minor = 20,
  rssiAt1m = 22,
}

const LENGTH = 23;

export const ibeacon: Format = {
  number: FormatNumber.ibeacon,
  name: 'ibeacon',
  matches: [{ source: Source.manufacturer, id: 0x004c }],
  precedence: Precedence.identity,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 2) return ReadingState.none;
    if (bytes[from + Offset.type] !== 0x02 || bytes[from + Offset.length] !== 0x15) return ReadingState.none;
    if (to - from < LENGTH) return ReadingState.malformed;
    reading.setIdentity(IdentityKind.uuid, bytes, from + Offset.uuid, 16);
    reading.set(Field.major, uint16be(bytes, from + Offset.major));
    reading.set(Field.minor, uint16be(bytes, from + Offset.minor));
    reading.set(Field.rssiAt1m, int8(bytes, from + Offset.rssiAt1m));
    return ReadingState.ok;
  },
};
