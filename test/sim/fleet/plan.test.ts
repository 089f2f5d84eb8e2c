import { describe, expect, it } from 'vitest';
import { indexesOf, shardRange, threadRange } from '../../../sim/fleet/plan.js';

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
});
