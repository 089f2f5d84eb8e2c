import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryIndex } from '../../src/tags/entry-index.js';

/** Entries from the oldest to the newest. */
function order(index: EntryIndex): number[] {
  const entries: number[] = [];
  for (let entry = index.newest(); entry >= 0; entry = index.nextOlder(entry)) entries.unshift(entry);
  return entries;
}

/** Entries with this hash. */
function withHash(index: EntryIndex, hash: number): number[] {
  const entries: number[] = [];
  for (let entry = index.find(hash); entry >= 0; entry = index.findNext(entry)) entries.push(entry);
  return entries.sort((a, b) => a - b);
}

describe('EntryIndex', () => {
  it('is empty at first', () => {
    const index = new EntryIndex(3);
    expect([index.size, index.newest(), index.find(5)]).toEqual([0, -1, -1]);
  });

  it('takes the oldest entry again when it is full, and counts that', () => {
    const index = new EntryIndex(3);
    for (const hash of [10, 20, 30, 40]) index.take(hash);
    expect(order(index)).toEqual([1, 2, 0]);
    expect([index.replaced, index.find(10), index.find(40)]).toEqual([1, -1, 0]);
  });

  it('does what a list would do, whatever happens', () => {
    const action = fc.oneof(
      { weight: 6, arbitrary: fc.record({ what: fc.constant('take' as const), hash: fc.integer({ min: 0, max: 6 }) }) },
      { weight: 3, arbitrary: fc.record({ what: fc.constant('renew' as const), hash: fc.nat(6) }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('clear' as const), hash: fc.constant(0) }) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(action, { maxLength: 60 }), (capacity, actions) => {
        const index = new EntryIndex(capacity);
        let model: { entry: number; hash: number }[] = [];
        for (const { what, hash: small } of actions) {
          // Hashes of one bucket, and one that has all bits.
          const hash = small === 6 ? 0xffffffff : small * 65536;
          if (what === 'take') {
            const entry = index.take(hash);
            model = [...model.filter((one) => one.entry !== entry), { entry, hash }];
            if (model.length > capacity) throw new Error('took a new entry too many');
          } else if (what === 'renew') {
            const entry = index.find(hash);
            if (entry < 0) continue;
            index.renew(entry);
            const found = model.find((one) => one.entry === entry)!;
            model = [...model.filter((one) => one !== found), found];
          } else {
            index.clear();
            model = [];
          }
          expect(order(index)).toEqual(model.map((one) => one.entry));
          expect(index.size).toBe(model.length);
          for (const wanted of [0, 65536, 0xffffffff]) {
            const entries = model.filter((one) => one.hash === wanted).map((one) => one.entry);
            expect(withHash(index, wanted)).toEqual(entries.sort((a, b) => a - b));
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
