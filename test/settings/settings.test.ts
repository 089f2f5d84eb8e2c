import fc from 'fast-check';
import { DiskStore, MemoryStore } from '../../sim/hal/index.js';
import { FaultyStore } from '../../sim/virtual/wrappers/faulty-memory.js';
import { decodeUtf8 } from '../../src/bytes/utf8.js';
import type { Log, Store } from '../../src/hal/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { CONFIGURATION_KEYS } from '../../src/settings/configuration-keys.js';
import type { RawConfiguration } from '../../src/settings/configuration.js';
import { PersistedSettings } from '../../src/settings/persisted-settings.js';
import { loadConfiguration } from '../../src/settings/load-configuration.js';
import {
  loadSettings,
  removeSetting,
  writeSetting,
  settingStoreKey,
  storeName,
  writeSettingRecord,
} from '../../src/settings/settings.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import { crc32 } from '../../src/telemetry/index.js';
import { makeTemporaryFolder } from '../support/temp.js';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';

const SECRET = 'hush-hush-42';
const TAG_TARGET = { tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' } };
const BUILT_IN = { broker: 'mqtt://built.in', ssid: 'home', password: 'built-in-password', interval: '5' };

class Lines implements Log {
  readonly lines: string[] = [];

  line(text: string): void {
    this.lines.push(text);
  }
}

function load(store: Store): { raw: RawConfiguration; count: number; lines: string[] } {
  const raw: RawConfiguration = {};
  const log = new Lines();
  const count = loadSettings(store, raw, log);
  return { raw, count, lines: log.lines };
}

function recordOf(store: Store, name: string): Uint8Array {
  const record = new Uint8Array(store.read(settingStoreKey(name), new Uint8Array(0)));
  store.read(settingStoreKey(name), record);
  return record;
}

/** Stores a record that is whole, whatever its version and value. */
function forge(store: Store, name: string, version: number, value: string): void {
  const record = encodeUtf8(String.fromCharCode(version) + value + '....');
  const end = record.length - 4;
  const key = encodeUtf8(name);
  new DataView(record.buffer).setUint32(end, crc32(record, 0, end, crc32(key, 0, key.length, 0)), true);
  store.write(settingStoreKey(name), record, 0, record.length);
}

const folders: { remove(): void }[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

function makeDiskStore(): { store: DiskStore; path: string } {
  const folder = makeTemporaryFolder();
  folders.push(folder);
  return { store: new DiskStore(folder.path), path: folder.path };
}

describe.each([
  ['MemoryStore', () => new MemoryStore()],
  ['DiskStore', () => makeDiskStore().store],
])('settings in a %s', (_, makeStore) => {
  it('come back as they were saved, and override what is there', () => {
    const store = makeStore();
    writeSetting(store, 'broker', 'mqtt://stored.example');
    writeSetting(store, 'gateway', 'Größe 🐑');
    writeSetting(store, 'keepAlive', '30');
    const raw: RawConfiguration = { ...BUILT_IN };
    expect(loadSettings(store, raw)).toBe(3);
    expect(raw).toEqual({ ...BUILT_IN, broker: 'mqtt://stored.example', gateway: 'Größe 🐑', keepAlive: '30' });
  });

  it('are replaced and removed', () => {
    const store = makeStore();
    writeSetting(store, 'interval', '30');
    writeSetting(store, 'interval', '7');
    expect(load(store).raw).toEqual({ interval: '7' });
    removeSetting(store, 'interval');
    removeSetting(store, 'interval');
    expect(load(store)).toEqual({ raw: {}, count: 0, lines: [] });
  });

  it('are found under the former name of their key, until they are persisted anew or removed', () => {
    const store = makeStore();
    writeSettingRecord(store, settingStoreKey('calls'), 'calls', 'off');
    expect(load(store).raw).toEqual({ rpc: 'off' });
    writeSetting(store, 'calls', 'thingsboard');
    expect(load(store).raw).toEqual({ rpc: 'thingsboard' });
    removeSetting(store, 'rpc');
    expect(load(store)).toEqual({ raw: {}, count: 0, lines: [] });
  });

  it('have keys that every store takes', () => {
    const store = makeStore();
    for (const { name } of CONFIGURATION_KEYS) writeSetting(store, name, '');
    expect(load(store).count).toBe(CONFIGURATION_KEYS.length);
    expect(new Set(CONFIGURATION_KEYS.map(({ name }) => settingStoreKey(name))).size).toBe(CONFIGURATION_KEYS.length);
  });
});

describe('storeName', () => {
  it('keeps short names, and makes long ones short and different', () => {
    expect(storeName('brokerPassword', 14)).toBe('brokerpassword');
    expect(storeName('presenceMinimum', 14)).toMatch(/^presen[0-9a-f]{8}$/);
    expect(storeName('presenceMinimum', 14)).not.toBe(storeName('presenceMaximum', 14));
  });
});

describe('writeSetting', () => {
  it.each([
    ['colour', 'red', /^"colour" is not a configuration key; did you mean \w+\?$/],
    ['interval', 'soon', /^interval must be a number from 0 to 86400, got "soon"$/],
    ['password', 'short', /^password must be 8 to 63 bytes of text, got 5 characters$/],
  ])('refuses %s=%s, and stores nothing', (name, value, message) => {
    const store = new MemoryStore();
    expect(() => writeSetting(store, name, value)).toThrow(message);
    expect(() => writeSetting(store, name, value)).toThrow(RangeError);
    expect(load(store).count).toBe(0);
  });

  it('says so when the store has no room, and what was there stays', () => {
    const store = new MemoryStore(20);
    writeSetting(store, 'gateway', 'shed');
    expect(() => writeSetting(store, 'gateway', 'x'.repeat(40))).toThrow(
      /^gateway: the store did not take its 45 bytes$/,
    );
    expect(load(store).raw).toEqual({ gateway: 'shed' });
  });

  it('fits 58 bytes into the 63 of Preference on ESP8266', () => {
    const store = new MemoryStore();
    writeSetting(store, 'gateway', 'x'.repeat(58));
    expect(recordOf(store, 'gateway')).toHaveLength(63);
  });

  it('leaves no secret readable under another key', () => {
    const store = new MemoryStore();
    writeSetting(store, 'brokerPassword', SECRET);
    const record = recordOf(store, 'brokerPassword');
    store.write(settingStoreKey('gateway'), record, 0, record.length);
    const { raw, lines } = load(store);
    expect(raw).toEqual({ brokerPassword: SECRET });
    expect(lines).toEqual(['persisted setting ignored: gateway: its checksum is wrong']);
  });
});

describe('removeSetting', () => {
  it('refuses a key that does not exist', () => {
    expect(() => removeSetting(new MemoryStore(), 'intervall')).toThrow(/did you mean interval\?$/);
  });
});

describe('PersistedSettings', () => {
  const LIMITS = { ...TAG_TARGET, memory: 20480 };

  it('persists nothing with which the device would not start', () => {
    const store = new MemoryStore();
    const settings = new PersistedSettings(BUILT_IN, LIMITS, store);
    expect(() => settings.persist('outbox', '60000')).toThrow(
      /^tags, outbox, maxPayload and inFlight take \d+ bytes, but this board/,
    );
    expect(() => settings.persist('heartbeat', '3')).toThrow(/^heartbeat must be/);
    expect(() => settings.persist('policies', 'ruuvi5 interval=soon')).toThrow(/^policies, character 8/);
    expect(() => settings.persist('interval', 'soon')).toThrow(/^interval must be/);
    expect(() => settings.persist('colour', 'red')).toThrow(/is not a configuration key/);
    expect(load(store).count).toBe(0);
    settings.persist('heartbeat', '3000');
    settings.persist('interval', '2000');
    expect(() => settings.remove('heartbeat')).not.toThrow();
    settings.persist('heartbeat', '2000');
    expect(() => settings.persist('interval', '2001')).toThrow(/^heartbeat must be/);
    expect(load(store).raw).toEqual({ heartbeat: '2000', interval: '2000' });
  });

  it('says what the store did not remove, and it counts as before', () => {
    const store = new FaultyStore(new MemoryStore());
    const settings = new PersistedSettings(BUILT_IN, LIMITS, store);
    settings.persist('interval', '2000');
    store.full = true;
    expect(() => settings.remove('interval')).toThrow(new RangeError('interval: the store did not remove it'));
    expect(settings.own()).toEqual({ interval: '2000' });
    store.full = false;
    settings.remove('interval');
    expect(settings.own()).toEqual({});
  });

  it('takes policies of several lines', () => {
    const store = new MemoryStore();
    new PersistedSettings(BUILT_IN, LIMITS, store).persist('policies', 'ruuvi5\tinterval=30\r\nmikrotik interval=60\n');
    expect(loadConfiguration(BUILT_IN, LIMITS, store)!.tags!.rules).toHaveLength(3);
    expect(() => writeSetting(store, 'policies', 'ruuvi5 interval=30\u0000')).toThrow(RangeError);
  });
});

describe('a record that is not ours', () => {
  const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });

  it('is ignored with a line and kept, when it is cut short or a bit is flipped', () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.boolean(), (text, at, cut) => {
        const store = new MemoryStore();
        try {
          writeSetting(store, 'username', text);
        } catch {
          return; // a control character
        }
        writeSetting(store, 'interval', '7');
        const record = recordOf(store, 'username');
        const bit = at % (record.length * 8);
        if (!cut) record[bit >> 3]! ^= 1 << (bit & 7);
        store.write(settingStoreKey('username'), record, 0, cut ? bit >> 3 : record.length);
        const { raw, count, lines } = load(store);
        expect([raw, count]).toEqual([{ interval: '7' }, 1]);
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(/^persisted setting ignored: username: (its checksum is wrong|it is cut short)/);
        expect(recordOf(store, 'username')).toHaveLength(cut ? bit >> 3 : record.length);
      }),
    );
  });

  it('is ignored, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.constantFrom('broker', 'password', 'tags'), (bytes, name) => {
        const store = new MemoryStore();
        store.write(settingStoreKey(name), bytes, 0, bytes.length);
        const { raw, lines } = load(store);
        expect(raw).toEqual({});
        expect(lines).toHaveLength(1);
        // What was there is replaced like anything else.
        writeSetting(store, name, '');
        expect(load(store).lines).toEqual([]);
      }),
    );
  });

  it('of another version is named with it', () => {
    const store = new MemoryStore();
    forge(store, 'interval', 2, '12');
    expect(load(store).lines).toEqual(['persisted setting ignored: interval: its version is 2; this firmware reads 1']);
  });

  it('of a size that no setting has is not read', () => {
    const store = new MemoryStore();
    store.write(settingStoreKey('ca'), new Uint8Array(70000), 0, 70000);
    expect(load(store).lines).toEqual(['persisted setting ignored: ca: it has 70000 bytes']);
  });

  it('on a disk does no more harm', () => {
    const { store, path } = makeDiskStore();
    writeSetting(store, 'ssid', 'garden');
    writeSetting(store, 'password', SECRET);
    const name = readdirSync(path).find((file) => file.includes('password'))!;
    const bytes = readFileSync(`${path}/${name}`);
    writeFileSync(`${path}/${name}`, bytes.subarray(0, bytes.length - 1));
    const { raw, lines } = load(new DiskStore(path));
    expect(raw).toEqual({ ssid: 'garden' });
    expect(lines).toEqual(['persisted setting ignored: password: its checksum is wrong']);
    expect(readdirSync(path)).toHaveLength(2);
  });
});

