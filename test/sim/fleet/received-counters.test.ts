import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReceivedCounters } from '../../../sim/fleet/received-counters.js';

describe('ReceivedCounters', () => {
  it('counts each counter once, as a set does', () => {
    const counters = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 400 });
    fc.assert(
      fc.property(counters, (received) => {
        const ours = new ReceivedCounters();
        const set = new Set<number>();
        for (const counter of received) {
          expect(ours.add(counter)).toBe(!set.has(counter));
          set.add(counter);
        }
        expect(ours.received).toBe(set.size);
      }),
    );
  });

  it('knows a million in order with a gap and a late one, in little memory', () => {
    const ours = new ReceivedCounters();
    let added = 0;
    for (let i = 0; i < 1_000_000; i++) if (i !== 999_000 && ours.add(i)) added++;
    expect(added).toBe(999_999);
    expect(ours.add(17)).toBe(false);
    expect(ours.add(999_500)).toBe(false);
    expect(ours.add(999_000)).toBe(true);
    expect(ours.add(999_000)).toBe(false);
    expect(ours.received).toBe(1_000_000);
    expect(ours.size).toBeLessThan(2000);
  });
});
