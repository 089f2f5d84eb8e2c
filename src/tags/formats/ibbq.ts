import { FormatNumber, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { ADDRESS_SIZE } from '../tag-table.js';
import { int16le, uint16le, uint32be } from './bytes.js';
import { probeTemperature } from './probes.js';

/**
 * iBBQ: Inkbird IBT-2X, IBT-4XS, IBT-6XS, Tenergy Solis and others (no manual; captures in the tests of bleparser and
 * Theengs Decoder), the value of the company 0000, or 0001 for an address with the last byte first: 00 00 | address |
 * for each of 1, 2, 4 or 6 probes its temperature s16 0.1 °C, low byte first; FFF6 and FFFF = no probe.
 *
 * Nothing in it is of its own, so it must have the address of its advertiser or the name iBBQ or xBBQ.
 */
const enum Offset {
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
  matches: [
    { source: Source.manufacturer, id: 0x0000 },
    { source: Source.manufacturer, id: REVERSED },
  ],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    const length = to - from;
    if (length < Offset.probes || uint16le(bytes, from) !== 0) return ReadingState.none;
    const own = hasAddress(frame, false) || hasAddress(frame, true);
    if (!own && !isNamed(frame)) return ReadingState.none;
    const size = length - Offset.probes;
    if (size !== 2 && size !== 4 && size !== 8 && size !== 12) return ReadingState.malformed;
    for (let i = 0; 2 * i < size; i++) {
      const temperature = int16le(bytes, from + Offset.probes + 2 * i);
      if (temperature !== NO_PROBE && temperature !== NO_PROBE_EITHER) {
        reading.set(probeTemperature(i), temperature / 10);
      }
    }
    if (!own) {
      frame.takeAddress(from + Offset.address, frame.id === REVERSED);
      frame.setAddressIdentity(reading);
    }
    return ReadingState.ok;
  },
};

function hasAddress(frame: Frame, reversed: boolean): boolean {
  const address = frame.address;
  if (!address) return false;
  const own = frame.takeAddress(frame.from + Offset.address, reversed);
  for (let i = 0; i < ADDRESS_SIZE; i++) if (own[i] !== address[i]) return false;
  return true;
}

function isNamed(frame: Frame): boolean {
  if (frame.nameTo - frame.nameFrom !== 4) return false;
  const name = uint32be(frame.bytes, frame.nameFrom);
  return name === IBBQ || name === XBBQ;
}
