import type { Log, Store } from '../hal/index.js';
import { encodeUtf8 } from '../mqtt/encode-utf8.js';
import { crc32 } from '../telemetry/crc32.js';
import type { RawConfiguration } from './configuration.js';
import { CONFIGURATION_KEYS } from './configuration-keys.js';
import { decodeUtf8 } from './decode-utf8.js';
import { checkSetting } from './parse-value.js';

/**
 * Settings are configuration keys that are stored on the device and override what is built in. Each has an entry of its
 * own in the store, because a store may take only 63 bytes per value (Preference on ESP8266), and so that damage to one
 * leaves the others alone. An entry is the version, the value as UTF-8, and a CRC-32 over the key, the version and the
 * value, least significant byte first.
 */
const VERSION = 1;
const CRC_SIZE = 4;
const OVERHEAD = 1 + CRC_SIZE;
/** Nothing of ours is longer; what is, is not read into memory. */
const LONGEST = 16384 + OVERHEAD;
const EMPTY = new Uint8Array(0);

/** The key in the store: at most 15 characters, and none that another part of the firmware uses. */
export function settingStoreKey(name: string): string {
  return '-' + name.toLowerCase();
}

/**
 * Puts the stored settings into `into`, over what is there, and returns how many there are. One that is damaged, of
 * another version, or not allowed is left out with a line on the log, and stays in the store until it is saved again or
 * removed.
 */
export function loadSettings(store: Store, into: RawConfiguration, log?: Log): number {
  let count = 0;
  for (const row of CONFIGURATION_KEYS) {
    const length = store.read(settingStoreKey(row.name), EMPTY);
    if (length < 0) continue;
    try {
      const value = readSetting(store, row.name, length);
      checkSetting(row.name, value);
      into[row.name] = value;
      count++;
    } catch (error) {
      log?.line('stored setting ignored: ' + (error as Error).message);
    }
  }
  return count;
}

/**
 * Stores a value, as text, which counts from the next start; empty text makes the firmware forget what is built in.
 * Throws a RangeError of one line when there is no such key, the value is not allowed, or the store has no room.
 */
export function saveSetting(store: Store, name: string, value: string): void {
  checkSetting(name, value);
  const text = encodeUtf8(value);
  const record = new Uint8Array(OVERHEAD + text.length);
  record[0] = VERSION;
  record.set(text, 1);
  const end = record.length - CRC_SIZE;
  let crc = checksum(name, record, end);
  for (let i = end; i < record.length; i++) {
    record[i] = crc & 0xff;
    crc >>>= 8;
  }
  if (!store.write(settingStoreKey(name), record, 0, record.length)) {
    throw new RangeError(name + ': the store did not take its ' + record.length + ' bytes');
  }
}

/** Removes a setting; what is built in counts from the next start. Throws a RangeError when there is no such key. */
export function removeSetting(store: Store, name: string): void {
  checkSetting(name, '');
  store.remove(settingStoreKey(name));
}

/** Throws an Error of one line when the entry is not one that this firmware can read. */
function readSetting(store: Store, name: string, length: number): string {
  if (length < OVERHEAD || length > LONGEST) throw new Error(name + ' has a record of ' + length + ' bytes');
  const record = new Uint8Array(length);
  if (store.read(settingStoreKey(name), record) !== length) throw new Error(name + ' cannot be read');
  const end = length - CRC_SIZE;
  let crc = 0;
  for (let i = length - 1; i >= end; i--) crc = crc * 256 + record[i]!;
  if (crc !== checksum(name, record, end)) throw new Error(name + ' is damaged: its checksum is wrong');
  if (record[0] !== VERSION) {
    throw new Error(name + ' has the version ' + record[0] + '; this firmware reads ' + VERSION);
  }
  return decodeUtf8(record, 1, end);
}

function checksum(name: string, record: Uint8Array, end: number): number {
  const key = encodeUtf8(name);
  return crc32(record, 0, end, crc32(key, 0, key.length, 0));
}
