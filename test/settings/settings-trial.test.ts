import { MemoryStore } from '../../sim/hal/index.js';
import type { Store } from '../../src/hal/index.js';
import { ConfigurationMethods } from '../../src/rpc/configuration-methods.js';
import { RpcError } from '../../src/rpc/rpc-call.js';
import { CONFIGURATION_KEYS, findKey, isSecret } from '../../src/settings/configuration-keys.js';
import { loadOnTrial } from '../../src/settings/load-configuration.js';
import { PersistedSettings } from '../../src/settings/persisted-settings.js';
import { REMOTE_KEYS, RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import { SettingsTrial, TrialState, trialText } from '../../src/settings/settings-trial.js';
import { hasSettingRecord, removeSetting, writeSetting } from '../../src/settings/settings.js';
import { Desk } from '../rpc/desk.js';
import { describe, expect, it } from 'vitest';

const SECRET = 'hush-hush-42';
const BUILT_IN = { broker: 'mqtt://built.in', username: 'token-17', brokerPassword: SECRET, health: 20 };
const CHANGES = [
  { name: 'broker', value: 'mqtt://new.example' },
  { name: 'keepAlive', value: '30' },
  { name: 'health', value: undefined },
];
const OLD = 'old.example 60 5';
const NEW = 'new.example 30 20';

/** The power fails. */
class PowerCut extends Error {}

/** A store whose power fails before its change number `cut`, counted from 0. */
class FailingStore implements Store {
  changes = 0;
  cut = Infinity;
  /** Keys that it has no room for. */
  full: (key: string) => boolean = () => false;
  /** Keys that it does not remove. */
  stuck: (key: string) => boolean = () => false;

  constructor(private readonly store: Store = new MemoryStore()) {}

  read(key: string, into: Uint8Array): number {
    return this.store.read(key, into);
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    this.change();
    return !this.full(key) && this.store.write(key, bytes, from, to);
  }

  remove(key: string): boolean {
    this.change();
    return !this.stuck(key) && this.store.remove(key);
  }

  private change(): void {
    if (this.changes++ >= this.cut) throw new PowerCut();
  }
}

/** A device that starts again and again on one store. */
class Device {
  readonly lines: string[] = [];
  now = 0;
  trial!: SettingsTrial;
  configuration = '';
  restarts = 0;

  constructor(readonly store: FailingStore) {}

  /** Starts; afterwards `configuration` tells what counts. */
  boot(): this {
    const { configuration, trial } = loadOnTrial(BUILT_IN, {}, this.store, { line: (text) => this.lines.push(text) });
    trial.restart = () => void this.restarts++;
    this.trial = trial;
    const { connection, healthSeconds } = configuration!;
    const { endpoints, keepAliveSeconds } = connection;
    this.configuration = `${endpoints[0]!.host} ${keepAliveSeconds} ${healthSeconds}`;
    this.now = 1000;
    trial.start(this.now);
    return this;
  }

  get remote(): RemoteConfiguration {
    return new RemoteConfiguration(new PersistedSettings(BUILT_IN, {}, this.store), this.trial);
  }

  /** Lets time pass; with a connection after half a second, or without. */
  run(seconds: number, connects: boolean): void {
    const end = this.now + seconds * 1000;
    if (connects) {
      this.now += 500;
      this.trial.connected(this.now);
    }
    while (this.trial.deadline <= end) {
      this.now = Math.max(this.now, this.trial.deadline);
      this.trial.tick(this.now);
    }
    this.now = end;
  }
}

/** A device that runs with stored settings. */
function makeDevice(): Device {
  const store = new FailingStore();
  writeSetting(store, 'broker', 'mqtt://old.example');
  writeSetting(store, 'health', '5');
  store.changes = 0;
  return new Device(store).boot();
}

describe('settings on trial', () => {
  it('count from the next start, and are kept once the device is connected', () => {
    const device = makeDevice();
    expect(device.configuration).toBe(OLD);
    device.remote.try(CHANGES, false);
    device.run(1000, true);
    expect(device.trial.state).toBe(TrialState.none);
    device.boot();
    expect([device.configuration, trialText(device.trial)]).toEqual([NEW, 'settings: on trial']);
    device.run(1, true);
    expect([device.trial.state, device.restarts]).toEqual([TrialState.none, 0]);
    expect(device.boot().configuration).toBe(NEW);
    expect(trialText(device.trial)).toBe('');
    expect(device.lines).toEqual(['settings: confirmed']);
    device.run(1000, false);
    expect(device.boot().configuration).toBe(NEW);
  });

  it('are given up when there is no connection in time, with a restart; the next start tells so, once', () => {
    const device = makeDevice();
    device.remote.try(CHANGES, false);
    device.boot().run(119, false);
    expect([device.restarts, device.configuration]).toEqual([0, NEW]);
    device.run(1, false);
    expect(device.restarts).toBe(1);
    device.boot();
    const text = 'settings: reverted: no connection within 120 s';
    expect([device.configuration, trialText(device.trial)]).toEqual([OLD, text]);
    device.run(10, true);
    expect(trialText(device.trial)).toBe(text);
    expect(trialText(device.boot().trial)).toBe('');
    expect(device.lines).toEqual([text]);
  });

  it('are given up after three starts without a connection, however short they are', () => {
    const device = makeDevice();
    device.remote.try(CHANGES, false);
    for (let start = 0; start < 3; start++) expect(device.boot().configuration).toBe(NEW);
    expect(device.boot().configuration).toBe(OLD);
    expect(device.lines).toEqual(['settings: reverted: 3 starts without a connection']);
    expect(device.boot().configuration).toBe(OLD);
  });

  it('are given up when one of them is damaged, or missing', () => {
    for (const harm of ['damage', 'remove']) {
      const device = makeDevice();
      device.remote.try(CHANGES, false);
      if (harm === 'damage') device.store.write('--broker', new Uint8Array(20), 0, 20);
      else device.store.remove('--keepalive');
      expect(device.boot().configuration, harm).toBe(OLD);
      expect(device.lines).toEqual(['settings: reverted: damaged in the store']);
    }
  });

  it('do not count in a start that cannot be counted, and are tried again by the next one', () => {
    const device = makeDevice();
    device.remote.try(CHANGES, false);
    device.store.full = device.store.stuck = () => true;
    expect(device.boot().configuration).toBe(OLD);
    expect(device.lines).toEqual([
      'settings: the store did not take that they are reverted; the next start tries them again',
      'settings: reverted: the store takes nothing',
    ]);
    device.store.full = device.store.stuck = () => false;
    expect(device.boot().configuration).toBe(NEW);
  });

  it('are given up when they are not allowed any more', () => {
    const device = makeDevice();
    device.remote.try([{ name: 'heartbeat', value: '30' }], false);
    writeSetting(device.store, 'interval', '100');
    device.boot();
    expect(device.lines).toEqual(['settings: reverted: this firmware refuses them']);
  });

  it('never were, when the record of the trial is not ours', () => {
    const device = makeDevice();
    device.store.write('trial', new Uint8Array([9, 9]), 0, 2);
    expect(device.boot().configuration).toBe(OLD);
    expect(device.store.read('trial', new Uint8Array(0))).toBe(-1);
  });

  it('need room in the store, else nothing changes', () => {
    for (const full of ['--keepalive', 'trial']) {
      const device = makeDevice();
      device.store.full = (key) => key === full;
      expect(() => device.remote.try(CHANGES, false)).toThrow(
        /^(keepAlive: the store did not take its|the store did not take)/,
      );
      expect(device.boot().configuration).toBe(OLD);
      device.store.full = () => false;
      device.remote.try(CHANGES, false);
      expect(device.boot().configuration).toBe(NEW);
    }
  });

  it('give way to what is written after them, before they count and while they cannot be kept', () => {
    const device = makeDevice();
    const write = (value: string): void =>
      new PersistedSettings(BUILT_IN, {}, device.store).write([{ name: 'keepAlive', value }]);
    device.remote.try(CHANGES, false);
    write('40');
    expect(device.boot().configuration).toBe('new.example 40 20');
    device.store.full = (key) => key === '-broker';
    device.run(1, true);
    expect(device.trial.state).toBe(TrialState.confirmed);
    write('50');
    device.store.full = () => false;
    expect(device.boot().configuration).toBe('new.example 50 20');
    expect(device.boot().configuration).toBe('new.example 50 20');
  });

  it('count also while the store has no room to keep them, and are kept later', () => {
    const device = makeDevice();
    device.remote.try(CHANGES, false);
    device.boot();
    device.store.full = (key) => key === '-keepalive';
    device.run(1, true);
    expect(device.boot().configuration).toBe(NEW);
    expect(() => device.remote.try(CHANGES, false)).toThrow('another trial of settings is under way');
    device.store.full = () => false;
    expect(device.boot().configuration).toBe(NEW);
    expect(device.trial.state).toBe(TrialState.none);
    expect(device.boot().configuration).toBe(NEW);
  });

  it('are given up when their start cannot be counted', () => {
    const device = makeDevice();
    device.remote.try(CHANGES, false);
    device.store.full = (key) => key === 'trial';
    expect(device.boot().configuration).toBe(OLD);
    expect(device.boot().configuration).toBe(OLD);
  });

  it('are all of the old ones or all of the new ones, wherever the power fails', () => {
    let cuts = 0;
    for (const connects of [true, false]) {
      for (let cut = 0; ; cut++) {
        const device = makeDevice();
        device.store.cut = cut;
        let failed = false;
        try {
          device.remote.try(CHANGES, false);
          for (let start = 0; start < 6; start++) device.boot().run(200, connects);
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
          failed = true;
          cuts++;
        }
        device.store.cut = Infinity;
        const counted = device.boot().configuration;
        expect([OLD, NEW]).toContain(counted);
        // What counts without a connection is given up in the end, unless it was confirmed before.
        const confirmed = connects && counted === NEW && device.trial.state !== TrialState.running;
        for (let start = 0; start < 6; start++) device.boot().run(200, false);
        expect(device.configuration, `cut ${cut}`).toBe(confirmed ? NEW : OLD);
        // And nothing is left that could stand in the way of the next one.
        device.remote.try(CHANGES, false);
        device.boot().run(1, true);
        expect(device.boot().configuration).toBe(NEW);
        if (!failed) break;
      }
    }
    expect(cuts).toBeGreaterThan(15);
  });

  it('are all of one kind also when the power fails in the first start after another cut', () => {
    for (let first = 0; first < 12; first++) {
      for (let second = 0; second < 8; second++) {
        const device = makeDevice();
        for (const cut of [first, second]) {
          device.store.changes = 0;
          device.store.cut = cut;
          try {
            if (cut === first) device.remote.try(CHANGES, false);
            device.boot().run(200, true);
          } catch (error) {
            if (!(error instanceof PowerCut) && !String(error).includes('under way')) throw error;
          }
        }
        device.store.cut = Infinity;
        expect([OLD, NEW], `cuts ${first}, ${second}`).toContain(device.boot().configuration);
      }
    }
  });

  it('has its times checked', () => {
    expect(() => new SettingsTrial(new MemoryStore(), 5)).toThrow(
      'trial must be a number from 10 to 3600 seconds, got 5',
    );
  });
});

describe('the keys that can be set from afar', () => {
  it('exist, and are not secret', () => {
    for (const name of REMOTE_KEYS) {
      const row = findKey(name);
      expect(row, name).toBeDefined();
      expect(isSecret(row!) || name === 'username', name).toBe(false);
    }
  });
});

describe('configuration.get and configuration.set', () => {
  function call(device: Device): { d: Desk; restarts: number[] } {
    const restarts: number[] = [];
    const methods = new ConfigurationMethods(device.remote, () => void restarts.push(1));
    return { d: new Desk({ methods: [methods] }), restarts };
  }

  it('show what is given, and stars for what is secret', () => {
    const { d } = call(makeDevice());
    expect(d.call({ method: 'configuration.get' })).toEqual({
      result: {
        broker: 'mqtt://old.example',
        username: '*****',
        brokerPassword: '*****',
        credentialsFor: 'mqtt://built.in',
        health: '5',
      },
    });
    expect(d.call({ method: 'configuration.get', params: { key: 'brokerPassword' } })).toEqual({
      result: { brokerPassword: '*****' },
    });
    expect(d.call({ method: 'configuration.get', params: 'keepAlive' })).toEqual({ result: { keepAlive: '60' } });
    expect(d.call({ method: 'configuration.get', params: 'password' })).toEqual({ result: { password: '' } });
  });

  it('begin a trial, and restart once the answer is acknowledged', () => {
    const device = makeDevice();
    const { d, restarts } = call(device);
    const params = { broker: 'mqtt://new.example', keepAlive: 30, health: null };
    expect(d.call({ method: 'configuration.set', params })).toEqual({ result: { trial: true, seconds: 120 } });
    d.rpc.acknowledged(1, d.now);
    d.run(0);
    expect(restarts).toEqual([1]);
    expect(device.boot().configuration).toBe(NEW);
    expect(call(device).d.call({ method: 'configuration.get', params: 'broker' })).toEqual({
      result: { broker: 'mqtt://new.example' },
    });
  });

  const onlyOverTls = (name: string): string =>
    `${name} can be set from afar only over TLS, together with broker or ssid or serverName or timeServers`;
  const values = 'params must be {"key": value, …} with text, numbers, true, false, or null for "as built in"';
  it.each([
    [undefined, values],
    [{}, values],
    ['keepAlive', values],
    [{ keepAlive: [30] }, values],
    [{ keepAliv: 30 }, '"keepAliv" is not a configuration key; did you mean keepAlive?'],
    [{ keepAlive: 'soon' }, 'keepAlive must be an integer from 0 to 65535, got "soon"'],
    [{ keepAlive: 30, brokerPassword: 'guess' }, onlyOverTls('brokerPassword')],
    [{ username: 'guess' }, onlyOverTls('username')],
    [{ broker: 'mqtts://new.example', username: 'guess' }, onlyOverTls('username')],
    [{ tagKeys: 'guess' }, 'tagKeys is secret: it can be set on the device only'],
    [{ ca: 'ca.der' }, 'ca can be set on the device only'],
    [{ heartbeat: 3 }, 'heartbeat must be 0 or at least interval, 10, got 3'],
    [
      { gateway: 'a/b', prefix: '$x' },
      'gateway must be one topic level, without /, got "a/b"; ' +
        'prefix must not begin with / or $ or end with /, got "$x"',
    ],
  ])('refuse %j, and change nothing', (params, message) => {
    const device = makeDevice();
    const { d, restarts } = call(device);
    expect(d.error({ method: 'configuration.set', params })).toEqual({ code: RpcError.invalidParams, message });
    d.run(60000);
    expect([restarts, device.store.changes]).toEqual([[], 0]);
    expect(device.boot().configuration).toBe(OLD);
  });

  it.each([
    [{ key: 'brokr' }, '"brokr" is not a configuration key; did you mean broker?'],
    [{ key: 5 }, 'params.key must be the name of a configuration key'],
  ])('refuse to get %j', (params, message) => {
    const { d } = call(makeDevice());
    expect(d.error({ method: 'configuration.get', params })).toEqual({ code: RpcError.invalidParams, message });
  });

  it('say that the store does not remove what an earlier trial left, and are not tried then', () => {
    const device = makeDevice();
    device.remote.try(CHANGES, false);
    device.boot().run(200, false);
    expect(device.boot().configuration).toBe(OLD);
    const { d } = call(device);
    device.store.stuck = (key) => key === 'trial';
    expect(d.error({ method: 'configuration.set', params: { keepAlive: 31 } }).message).toBe(
      'the store did not take the trial',
    );
    device.run(1, true);
    device.store.stuck = () => false;
    device.run(100, false);
    expect(hasSettingRecord(device.store, 'trial')).toBe(false);
    expect(device.boot().configuration).toBe(OLD);
  });

  it.each(['-keepalive', 'trial'])('count until the store removes %s, and from then on as well', (key) => {
    const device = makeDevice();
    writeSetting(device.store, 'keepAlive', '40');
    device.boot().remote.try([{ name: 'keepAlive', value: undefined }], false);
    device.store.stuck = (each) => each === key;
    const count = device.boot().configuration;
    device.run(1, true);
    expect(device.lines.at(-1)).toMatch(/^settings: (keepAlive: the store did not remove it|the end of the trial was)/);
    expect(device.boot().configuration).toBe(count);
    device.store.stuck = () => false;
    expect(device.boot().configuration).toBe(count);
    expect(hasSettingRecord(device.store, 'trial')).toBe(false);
    expect(device.boot().configuration).toBe(count);
  });

  it('say so when the store neither takes nor removes that they are given up, and are tried again', () => {
    const device = makeDevice();
    device.remote.try(CHANGES, false);
    device.boot();
    device.store.full = device.store.stuck = (key) => key === 'trial';
    device.run(200, false);
    expect(device.lines.some((line) => line.includes('the next start tries them again'))).toBe(true);
    device.store.full = device.store.stuck = () => false;
    expect(device.boot().configuration).toBe(NEW);
    device.run(1, true);
    expect(device.boot().configuration).toBe(NEW);
  });

  it('refuse a second trial before the first has begun', () => {
    const { d } = call(makeDevice());
    d.call({ method: 'configuration.set', params: { keepAlive: 30 } });
    expect(d.error({ method: 'configuration.set', params: { keepAlive: 31 } }).message).toBe(
      'another trial of settings is under way',
    );
  });

  it('never tell a secret', () => {
    const device = makeDevice();
    writeSetting(device.store, 'ssid', 'garden');
    writeSetting(device.store, 'password', SECRET);
    const { d } = call(device);
    d.call({ method: 'configuration.get' });
    for (const { name } of CONFIGURATION_KEYS) {
      d.call({ method: 'configuration.get', params: name });
      d.call({ method: 'configuration.set', params: { [name]: '\u0001' } });
    }
    removeSetting(device.store, 'password');
    const all = [...d.answers.map(({ payload }) => payload), ...device.lines].join('\n');
    expect(all).toContain('*****');
    expect(all).not.toContain(SECRET);
    expect(all).not.toContain('token-17');
  });
});
