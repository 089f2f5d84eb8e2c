import { decodeUtf8 } from '../bytes/utf8.js';
import { encodeUtf8, scanUtf8, Utf8Finding } from '../mqtt/utf8.js';
import { crc32 } from '../telemetry/crc32.js';

/**
 * A record of a store is its version, JSON as UTF-8, and a CRC-32 over both, least significant byte first. JSON, so
 * that a property that comes later needs no new version.
 */
const VERSION = 1;
const CRC_SIZE = 4;

/** The record of a value. Throws a RangeError when a text in it cannot be UTF-8. */
export function encodeJsonRecord(value: unknown): Uint8Array {
  const text = encodeUtf8(JSON.stringify(value));
  const record = new Uint8Array(1 + text.length + CRC_SIZE);
  record[0] = VERSION;
  record.set(text, 1);
  const end = record.length - CRC_SIZE;
  let crc = crc32(record, 0, end, 0);
  for (let i = end; i < record.length; i++) {
    record[i] = crc & 0xff;
    crc >>>= 8;
  }
  return record;
}

/**
 * The value of a record; whether it is allowed is for others to check. Throws an Error of a few words for people when
 * it is not one that this firmware can read; none of its content is part of that.
 */
export function decodeJsonRecord(record: Uint8Array): unknown {
  const end = record.length - CRC_SIZE;
  if (end < 1) throw new Error('it is cut short');
  let crc = 0;
  for (let i = record.length - 1; i >= end; i--) crc = crc * 256 + record[i]!;
  if (crc !== crc32(record, 0, end, 0)) throw new Error('its checksum is wrong');
  if (record[0] !== VERSION) throw new Error('its version is ' + record[0] + '; this firmware reads ' + VERSION);
  try {
    if (scanUtf8(record, 1, end) & Utf8Finding.malformed) throw new RangeError();
    return JSON.parse(decodeUtf8(record, 1, end));
  } catch {
    // The parser's own words would show what is stored, which may be a password.
    throw new Error('it is not JSON');
  }
}
