import { encodeUtf8 } from '../../mqtt/encode-utf8.js';
import { scanUtf8 } from '../../mqtt/utf8.js';
import { crc32 } from '../../telemetry/crc32.js';
import { decodeUtf8 } from '../decode-utf8.js';
import type { BrokerValues } from './broker-properties.js';

/** A subscription as it is stored. */
export interface StoredSubscription {
  topic: string;
  qos: number;
  onMessage: string;
}

/** A broker as it is stored. */
export interface StoredBroker {
  values: BrokerValues;
  subscriptions: StoredSubscription[];
}

/**
 * A record is its version, JSON as UTF-8, and a CRC-32 over both, least significant byte first. JSON, so that a
 * property that comes later needs no new version.
 */
const VERSION = 1;
const CRC_SIZE = 4;
const OVERHEAD = 1 + CRC_SIZE;
/** Nothing of ours is longer; what is, is not read into memory. */
export const LONGEST_RECORD = 32768;

export function encodeRecord(broker: StoredBroker): Uint8Array {
  const text = encodeUtf8(JSON.stringify(broker));
  const record = new Uint8Array(OVERHEAD + text.length);
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
 * Reads a record. Its values are those that were stored; whether they are allowed is for others to check. Throws an
 * Error of a few words for people when it is not one that this firmware can read; none of its content is part of that.
 */
export function decodeRecord(record: Uint8Array): StoredBroker {
  const end = record.length - CRC_SIZE;
  if (end < 1) throw new Error('it is cut short');
  let crc = 0;
  for (let i = record.length - 1; i >= end; i--) crc = crc * 256 + record[i]!;
  if (crc !== crc32(record, 0, end, 0)) throw new Error('its checksum is wrong');
  if (record[0] !== VERSION) throw new Error('its version is ' + record[0] + '; this firmware reads ' + VERSION);
  let broker: unknown;
  try {
    if (scanUtf8(record, 1, end) & 1) throw new RangeError();
    broker = JSON.parse(decodeUtf8(record, 1, end));
  } catch {
    // The parser's own words would show what is stored, which may be a password.
    throw new Error('it is not JSON');
  }
  if (!isBroker(broker)) throw new Error('it does not describe a broker');
  return broker;
}

function isBroker(value: unknown): value is StoredBroker {
  if (!isObject(value) || !isObject(value['values']) || !Array.isArray(value['subscriptions'])) return false;
  for (const name of Object.keys(value['values'])) if (typeof value['values'][name] !== 'string') return false;
  return value['subscriptions'].every(
    (entry: unknown) =>
      isObject(entry) &&
      typeof entry['topic'] === 'string' &&
      typeof entry['qos'] === 'number' &&
      typeof entry['onMessage'] === 'string',
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
