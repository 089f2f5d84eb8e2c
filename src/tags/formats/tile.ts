import type { Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { uint32be } from './integers.js';

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
