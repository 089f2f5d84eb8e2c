import { describe, expect, it } from 'vitest';
import { cosOfTurns, exp, ln, log10, power, sinOfTurns } from '../../../sim/virtual/exact-math.js';

describe('exact-math', () => {
  const positive = [1e-9, 0.001, 0.5, 0.70710678, 1, 1.41421357, 2, 3.3, 10, 1000, 123456.789, 1e15];

  it.each(positive)('has the logarithms of %d', (x) => {
    expect(ln(x)).toBeCloseTo(Math.log(x), 12);
    expect(log10(x)).toBeCloseTo(Math.log10(x), 12);
  });

  it.each([-20, -1, -0.3, 0, 0.1, 0.25, 1, 3.7, 20])('has e to the power of %d', (x) => {
    expect(exp(x) / Math.exp(x)).toBeCloseTo(1, 12);
    expect(power(2, x) / 2 ** x).toBeCloseTo(1, 12);
  });

  it.each([-1.3, -0.25, 0, 0.1, 0.25, 0.3, 0.5, 0.75, 0.99, 7.125])('has cosine and sine of %d turns', (turns) => {
    expect(cosOfTurns(turns)).toBeCloseTo(Math.cos(2 * Math.PI * turns), 12);
    expect(sinOfTurns(turns)).toBeCloseTo(Math.sin(2 * Math.PI * turns), 12);
  });

  it('has no logarithm of what has none', () => {
    for (const x of [0, -1, Infinity, NaN]) expect(ln(x)).toBeNaN();
  });
});
