import fc from 'fast-check';
import { ScanRate } from '../../src/device/scan-control.js';
import { describe, expect, it } from 'vitest';

/** Notes an event every `interval` ms from `from` (exclusive) to `to`. */
function note(rate: ScanRate, from: number, to: number, interval: number): void {
  for (let at = from + interval; at <= to; at += interval) rate.note(at);
}

describe('ScanRate', () => {
  it('is 0 in the first moment, and is over what there is before ten seconds are over', () => {
    const rate = new ScanRate();
    rate.start(5000);
    expect(rate.perSecond(5000)).toBe(0);
    note(rate, 5000, 7000, 50);
    expect(rate.perSecond(7000)).toBe(20);
    expect(rate.total).toBe(40);
  });

  it('tells a steady rate exactly', () => {
    const rate = new ScanRate();
    rate.start(0);
    note(rate, 0, 95_000, 25);
    expect(rate.perSecond(95_000)).toBeCloseTo(40, 0);
  });

  it('follows a change within ten seconds to twenty, and falls to 0', () => {
    const rate = new ScanRate();
    rate.start(0);
    note(rate, 0, 60_000, 100);
    note(rate, 60_000, 80_000, 10);
    expect(rate.perSecond(80_000)).toBeCloseTo(100, 0);
    expect(rate.perSecond(85_000)).toBeGreaterThan(0);
    expect(rate.perSecond(100_001)).toBe(0);
  });

  it('begins anew', () => {
    const rate = new ScanRate();
    rate.start(0);
    note(rate, 0, 5000, 10);
    rate.start(6000);
    expect(rate.perSecond(7000)).toBe(0);
    expect(rate.total).toBe(500);
  });

  it('stays between 0 and what the busiest ten seconds had, whenever it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 60 }), (gaps) => {
        const rate = new ScanRate();
        rate.start(0);
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          rate.note(now);
          const perSecond = rate.perSecond(now + 1);
          expect(perSecond).toBeGreaterThanOrEqual(0);
          expect(perSecond).toBeLessThanOrEqual((gaps.length * 1000) / Math.min(now + 1, 10_000));
        }
      }),
    );
  });
});
