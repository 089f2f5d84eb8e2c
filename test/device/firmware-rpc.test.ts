import { MemoryStore } from '../../sim/hal/index.js';
import { VERSION } from '../../src/device/firmware.js';
import { bootFirmware, Firmware, makeTagReporter, openFlashLog } from '../../src/device/index.js';
import { parseTagConfiguration } from '../../src/settings/index.js';
import { makeRpc } from '../../src/rpc/make-rpc.js';
import { PersistedPolicies } from '../../src/settings/persisted-policies.js';
import { NorFlash } from '../../sim/virtual/memory/nor-flash.js';
import type { Store } from '../../src/hal/index.js';
import type { RawConfiguration } from '../../src/settings/configuration.js';
import { RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import { writeSetting } from '../../src/settings/settings.js';
import { VirtualBroker } from '../connection/virtual-broker.js';
import { mikrotik } from './hand-scanner.js';
import { VirtualBoard } from './virtual-board.js';
import type { IPublishPacket } from 'mqtt-packet';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const TAG = 'DC:2C:6E:0F:C0:3D';
const TARGET = { memory: 20480, tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' } };
const BUILT_IN = {
  rpcAccess: 'all',
  broker: 'mqtt://broker',
  username: 'ann',
  brokerPassword: 'hush-hush-42',
  gateway: 'shed',
  interval: 0,
  heartbeat: 0,
  presence: 0,
  health: 0,
};

/** A board with its whole firmware, as a main program wires it. */
class Device {
  readonly virtual: VirtualBoard;
  /** A broker at another place. */
  readonly elsewhere = new VirtualBroker();
  /** Undefined when it could not start. */
  readonly launched: Firmware | undefined;
  private calls = 0;

  constructor(
    store: Store = new MemoryStore(),
    isBroken = false,
    builtIn: RawConfiguration = BUILT_IN,
    flash?: NorFlash,
  ) {
    this.virtual = new VirtualBoard(store, 1, store, flash);
    this.virtual.platform.listen('elsewhere', 1883, this.elsewhere);
    const board = this.virtual.board();
    if (isBroken) {
      this.virtual.scanner.start = () => {
        throw new Error('the radio does not answer');
      };
    }
    this.launched = bootFirmware({
      builtIn,
      target: TARGET,
      board,
      launch: (configuration, { trial, settings }, notice) =>
        Firmware.launch(configuration, board, {
          openFlashLog,
          makeReporter: makeTagReporter,
          makePolicies: (reporter) => new PersistedPolicies(reporter, settings),
          makeRpc,
          trial,
          notice,
          remote: new RemoteConfiguration(settings, trial),
        }),
    });
    this.virtual.run(1000);
  }

  /** Payloads that the broker received under a topic. */
  payloads(topic: string): string[] {
    const packets = this.virtual.broker.all('publish') as IPublishPacket[];
    return packets.filter((packet) => packet.topic === topic).map((packet) => packet.payload.toString());
  }

  /** Calls a method, and returns the answer. */
  call(method: string, params?: unknown): { result?: unknown; error?: { code: number; message: string } } {
    const id = `c${++this.calls}`;
    this.virtual.broker.publish(`tagwire/shed/cmd/${id}`, JSON.stringify({ method, params }), 1);
    this.virtual.run(100);
    const answers = this.payloads(`tagwire/shed/res/${id}`);
    expect(answers).toHaveLength(1);
    return JSON.parse(answers[0]!) as { result?: unknown };
  }

  get births(): { session: string; notice?: string }[] {
    return this.payloads('tagwire/shed/status').map((payload) => JSON.parse(payload) as { session: string });
  }
}

describe('a firmware that is called from afar', () => {
  it('tells its statistics, its version among them', () => {
    const device = new Device();
    expect(device.call('statistics').result).toMatchObject({ firmware: VERSION, connects: 1, scanner: 'scanning' });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(version).toBe(VERSION);
  });

  it('ends and begins scanning', () => {
    const device = new Device();
    expect(device.call('scan', { on: false }).result).toEqual({ on: false });
    expect(device.virtual.scanner.scanning).toBe(false);
    expect(device.call('statistics').result).toMatchObject({ scanner: 'stopped' });
    device.call('scan', { on: true });
    expect(device.virtual.scanner.scanning).toBe(true);
  });

  it('takes new policies at once, and keeps them over a restart', () => {
    const store = new MemoryStore();
    const device = new Device(store);
    const text = 'default interval=0 heartbeat=0 events=yes; mikrotik interval=3600 heartbeat=0 events=yes';
    expect(device.call('policy.set', { policy: 'mikrotik interval=3600' }).result).toEqual({ policy: text });
    for (let i = 0; i < 5; i++) device.virtual.scanner.hear(TAG, mikrotik(i, 5000 + i));
    device.virtual.run(100);
    expect(device.payloads('tagwire/shed/tags/DC2C6E0FC03D')).toHaveLength(1);
    expect(new Device(store).call('policy.get').result).toEqual({ policy: text });
  });

  it('takes what new policies do not say from the configuration, not from those before', () => {
    const device = new Device();
    device.call('policy.set', { policy: 'default interval=30' });
    expect(device.call('policy.set', { policy: 'mikrotik interval=5' }).result).toEqual({
      policy: 'default interval=0 heartbeat=0 events=yes; mikrotik interval=5 heartbeat=0 events=yes',
    });
  });

  it('refuses policies with which it would not start again, and comes back with its settings', () => {
    const store = new MemoryStore();
    writeSetting(store, 'gateway', 'shed');
    writeSetting(store, 'health', '60');
    const device = new Device(store);
    const before = device.call('policy.get').result;
    const fields =
      'temperature humidity pressure accelerationX accelerationY accelerationZ voltage movementCounter'.split(' ');
    const policy = `ruuvi5 interval=30 ${fields.map((field) => `${field}=1`).join(' ')}`;
    expect(device.call('policy.set', { policy }).error).toMatchObject({ code: -32602 });
    expect(device.call('policy.get').result).toEqual(before);
    const after = new Device(store);
    expect(after.call('policy.get').result).toEqual(before);
    expect(after.call('configuration.get', { key: 'health' }).result).toEqual({ health: '60' });
  });

  it('refuses wrong policies, and changes nothing', () => {
    const device = new Device();
    const { error } = device.call('policy.set', { policy: 'ruuvi5 interval=soon' });
    expect(error).toMatchObject({ code: -32602, message: expect.stringContaining('character 8') as string });
    expect(device.call('policy.get').result).toEqual({ policy: 'default interval=0 heartbeat=0 events=yes' });
  });

  it('says on the log which one it is, and as much as it is told to', () => {
    const device = new Device();
    device.call('identify', { seconds: 5 });
    expect(device.virtual.lines.at(-1)).toBe('identify: this is the one, for 5 s');
    device.call('log', { level: 'debug' });
    device.virtual.scanner.hear(TAG, mikrotik(1, 5000));
    device.virtual.run(100);
    expect(device.virtual.lines.at(-1)).toMatch(/^published as \d+, \d+ bytes$/);
    device.call('log', { level: 'off' });
    const before = device.virtual.lines.length;
    device.virtual.broker.drop();
    device.virtual.run(60_000);
    expect(device.virtual.lines.length).toBe(before);
  });

  it('loses no reading when it is told to restart', () => {
    const store = new MemoryStore();
    const flash = new NorFlash({ blocks: 8, blockLength: 4096, random: () => 0 });
    const device = new Device(store, false, BUILT_IN, flash);
    device.virtual.broker.acknowledges = false;
    device.virtual.scanner.hear(TAG, mikrotik(7, 5000));
    device.virtual.run(100);
    device.call('reboot');
    device.virtual.run(10_000);
    expect(device.virtual.restarts).toBe(1);
    const after = new Device(store, false, BUILT_IN, flash);
    const [reading] = after.payloads('tagwire/shed/tags/DC2C6E0FC03D');
    expect(JSON.parse(reading!)).toMatchObject({ uptime: 7 });
  });

  it('shows its configuration without secrets', () => {
    const device = new Device();
    const { result } = device.call('configuration.get');
    expect(result).toMatchObject({ broker: 'mqtt://broker', username: '*****', brokerPassword: '*****' });
    expect(JSON.stringify(result)).not.toContain('hush');
    expect(device.call('configuration.set', { brokerPassword: 'x' }).error!.message).toContain('only over TLS');
  });

  it('allows what the configuration says, and by default no configuration', () => {
    const { rpcAccess: _, ...standard } = BUILT_IN;
    const device = new Device(undefined, false, standard);
    expect(device.call('scan', { on: true }).result).toEqual({ on: true });
    for (const method of ['configuration.get', 'configuration.set']) {
      expect(device.call(method, { keepAlive: 30 }).error).toEqual({
        code: -32004,
        message: 'this method needs rpcAccess all; this device has operate',
      });
    }
    expect(device.virtual.restarts).toBe(0);
  });
});

describe('a configuration set from afar', () => {
  it('is kept when the device connects with it', () => {
    const store = new MemoryStore();
    const device = new Device(store);
    expect(device.call('configuration.set', { keepAlive: 30 }).error).toBeUndefined();
    device.virtual.run(10_000);
    expect(device.virtual.restarts).toBe(1);
    const second = new Device(store);
    expect(second.births[0]!.notice).toBe('settings: on trial');
    expect(second.call('configuration.get', { key: 'keepAlive' }).result).toEqual({ keepAlive: '30' });
    const third = new Device(store);
    expect(third.births[0]!.notice).toBeUndefined();
    expect(third.births[0]!.session).toBe('3-1');
    expect(third.call('configuration.get', { key: 'keepAlive' }).result).toEqual({ keepAlive: '30' });
  });

  it('does not take the credentials of one broker to another', () => {
    const store = new MemoryStore();
    const device = new Device(store);
    expect(device.call('configuration.set', { broker: 'mqtt://elsewhere' }).error).toBeUndefined();
    device.virtual.run(10_000);
    const second = new Device(store);
    const connects = second.elsewhere.all('connect');
    expect(connects).toHaveLength(1);
    expect(connects[0]).toMatchObject({ clientId: 'tagwire-shed', will: { topic: 'tagwire/shed/status' } });
    expect(connects[0]).not.toHaveProperty('username');
    expect(connects[0]).not.toHaveProperty('password');
    expect(device.virtual.broker.all('connect')).toMatchObject([{ username: 'ann' }]);
  });

  it('is given up when it does not', () => {
    const store = new MemoryStore();
    const device = new Device(store);
    device.call('configuration.set', { broker: 'mqtt://nowhere.example' });
    device.virtual.run(10_000);
    const second = new Device(store);
    expect(second.births).toEqual([]);
    second.virtual.run(125_000);
    expect(second.virtual.restarts).toBe(1);
    const third = new Device(store);
    expect(third.births[0]!.notice).toContain('reverted: no connection within 120 s');
    expect(third.launched!.gateway.connects).toBe(1);
  });

  it('with which the firmware cannot start is given up at once', () => {
    const store = new MemoryStore();
    const device = new Device(store);
    device.call('configuration.set', { keepAlive: 30 });
    device.virtual.run(10_000);
    const second = new Device(store, true);
    expect([second.launched, second.virtual.restarts]).toEqual([undefined, 1]);
    const third = new Device(store);
    expect(third.births[0]!.notice).toContain('reverted');
    expect(third.call('configuration.get', { key: 'keepAlive' }).result).toEqual({ keepAlive: '60' });
  });
});
