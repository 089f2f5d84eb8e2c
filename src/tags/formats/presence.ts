import { Field } from '../field.js';
import { FormatNumber, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { uint32be } from './bytes.js';

/** Any other maker (Assigned Numbers, 7.1), known by the company id of its manufacturer data, which is not decoded. */
export const presence: Format = {
  number: FormatNumber.presence,
  name: 'presence',
  matches: [{ source: Source.anyManufacturer, id: 0 }],
  precedence: Precedence.presence,

  decode(frame: Frame, reading: Reading): ReadingState {
    reading.set(Field.company, frame.id);
    return ReadingState.ok;
  },
};

/**
 * Apple's devices (not published by the maker), recognised and not decoded: whatever of Apple's manufacturer data is
 * no iBeacon. Most of it comes from telephones, whose addresses change every quarter of an hour.
 */
export const apple: Format = {
  number: FormatNumber.apple,
  name: 'apple',
  matches: [{ source: Source.manufacturer, id: 0x004c }],
  precedence: Precedence.presence,

  decode(): ReadingState {
    return ReadingState.ok;
  },
};

/**
 * Tile trackers (not published by the maker; Assigned Numbers, 3.10: FEED and FD84 are Tile's), recognised and not
 * decoded: service data of FEED or FD84, or of some no more than the name Tile.
 */
const NAME = 0x54696c65;

export const tile: Format = {
  number: FormatNumber.tile,
  name: 'tile',
  matches: [
    { source: Source.service16, id: 0xfeed },
    { source: Source.service16, id: 0xfd84 },
    { source: Source.name, id: 0 },
  ],
  precedence: Precedence.presence,

  decode(frame: Frame): ReadingState {
    if (frame.source !== Source.name) return ReadingState.ok;
    return frame.length === 4 && uint32be(frame.bytes, frame.from) === NAME ? ReadingState.ok : ReadingState.none;
  },
};
