import type { Frame } from '../frame.js';
import { type Reading, ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { RUUVI_COMPANY, setRuuviClimate, setRuuviStatus } from './ruuvi.js';

/**
 * Ruuvi data format C5, Cut-RAWv2 (docs.ruuvi.com, "Data format C5"), 18 bytes of Ruuvi's manufacturer data: as format
 * 5, but without acceleration.
 */
const enum Offset {
  format = 0,
  climate = 1,
  status = 7,
}

const LENGTH = 18;

export const ruuviC5: Format = {
  number: FormatNumber.ruuviC5,
  name: 'ruuvi-c5',
  matches: [{ source: Source.manufacturer, id: RUUVI_COMPANY }],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to || bytes[from + Offset.format] !== 0xc5) return ReadingState.none;
    if (to - from !== LENGTH) return ReadingState.malformed;
    setRuuviClimate(reading, bytes, from + Offset.climate);
    setRuuviStatus(frame, reading, from + Offset.status);
    return ReadingState.ok;
  },
};
