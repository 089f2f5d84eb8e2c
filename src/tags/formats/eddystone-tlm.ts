import { Field } from '../field.js';
import type { Frame } from '../frame.js';
import { type Reading, ReadingState } from '../reading.js';
import { EDDYSTONE_SERVICE, EddystoneFrame } from './eddystone.js';
import { type Format, FormatNumber, Precedence, Source } from './format.js';
import { int16be, uint16be, uint32be } from './integers.js';

/**
 * Eddystone-TLM (github.com/google/eddystone, eddystone-tlm), 14 bytes:
 * frame 20 | version 00 | battery u16 mV, 0 = none | temperature s8.8 °C, 8000 = none | advertisements u32 |
 * uptime u32 in 0.1 s; numbers high byte first.
 * Version 01 is encrypted, 18 bytes: frame 20 | 01 | 12 encrypted bytes | salt u16 | integrity check u16. Its key
 * belongs to the beacon's owner (EID identity key), so it is only recognised.
 */
const enum Offset {
  frame = 0,
  version = 1,
  battery = 2,
  temperature = 4,
  count = 6,
  uptime = 10,
}

const PLAIN = 0x00;
const ENCRYPTED = 0x01;
const PLAIN_LENGTH = 14;
const ENCRYPTED_LENGTH = 18;
const NO_TEMPERATURE = -0x8000;

export const eddystoneTlm: Format = {
  number: FormatNumber.eddystoneTlm,
  name: 'eddystone-tlm',
  matches: [{ source: Source.service16, id: EDDYSTONE_SERVICE }],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 1 || bytes[from + Offset.frame] !== EddystoneFrame.tlm) return ReadingState.none;
    if (to - from < 2) return ReadingState.malformed;
    const version = bytes[from + Offset.version];
    if (version === ENCRYPTED) return to - from < ENCRYPTED_LENGTH ? ReadingState.malformed : ReadingState.encrypted;
    if (version !== PLAIN) return ReadingState.unsupported;
    if (to - from < PLAIN_LENGTH) return ReadingState.malformed;

    const millivolts = uint16be(bytes, from + Offset.battery);
    if (millivolts !== 0) reading.set(Field.batteryVoltage, millivolts / 1000);
    const temperature = int16be(bytes, from + Offset.temperature);
    if (temperature !== NO_TEMPERATURE) reading.set(Field.temperature, temperature / 256);
    reading.set(Field.advertisementCount, uint32be(bytes, from + Offset.count));
    reading.set(Field.uptime, uint32be(bytes, from + Offset.uptime) / 10);
    return ReadingState.ok;
  },
};
