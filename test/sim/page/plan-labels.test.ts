import { describe, expect, test } from 'vitest';
import { ANCHORS, placeNames } from '../../../sim/page/plan-labels.js';
import type { Named, Side } from '../../../sim/page/plan-labels.js';

const PLAN = { width: 320, height: 340 };

/** As the plan draws them, in the widest of its fonts. */
function boxes(named: readonly Named[], sides: ReadonlyMap<string, Side>): (readonly number[])[] {
  return named.flatMap(({ id, name, x, y, strong }) => {
    const side = sides.get(id);
    if (!side) return [];
    const { dx, dy, anchor } = ANCHORS[side];
    const length = name.length * (strong ? 7.5 : 6.8);
    const left = x + dx - (anchor === 'start' ? 0 : anchor === 'end' ? length : length / 2);
    return [[left, left + length, y + dy - 9, y + dy + 3]];
  });
}

const overlap = ([a, b, c, d]: readonly number[], [e, f, g, h]: readonly number[]): boolean =>
  a! < f! && b! > e! && c! < h! && d! > g!;

function expectNothingCovered(named: readonly Named[], sides: ReadonlyMap<string, Side>): void {
  const names = boxes(named, sides);
  for (const [i, one] of names.entries()) {
    for (const other of names.slice(0, i)) expect([one, other, overlap(one, other)]).toEqual([one, other, false]);
    for (const { x, y } of named) expect(overlap(one, [x - 4, x + 4, y - 4, y + 4])).toBe(false);
    expect(one[0]).toBeGreaterThanOrEqual(0);
    expect(one[1]).toBeLessThanOrEqual(PLAN.width);
    expect(one[2]).toBeGreaterThanOrEqual(0);
    expect(one[3]).toBeLessThanOrEqual(PLAN.height);
  }
}

const tag = (id: string, x: number, y: number): Named => ({ id, name: `tag-${id}`, x, y });

describe('the names on the floor plan', () => {
  test('stand on the right, and where there is no room on another side', () => {
    const named = [tag('a', 100, 100), tag('b', 300, 200), tag('c', 100, 20), tag('d', 112, 20)];
    const sides = placeNames(named, PLAN, [], new Map());
    expect(Object.fromEntries(sides)).toEqual({ a: 'right', b: 'left', c: 'left', d: 'right' });
    expectNothingCovered(named, sides);
  });

  test('are left out where tags are close together, and never cover one another', () => {
    let state = 1;
    const random = (most: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state / 2 ** 32) * most;
    };
    for (const count of [2, 10, 24, 100, 300, 1000]) {
      const named = Array.from({ length: count }, (_, i) => tag(String(i), random(PLAN.width), random(PLAN.height)));
      const sides = placeNames(named, PLAN, [{ left: 0, right: 60, top: 320, bottom: 340 }], new Map());
      expectNothingCovered(named, sides);
      // A thousand leave no room for a name.
      expect(sides.size).toBeGreaterThanOrEqual(count <= 100 ? Math.min(count, 10) / 2 : 0);
    }
  });

  test('has that of the selected tag and of gateways in any case, before all others', () => {
    const crowd = Array.from({ length: 100 }, (_, i) =>
      tag(String(i), 100 + (i % 10) * 9, 100 + Math.floor(i / 10) * 9),
    );
    expect(placeNames(crowd, PLAN, [], new Map()).has('55')).toBe(false);
    const selected = crowd.map((one) => (one.id === '55' ? { ...one, strong: true } : one));
    expect(placeNames(selected, PLAN, [], new Map()).get('55')).toBe('right');
  });

  test('stay on their side, and keep their room, while tags move', () => {
    const [one, other] = [tag('a', 100, 100), tag('b', 180, 100)];
    const before = placeNames([one, other], PLAN, [], new Map());
    expect(Object.fromEntries(before)).toEqual({ a: 'right', b: 'right' });
    // Another one comes, which is before them in the list: it takes no room of theirs.
    const all = [tag('c', 166, 114), one, other];
    const after = placeNames(all, PLAN, [], before);
    expect([after.get('a'), after.get('b')]).toEqual(['right', 'right']);
    expectNothingCovered(all, after);
    // A name that had to move stays where it is when there is room again.
    expect(placeNames([one], PLAN, [], new Map([['a', 'left']])).get('a')).toBe('left');
  });

  test('stand nowhere else has something', () => {
    const sides = placeNames([tag('a', 100, 100)], PLAN, [{ left: 110, right: 150, top: 90, bottom: 110 }], new Map());
    expect(sides.get('a')).toBe('left');
  });
});
