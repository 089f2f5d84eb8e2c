import { decodeUtf8 } from '../bytes/utf8.js';
import type { Store } from '../hal/index.js';
import { encodeUtf8, scanUtf8, Utf8Finding } from '../mqtt/utf8.js';
import { crc32 } from '../telemetry/crc32.js';

/*
 * A record of a store is its version, its content, and a CRC-32 over both, least significant byte first. The CRC goes
 * on from `seed`, which is that of what the record belongs to, or 0.
 */
const CRC_SIZE = 4;
/** Bytes of a record beside its content. */
export const RECORD_OVERHEAD = 1 + CRC_SIZE;
const EMPTY = new Uint8Array(0);

export function makeRecord(version: number, content: Uint8Array, seed: number): Uint8Array {
  const record = new Uint8Array(content.length + RECORD_OVERHEAD);
  record[0] = version;
  record.set(content, 1);
  const end = record.length - CRC_SIZE;
  new DataView(record.buffer).setUint32(end, crc32(record, 0, end, seed), true);
  return record;
}

/**
 * Where the content of a record ends, which begins at 1. Throws an Error of a few words when the record is not as it
 * was written, or its version is not the one of this firmware.
 */
export function contentEnd(record: Uint8Array, version: number, seed: number): number {
  const end = record.length - CRC_SIZE;
  if (end < 1) throw new Error('it is cut short');
  const crc = new DataView(record.buffer, record.byteOffset).getUint32(end, true);
  if (crc !== crc32(record, 0, end, seed)) throw new Error('its checksum is wrong');
  if (record[0] !== version) throw new Error('its version is ' + record[0] + '; this firmware reads ' + version);
  return end;
}

/**
 * All bytes that a store has under `key`; undefined when there are none. Throws an Error of a few words when there are
 * more than `limit`, which is not read into memory, or when they cannot be read.
 */
export function readStored(store: Store, key: string, limit: number): Uint8Array | undefined {
  const length = store.read(key, EMPTY);
  if (length < 0) return undefined;
  if (length > limit) throw new Error('it has ' + length + ' bytes');
  const bytes = new Uint8Array(length);
  if (store.read(key, bytes) !== length) throw new Error('it cannot be read');
  return bytes;
}

/** The value of the record under `key`; undefined when there is none. Throws as `readStored` and `decodeJsonRecord`. */
export function readJsonRecord(store: Store, key: string, limit: number): unknown {
  const record = readStored(store, key, limit);
  return record && decodeJsonRecord(record);
}

/**
 * Stores the record of a value, which is called `what` for people. Throws a RangeError of one line when it has more
 * than `limit` bytes, a text in it cannot be UTF-8, or the store has no room.
 */
export function writeJsonRecord(store: Store, key: string, what: string, value: unknown, limit: number): void {
  let record: Uint8Array;
  try {
    record = encodeJsonRecord(value);
  } catch {
    throw new RangeError(what + ' contains half of a character (an unpaired surrogate)');
  }
  const { length } = record;
  if (length > limit) throw new RangeError(what + ' must have at most ' + limit + ' bytes, got ' + length);
  if (store.write(key, record, 0, length)) return;
  throw new RangeError(what + ' not stored: no room for ' + length + ' bytes');
}

/** Of records whose content is JSON as UTF-8: then a property that comes later needs no new version. */
const JSON_VERSION = 1;

/** The record of a value. Throws a RangeError when a text in it cannot be UTF-8. */
export function encodeJsonRecord(value: unknown): Uint8Array {
  return makeRecord(JSON_VERSION, encodeUtf8(JSON.stringify(value)), 0);
}

/**
 * The value of a record; whether it is allowed is for others to check. Throws an Error of a few words for people when
 * it is not one that this firmware can read; none of its content is part of that.
 */
export function decodeJsonRecord(record: Uint8Array): unknown {
  const end = contentEnd(record, JSON_VERSION, 0);
  try {
    if (scanUtf8(record, 1, end) & Utf8Finding.malformed) throw new RangeError();
    return JSON.parse(decodeUtf8(record, 1, end));
  } catch {
    // The parser's own words would show what is stored, which may be a password.
    throw new Error('it is not JSON');
  }
}
