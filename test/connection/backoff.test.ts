import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backoff } from '../../src/connection/index.js';
import { SeededEntropy } from './virtual-platform.js';

const LARGEST = 0xffffffff;

function constant(value: number): SeededEntropy {
  const entropy = new SeededEntropy(0);
  entropy.constant = value;
  return entropy;
}

describe('Backoff', () => {
  it('doubles up to the maximum, each wait in the upper half', () => {
    const least = new Backoff({ minimum: 100, maximum: 1500 }, constant(0));
    expect(Array.from({ length: 7 }, () => least.next())).toEqual([50, 100, 200, 400, 750, 750, 750]);
    const most = new Backoff({ minimum: 100, maximum: 1500 }, constant(LARGEST));
    const waits = Array.from({ length: 7 }, () => most.next());
    expect(waits.map(Math.round)).toEqual([100, 200, 400, 800, 1500, 1500, 1500]);
    expect(waits.every((wait, i) => wait < [100, 200, 400, 800, 1500, 1500, 1500][i]!)).toBe(true);
  });

  it('begins anew after reset', () => {
    const backoff = new Backoff({ minimum: 100 }, constant(0));
    backoff.next();
    backoff.next();
    backoff.reset();
    expect(backoff.next()).toBe(50);
  });

  it('draws short waits from half of the minimum, and they count nothing', () => {
    expect(new Backoff({ minimum: 100 }, constant(0)).short()).toBe(0);
    const backoff = new Backoff({ minimum: 100 }, constant(LARGEST));
    expect(Math.round(backoff.short())).toBe(50);
    for (let i = 0; i < 10; i++) backoff.short();
    expect(Math.round(backoff.next())).toBe(100);
  });

  it('keeps its bounds with any options, seed and number of failures', () => {
    const options = fc
      .tuple(fc.integer({ min: 1, max: 86400000 }), fc.integer({ min: 1, max: 86400000 }))
      .map(([a, b]) => ({ minimum: Math.min(a, b), maximum: Math.max(a, b) }));
    fc.assert(
      fc.property(options, fc.integer(), fc.integer({ min: 1, max: 200 }), (bounds, seed, failures) => {
        const backoff = new Backoff(bounds, new SeededEntropy(seed));
        for (let i = 0; i < failures; i++) {
          const longest = Math.min(bounds.maximum, bounds.minimum * 2 ** i);
          const wait = backoff.next();
          expect(wait).toBeGreaterThanOrEqual(longest / 2);
          expect(wait).toBeLessThanOrEqual(longest);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('spreads devices: waits of different seeds differ', () => {
    const waits = Array.from({ length: 50 }, (_, seed) => new Backoff({}, new SeededEntropy(seed)).next());
    expect(new Set(waits).size).toBe(50);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(400);
  });

  it.each([
    [{ minimum: 0 }, /^backoff\.minimum must be at least 1 ms, got 0$/],
    [{ minimum: NaN }, /^backoff\.minimum must be .*, got NaN$/],
    [{ minimum: 10, maximum: 9 }, /^backoff\.maximum must be 10 \(the minimum\) to 86400000 ms, got 9$/],
    [{ maximum: Infinity }, /^backoff\.maximum must be .*, got Infinity$/],
  ])('refuses %o', (options, message) => {
    expect(() => new Backoff(options, constant(0))).toThrow(RangeError);
    expect(() => new Backoff(options, constant(0))).toThrow(message);
  });
});
