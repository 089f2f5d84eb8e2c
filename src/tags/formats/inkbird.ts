import { Field, probeTemperature } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16le, uint16le, uint24be, uint32be } from './bytes.js';

/**
 * Inkbird IBS-TH1, IBS-TH2, IBS-P01B, ITH-12S (no manual; captures in the tests of bleparser and Theengs Decoder),
 * local name sps or tps, 9 bytes, of which the first two stand where the company id should be: temperature s16 0.01 °C
 * | humidity u16 0.01 %, 0 and FFFF = none | probe, 0 = built in, 1 or 3 = plugged in | check 2 bytes | battery % |
 * 1 byte; numbers low byte first. Only one probe is sent: a plugged one is `temperature2`.
 *
 * The check, CRC-16/MODBUS of the first 5 bytes, is not looked at: not all models send that.
 */
const enum InkbirdOffset {
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
  matches: [match(Source.wholeManufacturer, LENGTH)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from } = frame;
    if (frame.nameTo - frame.nameFrom !== 3) return ReadingState.none;
    const name = uint24be(bytes, frame.nameFrom);
    if (name !== SPS && name !== TPS) return ReadingState.none;
    const probe = bytes[from + InkbirdOffset.probe]!;
    if (probe !== 0 && probe !== 1 && probe !== 3) return ReadingState.unsupported;
    const temperature = int16le(bytes, from + InkbirdOffset.temperature);
    reading.set(probe === 0 ? Field.temperature : Field.temperature2, temperature / 100);
    const humidity = uint16le(bytes, from + InkbirdOffset.humidity);
    if (humidity !== 0 && humidity <= 10000) reading.set(Field.humidity, humidity / 100);
    const battery = bytes[from + InkbirdOffset.battery]!;
    if (battery <= 100) reading.set(Field.batteryPercent, battery);
    return ReadingState.ok;
  },
};

/**
 * iBBQ: Inkbird IBT-2X, IBT-4XS, IBT-6XS, Tenergy Solis and others (no manual; captures in the tests of bleparser and
 * Theengs Decoder), the value of the company 0000, or 0001 for an address with the last byte first: 00 00 | address |
 * for each of 1, 2, 4 or 6 probes its temperature s16 0.1 °C, low byte first; FFF6 and FFFF = no probe.
 *
 * Nothing in it is of its own, so it must have the address of its advertiser or the name iBBQ or xBBQ.
 */
const enum IbbqOffset {
  address = 2,
  probes = 8,
}

const REVERSED = 0x0001;
const NO_PROBE = -10;
const NO_PROBE_EITHER = -1;
/** Local names: iBBQ, xBBQ. */
const IBBQ = 0x69424251;
const XBBQ = 0x78424251;

export const ibbq: Format = {
  number: FormatNumber.ibbq,
  name: 'ibbq',
  matches: [match(Source.manufacturer, 0x0000), match(Source.manufacturer, REVERSED)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    const length = to - from;
    if (length < IbbqOffset.probes || uint16le(bytes, from) !== 0) return ReadingState.none;
    const own = hasAddress(frame, false) || hasAddress(frame, true);
    if (!own && !isNamed(frame)) return ReadingState.none;
    const size = length - IbbqOffset.probes;
    if (size !== 2 && size !== 4 && size !== 8 && size !== 12) return ReadingState.malformed;
    for (let i = 0; 2 * i < size; i++) {
      const temperature = int16le(bytes, from + IbbqOffset.probes + 2 * i);
      if (temperature !== NO_PROBE && temperature !== NO_PROBE_EITHER) {
        reading.set(probeTemperature(i), temperature / 10);
      }
    }
    if (!own) {
      frame.takeAddress(from + IbbqOffset.address, frame.id === REVERSED);
      frame.setAddressIdentity(reading);
    }
    return ReadingState.ok;
  },
};

function hasAddress(frame: Frame, reversed: boolean): boolean {
  return frame.address !== undefined && frame.takeOwnAddress(frame.from + IbbqOffset.address, reversed);
}

function isNamed(frame: Frame): boolean {
  if (frame.nameTo - frame.nameFrom !== 4) return false;
  const name = uint32be(frame.bytes, frame.nameFrom);
  return name === IBBQ || name === XBBQ;
}
