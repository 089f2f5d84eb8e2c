import { Field } from '../field.js';
import type { Frame } from '../frame.js';
import { type Reading, ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { uint16be } from './integers.js';
import { RUUVI_COMPANY, setRuuviAcceleration } from './ruuvi.js';

/**
 * Ruuvi data format 3, RAWv1 (github.com/ruuvi/ruuvi-sensor-protocols, "Data Format 3"), 14 bytes of Ruuvi's
 * manufacturer data: format 03 | humidity u8 0.5 % | temperature: bit 7 = below zero, 7 bits °C | hundredths u8, 0 to
 * 99 | pressure u16 Pa - 50000 | acceleration x, y, z s16 mg | battery u16 mV; numbers high byte first. No value means
 * that there is none; 0 is sent for it.
 */
const enum Offset {
  format = 0,
  humidity = 1,
  temperature = 2,
  hundredths = 3,
  pressure = 4,
  acceleration = 6,
  battery = 12,
}

const LENGTH = 14;
const BELOW_ZERO = 0x80;

export const ruuvi3: Format = {
  number: FormatNumber.ruuvi3,
  name: 'ruuvi3',
  matches: [{ source: Source.manufacturer, id: RUUVI_COMPANY }],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to || bytes[from + Offset.format] !== 0x03) return ReadingState.none;
    if (to - from !== LENGTH) return ReadingState.malformed;
    const hundredths = bytes[from + Offset.hundredths]!;
    if (hundredths <= 99) {
      const whole = bytes[from + Offset.temperature]!;
      const magnitude = ((whole & 0x7f) * 100 + hundredths) / 100;
      reading.set(Field.temperature, whole & BELOW_ZERO ? -magnitude : magnitude);
    }
    reading.set(Field.humidity, bytes[from + Offset.humidity]! / 2);
    reading.set(Field.pressure, (uint16be(bytes, from + Offset.pressure) + 50000) / 100);
    setRuuviAcceleration(reading, bytes, from + Offset.acceleration);
    reading.set(Field.batteryVoltage, uint16be(bytes, from + Offset.battery) / 1000);
    return ReadingState.ok;
  },
};
