import { describe, expect, it } from 'vitest';
import { RandomEntropy } from '../../../boards/moddable/platform.js';

const draw = (entropy: RandomEntropy): number[] => Array.from({ length: 200 }, () => entropy.uint32());

describe('RandomEntropy', () => {
  it('gives unsigned 32-bit numbers with every bit in use', () => {
    let ones = 0;
    let zeros = 0;
    for (const value of draw(new RandomEntropy(Math.random))) {
      expect(value).toBe(value >>> 0);
      ones |= value;
      zeros |= ~value;
    }
    expect([ones >>> 0, zeros >>> 0]).toEqual([0xffffffff, 0xffffffff]);
  });

  it('differs with the seed where the source repeats itself', () => {
    const source = (): number => 0.25;
    const first = draw(new RandomEntropy(source, 1));
    expect(new Set(first).size).toBe(first.length);
    expect(draw(new RandomEntropy(source, 1))).toEqual(first);
    expect(draw(new RandomEntropy(source, 2))).not.toEqual(first);
  });

  it('takes the ends of the range', () => {
    expect(new RandomEntropy(() => 0).uint32()).toBeLessThan(2 ** 32);
    expect(new RandomEntropy(() => 1 - 2 ** -31).uint32()).toBeLessThan(2 ** 32);
  });
});
