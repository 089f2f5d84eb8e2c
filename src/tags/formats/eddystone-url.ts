import type { Frame } from '../frame.js';
import { IdentityKind, type Reading, ReadingState } from '../reading.js';
import { EDDYSTONE_SERVICE, EddystoneFrame, setEddystonePower } from './eddystone.js';
import { isEddystoneUrl } from './eddystone-url-text.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';

/**
 * Eddystone-URL (github.com/google/eddystone, eddystone-url), 4 to 20 bytes:
 * frame 10 | power at 0 m s8 | scheme | encoded URL, 1 to 17 bytes.
 */
const enum Offset {
  frame = 0,
  power = 1,
  scheme = 2,
}

const MIN_LENGTH = 4;
const MAX_LENGTH = 20;

export const eddystoneUrl: Format = {
  number: FormatNumber.eddystoneUrl,
  name: 'eddystone-url',
  matches: [{ source: Source.service16, id: EDDYSTONE_SERVICE }],
  precedence: Precedence.identity,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 1 || bytes[from + Offset.frame] !== EddystoneFrame.url) return ReadingState.none;
    if (to - from < MIN_LENGTH || to - from > MAX_LENGTH) return ReadingState.malformed;
    if (!isEddystoneUrl(bytes, from + Offset.scheme, to)) return ReadingState.malformed;
    setEddystonePower(reading, bytes, from + Offset.power);
    reading.setIdentity(IdentityKind.url, bytes, from + Offset.scheme, to - from - Offset.scheme);
    return ReadingState.ok;
  },
};
