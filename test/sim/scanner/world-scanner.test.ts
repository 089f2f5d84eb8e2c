import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../sim/bad-input.js';
import { WorldScanner } from '../../../sim/scanner/world-scanner.js';
import { defaultWorld } from '../../../sim/world/default-world.js';
import { World } from '../../../sim/world/world.js';
import type { Advertisement, ScanOptions } from '../../../src/hal/index.js';
import { VirtualTime } from '../../support/virtual-time.js';

const ALWAYS: ScanOptions = { intervalMilliseconds: 100, windowMilliseconds: 100, active: false };

const bench = (start = 5000): { time: VirtualTime; world: World; scanner: WorldScanner } => {
  const time = new VirtualTime(start);
  const world = new World(defaultWorld);
  return { time, world, scanner: new WorldScanner(world, time, time) };
};

const copy = (advertisement: Advertisement): string =>
  [
    ...advertisement.address,
    advertisement.addressType,
    advertisement.rssi,
    ...advertisement.bytes.subarray(advertisement.from, advertisement.to),
  ].join();

describe('WorldScanner', () => {
  it('delivers all that the world does when the window is as long as the interval', () => {
    const { time, scanner } = bench();
    const heard: string[] = [];
    scanner.start(ALWAYS, { onAdvertisement: (advertisement) => heard.push(copy(advertisement)) });
    expect(heard).toEqual([]);
    time.run(10_000);
    const expected: string[] = [];
    new World(defaultWorld).advance(10_000, (advertisement) => expected.push(copy(advertisement)));
    expect(heard).toEqual(expected);
    expect(heard.length).toBeGreaterThan(50);
  });

  it('delivers an advertisement when the clock has reached it, less than a millisecond later', () => {
    const { time, world, scanner } = bench();
    const late: number[] = [];
    scanner.start(ALWAYS, { onAdvertisement: () => late.push(time.now() - 5000 - world.time) });
    time.run(10_000);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThan(1);
  });

  it('hears only what falls into a window', () => {
    const { time, world, scanner } = bench();
    const phases: number[] = [];
    time.run(1234);
    const options = { intervalMilliseconds: 200, windowMilliseconds: 50, active: false };
    scanner.start(options, { onAdvertisement: () => phases.push((world.time - 1234) % 200) });
    time.run(120_000);
    expect(Math.max(...phases)).toBeLessThan(50);
    expect(Math.min(...phases)).toBeGreaterThanOrEqual(0);
    expect(phases.length / world.delivered).toBeCloseTo(0.25, 1);
  });

  it('hears nothing before start and after stop, while the world goes on', () => {
    const { time, world, scanner } = bench();
    let heard = 0;
    const handler = { onAdvertisement: () => void heard++ };
    time.run(10_000);
    expect(world.time).toBe(0);
    scanner.start(ALWAYS, handler);
    time.run(0);
    expect(heard).toBe(0);
    time.run(5000);
    const first = heard;
    expect(first).toBeGreaterThan(20);
    expect(world.time).toBeGreaterThan(14_000);
    scanner.stop();
    scanner.stop();
    expect(time.pending).toBe(0);
    time.run(10_000);
    expect(heard).toBe(first);
  });

  it('may be stopped and started from inside the handler', () => {
    const { time, scanner } = bench();
    let heard = 0;
    scanner.start(ALWAYS, {
      onAdvertisement: () => {
        heard++;
        scanner.stop();
      },
    });
    time.run(10_000);
    expect(heard).toBe(1);
    let second = 0;
    scanner.start(ALWAYS, {
      onAdvertisement: () => scanner.start(ALWAYS, { onAdvertisement: () => void second++ }),
    });
    time.run(5000);
    expect(second).toBeGreaterThan(10);
    expect(time.pending).toBe(1);
  });

  it.each([
    [2.4, 2.4, 'scan interval must be 2.5 to 10240 ms, got 2.4'],
    [10_241, 100, 'scan interval must be 2.5 to 10240 ms, got 10241'],
    [NaN, 100, 'scan interval must be 2.5 to 10240 ms, got NaN'],
    [100, 2, 'scan window must be from 2.5 ms to the scan interval of 100 ms, got 2'],
    [100, 101, 'scan window must be from 2.5 ms to the scan interval of 100 ms, got 101'],
  ])('refuses an interval of %s ms with a window of %s ms', (intervalMilliseconds, windowMilliseconds, message) => {
    const { scanner } = bench();
    const handler = { onAdvertisement: () => undefined };
    const start = (): void => scanner.start({ intervalMilliseconds, windowMilliseconds, active: false }, handler);
    expect(start).toThrow(BadInput);
    expect(start).toThrow(message);
  });
});
