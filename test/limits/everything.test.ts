import { describe, expect, it } from 'vitest';
import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import { DEVICE_KEYS, USER_KEYS } from '../../boards/moddable/flash-store.js';
import { mikrotik } from '../device/hand-scanner.js';
import { Esp32Device, Esp32Memory } from './esp32-device.js';

const { maxBrokers, maxJobs, maxScripts } = ESP32_LIMITS.console;

/** Two deltas for every tag, as docs/policies.md shows them. */
const BUILT_IN = {
  ssid: 'home',
  broker: 'mqtt://broker',
  cleanSession: false,
  keepAlive: 0,
  interval: 0,
  heartbeat: 0,
  presence: 0,
  rpcAccess: 'all',
  policies: 'mikrotik interval=0 heartbeat=0 temperature=0.2 humidity=1',
};

function fill(device: Esp32Device, count: number): void {
  for (let i = 0; i < count; i++) {
    const tag = `DC:2C:6E:00:00:${(i % 64).toString(16).padStart(2, '0')}`;
    device.virtual.scanner.hear(tag, mikrotik(i, 5000 + 300 * i));
  }
}

describe('an ESP32 with all that its limits allow at once', () => {
  it('has keys for everything', () => {
    // One for the identity; boots, boot-times, chip-restarts and set-aside.
    expect(maxScripts + maxJobs + maxBrokers + 1).toBeLessThanOrEqual(USER_KEYS);
    expect(4).toBeLessThanOrEqual(DEVICE_KEYS);
  });

  it('starts, persists, restarts, and nothing pushed anything else out', async () => {
    const memory = new Esp32Memory();
    const device = new Esp32Device(memory, BUILT_IN);
    expect(device.connected).toBe(true);
    for (let i = 0; i < maxScripts; i++) {
      expect(await device.type(`/system script add name=s${i} source=":put ${'x'.repeat(120)}"`)).toBe('');
    }
    for (let i = 0; i < maxJobs; i++) {
      expect(await device.type(`/system scheduler add name=j${i} interval=1d on-event=s${i}`)).toBe('');
    }
    for (let i = 0; i < maxBrokers; i++) {
      const broker = `name=b${i} address=broker client-id=b${i} username=ann password=secret auto-connect=yes`;
      expect(await device.type(`/iot mqtt brokers add ${broker}`)).toBe('');
      for (let topic = 0; topic < 8; topic++) {
        expect(await device.type(`/iot mqtt subscribe broker=b${i} topic="a/${topic}"`)).toBe('');
      }
    }
    expect(await device.type('/system identity set name="the barn behind the house"')).toBe('');
    // One more of each is refused, and says so.
    expect(await device.type('/system script add name=more source=":put 1"')).toMatch(/script/);
    expect(await device.type('/system scheduler add name=more interval=1d on-event=s0')).toMatch(/job|schedule/);
    expect(await device.type('/iot mqtt brokers add name=more address=192.0.2.9')).toMatch(/broker/);

    // More messages and lines than are remembered.
    for (let i = 0; i < 400; i++) device.virtual.broker.publish(`a/${i % 8}`, `${i} ${'y'.repeat(500)}`, 1);
    device.virtual.run(1000);
    expect(await device.type(':for i from=1 to=400 do={ :log info "line $i" }')).toBe('');
    expect(await device.type('/iot mqtt subscriptions recv print')).toContain('399 yyy');
    expect(await device.type('/log print')).toContain('line 400');

    device.virtual.platform.network.set(false);
    fill(device, 400);
    const { outbox } = device.firmware!.gateway.reporter!;
    device.virtual.run(180_000);
    expect(outbox.backlogCount + outbox.inFlightCount).toBe(400);
    const waiting = outbox.waitingCount + outbox.inFlightCount;
    expect(waiting).toBeGreaterThan(50);
    expect(device.virtual.lines.filter((line) => /could not|fail|full/.test(line))).toEqual([]);

    const again = new Esp32Device(memory, BUILT_IN);
    expect(again.virtual.lines).toContain(`readings from before the restart: ${waiting}`);
    again.virtual.run(10_000);
    expect(again.firmware!.gateway.reporter!.outbox.acknowledgedCount).toBe(waiting);
    const print = async (menu: string): Promise<number> =>
      (await again.type(`${menu} print`)).split('\n').filter((line) => /^ *\d/.test(line)).length;
    expect([await print('/system script'), await print('/system scheduler'), await print('/iot mqtt brokers')]).toEqual(
      [maxScripts, maxJobs, maxBrokers],
    );
    expect(await print('/iot mqtt subscriptions')).toBe(8 * maxBrokers);
    expect(await again.type('/system identity print')).toContain('the barn behind the house');
    expect(again.virtual.lines.filter((line) => /left out|skipped|damaged/.test(line))).toEqual([]);
  });
});
