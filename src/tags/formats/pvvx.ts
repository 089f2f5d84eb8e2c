import { Field, State } from '../field.js';
import type { Frame } from '../frame.js';
import { KEY_SIZE } from '../key-table.js';
import { type Reading, ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { int16le, uint16le } from './integers.js';
import { ENVIRONMENTAL_SENSING, openMiThermometer, setPercent } from './mi-thermometer.js';

/**
 * pvvx "Custom", thermometers with free firmware (github.com/pvvx/ATC_MiThermometer, "Bluetooth Advertising Formats"
 * and src/custom_beacon.h), 15 bytes of service data, or 14 without flags: address, last byte first | temperature s16
 * 0.01 °C | humidity u16 0.01 % | battery u16 mV | battery u8 % | counter u8 | flags: bit 0 = reed switch, open; 1 =
 * output; 2 = the output is set by a threshold; 3, 4 = temperature, humidity is beyond it; numbers low byte first.
 *
 * With a bind key 11 bytes: counter u8 | encrypted: temperature, humidity, battery %, flags as above | tag of 4 bytes.
 */
const enum Offset {
  address = 0,
  climate = 6,
  batteryVoltage = 10,
  batteryPercent = 12,
  counter = 13,
  flags = 14,
}

/** Offsets in the text that was encrypted. */
const enum TextOffset {
  climate = 0,
  batteryPercent = 4,
  flags = 5,
}

const LENGTH = 15;
const ENCRYPTED_LENGTH = 11;
const OPEN = 0x01;
const OUTPUT = 0x02;

export const pvvx: Format = {
  number: FormatNumber.pvvx,
  name: 'pvvx',
  matches: [{ source: Source.service16, id: ENVIRONMENTAL_SENSING }],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from === ENCRYPTED_LENGTH) return decodeEncrypted(frame, reading);
    if (to - from !== LENGTH && to - from !== LENGTH - 1) return ReadingState.none;
    setClimate(reading, bytes, from + Offset.climate);
    reading.set(Field.batteryVoltage, uint16le(bytes, from + Offset.batteryVoltage) / 1000);
    setPercent(reading, Field.batteryPercent, bytes[from + Offset.batteryPercent]!);
    reading.setSequence(bytes[from + Offset.counter]!, 8);
    if (to - from === LENGTH) setFlags(reading, bytes[from + Offset.flags]!);
    frame.takeAddress(from + Offset.address, true);
    frame.setAddressIdentity(reading);
    return ReadingState.ok;
  },
};

function decodeEncrypted(frame: Frame, reading: Reading): ReadingState {
  const ccm = frame.cipher(frame.address, KEY_SIZE);
  if (!ccm) return ReadingState.keyMissing;
  if (!openMiThermometer(frame, ccm)) return ReadingState.authenticationFailed;
  const { text } = ccm;
  setClimate(reading, text, TextOffset.climate);
  setPercent(reading, Field.batteryPercent, text[TextOffset.batteryPercent]!);
  reading.setSequence(frame.bytes[frame.from]!, 8);
  setFlags(reading, text[TextOffset.flags]!);
  return ReadingState.ok;
}

function setClimate(reading: Reading, bytes: Uint8Array, at: number): void {
  reading.set(Field.temperature, int16le(bytes, at) / 100);
  setPercent(reading, Field.humidity, uint16le(bytes, at + 2) / 100);
}

/** As the firmware itself since version 3.7, which tells BTHome "open" when bit 0 is set; bleparser has it inverted. */
function setFlags(reading: Reading, flags: number): void {
  reading.setState(State.opening, (flags & OPEN) !== 0);
  reading.setState(State.on, (flags & OUTPUT) !== 0);
}
