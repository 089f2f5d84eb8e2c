import type { Frame } from '../frame.js';
import { IdentityKind, type Reading, ReadingState } from '../reading.js';
import { EDDYSTONE_SERVICE, EddystoneFrame, setEddystonePower } from './eddystone.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';

/**
 * Eddystone-EID (github.com/google/eddystone, eddystone-eid), 10 bytes:
 * frame 30 | power at 0 m s8 | ephemeral identifier, 8 bytes, which changes every few minutes to hours.
 */
const enum Offset {
  frame = 0,
  power = 1,
  identifier = 2,
}

const LENGTH = 10;

export const eddystoneEid: Format = {
  number: FormatNumber.eddystoneEid,
  name: 'eddystone-eid',
  matches: [{ source: Source.service16, id: EDDYSTONE_SERVICE }],
  precedence: Precedence.identity,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 1 || bytes[from + Offset.frame] !== EddystoneFrame.eid) return ReadingState.none;
    if (to - from < LENGTH) return ReadingState.malformed;
    setEddystonePower(reading, bytes, from + Offset.power);
    reading.setIdentity(IdentityKind.eid, bytes, from + Offset.identifier, 8);
    return ReadingState.ok;
  },
};
