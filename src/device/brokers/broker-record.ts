import { decodeJsonRecord } from '../json-record.js';
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

/** Nothing of ours is longer; what is, is not read into memory. */
export const LONGEST_RECORD = 32768;

/** Reads a record of `encodeJsonRecord`. Throws an Error of a few words without any of its content. */
export function decodeRecord(record: Uint8Array): StoredBroker {
  const broker = decodeJsonRecord(record);
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
