import type { AesCcm } from '../aes.js';
import { Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { KEY_SIZE } from '../key-table.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16be, int16le, uint16be, uint16le } from './bytes.js';

// What the two formats of the free firmware for Xiaomi's thermometers share
// (github.com/pvvx/ATC_MiThermometer, src/custom_beacon.c).

/** Environmental Sensing Service in Assigned Numbers, 3.4.2. Other makers send data of their own under it. */
const ENVIRONMENTAL_SENSING = 0x181a;

/** Bytes of the authentication tag, at the end. */
const TAG_SIZE = 4;

/**
 * Opens `counter u8 | ciphertext | tag` by AES-128-CCM. The nonce is the address, last byte first, and the structure's
 * first five bytes: length, type, UUID and counter; the byte 11 is authenticated with it. Returns false when it is not
 * authentic.
 *
 * The counter is too short to tell a recording from a tag that went on: after 256 measurements it begins again.
 */
function openMiThermometer(frame: Frame, ccm: AesCcm): boolean {
  const { bytes, from, to } = frame;
  const { nonce } = ccm;
  const address = frame.address!;
  for (let i = 0; i < 6; i++) nonce[i] = address[5 - i]!;
  nonce[6] = to - from + 3;
  nonce[7] = 0x16;
  nonce[8] = 0x1a;
  nonce[9] = 0x18;
  nonce[10] = bytes[from]!;
  ccm.nonceLength = 11;
  ccm.aad[0] = 0x11;
  ccm.aadLength = 1;
  return ccm.open(bytes, from + 1, to - TAG_SIZE, to - TAG_SIZE, TAG_SIZE);
}

/** What the sensors measure: Sensirion's SHT, -40 to 125 °C, and Maxim's DS18B20, from -55 °C on. */
const MIN_TEMPERATURE = -55;
const MAX_TEMPERATURE = 125;
/** More than any battery or supply of these devices has, in mV. */
const MAX_MILLIVOLTS = 6000;

function setTemperature(reading: Reading, temperature: number): void {
  if (temperature >= MIN_TEMPERATURE && temperature <= MAX_TEMPERATURE) reading.set(Field.temperature, temperature);
}

function setMillivolts(reading: Reading, millivolts: number): void {
  if (millivolts > 0 && millivolts <= MAX_MILLIVOLTS) reading.set(Field.batteryVoltage, millivolts / 1000);
}

/** Sets a percentage; the firmware sends none above 100. */
function setPercent(reading: Reading, field: Field, percent: number): void {
  if (percent <= 100) reading.set(field, percent);
}

/**
 * ATC1441, thermometers with free firmware (github.com/atc1441/ATC_MiThermometer, "Advertising format of the custom
 * firmware"), 13 bytes of service data: address | temperature s16 0.1 °C | humidity u8 % | battery u8 % | battery u16
 * mV | counter u8; numbers high byte first.
 *
 * With a bind key (github.com/pvvx/ATC_MiThermometer, src/custom_beacon.c) 8 bytes: counter u8 | encrypted: temperature
 * u8 0.5 °C - 40, humidity u8 0.5 %, battery 7 bits % and bit 7 = the output is set by a threshold | tag of 4 bytes.
 */
const enum AtcOffset {
  address = 0,
  temperature = 6,
  humidity = 8,
  batteryPercent = 9,
  batteryVoltage = 10,
  counter = 12,
}

const ATC_LENGTH = 13;
const ATC_ENCRYPTED_LENGTH = 8;

export const atc1441: Format = {
  number: FormatNumber.atc1441,
  name: 'atc1441',
  matches: [match(Source.service16, ENVIRONMENTAL_SENSING)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from === ATC_ENCRYPTED_LENGTH) return decodeEncryptedAtc(frame, reading);
    if (to - from !== ATC_LENGTH || !frame.takeOwnAddress(from + AtcOffset.address, false)) return ReadingState.none;
    setTemperature(reading, int16be(bytes, from + AtcOffset.temperature) / 10);
    setPercent(reading, Field.humidity, bytes[from + AtcOffset.humidity]!);
    setPercent(reading, Field.batteryPercent, bytes[from + AtcOffset.batteryPercent]!);
    setMillivolts(reading, uint16be(bytes, from + AtcOffset.batteryVoltage));
    reading.setSequence(bytes[from + AtcOffset.counter]!, 8);
    frame.setAddressIdentity(reading);
    return ReadingState.ok;
  },
};

function decodeEncryptedAtc(frame: Frame, reading: Reading): ReadingState {
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

/**
 * pvvx "Custom", thermometers with free firmware (github.com/pvvx/ATC_MiThermometer, "Bluetooth Advertising Formats"
 * and src/custom_beacon.h), 15 bytes of service data, or 14 without flags: address, last byte first | temperature s16
 * 0.01 °C | humidity u16 0.01 % | battery u16 mV | battery u8 % | counter u8 | flags: bit 0 = reed switch, open; 1 =
 * output; 2 = the output is set by a threshold; 3, 4 = temperature, humidity is beyond it; numbers low byte first.
 *
 * With a bind key 11 bytes: counter u8 | encrypted: temperature, humidity, battery %, flags as above | tag of 4 bytes.
 */
const enum PvvxOffset {
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

const PVVX_LENGTH = 15;
const PVVX_ENCRYPTED_LENGTH = 11;
const OPEN = 0x01;
const OUTPUT = 0x02;

export const pvvx: Format = {
  number: FormatNumber.pvvx,
  name: 'pvvx',
  matches: [match(Source.service16, ENVIRONMENTAL_SENSING)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from === PVVX_ENCRYPTED_LENGTH) return decodeEncryptedPvvx(frame, reading);
    if (to - from !== PVVX_LENGTH && to - from !== PVVX_LENGTH - 1) return ReadingState.none;
    if (!frame.takeOwnAddress(from + PvvxOffset.address, true)) return ReadingState.none;
    setClimate(reading, bytes, from + PvvxOffset.climate);
    setMillivolts(reading, uint16le(bytes, from + PvvxOffset.batteryVoltage));
    setPercent(reading, Field.batteryPercent, bytes[from + PvvxOffset.batteryPercent]!);
    reading.setSequence(bytes[from + PvvxOffset.counter]!, 8);
    if (to - from === PVVX_LENGTH) setFlags(reading, bytes[from + PvvxOffset.flags]!);
    frame.setAddressIdentity(reading);
    return ReadingState.ok;
  },
};

function decodeEncryptedPvvx(frame: Frame, reading: Reading): ReadingState {
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
  setTemperature(reading, int16le(bytes, at) / 100);
  setPercent(reading, Field.humidity, uint16le(bytes, at + 2) / 100);
}

/** As the firmware itself since version 3.7, which tells BTHome "open" when bit 0 is set; bleparser has it inverted. */
function setFlags(reading: Reading, flags: number): void {
  reading.setState(State.opening, (flags & OPEN) !== 0);
  reading.setState(State.on, (flags & OUTPUT) !== 0);
}
