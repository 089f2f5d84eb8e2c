import { describe, expect, it } from 'vitest';
import { CONFIGURATION_KEYS, KeyKind } from '../../src/settings/configuration-keys.js';
import type { ConfigurationKey } from '../../src/settings/configuration-keys.js';
import { REMOTE_KEYS } from '../../src/settings/remote-configuration.js';
import { mikrotik } from '../device/hand-scanner.js';
import { Esp32Device, Esp32Memory } from './esp32-device.js';
import { Esp8266Device, Esp8266Memory } from './esp8266-device.js';

const BUILT_IN = { ssid: 'home', broker: 'mqtt://broker', rpcAccess: 'all', keepAlive: 0 };

/** Values at the edges of what a key takes, and some of which the sense depends on others. */
function values({ name, kind, min, max }: ConfigurationKey): unknown[] {
  if (kind === KeyKind.integer || kind === KeyKind.decimal) return [min, max];
  if (kind === KeyKind.flag) return [true, false];
  switch (name) {
    case 'ssid':
      return ['x'.repeat(max)];
    case 'broker':
      return ['mqtt://elsewhere', 'mqtts://broker', 'mqtt://elsewhere,mqtt://broker'];
    case 'policies':
      return [
        'ruuvi5 interval=30 temperature=0.2 humidity=1',
        'mikrotik temperature=1 humidity=1 batteryPercent=1 rssi=1 accelerationX=1 accelerationY=1 accelerationZ=1',
        'x'.repeat(max),
      ];
    case 'scanProfile':
      return ['dedicated', 'shared', 'nothing'];
    case 'duplicates':
      return ['keep-unique', 'nothing'];
    case 'allow':
    case 'deny':
      return ['DC:2C:*', 'nothing'];
    default:
      return ['a'.repeat(Math.min(max, 64)), '!'.repeat(max)];
  }
}

type Device = Esp32Device | Esp8266Device;

/** A board with its memory: each call of `start` is a start of the device. */
function plugIn(board: 'ESP32' | 'ESP8266'): { start(): Device } {
  if (board === 'ESP8266') {
    const memory = new Esp8266Memory();
    return { start: () => new Esp8266Device(memory, BUILT_IN) };
  }
  const memory = new Esp32Memory();
  return { start: () => new Esp32Device(memory, BUILT_IN) };
}

/** Starts the device until it stays, as its restarts make it; true when it is connected then. */
function comesBack(first: Device, start: () => Device): boolean {
  let device = first;
  for (let starts = 0; starts < 8; starts++) {
    device.virtual.run(700_000);
    if (device.virtual.restarts === 0) return device.connected;
    device = start();
  }
  return false;
}

const rows = CONFIGURATION_KEYS.filter(({ name }) => REMOTE_KEYS.includes(name));

describe.each(['ESP32', 'ESP8266'] as const)('an %s comes back after whatever is set from afar', (board) => {
  it.each(rows.map((row) => [row.name, row] as const))('%s', (name, row) => {
    for (const value of values(row)) {
      const { start } = plugIn(board);
      const device = start();
      expect(device.connected).toBe(true);
      device.call('configuration.set', { [name]: value });
      expect(comesBack(device, start), `${name} = ${String(value)}`).toBe(true);
    }
  });

  it('all keys one after another, at their edges', () => {
    const { start } = plugIn(board);
    for (const edge of [0, 1]) {
      for (const row of rows) {
        const device = start();
        device.call('configuration.set', { [row.name]: values(row)[edge] });
        expect(comesBack(device, start), row.name).toBe(true);
      }
    }
  });
});

describe('an ESP32 comes back after whatever is set', () => {
  it('and what it takes counts then', () => {
    const memory = new Esp32Memory();
    const device = new Esp32Device(memory, BUILT_IN);
    device.call('configuration.set', { inFlight: 3 });
    device.virtual.run(60_000);
    expect(device.virtual.restarts).toBe(1);
    const again = new Esp32Device(memory, BUILT_IN);
    again.virtual.broker.acknowledges = false;
    for (let i = 0; i < 20; i++) again.virtual.scanner.hear(`DC:2C:6E:00:00:${10 + i}`, mikrotik(i, 5000));
    expect(again.firmware!.gateway.reporter!.outbox.inFlightCount).toBe(3);
  });

  it.each([
    '/system scheduler add name=boot on-event=":while (true) do={}"',
    '/system scheduler add name=boot on-event=":error \\"no\\""',
    '/system script add name=loop source="/system script run loop"; /system scheduler add name=boot on-event=loop',
    '/iot mqtt brokers add name=b0 address=broker client-id=tagwire-shed auto-connect=yes',
    '/iot bluetooth scanners set bt1 disabled=yes',
    '/system identity set name="' + 'x'.repeat(64) + '"',
  ])('%s at the console', async (line) => {
    const memory = new Esp32Memory();
    const device = new Esp32Device(memory, BUILT_IN);
    expect(await device.type(line)).toBe('');
    const again = new Esp32Device(memory, BUILT_IN);
    again.virtual.run(10_000);
    expect(again.connected).toBe(true);
  });

  it('policy.set with as many deltas as there can be', () => {
    const memory = new Esp32Memory();
    const device = new Esp32Device(memory, BUILT_IN);
    for (const text of values(CONFIGURATION_KEYS.find(({ name }) => name === 'policies')!)) {
      device.call('policy.set', String(text));
      expect(new Esp32Device(memory, BUILT_IN).connected, String(text)).toBe(true);
    }
  });
});
