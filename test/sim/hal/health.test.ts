import { expect, it } from 'vitest';
import { NodeHealth } from '../../../sim/hal/index.js';

it('tells what Node knows of its process', () => {
  const health = new NodeHealth('test');
  expect([health.freeChunkBytes(), health.freeSlotBytes(), health.rssi()]).toEqual([-1, -1, 0]);
  expect([health.restartReason, health.model]).toEqual(['test', `Node ${process.versions.node}`]);
  expect(health.freeMemory()).toBeGreaterThan(0);
  expect(health.usedMemory()).toBeGreaterThan(1_000_000);
  for (let i = 0; i < 3; i++) {
    const load = health.load();
    expect(load).toBeGreaterThanOrEqual(0);
    expect(load).toBeLessThanOrEqual(100);
  }
});
