import { Field } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { uint32be } from './bytes.js';
import { EDDYSTONE_SERVICE } from './eddystone.js';

/**
 * From here on Assigned Numbers, 7.1, has no companies; it gives numbers in ascending order and had not come to half of
 * this at the end of 2025. What stands there is not a company but data of a maker who left the company id out.
 */
const FIRST_UNASSIGNED = 0x2000;

/** Any other maker (Assigned Numbers, 7.1), known by the company id of its manufacturer data, which is not decoded. */
export const presence: Format = {
  number: FormatNumber.presence,
  name: 'presence',
  matches: [match(Source.anyManufacturer, 0)],
  precedence: Precedence.presence,

  decode(frame: Frame, reading: Reading): ReadingState {
    if (frame.id < FIRST_UNASSIGNED) reading.set(Field.company, frame.id);
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
  matches: [match(Source.manufacturer, 0x004c)],
  precedence: Precedence.presence,

  decode(): ReadingState {
    return ReadingState.ok;
  },
};

/**
 * Tile trackers (not published by the maker; Assigned Numbers, 3.10: FEEC, FEED and FD84 are Tile's), recognised and
 * not decoded: service data of one of these, or of some no more than the name Tile.
 */
const NAME = 0x54696c65;

export const tile: Format = {
  number: FormatNumber.tile,
  name: 'tile',
  matches: [
    match(Source.service16, 0xfeec),
    match(Source.service16, 0xfeed),
    match(Source.service16, 0xfd84),
    match(Source.name, 0),
  ],
  precedence: Precedence.presence,

  decode(frame: Frame): ReadingState {
    if (frame.source !== Source.name) return ReadingState.ok;
    return frame.length === 4 && uint32be(frame.bytes, frame.from) === NAME ? ReadingState.ok : ReadingState.none;
  },
};

/**
 * Samsung Galaxy SmartTag (not published by the maker; Assigned Numbers, 3.10: FD5A is Samsung's), recognised and not
 * decoded.
 */
export const smartTag: Format = {
  number: FormatNumber.smartTag,
  name: 'smarttag',
  matches: [match(Source.service16, 0xfd5a)],
  precedence: Precedence.presence,

  decode(): ReadingState {
    return ReadingState.ok;
  },
};

/**
 * Trackers of Google's Find Hub network (developers.google.com, "Find Hub Network Accessory Specification",
 * "Advertised frames"), service data of FEAA as Eddystone's: frame 40, or 41 away from the owner | ephemeral
 * identifier, 20 or 32 bytes | hashed flags, which may be left out. Recognised and not decoded: the identifier changes
 * about every quarter of an hour.
 */
const enum FindHub {
  frame = 0x40,
  separatedFrame = 0x41,
  length = 21,
}

export const findHub: Format = {
  number: FormatNumber.findHub,
  name: 'find-hub',
  matches: [match(Source.service16, EDDYSTONE_SERVICE)],
  precedence: Precedence.presence,

  decode(frame: Frame): ReadingState {
    if (frame.length < FindHub.length) return ReadingState.none;
    const kind = frame.bytes[frame.from];
    return kind === FindHub.frame || kind === FindHub.separatedFrame ? ReadingState.ok : ReadingState.none;
  },
};

/**
 * Chipolo trackers (not published by the maker; Assigned Numbers, 3.10: FE33 and FE65 are Chipolo's), recognised and
 * not decoded.
 */
export const chipolo: Format = {
  number: FormatNumber.chipolo,
  name: 'chipolo',
  matches: [match(Source.service16, 0xfe33), match(Source.service16, 0xfe65)],
  precedence: Precedence.presence,

  decode(): ReadingState {
    return ReadingState.ok;
  },
};
