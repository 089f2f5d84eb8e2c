import { ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';

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
