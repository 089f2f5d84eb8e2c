import { Field } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { IdentityKind, ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16be, int8, uint16be, uint32be } from './bytes.js';

/** The 16-bit service UUID of all Eddystone frames (github.com/google/eddystone, protocol-specification.md). */
export const EDDYSTONE_SERVICE = 0xfeaa;

/** First byte of an Eddystone frame. */
export const enum EddystoneFrame {
  uid = 0x00,
  url = 0x10,
  tlm = 0x20,
  eid = 0x30,
}

/** Loss in dB over the first metre, by which Eddystone's power at 0 m becomes the usual signal strength at 1 m. */
const FIRST_METRE_LOSS = 41;

/** What the specification allows as power at 0 m, in dBm. */
const MIN_POWER = -100;
const MAX_POWER = 20;

/** Takes the power at 0 m, s8 in dBm, from the byte at `at`, when it is one. */
export function setEddystonePower(reading: Reading, bytes: Uint8Array, at: number): void {
  const power = int8(bytes, at);
  if (power < MIN_POWER || power > MAX_POWER) return;
  reading.set(Field.txPower, power);
  reading.set(Field.rssiAt1m, power - FIRST_METRE_LOSS);
}

/**
 * Eddystone-UID (github.com/google/eddystone, eddystone-uid), 20 bytes:
 * frame 00 | power at 0 m s8 | namespace, 10 bytes | instance, 6 bytes | 2 reserved, which old beacons leave out.
 */
const enum UidOffset {
  frame = 0,
  power = 1,
  namespace = 2,
}

const UID_LENGTH = 18;

export const eddystoneUid: Format = {
  number: FormatNumber.eddystoneUid,
  name: 'eddystone-uid',
  matches: [match(Source.service16, EDDYSTONE_SERVICE)],
  precedence: Precedence.identity,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 1 || bytes[from + UidOffset.frame] !== EddystoneFrame.uid) return ReadingState.none;
    if (to - from < UID_LENGTH) return ReadingState.malformed;
    setEddystonePower(reading, bytes, from + UidOffset.power);
    reading.setIdentity(IdentityKind.eddystoneUid, bytes, from + UidOffset.namespace, 16);
    return ReadingState.ok;
  },
};

/** What an encoded URL has beside characters (eddystone-url, "URL Scheme Prefix", "HTTP URL encoding"). */
export const enum UrlCode {
  /** Bytes from 0 up to this are a scheme, when they come first. */
  schemes = 4,
  /** Bytes from 0 up to this are an ending such as `.com/`, behind the scheme. */
  endings = 14,
}

/**
 * True when `bytes[from..to)` is a known scheme and an encoded URL: printable ASCII without space, and the
 * endings 00 to 0D; all other bytes are reserved.
 */
export function isEddystoneUrl(bytes: Uint8Array, from: number, to: number): boolean {
  if (from >= to || bytes[from]! >= UrlCode.schemes) return false;
  for (let i = from + 1; i < to; i++) {
    const byte = bytes[i]!;
    if (byte >= UrlCode.endings && (byte <= 0x20 || byte >= 0x7f)) return false;
  }
  return true;
}

/**
 * Eddystone-URL (github.com/google/eddystone, eddystone-url), 4 to 20 bytes:
 * frame 10 | power at 0 m s8 | scheme | encoded URL, 1 to 17 bytes.
 */
const enum UrlOffset {
  frame = 0,
  power = 1,
  scheme = 2,
}

const MIN_LENGTH = 4;
const MAX_LENGTH = 20;

export const eddystoneUrl: Format = {
  number: FormatNumber.eddystoneUrl,
  name: 'eddystone-url',
  matches: [match(Source.service16, EDDYSTONE_SERVICE)],
  precedence: Precedence.identity,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 1 || bytes[from + UrlOffset.frame] !== EddystoneFrame.url) return ReadingState.none;
    if (to - from < MIN_LENGTH || to - from > MAX_LENGTH) return ReadingState.malformed;
    if (!isEddystoneUrl(bytes, from + UrlOffset.scheme, to)) return ReadingState.malformed;
    setEddystonePower(reading, bytes, from + UrlOffset.power);
    reading.setIdentity(IdentityKind.url, bytes, from + UrlOffset.scheme, to - from - UrlOffset.scheme);
    return ReadingState.ok;
  },
};

/**
 * Eddystone-TLM (github.com/google/eddystone, eddystone-tlm), 14 bytes:
 * frame 20 | version 00 | battery u16 mV, 0 = none | temperature s8.8 °C, 8000 = none | advertisements u32 |
 * uptime u32 in 0.1 s; numbers high byte first.
 * Version 01 is encrypted, 18 bytes: frame 20 | 01 | 12 encrypted bytes | salt u16 | integrity check u16. Its key
 * belongs to the beacon's owner (EID identity key), so it is only recognised.
 */
const enum TlmOffset {
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
  matches: [match(Source.service16, EDDYSTONE_SERVICE)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 1 || bytes[from + TlmOffset.frame] !== EddystoneFrame.tlm) return ReadingState.none;
    if (to - from < 2) return ReadingState.malformed;
    const version = bytes[from + TlmOffset.version];
    if (version === ENCRYPTED) return to - from < ENCRYPTED_LENGTH ? ReadingState.malformed : ReadingState.encrypted;
    if (version !== PLAIN) return ReadingState.unsupported;
    if (to - from < PLAIN_LENGTH) return ReadingState.malformed;

    const millivolts = uint16be(bytes, from + TlmOffset.battery);
    if (millivolts !== 0) reading.set(Field.batteryVoltage, millivolts / 1000);
    const temperature = int16be(bytes, from + TlmOffset.temperature);
    if (temperature !== NO_TEMPERATURE) reading.set(Field.temperature, temperature / 256);
    reading.set(Field.advertisementCount, uint32be(bytes, from + TlmOffset.count));
    reading.set(Field.uptime, uint32be(bytes, from + TlmOffset.uptime) / 10);
    return ReadingState.ok;
  },
};

/**
 * Eddystone-EID (github.com/google/eddystone, eddystone-eid), 10 bytes:
 * frame 30 | power at 0 m s8 | ephemeral identifier, 8 bytes, which changes every few minutes to hours.
 */
const enum EidOffset {
  frame = 0,
  power = 1,
  identifier = 2,
}

const EID_LENGTH = 10;

export const eddystoneEid: Format = {
  number: FormatNumber.eddystoneEid,
  name: 'eddystone-eid',
  matches: [match(Source.service16, EDDYSTONE_SERVICE)],
  precedence: Precedence.identity,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < 1 || bytes[from + EidOffset.frame] !== EddystoneFrame.eid) return ReadingState.none;
    if (to - from < EID_LENGTH) return ReadingState.malformed;
    setEddystonePower(reading, bytes, from + EidOffset.power);
    reading.setIdentity(IdentityKind.eid, bytes, from + EidOffset.identifier, 8);
    return ReadingState.ok;
  },
};
