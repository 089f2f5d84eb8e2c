import { Field } from '../field.js';
import { FormatNumber, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16le, uint16le, uint24be } from './bytes.js';

/**
 * Inkbird IBS-TH1, IBS-TH2, IBS-P01B, ITH-12S (no manual; captures in the tests of bleparser and Theengs Decoder),
 * local name sps or tps, 9 bytes, of which the first two stand where the company id should be: temperature s16 0.01 °C
 * | humidity u16 0.01 %, 0 and FFFF = none | probe, 0 = built in, 1 or 3 = plugged in | check 2 bytes | battery % |
 * 1 byte; numbers low byte first. Only one probe is sent: a plugged one is `temperature2`.
 *
 * The check, CRC-16/MODBUS of the first 5 bytes, is not looked at: not all models send that.
 */
const enum Offset {
  temperature = 0,
  humidity = 2,
  probe = 4,
  battery = 7,
}

const LENGTH = 9;
/** Local names: sps, tps. */
const SPS = 0x737073;
const TPS = 0x747073;

export const inkbird: Format = {
  number: FormatNumber.inkbird,
  name: 'inkbird',
  matches: [{ source: Source.wholeManufacturer, id: 0 }],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from !== LENGTH || frame.nameTo - frame.nameFrom !== 3) return ReadingState.none;
    const name = uint24be(bytes, frame.nameFrom);
    if (name !== SPS && name !== TPS) return ReadingState.none;
    const probe = bytes[from + Offset.probe]!;
    if (probe !== 0 && probe !== 1 && probe !== 3) return ReadingState.unsupported;
    const temperature = int16le(bytes, from + Offset.temperature);
    reading.set(probe === 0 ? Field.temperature : Field.temperature2, temperature / 100);
    const humidity = uint16le(bytes, from + Offset.humidity);
    if (humidity !== 0 && humidity <= 10000) reading.set(Field.humidity, humidity / 100);
    const battery = bytes[from + Offset.battery]!;
    if (battery <= 100) reading.set(Field.batteryPercent, battery);
    return ReadingState.ok;
  },
};
