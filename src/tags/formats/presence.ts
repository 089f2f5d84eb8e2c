import { Field } from '../field.js';
import type { Frame } from '../frame.js';
import { type Reading, ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';

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
