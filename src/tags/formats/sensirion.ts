import { Field } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { uint16le } from './bytes.js';

/**
 * Sensirion's gadgets and demo boards (github.com/Sensirion/ble-services, "Advertisement Sample Types"), manufacturer
 * data: type 00 | sample type | device id u16 | values u16 each, by the sample type; numbers low byte first. What is
 * behind the values is reserved.
 */
const enum Offset {
  type = 0,
  sampleType = 1,
  values = 4,
}

/** The advertisement type of a board that is told to send no samples. */
const NO_SAMPLES = 0xff;
/** Not measured; of temperature and humidity it is a value as any other. */
const NONE = 0xffff;

/** A value of a sample, named by what it is when raw is the number: for `layoutOf`. */
const enum Value {
  end = 0x0,
  /** raw · 175 / 65535 - 45 °C */
  temperature = 0x1,
  /** raw · 100 / 65535 % */
  humidity = 0x2,
  /** raw · 125 / 65535 - 6 %, of SHT4x and later. */
  humiditySht4x = 0x3,
  /** ppm */
  co2 = 0x4,
  vocIndex = 0x5,
  noxIndex = 0x6,
  /** raw · 1000 / 65535 µg/m³ */
  pm25Wide = 0x7,
  /** raw / 10 µg/m³, as the other three. */
  pm25 = 0x8,
  /** raw / 5 ppb */
  formaldehyde = 0x9,
  pm1 = 0xa,
  pm4 = 0xb,
  pm10 = 0xc,
  /** Of no published unit. */
  skipped = 0xd,
}

/** mg/m³ per ppb of formaldehyde at 25 °C and 1013 hPa: 30.026 g/mol, 24.465 L/mol. */
const FORMALDEHYDE_PER_PPB = 30.026 / 24465;

export const sensirion: Format = {
  number: FormatNumber.sensirion,
  name: 'sensirion',
  matches: [match(Source.manufacturer, 0x06d5)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < Offset.values)
      return to > from && bytes[from] === NO_SAMPLES ? ReadingState.none : ReadingState.malformed;
    const type = bytes[from + Offset.type]!;
    if (type === NO_SAMPLES) return ReadingState.none;
    const layout = type === 0 ? layoutOf(bytes[from + Offset.sampleType]!) : 0;
    if (layout === 0) return ReadingState.unsupported;
    let at = from + Offset.values;
    for (let rest = layout; rest !== Value.end; rest >>>= 4) at += 2;
    if (at > to) return ReadingState.malformed;
    at = from + Offset.values;
    for (let rest = layout; rest !== Value.end; rest >>>= 4) {
      setValue(reading, rest & 0xf, uint16le(bytes, at));
      at += 2;
    }
    return ReadingState.ok;
  },
};

/** The values of a sample type, each a `Value` of 4 bits, the first one lowest; 0 when the type is not known. */
function layoutOf(sampleType: number): number {
  switch (sampleType) {
    case 0x03: // and organic compounds of no published unit
    case 0x04:
      return 0x21;
    case 0x06:
    case 0x28: // and hydrogen and pressure of no published unit
      return 0x31;
    case 0x08:
    case 0x0a:
      return 0x421;
    case 0x0c:
      return 0x7421;
    case 0x0e:
      return 0x921;
    case 0x10:
      return 0x7521;
    case 0x14:
      return 0x975421;
    case 0x16:
      return 0x6521;
    case 0x18:
      return 0x86521;
    case 0x1a:
      return 0x865421;
    case 0x1c:
      return 0x8421;
    case 0x1e:
      return 0x8521;
    case 0x20:
      return 0x985421;
    case 0x22:
      return 0xcb8a;
    case 0x24:
      return 0x4;
    case 0x26: // the first one is the speed of the air
      return 0x1d;
    case 0x2a:
      return 0x821;
    case 0x2c:
      return 0x865921;
    default:
      return 0;
  }
}

function setValue(reading: Reading, value: Value, raw: number): void {
  if (value === Value.temperature) {
    // It would be 130 °C, which no sensor measures.
    if (raw !== NONE) reading.set(Field.temperature, (raw * 175) / 65535 - 45);
  } else if (value === Value.humidity) {
    reading.set(Field.humidity, (raw * 100) / 65535);
  } else if (value === Value.humiditySht4x) {
    // Its data sheet has what is outside cut off.
    reading.set(Field.humidity, Math.min(Math.max((raw * 125) / 65535 - 6, 0), 100));
  } else if (raw !== NONE) {
    setConcentration(reading, value, raw);
  }
}

function setConcentration(reading: Reading, value: Value, raw: number): void {
  switch (value) {
    case Value.co2:
      reading.set(Field.co2, raw);
      break;
    case Value.vocIndex:
      reading.set(Field.vocIndex, raw);
      break;
    case Value.noxIndex:
      reading.set(Field.noxIndex, raw);
      break;
    case Value.pm25Wide:
      reading.set(Field.pm25, (raw * 1000) / 65535);
      break;
    case Value.pm25:
      reading.set(Field.pm25, raw / 10);
      break;
    case Value.formaldehyde:
      reading.set(Field.formaldehyde, (raw / 5) * FORMALDEHYDE_PER_PPB);
      break;
    case Value.pm1:
      reading.set(Field.pm1, raw / 10);
      break;
    case Value.pm4:
      reading.set(Field.pm4, raw / 10);
      break;
    case Value.pm10:
      reading.set(Field.pm10, raw / 10);
      break;
  }
}
