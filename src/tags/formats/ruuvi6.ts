import { Field } from '../field.js';
import type { Frame } from '../frame.js';
import { type Reading, ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { RUUVI_COMPANY, setRuuviClimate, setRuuviGases, setRuuviParticles } from './ruuvi.js';

/**
 * Ruuvi data format 6, Ruuvi Air (docs.ruuvi.com, "Data format 6"), 20 bytes of Ruuvi's manufacturer data:
 * format 06 | temperature s16 0.005 °C | humidity u16 0.0025 % | pressure u16 Pa - 50000 | PM2.5 u16 0.1 µg/m³ | CO2
 * u16 ppm | VOC index u8 | NOx index u8 | luminosity u8, logarithmic | reserved | sequence u8 | flags: bit 0 =
 * calibrating, 6 and 7 = lowest bits of the two indices | low 3 bytes of the address; numbers high byte first. The
 * least of a signed and the greatest of an unsigned number mean that there is none, but for the sequence.
 *
 * The part of the address is for receivers that are not told the advertiser's; it is not used.
 */
const enum Offset {
  format = 0,
  climate = 1,
  particles = 7,
  gases = 9,
  luminosity = 13,
  sequence = 15,
  flags = 16,
}

const LENGTH = 20;
const NO_LUMINOSITY = 0xff;

export const ruuvi6: Format = {
  number: FormatNumber.ruuvi6,
  name: 'ruuvi6',
  matches: [{ source: Source.manufacturer, id: RUUVI_COMPANY }],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to || bytes[from + Offset.format] !== 0x06) return ReadingState.none;
    if (to - from !== LENGTH) return ReadingState.malformed;
    setRuuviClimate(reading, bytes, from + Offset.climate);
    setRuuviParticles(reading, Field.pm25, bytes, from + Offset.particles);
    setRuuviGases(reading, bytes, from + Offset.gases, bytes[from + Offset.flags]!);
    const code = bytes[from + Offset.luminosity]!;
    // exp(code * ln(65536) / 254) - 1; as a power of two it is exact at both ends.
    if (code !== NO_LUMINOSITY) reading.set(Field.illuminance, Math.pow(2, (16 * code) / 254) - 1);
    reading.setSequence(bytes[from + Offset.sequence]!, 8);
    return ReadingState.ok;
  },
};
