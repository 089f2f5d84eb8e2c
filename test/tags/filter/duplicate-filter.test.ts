import { DuplicateFilter, DuplicateMode } from '../../../src/tags/filter/duplicate-filter.js';
import { fromHex } from '../hex.js';
import { describe, expect, it } from 'vitest';

const ADDRESSES = { A: fromHex('aabbccddeeff'), B: fromHex('aabbccddeefe'), a: fromHex('aabbccddeeff') };

/**
 * Lets advertisements pass in order, written as advertiser and content: `A01`. `a` has the address of `A`, as a random
 * one. Returns those that were not duplicates.
 */
function pass(filter: DuplicateFilter, advertisements: string): string {
  return advertisements
    .split(' ')
    .filter((advertisement) => {
      const name = advertisement.charAt(0) as keyof typeof ADDRESSES;
      const bytes = Uint8Array.from([9, ...fromHex(advertisement.slice(1)), 9]);
      const addressType = name === 'a' ? 1 : 0;
      const range = { bytes, from: 1, to: bytes.length - 1 };
      return !filter.isDuplicate({ address: ADDRESSES[name], addressType, rssi: -60, ...range });
    })
    .join(' ');
}

describe('DuplicateFilter', () => {
  it.each([DuplicateMode.off, DuplicateMode.keepNewest])('in mode %i takes all', (mode) => {
    const filter = new DuplicateFilter({ mode });
    expect(pass(filter, 'A01 A01 A02')).toBe('A01 A01 A02');
    expect(filter.replaced).toBe(0);
  });

  it('keep-oldest takes the first of each advertiser, whatever comes behind', () => {
    const filter = new DuplicateFilter({ mode: DuplicateMode.keepOldest });
    expect(pass(filter, 'A01 A02 B01 a01 B03')).toBe('A01 B01 a01');
  });

  it('keep-unique takes the first of each content of an advertiser', () => {
    const filter = new DuplicateFilter({ mode: DuplicateMode.keepUnique });
    expect(pass(filter, 'A01 A02 B01 A01 A0100 A02')).toBe('A01 A02 B01 A0100');
  });

  it('forgets what was not heard for the longest time, and counts it', () => {
    const filter = new DuplicateFilter({ mode: DuplicateMode.keepUnique, capacity: 2 });
    expect(pass(filter, 'A01 A02 A01 A03 A01 A02')).toBe('A01 A02 A03 A02');
    expect(filter.replaced).toBe(2);
  });

  it.each([0, 4097, 1.5, NaN])('refuses a capacity of %d', (capacity) => {
    expect(() => new DuplicateFilter({ mode: DuplicateMode.keepOldest, capacity })).toThrow(
      `duplicate filter capacity must be an integer from 1 to 4096, got ${capacity}`,
    );
  });
});
