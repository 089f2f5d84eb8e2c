import { Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { uint16le } from './bytes.js';

/**
 * Xiaomi Mi Smart Scale and Mi Body Composition Scale (github.com/wiecosystem/Bluetooth, "huami.health.scale2"), laid
 * out as Weight Measurement and Body Composition Measurement of Bluetooth, numbers low byte first:
 * service data 181D: control u8 | date and time 7 | mass u16;
 * service data 181B: unit u8 | control u8 | date and time 7 | impedance u16 Ω | mass u16.
 * The mass is in 0.005 kg, also when catties are shown (of 0.5 kg each), or in 0.01 lb.
 */
const enum WeightOffset {
  control = 0,
  mass = 1,
  length = 10,
}

const enum BodyOffset {
  unit = 0,
  control = 1,
  impedance = 9,
  mass = 11,
  length = 13,
}

const enum Control {
  impedance = 0x02,
  stabilized = 0x20,
  removed = 0x80,
}

/** In the first byte of both. */
const POUNDS = 0x01;

const KG_PER_LB = 0.45359237;

const enum Service {
  bodyComposition = 0x181b,
  weightScale = 0x181d,
}

/** From here on the impedance is a word for that it could not be measured. */
const NO_IMPEDANCE = 0xfffd;

export const miScale: Format = {
  number: FormatNumber.miScale,
  name: 'mi-scale',
  matches: [match(Source.service16, Service.weightScale), match(Source.service16, Service.bodyComposition)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    const body = frame.id === Service.bodyComposition;
    // The services are of no maker.
    if (to - from !== (body ? BodyOffset.length : WeightOffset.length)) return ReadingState.none;
    const control = bytes[from + (body ? BodyOffset.control : WeightOffset.control)]!;
    const mass = uint16le(bytes, from + (body ? BodyOffset.mass : WeightOffset.mass));
    reading.set(Field.mass, bytes[from]! & POUNDS ? (mass * KG_PER_LB) / 100 : mass / 200);
    reading.setState(State.stabilized, (control & Control.stabilized) !== 0);
    reading.setState(State.massRemoved, (control & Control.removed) !== 0);
    if (body && control & Control.impedance) {
      const impedance = uint16le(bytes, from + BodyOffset.impedance);
      if (impedance !== 0 && impedance < NO_IMPEDANCE) reading.set(Field.impedance, impedance);
    }
    return ReadingState.ok;
  },
};
