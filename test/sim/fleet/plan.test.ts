import { describe, expect, it } from 'vitest';
import { connectDelay, indexesOf, shardRange, threadRange } from '../../../sim/fleet/plan.js';

describe('shards and threads', () => {
  it('have each device once, whatever the numbers are, and hardly differ in size', () => {
    for (const [devices, shards, threads] of [
      [1000, 1, 2],
      [1000, 7, 3],
      [3, 5, 2],
      [10_001, 4, 8],
    ] as const) {
      const seen: number[] = [];
      for (let index = 1; index <= shards; index++) {
        const range = shardRange(devices, { index, count: shards });
        const size = range.to - range.from;
        expect(Math.abs(size - devices / shards)).toBeLessThan(1);
        for (let thread = 0; thread < threads; thread++) seen.push(...indexesOf(threadRange(range, thread, threads)));
      }
      expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: devices }, (_, i) => i));
    }
  });

  it('connect at the rate that is asked for over all shards, all shards until the end', () => {
    const delays = [1, 2, 3].map((index) => {
      const plan = { devices: 30, connectRate: 10, shard: { index, count: 3 } };
      return indexesOf(shardRange(30, plan.shard)).map((device) => connectDelay(plan, device));
    });
    const all = delays.flat().sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 30 }, (_, i) => i * 100));
    for (const shard of delays) expect(Math.max(...shard)).toBeGreaterThan(2600);
    expect(connectDelay({ devices: 30, connectRate: Infinity, shard: { index: 2, count: 3 } }, 15)).toBe(0);
  });
});
