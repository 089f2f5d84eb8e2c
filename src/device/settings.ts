import type { Log, Store } from '../hal/index.js';
import type { RawConfiguration } from './configuration.js';
import { CONFIGURATION_KEYS } from './configuration-keys.js';
import { checkSetting } from './parse-value.js';
import { hasSettingRecord, readSettingRecord, storeName, writeSettingRecord } from './settings-record.js';

// Settings are configuration keys that are stored on the device and override what is built in. Each has an entry of its
// own in the store, because a store may take only 63 bytes per value (Preference on ESP8266), and so that damage to one
// leaves the others alone.

/** The key in the store: at most 15 characters, and none that another part of the firmware uses. */
export function settingStoreKey(name: string): string {
  return '-' + storeName(name, 14);
}

/**
 * Puts the stored settings into `into`, over what is there, and returns how many there are. One that is damaged, of
 * another version, or not allowed is left out with a line on the log, and stays in the store until it is saved again or
 * removed.
 */
export function loadSettings(store: Store, into: RawConfiguration, log?: Log): number {
  let count = 0;
  for (const row of CONFIGURATION_KEYS) {
    const storeKey = settingStoreKey(row.name);
    if (!hasSettingRecord(store, storeKey)) continue;
    try {
      const value = readSettingRecord(store, storeKey, row.name, false)!;
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
  writeSettingRecord(store, settingStoreKey(name), name, value);
}

/** Removes a setting; what is built in counts from the next start. Throws a RangeError when there is no such key. */
export function removeSetting(store: Store, name: string): void {
  checkSetting(name, '');
  store.remove(settingStoreKey(name));
}
