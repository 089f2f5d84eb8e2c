import { MemoryStore } from '../../sim/hal/index.js';
import { loadConfiguration, loadOnTrial } from '../../src/settings/load-configuration.js';
import type { Configuration, RawConfiguration } from '../../src/settings/configuration.js';
import { PersistedSettings } from '../../src/settings/persisted-settings.js';
import { RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import { writeSetting } from '../../src/settings/settings.js';
import { describe, expect, it } from 'vitest';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n';
const PLAIN = {
  ssid: 'home',
  password: 'hush-hush-42',
  broker: 'mqtt://home.example',
  username: 'ann',
  brokerPassword: 'hush-hush-43',
};
const TLS = { ...PLAIN, broker: 'mqtts://home.example', ca: PEM, certificate: PEM, key: KEY };

/** A device that is told something from afar, and starts with it. */
class Device {
  readonly store = new MemoryStore();

  constructor(readonly builtIn: RawConfiguration) {}

  /** `configuration.set`; then the device starts, and is connected. */
  set(changes: Record<string, string | null>, overTls = false): this {
    const { trial, settings } = loadOnTrial(this.builtIn, {}, this.store);
    const list = Object.entries(changes).map(([name, value]) => ({ name, value: value ?? undefined }));
    new RemoteConfiguration(settings, trial).try(list, overTls);
    const { trial: next } = loadOnTrial(this.builtIn, {}, this.store);
    next.start(0);
    next.connected(1);
    next.tick(1);
    return this;
  }

  get configuration(): Configuration {
    return loadConfiguration(this.builtIn, {}, this.store)!;
  }

  /** What the device sends to each of its brokers. */
  get sent(): string[] {
    const { endpoints, username, password } = this.configuration.connection;
    return endpoints.map((endpoint) => {
      const { host, tls } = endpoint;
      const credentials = endpoint.withoutCredentials || !username ? '' : ` ${username}:${password}`;
      return (tls ? 'mqtts ' : 'mqtt ') + host + credentials + (tls?.key ? ' key' : '');
    });
  }
}

describe('secrets that are built in', () => {
  it('are for the brokers with which they were built in', () => {
    expect(new Device(PLAIN).sent).toEqual(['mqtt home.example ann:hush-hush-43']);
    expect(new Device(TLS).sent).toEqual(['mqtts home.example ann:hush-hush-43 key']);
  });

  it('are not for another broker that is persisted', () => {
    const device = new Device(TLS);
    writeSetting(device.store, 'broker', 'mqtts://elsewhere, mqtts://home.example,mqtts://home.example:8884');
    expect(device.sent).toEqual(['mqtts elsewhere', 'mqtts home.example ann:hush-hush-43 key', 'mqtts home.example']);
  });

  it('are not mixed with those that are persisted for another broker', () => {
    const device = new Device(PLAIN);
    const settings = new PersistedSettings(PLAIN, {}, device.store);
    settings.persist('broker', 'mqtt://elsewhere');
    expect(device.sent).toEqual(['mqtt elsewhere']);
    settings.persist('username', 'bob');
    expect(device.configuration.connection).toMatchObject({ username: 'bob' });
    expect(device.configuration.connection.password).toBeUndefined();
    settings.persist('brokerPassword', 'hush-hush-44');
    expect(device.sent).toEqual(['mqtt elsewhere bob:hush-hush-44']);
    settings.persist('broker', 'mqtt://third');
    expect(device.sent).toEqual(['mqtt third']);
    expect(() => settings.persist('brokerPassword', 'hush-hush-46')).toThrow(
      'brokerPassword is given without username',
    );
    settings.persist('username', 'eve');
    settings.persist('brokerPassword', 'hush-hush-46');
    expect(device.sent).toEqual(['mqtt third eve:hush-hush-46']);
    settings.remove('broker');
    expect(device.sent).toEqual(['mqtt home.example']);
  });

  it('are not for another Wi-Fi network', () => {
    const device = new Device(PLAIN);
    writeSetting(device.store, 'ssid', 'garden');
    expect(device.configuration.wifi).toEqual({ ssid: 'garden' });
  });
});

/** A store whose power is cut before one of its writes or removals. */
class CutStore extends MemoryStore {
  left = Infinity;

  override write(...values: Parameters<MemoryStore['write']>): boolean {
    return this.left-- > 0 && super.write(...values);
  }

  override remove(key: string): boolean {
    return this.left-- > 0 && super.remove(key);
  }
}

describe('several settings at once', () => {
  const ELSEWHERE = [
    { name: 'broker', value: 'mqtt://elsewhere' },
    { name: 'username', value: 'bob' },
    { name: 'brokerPassword', value: 'hush-hush-44' },
  ];

  it('bring the secrets of a new broker, and leave those of the old one behind', () => {
    const device = new Device(PLAIN);
    const settings = new PersistedSettings(PLAIN, {}, device.store);
    settings.persistAll([{ name: 'username', value: 'eve' }]);
    settings.persistAll(ELSEWHERE);
    expect(device.sent).toEqual(['mqtt elsewhere bob:hush-hush-44']);
    settings.persistAll([{ name: 'broker', value: 'mqtt://third' }]);
    expect(device.sent).toEqual(['mqtt third']);
    settings.persistAll([{ name: 'broker', value: 'mqtt://elsewhere' }]);
    expect(device.sent).toEqual(['mqtt elsewhere bob:hush-hush-44']);
  });

  it('send no secret elsewhere when the power is cut between two of them', () => {
    let cuts = 0;
    for (; ; cuts++) {
      const store = new CutStore();
      const device = Object.assign(new Device(PLAIN), { store });
      const settings = new PersistedSettings(PLAIN, {}, store);
      settings.persistAll([
        { name: 'username', value: 'eve' },
        { name: 'brokerPassword', value: 'hush-hush-45' },
      ]);
      store.left = cuts;
      try {
        settings.persistAll(ELSEWHERE);
        break;
      } catch {
        const own = 'mqtt home.example eve:hush-hush-45';
        expect([own, 'mqtt home.example', 'mqtt elsewhere', 'mqtt elsewhere bob:undefined']).toContain(device.sent[0]);
      }
    }
    expect(cuts).toBeGreaterThan(3);
  });

  it('are refused together when one of them is wrong', () => {
    const settings = new PersistedSettings(PLAIN, {}, new MemoryStore());
    expect(() => settings.persistAll([...ELSEWHERE, { name: 'keepAlive', value: 'soon' }])).toThrow(
      'keepAlive must be an integer from 0 to 65535, got "soon"',
    );
    expect(settings.own()).toEqual({});
  });

  it('are stored on a device that lacks others, unless they are wrong themselves', () => {
    const settings = new PersistedSettings({}, { needsWifi: true }, new MemoryStore());
    settings.persistAll([
      { name: 'ssid', value: 'home' },
      { name: 'password', value: '' },
    ]);
    expect(settings.mistakes()).toEqual([expect.stringContaining('broker is missing')]);
    expect(() => settings.persistAll([{ name: 'brokerPassword', value: 'hush-hush-44' }])).toThrow(
      'brokerPassword is given without username',
    );
    settings.persistAll([{ name: 'broker', value: 'mqtt://home.example' }]);
    expect(settings.mistakes()).toEqual([]);
  });
});

describe('configuration.set of a place', () => {
  it('does not take credentials to another broker', () => {
    expect(new Device(PLAIN).set({ broker: 'mqtt://elsewhere' }).sent).toEqual(['mqtt elsewhere']);
    expect(new Device(PLAIN).set({ broker: 'mqtts://home.example' }).sent).toEqual(['mqtts home.example']);
    expect(new Device(PLAIN).set({ broker: 'mqtt://home.example:1884' }).sent).toEqual(['mqtt home.example']);
    expect(new Device(TLS).set({ broker: 'mqtts://elsewhere' }).sent).toEqual(['mqtts elsewhere']);
  });

  it('keeps them for a broker that stays in the list, in several steps too', () => {
    const device = new Device(TLS).set({ broker: 'mqtts://elsewhere,mqtts://home.example' });
    expect(device.sent).toEqual(['mqtts elsewhere', 'mqtts home.example ann:hush-hush-43 key']);
    device.set({ broker: 'mqtts://third' }).set({ broker: 'mqtts://elsewhere,mqtts://HOME.example:8883' });
    expect(device.sent).toEqual(['mqtts elsewhere', 'mqtts HOME.example ann:hush-hush-43 key']);
    expect(device.set({ broker: null }).sent).toEqual(['mqtts home.example ann:hush-hush-43 key']);
  });

  it('takes none along with another network, server name or time server', () => {
    expect(new Device(TLS).set({ timeServers: 'elsewhere' }).sent).toEqual(['mqtts home.example']);
    const moved = new Device(TLS).set({ ssid: 'elsewhere' });
    expect(moved.sent).toEqual(['mqtts home.example']);
    expect(moved.configuration.wifi).toEqual({ ssid: 'elsewhere' });
    expect(moved.set({ broker: 'mqtts://home.example' }).sent).toEqual(['mqtts home.example']);
    const named = { ...TLS, serverName: 'name.example' };
    expect(new Device(named).set({ broker: 'mqtts://home.example:8883', serverName: 'x' }).sent).toEqual([
      'mqtts home.example',
    ]);
  });

  it('changes nothing of secrets when the place stays', () => {
    const device = new Device(TLS).set({ keepAlive: '30', broker: 'mqtts://home.example', ssid: 'home' });
    expect(device.sent).toEqual(['mqtts home.example ann:hush-hush-43 key']);
    expect(device.configuration.wifi).toEqual({ ssid: 'home', password: 'hush-hush-42' });
  });

  it('may bring new ones over TLS, for brokers with TLS', () => {
    const device = new Device(TLS);
    const changes = { broker: 'mqtts://elsewhere', username: 'bob', brokerPassword: 'hush-hush-44' };
    expect(() => device.set(changes)).toThrow(/^username can be set from afar only over TLS/);
    expect(() => device.set({ username: 'bob' }, true)).toThrow(
      /^username can be set from afar only over TLS, together/,
    );
    expect(device.set(changes, true).sent).toEqual(['mqtts elsewhere bob:hush-hush-44']);
    for (const name of ['username', 'brokerPassword', 'certificate', 'key', 'password']) {
      expect(() => new Device(TLS).set({ ...changes, ssid: 'x', [name]: null }, true)).toThrow(
        `${name} must have a value of its own, got null`,
      );
    }
    const plain = new Device(PLAIN);
    expect(() => plain.set({ ...changes, broker: 'mqtts://a,mqtt://b' }, true)).toThrow(
      'new credentials must be for mqtts:// brokers only, got mqtt://b',
    );
    const network = { ssid: 'garden', password: 'hush-hush-45' };
    expect(new Device(TLS).set(network, true).configuration.wifi).toEqual(network);
  });
});

describe('TLS', () => {
  it.each([
    { broker: 'mqtt://home.example' },
    { broker: 'mqtt://home.example:8883' },
    { broker: 'mqtts://home.example,mqtt://home.example' },
    { broker: 'mqtts://other,mqtt://other' },
    { serverName: 'elsewhere' },
    { serverName: '' },
    { ca: '' },
    { ca: null },
  ])('is not dropped or weakened by %j', (changes) => {
    const device = new Device(TLS);
    const before = device.sent;
    expect(() => device.set(changes, true)).toThrow(RangeError);
    expect(device.sent).toEqual(before);
  });

  it('stays in a list with plain entries', () => {
    const mixed = { ...TLS, broker: 'mqtts://a,mqtt://b' };
    expect(() => new Device(mixed).set({ broker: 'mqtt://b' })).toThrow(/TLS cannot be dropped/);
    expect(() => new Device(mixed).set({ broker: 'mqtt://b,mqtts://a' })).toThrow(/TLS cannot be dropped/);
    expect(() => new Device(mixed).set({ broker: 'mqtts://a,mqtt://c' })).toThrow(/TLS cannot be dropped/);
    expect(new Device(mixed).set({ broker: 'mqtts://c,mqtt://b' }).sent).toEqual([
      'mqtts c',
      'mqtt b ann:hush-hush-43',
    ]);
  });
});
