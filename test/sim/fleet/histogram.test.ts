import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../sim/fleet/histogram.js';

describe('Histogram', () => {
  it('gives percentiles that are at most 1/128 too long, and never above the maximum', () => {
    const histogram = new Histogram();
    for (let i = 1; i <= 10_000; i++) histogram.record(i / 10);
    for (const percent of [1, 25, 50, 90, 99, 99.9]) {
      const exact = percent * 10;
      expect(histogram.percentile(percent)).toBeGreaterThanOrEqual(exact);
      expect(histogram.percentile(percent)).toBeLessThanOrEqual(exact * (1 + 1 / 128));
    }
    expect(histogram.percentile(100)).toBe(1000);
    expect(histogram.mean).toBeCloseTo(500.05, 2);
    expect(histogram.countUpTo(500)).toBeGreaterThanOrEqual(5000);
    expect(histogram.countUpTo(500)).toBeLessThanOrEqual(5040);
  });

  it('has exact buckets for less than 128 µs, and takes 0, negative and endless times', () => {
    const histogram = new Histogram();
    for (let i = 0; i < 128; i++) histogram.record(i / 1000);
    expect(histogram.percentile(50)).toBe(0.063);
    histogram.record(-5);
    histogram.record(Infinity);
    expect(histogram.count).toBe(130);
    expect(histogram.percentile(1)).toBe(0);
    expect(histogram.max).toBeCloseTo(2_147_483.647, 3);
  });

  it('adds up to the same as one that recorded all, over its plain form', () => {
    const parts = [new Histogram(), new Histogram(), new Histogram()];
    const all = new Histogram();
    for (let i = 0; i < 3000; i++) {
      const value = (i * 7919) % 1013;
      parts[i % 3]!.record(value);
      all.record(value);
    }
    const records = parts.map(
      (part) => JSON.parse(JSON.stringify(part.toRecord())) as ReturnType<Histogram['toRecord']>,
    );
    expect(Histogram.sum(records).toRecord()).toEqual(all.toRecord());
  });

  it('is empty at first and after clear', () => {
    const histogram = new Histogram();
    histogram.record(3);
    histogram.clear();
    expect(histogram.percentile(50)).toBeNaN();
    expect(histogram.toRecord()).toEqual({ sum: 0, max: 0, buckets: [] });
  });
});
