import { describe, expect, it } from 'vitest';
import { defaultWorld } from '../../../sim/world/default-world.js';
import { World } from '../../../sim/world/world.js';
import type { WorldFile, WorldTag } from '../../../sim/world/world-file.js';
import { toHex } from '../../support/btsnoop-writer.js';

const beacon: WorldTag = {
  address: 'C0:11:22:33:44:55',
  addressType: 'random',
  name: 'beacon',
  format: 'ibeacon',
  intervalMilliseconds: 100,
  position: [10, 0, 0],
  rssiAt1m: -60,
  ibeacon: { uuid: '00112233-4455-6677-8899-aabbccddeeff', major: 258, minor: 3 },
};

const worldOf = (tag: Partial<WorldTag>, radio: WorldFile['radio'] = {}): WorldFile => ({
  name: 'test',
  gateway: { position: [0, 0, 0] },
  radio,
  tags: [{ ...beacon, ...tag }],
});

interface Heard {
  at: number;
  address: string;
  addressType: number;
  rssi: number;
  bytes: string;
}

/** Runs a world to `to` milliseconds in steps. */
const hear = (world: World, to: number, step = to): Heard[] => {
  const heard: Heard[] = [];
  for (let time = world.time + step; time <= to; time += step) {
    world.advance(time, (advertisement, at) => {
      heard.push({
        at,
        address: toHex(advertisement.address),
        addressType: advertisement.addressType,
        rssi: advertisement.rssi,
        bytes: toHex(advertisement.bytes, advertisement.from, advertisement.to),
      });
    });
  }
  return heard;
};

