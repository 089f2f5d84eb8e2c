import { Field } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16be, uint16be, uint24be } from './bytes.js';

/**
 * HHCC plant sensor HHCCJCY10, the pink Flower Care (github.com/Bluetooth-Devices/xiaomi-ble), 9 bytes of service data
 * FD50: moisture u8 % | temperature s16 0.1 °C | illuminance u24 lx | battery u8 % | conductivity u16 µS/cm; numbers
 * high byte first.
 */
const enum Offset {
  moisture = 0,
  temperature = 1,
  illuminance = 3,
  battery = 6,
  conductivity = 7,
}

const LENGTH = 9;

export const hhccjcy10: Format = {
  number: FormatNumber.hhccjcy10,
  name: 'hhccjcy10',
  matches: [match(Source.service16, 0xfd50)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    // The service is that of Tuya, which other devices use as well.
    if (to - from !== LENGTH) return ReadingState.none;
    const moisture = bytes[from + Offset.moisture]!;
    const battery = bytes[from + Offset.battery]!;
    if (moisture > 100 || battery > 100) return ReadingState.none;
    reading.set(Field.moisture, moisture);
    reading.set(Field.temperature, int16be(bytes, from + Offset.temperature) / 10);
    reading.set(Field.illuminance, uint24be(bytes, from + Offset.illuminance));
    reading.set(Field.batteryPercent, battery);
    reading.set(Field.conductivity, uint16be(bytes, from + Offset.conductivity));
    return ReadingState.ok;
  },
};
