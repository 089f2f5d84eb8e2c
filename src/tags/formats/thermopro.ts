import { Field } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16le, uint24be, uint32be } from './bytes.js';

/**
 * ThermoPro TP357, TP358, TP359, TP393 and their S models (no manual; captures in the tests of bleparser, Theengs
 * Decoder and thermopro-ble), local name TP35… or TP39…, 6 or 7 bytes, of which the first two stand where the company
 * id should be: 1 byte | temperature s16 0.1 °C, low byte first | humidity u8 % | flags, bits 0 and 1 = battery low,
 * half or full | 1 or 2 bytes. Temperature and humidity of zeros or of ones alone mean that there is none.
 */
const enum Offset {
  temperature = 1,
  humidity = 3,
  flags = 4,
}

const SHORTEST = 6;
const LONGEST = 7;
const NAME_PREFIX_SIZE = 4;
/** Local names: TP35…, TP39…. */
const TP35 = 0x54503335;
const TP39 = 0x54503339;

export const thermopro: Format = {
  number: FormatNumber.thermopro,
  name: 'thermopro',
  // A shorter one with the name is malformed.
  matches: Array.from({ length: LONGEST + 1 }, (_, id) => match(Source.wholeManufacturer, id)),
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (frame.nameTo - frame.nameFrom < NAME_PREFIX_SIZE) return ReadingState.none;
    const name = uint32be(bytes, frame.nameFrom);
    if (name !== TP35 && name !== TP39) return ReadingState.none;
    if (to - from < SHORTEST) return ReadingState.malformed;
    const climate = uint24be(bytes, from + Offset.temperature);
    if (climate !== 0 && climate !== 0xffffff) {
      reading.set(Field.temperature, int16le(bytes, from + Offset.temperature) / 10);
      const humidity = bytes[from + Offset.humidity]!;
      if (humidity <= 100) reading.set(Field.humidity, humidity);
    }
    const battery = bytes[from + Offset.flags]! & 0x03;
    if (battery <= 2) reading.set(Field.batteryPercent, battery === 0 ? 1 : 50 * battery);
    return ReadingState.ok;
  },
};