describe('World', () => {
  it('delivers a tag every interval and 0 to 10 ms, with its address, bytes and mean RSSI', () => {
    const heard = hear(new World(worldOf({})), 10_000);
    expect(heard.length).toBeGreaterThan(90);
    expect(heard.length).toBeLessThanOrEqual(100);
    const gaps = heard.slice(1).map((one, i) => one.at - heard[i]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...gaps)).toBeLessThan(110);
    expect(new Set(gaps).size).toBeGreaterThan(80);
    expect(heard[0]).toMatchObject({
      address: 'c01122334455',
      addressType: 1,
      rssi: -80,
      bytes: '0201061aff4c00021500112233445566778899aabbccddeeff01020003c4',
    });
  });

  it('gives the same for the same seed, however the time is cut, and else something else', () => {
    const whole = hear(new World(defaultWorld, { seed: 42 }), 20_000);
    expect(whole.length).toBeGreaterThan(100);
    expect(hear(new World(defaultWorld, { seed: 42 }), 20_000)).toEqual(whole);
    expect(hear(new World(defaultWorld, { seed: 42 }), 20_000, 125)).toEqual(whole);
    expect(hear(new World(defaultWorld, { seed: 43 }), 20_000)).not.toEqual(whole);
  });

  it('keeps a tag as it is when another tag is removed', () => {
    const few = new World({ ...defaultWorld, tags: defaultWorld.tags.slice(0, 3) }, { seed: 5 });
    const all = hear(new World(defaultWorld, { seed: 5 }), 5000);
    const addresses = defaultWorld.tags.slice(0, 3).map((tag) => tag.address.replaceAll(':', '').toLowerCase());
    expect(hear(few, 5000)).toEqual(all.filter((one) => addresses.includes(one.address)));
  });

  it('is in order of time, and a time that has passed does nothing', () => {
    const world = new World(defaultWorld);
    const times = hear(world, 10_000).map((one) => one.at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    world.advance(5000, () => expect.unreachable());
    expect(world.time).toBe(10_000);
    expect(world.nextAt).toBeGreaterThan(10_000);
  });

  it('scatters the RSSI around the mean', () => {
    const values = hear(new World(worldOf({}, { noiseDb: 4 })), 200_000).map((one) => one.rssi);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean + 80)).toBeLessThan(0.5);
    expect(Math.abs(deviation - 4)).toBeLessThan(0.4);
  });

  it('does not deliver what is weaker than the sensitivity', () => {
    // -60 dBm at 1 m is -95 dBm at 56.2 m with exponent 2.
    const near = new World(worldOf({ position: [56, 0, 0] }));
    expect(hear(near, 1000).every((one) => one.rssi === -95)).toBe(true);
    expect(near.delivered).toBeGreaterThan(5);
    const far = new World(worldOf({ position: [60, 0, 0] }));
    expect(hear(far, 1000)).toEqual([]);
    expect(far.tooWeak).toBe(near.delivered);
    expect(hear(new World(worldOf({ position: [60, 0, 0] }, { sensitivityDbm: -96 })), 1000)).not.toEqual([]);
  });

  it('fades a tag that leaves', () => {
    const heard = hear(new World(worldOf({ position: [1, 0, 0], velocity: [1, 0, 0] })), 100_000);
    expect(heard[0]!.rssi).toBe(-60);
    expect(heard.at(-1)!.rssi).toBe(-95);
    // -95.5 dBm, which is reported as -95, at 59.6 m.
    expect(heard.at(-1)!.at).toBeLessThan(58_600);
  });

  it('loses the share that it is told to, without changing the rest', () => {
    const none = new World(worldOf({}, { noiseDb: 3, lossProbability: 0 }));
    const some = new World(worldOf({}, { noiseDb: 3, lossProbability: 0.25 }));
    const all = hear(none, 200_000);
    const heard = hear(some, 200_000);
    expect(some.lost + some.delivered).toBe(all.length);
    expect(some.lost / all.length).toBeCloseTo(0.25, 1);
    expect(all).toEqual(expect.arrayContaining(heard.slice(0, 50)));
    expect(hear(new World(worldOf({}, { lossProbability: 1 })), 1000)).toEqual([]);
  });

  it('lets the readings of a MikroTik tag change with time', () => {
    const world = new World(
      worldOf({
        format: 'mikrotik-tg-bt5',
        intervalMilliseconds: 1000,
        temperature: { celsius: 10, driftPerHour: 3600, limitCelsius: 20 },
        batteryPercent: 90,
        accelerometer: { g: [0.5, 0, -1] },
        flags: 3,
        uptimeSeconds: 100,
      }),
    );
    const heard = hear(world, 60_000);
    for (const one of heard) {
      const view = new DataView(Uint8Array.from(one.bytes.match(/../g)!, (pair) => parseInt(pair, 16)).buffer);
      expect(one.bytes.slice(0, 18)).toBe('02010615ff4f090100');
      expect(view.getInt16(11, true) / 256).toBe(0.5);
      expect(view.getInt16(15, true) / 256).toBe(-1);
      expect(view.getInt16(17, true) / 256).toBeCloseTo(Math.min(20, 10 + one.at / 1000), 2);
      expect(view.getUint32(19, true)).toBe(Math.floor(100 + one.at / 1000));
      expect(view.getUint8(23)).toBe(3);
      expect(view.getUint8(24)).toBe(90);
    }
    expect(new Set(heard.map((one) => one.bytes.slice(18, 22))).size).toBe(heard.length);
  });

  it('counts the advertisements of an Eddystone-TLM beacon on, also those that are not heard', () => {
    const world = new World(
      worldOf({ format: 'eddystone-tlm', batteryMillivolts: 3000, uptimeSeconds: 10 }, { lossProbability: 0.5 }),
    );
    let heard = 0;
    world.advance(5000, (advertisement) => {
      const count = new DataView(advertisement.bytes.buffer).getUint32(17);
      // 10 s at 100 ms before the start.
      expect(count).toBe(100 + world.delivered + world.lost);
      heard++;
    });
    expect(heard).toBeGreaterThan(10);
    expect(world.lost).toBeGreaterThan(10);
  });
});
