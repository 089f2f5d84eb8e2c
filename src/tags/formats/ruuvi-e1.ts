import { Field } from '../field.js';
import type { Frame } from '../frame.js';
import { type Reading, ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { uint24be } from './integers.js';
import { RUUVI_COMPANY, setRuuviAddress, setRuuviClimate, setRuuviGases, setRuuviParticles } from './ruuvi.js';

/**
 * Ruuvi data format E1, Ruuvi Air (docs.ruuvi.com, "Data format E1"), 40 bytes of Ruuvi's manufacturer data, sent as
 * extended advertisement: format E1 | temperature s16 0.005 °C | humidity u16 0.0025 % | pressure u16 Pa - 50000 | PM1,
 * PM2.5, PM4, PM10 u16 0.1 µg/m³ | CO2 u16 ppm | VOC index u8 | NOx index u8 | luminosity u24 0.01 lx | 3 reserved |
 * sequence u24 | flags: bit 0 = calibrating, 6 and 7 = lowest bits of the two indices | 5 reserved | address; numbers
 * high byte first. The least of a signed and the greatest of an unsigned number mean that there is none.
 */
const enum Offset {
  format = 0,
  climate = 1,
  pm1 = 7,
  pm25 = 9,
  pm4 = 11,
  pm10 = 13,
  gases = 15,
  luminosity = 19,
  sequence = 25,
  flags = 28,
  address = 34,
}

const LENGTH = 40;
const NO_UNSIGNED = 0xffffff;

export const ruuviE1: Format = {
  number: FormatNumber.ruuviE1,
  name: 'ruuvi-e1',
  matches: [{ source: Source.manufacturer, id: RUUVI_COMPANY }],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to || bytes[from + Offset.format] !== 0xe1) return ReadingState.none;
    if (to - from !== LENGTH) return ReadingState.malformed;
    setRuuviClimate(reading, bytes, from + Offset.climate);
    setRuuviParticles(reading, Field.pm1, bytes, from + Offset.pm1);
    setRuuviParticles(reading, Field.pm25, bytes, from + Offset.pm25);
    setRuuviParticles(reading, Field.pm4, bytes, from + Offset.pm4);
    setRuuviParticles(reading, Field.pm10, bytes, from + Offset.pm10);
    setRuuviGases(reading, bytes, from + Offset.gases, bytes[from + Offset.flags]!);
    const luminosity = uint24be(bytes, from + Offset.luminosity);
    if (luminosity !== NO_UNSIGNED) reading.set(Field.illuminance, luminosity / 100);
    const sequence = uint24be(bytes, from + Offset.sequence);
    if (sequence !== NO_UNSIGNED) reading.setSequence(sequence, 24);
    setRuuviAddress(frame, reading, from + Offset.address);
    return ReadingState.ok;
  },
};