describe('loadConfiguration', () => {
  it('puts stored settings over the built-in configuration', () => {
    const store = new MemoryStore();
    writeSetting(store, 'broker', 'mqtt://stored.example');
    const log = new Lines();
    const configuration = loadConfiguration(BUILT_IN, TAG_TARGET, store, log)!;
    expect(configuration.connection.endpoints).toEqual([{ host: 'stored.example', port: 1883 }]);
    expect(configuration.tags!.rules[0]!.minimumInterval).toBe(5000);
    expect(log.lines).toEqual([]);
    expect(BUILT_IN.broker).toBe('mqtt://built.in');
  });

  it('lets empty text take away what is built in', () => {
    const store = new MemoryStore();
    writeSetting(store, 'password', '');
    expect(loadConfiguration(BUILT_IN, TAG_TARGET, store)!.wifi).toEqual({ ssid: 'home' });
  });

  it('leaves out one setting that is not allowed, while the others count', () => {
    const store = new MemoryStore();
    forge(store, 'interval', 1, 'x');
    writeSetting(store, 'gateway', 'shed');
    const log = new Lines();
    const configuration = loadConfiguration(BUILT_IN, TAG_TARGET, store, log)!;
    expect([configuration.gateway, configuration.tags!.rules[0]!.minimumInterval]).toEqual(['shed', 5000]);
    expect(log.lines).toEqual(['persisted setting ignored: interval must be a number from 0 to 86400, got "x"']);
  });

  it('leaves out the one that makes no sense with the others, and says so', () => {
    const store = new MemoryStore();
    writeSetting(store, 'heartbeat', '3');
    writeSetting(store, 'gateway', 'shed');
    const log = new Lines();
    const configuration = loadConfiguration(BUILT_IN, TAG_TARGET, store, log)!;
    expect([configuration.gateway, configuration.tags!.defaults.maximumInterval]).toEqual(['shed', 60000]);
    expect(log.lines).toEqual([
      'configuration: heartbeat must be 0 or at least interval, 5, got 3',
      'configuration: persisted setting left out: heartbeat',
    ]);
  });

  it('leaves out the least vital of those that do not fit the board together', () => {
    const store = new MemoryStore();
    const settings = {
      ssid: 'garden',
      password: SECRET,
      broker: 'mqtt://stored',
      tags: '200',
      outbox: '8192',
      health: '5',
    };
    for (const [name, value] of Object.entries(settings)) writeSetting(store, name, value);
    const log = new Lines();
    const configuration = loadConfiguration(BUILT_IN, { ...TAG_TARGET, memory: 46500 }, store, log)!;
    expect(configuration.wifi).toEqual({ ssid: 'garden', password: SECRET });
    expect(configuration.connection.endpoints[0]!.host).toBe('stored');
    expect([configuration.tags!.tagCapacity, configuration.tags!.outbox!.capacity]).toEqual([200, 4608]);
    expect(configuration.healthSeconds).toBe(5);
    expect(log.lines.at(-1)).toBe('configuration: persisted setting left out: outbox');
    expect(log.lines).toHaveLength(2);
  });

  it('leaves out two that are wrong for reasons of their own', () => {
    const store = new MemoryStore();
    for (const [name, value] of [
      ['heartbeat', '3'],
      ['outbox', '60000'],
      ['keepAlive', '30'],
    ]) {
      writeSetting(store, name!, value!);
    }
    const log = new Lines();
    const configuration = loadConfiguration(BUILT_IN, { ...TAG_TARGET, memory: 20480 }, store, log)!;
    expect(configuration.connection.keepAliveSeconds).toBe(30);
    expect(log.lines.slice(-2)).toEqual([
      'configuration: persisted setting left out: outbox',
      'configuration: persisted setting left out: heartbeat',
    ]);
  });

  it('leaves out a broker with all that belongs to it', () => {
    const store = new MemoryStore();
    for (const [name, value] of [
      ['broker', 'mqtts://safe'],
      ['username', 'bob'],
      ['brokerPassword', SECRET],
      ['ssid', 'x'],
    ]) {
      writeSetting(store, name!, value!);
    }
    const log = new Lines();
    const { connection, wifi } = loadConfiguration(BUILT_IN, { ...TAG_TARGET, withoutTls: true }, store, log)!;
    expect([connection.endpoints[0]!.host, connection.username, connection.password]).toEqual([
      'built.in',
      undefined,
      undefined,
    ]);
    expect(wifi).toEqual({ ssid: 'x' });
    expect(log.lines.at(-1)).toBe('configuration: persisted setting left out: broker, username, brokerPassword');
  });

  it('is nothing, with every mistake on the log, when the built-in configuration cannot be used', () => {
    const log = new Lines();
    expect(loadConfiguration({ password: SECRET, tags: 0 }, { needsWifi: true }, new MemoryStore(), log)).toBe(
      undefined,
    );
    expect(log.lines).toHaveLength(4);
    for (const line of log.lines) expect(line).toMatch(/^configuration: (ssid|password|tags|broker) /);
    expect(log.lines.join()).not.toContain(SECRET);
    expect(loadConfiguration({}, {})).toBe(undefined);
  });

  it('survives any content of the store', () => {
    const entry = fc.record({
      name: fc.constantFrom(...CONFIGURATION_KEYS.map(({ name }) => name)),
      bytes: fc.uint8Array({ maxLength: 30 }),
    });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const store = new MemoryStore();
        for (const { name, bytes } of entries) store.write(settingStoreKey(name), bytes, 0, bytes.length);
        expect(loadConfiguration(BUILT_IN, TAG_TARGET, store)!.connection.endpoints[0]!.host).toBe('built.in');
      }),
    );
  });
});

describe('decodeUtf8', () => {
  it('is the reverse of encodeUtf8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = encodeUtf8(text);
        expect(decodeUtf8(bytes, 0, bytes.length)).toBe(text);
      }),
    );
    expect(decodeUtf8(encodeUtf8('xGröße'), 1, 5)).toBe('Grö');
  });
});
