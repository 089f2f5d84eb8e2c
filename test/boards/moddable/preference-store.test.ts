import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ESP32_PREFERENCES, ESP8266_PREFERENCES, PreferenceStore } from '../../../boards/moddable/preference-store.js';
import type { PreferenceLimits } from '../../../boards/moddable/preference-store.js';
import { storeContract } from '../../contracts/store.contract.js';
import { Preferences } from './support/preferences.js';

const SECTOR = 4096;

function esp8266(): { preferences: Preferences; store: PreferenceStore } {
  const preferences = new Preferences(ESP8266_PREFERENCES, 31, SECTOR);
  return { preferences, store: new PreferenceStore(preferences, ESP8266_PREFERENCES) };
}

storeContract(
  'PreferenceStore with the limits of ESP32',
  () => new PreferenceStore(new Preferences(ESP32_PREFERENCES, 15, 24576), ESP32_PREFERENCES),
);
// The contract wants 4 KB in one value, which the sector of an ESP8266 has no room for; a part of 200 bytes has.
const cut: PreferenceLimits = { partBytes: 200, parts: 36 };
storeContract('PreferenceStore in many parts', () => new PreferenceStore(new Preferences(cut, 31), cut));

it('stores of different spaces share the preferences, and no values', () => {
  const preferences = new Preferences(ESP32_PREFERENCES, 15, 24576);
  const device = new PreferenceStore(preferences, ESP32_PREFERENCES);
  const user = new PreferenceStore(preferences, ESP32_PREFERENCES, undefined, 'user');
  device.write('a', value(1, 1), 0, 1);
  user.write('a', value(2, 7), 0, 2);
  expect([read(device, 'a'), read(user, 'a')]).toEqual([[1], [7, 8]]);
  user.remove('a');
  expect([read(device, 'a'), read(user, 'a')]).toEqual([[1], undefined]);
});

function value(length: number, first = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);
}

function read(store: PreferenceStore, key: string): number[] | undefined {
  const into = new Uint8Array(8192);
  const length = store.read(key, into);
  return length < 0 ? undefined : [...into.subarray(0, length)];
}

describe('PreferenceStore on ESP8266', () => {
  it('cuts a value into pieces that come back whole', () => {
    const { preferences, store } = esp8266();
    expect(store.write('settings', value(300), 0, 300)).toBe(true);
    expect(read(store, 'settings')).toEqual([...value(300)]);
    expect([...preferences.values.values()].every((part) => part.byteLength <= 61)).toBe(true);
    expect(store.write('settings', value(3, 9), 0, 3)).toBe(true);
    expect(read(store, 'settings')).toEqual([9, 10, 11]);
    expect(preferences.values.size).toBe(1);
  });

  it('refuses what is too long, or has no room beside its predecessor, and keeps what there was', () => {
    const { preferences, store } = esp8266();
    expect(store.write('a', value(969), 0, 969)).toBe(false);
    expect(store.write('a', value(968), 0, 968)).toBe(true);
    expect(store.write('b', value(968), 0, 968)).toBe(true);
    const used = preferences.used;
    expect(store.write('c', value(968), 0, 968)).toBe(true);
    expect(store.write('b', value(968, 7), 0, 968)).toBe(false);
    expect(preferences.used).toBe((used / 2) * 3);
    expect(read(store, 'b')).toEqual([...value(968)]);
    store.remove('c');
    expect(store.write('b', value(968, 7), 0, 968)).toBe(true);
  });
});

describe('PreferenceStore', () => {
  it('takes a damaged value for none, and writes it anew', () => {
    const { preferences, store } = esp8266();
    store.write('settings', value(100), 0, 100);
    const entries = [...preferences.values];
    for (const [name, part] of entries) {
      for (let at = 0; at < part.byteLength; at += 5) {
        const damaged = part.slice(0);
        new Uint8Array(damaged)[at]! ^= 0x10;
        preferences.values.set(name, damaged);
        expect(read(store, 'settings'), `${name} byte ${at}`).toBeUndefined();
      }
      preferences.values.set(name, part.slice(0, part.byteLength - 1));
      expect(read(store, 'settings')).toBeUndefined();
      preferences.values.delete(name);
      expect(read(store, 'settings')).toBeUndefined();
      preferences.values.set(name, part);
    }
    expect(read(store, 'settings')).toEqual([...value(100)]);
    preferences.values.set(entries[0]![0], new ArrayBuffer(3));
    expect(store.write('settings', value(5), 0, 5)).toBe(true);
    expect(read(store, 'settings')).toEqual([...value(5)]);
  });

  it('takes a medium that throws for empty', () => {
    const broken = {
      get: () => {
        throw new Error('nvs get fail');
      },
      set: () => {
        throw new Error('nvs_open fail');
      },
      delete: () => {
        throw new Error('nvs erase fail');
      },
    };
    const store = new PreferenceStore(broken, ESP32_PREFERENCES);
    expect(store.read('key', new Uint8Array(1))).toBe(-1);
    expect(store.write('key', value(1), 0, 1)).toBe(false);
    expect(store.remove('key')).toBe(false);
  });

  it('has the old value or the new one after a power cut anywhere', () => {
    const action = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constant('remove' as const));
    fc.assert(
      fc.property(
        fc.array(action, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 40 }),
        (actions, steps) => {
          const { preferences, store } = esp8266();
          preferences.steps = steps;
          let before: number[] | undefined;
          let after: number[] | undefined;
          actions.every((act, i) => {
            before = read(store, 'key');
            after = act === 'remove' ? undefined : [...value(act, i)];
            if (act === 'remove') store.remove('key');
            else store.write('key', value(act, i), 0, act);
            return preferences.steps > 0;
          });
          // The next boot.
          preferences.steps = Infinity;
          const booted = new PreferenceStore(preferences, ESP8266_PREFERENCES);
          expect([before, after]).toContainEqual(read(booted, 'key'));
          expect(booted.write('key', value(50, 77), 0, 50)).toBe(true);
          expect(read(booted, 'key')).toEqual([...value(50, 77)]);
        },
      ),
    );
  });
});
