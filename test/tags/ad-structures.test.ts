import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdFault, AdStructures } from '../../src/tags/index.js';
import { adStructure } from './advertisement.js';
import { guarded } from './guarded.js';
import { fromHex } from './hex.js';

interface Structure {
  type: number;
  value: number[];
}

function walk(structures: AdStructures, bytes: Uint8Array, from = 0, to = bytes.length): Structure[] {
  const found: Structure[] = [];
  structures.start(bytes, from, to);
  while (structures.next()) {
    found.push({ type: structures.type, value: Array.from(bytes.slice(structures.from, structures.to)) });
  }
  return found;
}

describe('AdStructures', () => {
  it('finds each structure in order', () => {
    const structures = new AdStructures();
    expect(walk(structures, fromHex('0201060303aafe01ff'))).toEqual([
      { type: 0x01, value: [0x06] },
      { type: 0x03, value: [0xaa, 0xfe] },
      { type: 0xff, value: [] },
    ]);
    expect(Array.from(structures.faults)).toEqual([0, 0, 0]);
  });

  it('finds nothing in nothing', () => {
    const structures = new AdStructures();
    expect(walk(structures, new Uint8Array(0))).toEqual([]);
    expect(structures.next()).toBe(false);
    expect(Array.from(structures.faults)).toEqual([0, 0, 0]);
  });

  it('takes zeros at the end as padding', () => {
    const structures = new AdStructures();
    expect(walk(structures, fromHex('020106000000'))).toHaveLength(1);
    expect(structures.faults[AdFault.zeroLength]).toBe(0);
  });

  it('ends at a zero length before other bytes, and counts it', () => {
    const structures = new AdStructures();
    expect(walk(structures, fromHex('02010600020106'))).toHaveLength(1);
    expect(structures.faults[AdFault.zeroLength]).toBe(1);
    expect(structures.next()).toBe(false);
  });

  it('ends at a length that runs past the end, and counts it', () => {
    const structures = new AdStructures();
    expect(walk(structures, fromHex('0201060303aa'))).toHaveLength(1);
    expect(walk(structures, fromHex('01'))).toHaveLength(0);
    expect(structures.faults[AdFault.overrun]).toBe(2);
  });

  it('does not look behind `to` for the end of a structure', () => {
    const structures = new AdStructures();
    expect(walk(structures, fromHex('020106020107'), 0, 5)).toHaveLength(1);
    expect(structures.faults[AdFault.overrun]).toBe(1);
  });

  it.each([
    [-1, 3],
    [0, 4],
    [2, 1],
    [0.5, 3],
    [NaN, 3],
    [0, NaN],
  ])('refuses the range %d to %d of 3 bytes', (from, to) => {
    const structures = new AdStructures();
    expect(walk(structures, fromHex('020106'), from, to)).toEqual([]);
    expect(structures.faults[AdFault.range]).toBe(1);
  });

  it('gives back what was put together, wherever it lies', () => {
    const structure = fc.record({
      type: fc.nat(255),
      value: fc.array(fc.nat(255), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(structure, { maxLength: 8 }), fc.nat(5), fc.nat(5), (list, before, after) => {
        const body = list.flatMap((one) => adStructure(one.type, one.value));
        const bytes = Uint8Array.from([...Array(before).fill(0xff), ...body, ...Array(after).fill(0xff)]);
        expect(walk(new AdStructures(), bytes, before, before + body.length)).toEqual(list);
      }),
    );
  });

  it('stays inside any bytes, and makes progress', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), fc.nat(80), (all, a, b) => {
        const from = Math.min(a, b, all.length);
        const to = Math.min(Math.max(a, b), all.length);
        const guard = guarded(all, from, to);
        const structures = new AdStructures();
        structures.start(guard.bytes, from, to);
        let last = from;
        while (structures.next()) {
          expect(structures.from).toBeGreaterThanOrEqual(last + 2);
          expect(structures.to).toBeGreaterThanOrEqual(structures.from);
          expect(structures.to).toBeLessThanOrEqual(to);
          last = structures.to;
        }
        expect(guard.outside).toEqual([]);
        expect(structures.faults.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });
});
