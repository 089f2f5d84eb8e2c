import { expect, it } from 'vitest';
import { DemoScanner } from '../../../boards/desktop/demo-scanner.js';
import { AdvertisementDecoder, Field, Reading } from '../../../src/tags/index.js';
import { VirtualTime } from '../../support/virtual-time.js';

const SCAN = { intervalMilliseconds: 100, windowMilliseconds: 100, active: false };

it('the built-in tag is heard every second, and is decoded as a temperature that moves', () => {
  const time = new VirtualTime();
  const scanner = new DemoScanner(time);
  const decoder = new AdvertisementDecoder();
  const reading = new Reading();
  const heard: number[][] = [];
  scanner.start(SCAN, {
    onAdvertisement: (it) => {
      expect(decoder.decode(it.bytes, it.from, it.to, reading)).not.toBe(0);
      heard.push([reading.get(Field.temperature), reading.get(Field.uptime), reading.get(Field.batteryPercent)]);
    },
  });
  time.run(129000);
  expect(heard.length).toBe(129);
  expect([heard[0], heard[1], heard[64], heard[128]]).toEqual([
    [20, 0, 95],
    [20.0625, 1, 95],
    [24, 64, 95],
    [20, 128, 95],
  ]);
  scanner.stop();
  time.run(10000);
  expect(heard.length).toBe(129);
});
