import { Field } from '../field.js';
import type { Frame } from '../frame.js';
import { KEY_SIZE } from '../key-table.js';
import { type Reading, ReadingState } from '../reading.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { int16be, uint16be } from './integers.js';
import { ENVIRONMENTAL_SENSING, openMiThermometer, setPercent } from './mi-thermometer.js';

/**
 * ATC1441, thermometers with free firmware (github.com/atc1441/ATC_MiThermometer, "Advertising format of the custom
 * firmware"), 13 bytes of service data: address | temperature s16 0.1 °C | humidity u8 % | battery u8 % | battery u16
 * mV | counter u8; numbers high byte first.
 *
 * With a bind key (github.com/pvvx/ATC_MiThermometer, src/custom_beacon.c) 8 bytes: counter u8 | encrypted: temperature
 * u8 0.5 °C - 40, humidity u8 0.5 %, battery 7 bits % and bit 7 = the output is set by a threshold | tag of 4 bytes.
 */
const enum Offset {
  address = 0,
  temperature = 6,
  humidity = 8,
  batteryPercent = 9,
  batteryVoltage = 10,
  counter = 12,
}

const LENGTH = 13;
const ENCRYPTED_LENGTH = 8;

export const atc1441: Format = {
  number: FormatNumber.atc1441,
  name: 'atc1441',
  matches: [{ source: Source.service16, id: ENVIRONMENTAL_SENSING }],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from === ENCRYPTED_LENGTH) return decodeEncrypted(frame, reading);
    if (to - from !== LENGTH) return ReadingState.none;
    reading.set(Field.temperature, int16be(bytes, from + Offset.temperature) / 10);
    setPercent(reading, Field.humidity, bytes[from + Offset.humidity]!);
    setPercent(reading, Field.batteryPercent, bytes[from + Offset.batteryPercent]!);
    reading.set(Field.batteryVoltage, uint16be(bytes, from + Offset.batteryVoltage) / 1000);
    reading.setSequence(bytes[from + Offset.counter]!, 8);
    frame.takeAddress(from + Offset.address, false);
    frame.setAddressIdentity(reading);
    return ReadingState.ok;
  },
};

function decodeEncrypted(frame: Frame, reading: Reading): ReadingState {
  const ccm = frame.cipher(frame.address, KEY_SIZE);
  if (!ccm) return ReadingState.keyMissing;
  if (!openMiThermometer(frame, ccm)) return ReadingState.authenticationFailed;
  const { text } = ccm;
  reading.set(Field.temperature, text[0]! / 2 - 40);
  setPercent(reading, Field.humidity, text[1]! / 2);
  setPercent(reading, Field.batteryPercent, text[2]! & 0x7f);
  reading.setSequence(frame.bytes[frame.from]!, 8);
  return ReadingState.ok;
}
