import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContentFilter } from '../../../src/tags/filter/content-filter.js';
import { parseServices } from '../../../src/tags/filter/filter-text.js';
import { adStructure } from '../advertisement.js';

const COMPANY = 0x094f;
const filter = new ContentFilter(Uint16Array.of(0x0499, COMPANY), parseServices('FCD2'));

/** Walks all structures as the specification has it (Core 5.4, Vol 3, Part C, 11). */
function admits(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to && bytes[at]! > 0; at += 1 + bytes[at]!) {
    const value = bytes.subarray(at + 2, at + 1 + bytes[at]!);
    if (at + 1 + bytes[at]! > to) return false;
    const id = value.length < 2 ? -1 : value[0]! | (value[1]! << 8);
    if (bytes[at + 1] === 0xff && (id === COMPANY || id === 0x0499)) return true;
    if (bytes[at + 1] === 0x16 && id === 0xfcd2) return true;
  }
  return false;
}

const value = fc.oneof(
  fc.constantFrom([0x4f, 0x09], [0x4f, 0x09, 1], [0x99, 0x04, 5], [0x4c, 0x00, 2], [0xd2, 0xfc, 0x40], [0x4f], []),
  fc.array(fc.nat(255), { maxLength: 4 }),
);
const structure = fc.oneof(
  fc.constantFrom([2, 1, 6], [2, 1, 4], [3, 1, 6, 0], [1, 1], [0]),
  fc.tuple(fc.constantFrom(0xff, 0xff, 0x16, 0x09, 0x01), value).map(([type, value]) => adStructure(type, value)),
);

describe('ContentFilter', () => {
  it('finds a company or a service wherever it stands, and nothing behind the end', () => {
    let admitted = 0;
    fc.assert(
      fc.property(
        fc.array(structure, { maxLength: 5 }),
        fc.nat(4),
        fc.constantFrom(0, 0, 0, 1, 2, 5),
        (structures, before, cut) => {
          const bytes = Uint8Array.from([...new Array<number>(before).fill(0xff), ...structures.flat()]);
          const to = Math.max(before, bytes.length - cut);
          const expected = admits(bytes, before, to);
          expect(filter.admits(bytes, before, to)).toBe(expected);
          if (expected) admitted++;
        },
      ),
      { numRuns: 3000 },
    );
    expect(admitted).toBeGreaterThan(100);
  });

  it.each([
    [-1, 7],
    [0, 8],
    [NaN, 7],
    [0, NaN],
    [7, 0],
  ])('admits nothing of a range from %d to %d that does not lie in the array', (from, to) => {
    const bytes = Uint8Array.from([6, 0xff, 0x4f, 0x09, 0, 0, 0]);
    expect(filter.admits(bytes, 0, 7)).toBe(true);
    expect(filter.admits(bytes, from, to)).toBe(false);
  });
});
