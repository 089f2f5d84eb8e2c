import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../sim/world/random.js';

const take = (random: SeededRandom, count: number): number[] => Array.from({ length: count }, () => random.uint32());

describe('SeededRandom', () => {
  it('repeats itself for the same seed and stream, and differs for another', () => {
    const numbers = take(new SeededRandom(7, 3), 20);
    expect(take(new SeededRandom(7, 3), 20)).toEqual(numbers);
    expect(take(new SeededRandom(8, 3), 20)).not.toEqual(numbers);
    expect(take(new SeededRandom(7, 4), 20)).not.toEqual(numbers);
  });

  it('has streams that are not one sequence shifted', () => {
    const seen = new Set<number>();
    for (let stream = 0; stream < 50; stream++) {
      take(new SeededRandom(1, stream), 100).forEach((number) => seen.add(number));
    }
    expect(seen.size).toBeGreaterThan(4990);
  });

  it('is uniform in unit() and of deviation 1 in normal()', () => {
    const random = new SeededRandom(1);
    const count = 20_000;
    let mean = 0;
    let normalMean = 0;
    let variance = 0;
    for (let i = 0; i < count; i++) {
      const unit = random.unit();
      expect(unit >= 0 && unit < 1).toBe(true);
      mean += unit / count;
      const normal = random.normal();
      normalMean += normal / count;
      variance += (normal * normal) / count;
    }
    expect(mean).toBeCloseTo(0.5, 1);
    expect(normalMean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
  });
});
