import { Field } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16le, uint16le } from './bytes.js';

/**
 * Bluetooth's own temperature and humidity as service data (GATT Specification Supplement, "Temperature", "Humidity"),
 * of ELA's Blue Coin and Blue Puck among others, which Teltonika sells for its trackers:
 * 2A6E: s16 0.01 °C | 2A6F: u16 0.01 %, or of ELA u8 %; low byte first. 8000 and FFFF mean "value is not known"; some
 * tags send 7FFF for it.
 */
const TEMPERATURE = 0x2a6e;
const HUMIDITY = 0x2a6f;
const UNKNOWN_TEMPERATURE = 0x7fff;
/** 0.01 °C: absolute zero, the least that the characteristic allows. 8000 is below it. */
const MIN_TEMPERATURE = -27315;

export const environmentalSensing: Format = {
  number: FormatNumber.environmentalSensing,
  name: 'environmental-sensing',
  matches: [match(Source.service16, TEMPERATURE), match(Source.service16, HUMIDITY)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (frame.id === TEMPERATURE) {
      if (to - from !== 2) return ReadingState.malformed;
      const temperature = int16le(bytes, from);
      if (temperature >= MIN_TEMPERATURE && temperature !== UNKNOWN_TEMPERATURE) {
        reading.set(Field.temperature, temperature / 100);
      }
      return ReadingState.ok;
    }
    if (to - from !== 1 && to - from !== 2) return ReadingState.malformed;
    const humidity = to - from === 1 ? bytes[from]! * 100 : uint16le(bytes, from);
    if (humidity <= 10000) reading.set(Field.humidity, humidity / 100);
    return ReadingState.ok;
  },
};
