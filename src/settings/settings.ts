import { decodeUtf8 } from '../bytes/utf8.js';
import type { Log, Store } from '../hal/index.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { crc32 } from '../telemetry/crc32.js';
import { keysOf } from './configuration-keys.js';
import type { KeyOwner } from './configuration-keys.js';
import type { RawConfiguration } from './configuration.js';
import { checkSetting } from './parse-value.js';
import { contentEnd, makeRecord, readStored, RECORD_OVERHEAD } from './store-record.js';

/** Of a record of one persisted value of a configuration key: its content is the value as UTF-8. */
const VERSION = 1;
/** Only on trial: the key counts as not persisted, so what is built in does. */
const NONE = 0;
/** Nothing of ours is longer; what is, is not read into memory. */
const LONGEST = 16384 + RECORD_OVERHEAD;
const EMPTY = new Uint8Array(0);

/**
 * The name of a configuration key in at most `limit` characters, at least 9, of those that a store takes; what is
 * longer ends with its CRC-32 in hexadecimal digits.
 */
export function storeName(name: string, limit: number): string {
  const text = name.toLowerCase();
  if (text.length <= limit) return text;
  const bytes = encodeUtf8(name);
  const hash = crc32(bytes, 0, bytes.length, 0).toString(16);
  return text.slice(0, limit - 8) + '00000000'.slice(hash.length) + hash;
}

/** Stores a value of the key `name` as `storeKey`. Throws a RangeError of one line when the store has no room. */
export function writeSettingRecord(store: Store, storeKey: string, name: string, value: string | undefined): void {
  const version = value === undefined ? NONE : VERSION;
  const record = makeRecord(version, encodeUtf8(value ?? ''), seedOf(name));
  if (!store.write(storeKey, record, 0, record.length)) {
    throw new RangeError(name + ': the store did not take its ' + record.length + ' bytes');
  }
}

/** True when there is an entry, whatever is in it. */
export function hasSettingRecord(store: Store, storeKey: string): boolean {
  return store.read(storeKey, EMPTY) >= 0;
}

/**
 * The value that `writeSettingRecord` has stored, undefined for none. Throws an Error of one line when the entry is
 * damaged or of another version; only with `onTrial` there may be one that stands for none.
 */
export function readSettingRecord(store: Store, storeKey: string, name: string, onTrial: boolean): string | undefined {
  try {
    const record = readStored(store, storeKey, LONGEST) ?? EMPTY;
    const isNone = onTrial && record[0] === NONE;
    const end = contentEnd(record, isNone ? NONE : VERSION, seedOf(name));
    return isNone ? undefined : decodeUtf8(record, 1, end);
  } catch (error) {
    throw new Error(name + ': ' + (error as Error).message);
  }
}

/** A record belongs to its key. */
function seedOf(name: string): number {
  const key = encodeUtf8(name);
  return crc32(key, 0, key.length, 0);
}

// Settings are configuration keys that are persisted on the device and override what is built in. Each has an entry of
// its own in the store, because a store may take only 63 bytes per value (Preference on ESP8266), and so that damage to
// one leaves the others alone.

/** The key in the store: at most 15 characters, and none that another part of the firmware uses. */
export function settingStoreKey(name: string): string {
  return '-' + storeName(name, 14);
}

/** The key in the store of a value on trial; see `SettingsTrial`. */
export function trialStoreKey(name: string): string {
  return '--' + storeName(name, 13);
}

/**
 * Puts the persisted settings into `into`, over what is there, and returns how many there are. One that is damaged, of
 * another version, or not allowed is left out with a line on the log, and stays in the store until it is persisted
 * again or removed.
 */
export function loadSettings(store: Store, into: RawConfiguration, log?: Log, clouds?: readonly KeyOwner[]): number {
  let count = 0;
  for (const { name, formerName } of keysOf(clouds)) {
    const former = formerName !== undefined && !hasSettingRecord(store, settingStoreKey(name));
    const written = former ? formerName : name;
    const storeKey = settingStoreKey(written);
    if (!hasSettingRecord(store, storeKey)) continue;
    try {
      const value = readSettingRecord(store, storeKey, written, false)!;
      checkSetting(name, value, clouds);
      into[name] = value;
      count++;
    } catch (error) {
      log?.line('persisted setting ignored: ' + (error as Error).message);
    }
  }
  return count;
}

/**
 * Writes a value to the store, for `PersistedSettings`, which checks that the device would start with it. Throws a
 * RangeError of one line when there is no such key, the value alone is not allowed, or the store has no room.
 */
export function writeSetting(store: Store, name: string, value: string, clouds?: readonly KeyOwner[]): void {
  const row = checkSetting(name, value, clouds);
  writeSettingRecord(store, settingStoreKey(row.name), row.name, value);
}

/**
 * Removes a value from the store, for `PersistedSettings`. Throws a RangeError of one line when there is no such key,
 * or the store does not remove it.
 */
export function removeSetting(store: Store, name: string, clouds?: readonly KeyOwner[]): void {
  const row = checkSetting(name, '', clouds);
  // The one of an earlier firmware first: it would count again.
  const isRemoved =
    (row.formerName === undefined || store.remove(settingStoreKey(row.formerName))) &&
    store.remove(settingStoreKey(row.name));
  if (!isRemoved) throw new RangeError(name + ': the store did not remove it');
}
