import { Field } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { uint16le } from './bytes.js';

/**
 * Moat S2 (layout by its maker, in SteveOnorato/moat_temp_hum_ble), 18 bytes of the value of the company 1000, which is
 * not Moat's: 6 bytes | time, 4 bytes | temperature u16, 175.72 / 65536 °C - 46.85 | humidity u16,
 * 125 / 65536 % - 6 | battery mV u16 | 2 bytes; numbers low byte first.
 */
const enum Offset {
  temperature = 10,
  humidity = 12,
  battery = 14,
}

const LENGTH = 18;
/** What a sensor with this formula is made for, in °C; all ones and all zeros are beyond. */
const COLDEST = -40;
const HOTTEST = 125;
const NO_BATTERY = 0xffff;

export const moat: Format = {
  number: FormatNumber.moat,
  name: 'moat',
  matches: [match(Source.manufacturer, 0x1000)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from !== LENGTH) return ReadingState.none;
    const temperature = (175.72 * uint16le(bytes, from + Offset.temperature)) / 65536 - 46.85;
    if (temperature >= COLDEST && temperature <= HOTTEST) reading.set(Field.temperature, temperature);
    // Goes a little beyond 0 and 100 %, which the data sheet with this formula (Silicon Labs Si7021, 5.1.1) cuts off.
    const humidity = (125 * uint16le(bytes, from + Offset.humidity)) / 65536 - 6;
    reading.set(Field.humidity, Math.min(Math.max(humidity, 0), 100));
    const battery = uint16le(bytes, from + Offset.battery);
    if (battery !== NO_BATTERY) reading.set(Field.batteryVoltage, battery / 1000);
    return ReadingState.ok;
  },
};
