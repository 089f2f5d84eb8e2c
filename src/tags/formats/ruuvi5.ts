import type { Frame } from '../frame.js';
import { type Reading, ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { RUUVI_COMPANY, setRuuviAcceleration, setRuuviClimate, setRuuviStatus } from './ruuvi.js';

/**
 * Ruuvi data format 5, RAWv2 (docs.ruuvi.com, "Data format 5"), 24 bytes of Ruuvi's manufacturer data:
 * format 05 | temperature s16 0.005 °C | humidity u16 0.0025 % | pressure u16 Pa - 50000 | acceleration x, y, z s16
 * mg | battery u11 mV - 1600, transmit power u5 2 dBm - 40 | movements u8 | sequence u16 | address; numbers high byte
 * first. The least of a signed and the greatest of an unsigned number mean that there is none.
 */
const enum Offset {
  format = 0,
  climate = 1,
  acceleration = 7,
  status = 13,
}

const LENGTH = 24;

export const ruuvi5: Format = {
  number: FormatNumber.ruuvi5,
  name: 'ruuvi5',
  matches: [{ source: Source.manufacturer, id: RUUVI_COMPANY }],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to || bytes[from + Offset.format] !== 0x05) return ReadingState.none;
    if (to - from !== LENGTH) return ReadingState.malformed;
    setRuuviClimate(reading, bytes, from + Offset.climate);
    setRuuviAcceleration(reading, bytes, from + Offset.acceleration);
    setRuuviStatus(frame, reading, from + Offset.status);
    return ReadingState.ok;
  },
};
