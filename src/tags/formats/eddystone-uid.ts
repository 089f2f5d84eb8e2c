import type { Frame } from '../frame.js';
import { IdentityKind, type Reading, ReadingState } from '../reading.js';
import { EDDYSTONE_SERVICE, EddystoneFrame, setEddystonePower } from './eddystone.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';

/**
 * Eddystone-UID (github.com/google/eddystone, eddystone-uid), 20 bytes:
 * frame 00 | power at 0 m s8 | namespace, 10 bytes | instance, 6 bytes | 2 reserved, which old beacons leave out.
 */
const enum Offset {
  frame = 0,
  power = 1,
  namespace = 2,
}

const LENGTH = 18;

export const eddystoneUid: Format = {
  number: FormatNumber.eddystoneUid,
  name: 'eddystone-uid',
  matches: [{ source: Source.service16, id: EDDYSTONE_SERVICE }],
  precedence: Precedence.identity,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 1 || bytes[from + Offset.frame] !== EddystoneFrame.uid) return ReadingState.none;
    if (to - from < LENGTH) return ReadingState.malformed;
    setEddystonePower(reading, bytes, from + Offset.power);
    reading.setIdentity(IdentityKind.eddystoneUid, bytes, from + Offset.namespace, 16);
    return ReadingState.ok;
  },
};
