import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rollup } from 'rollup';
import { afterAll, expect, it } from 'vitest';
import { withConcat, withIndices } from '../../boards/bundle/array-iterators.js';
import { minified } from '../../rollup.moddable.js';
import { TOP } from '../support/folders.js';
import { makeTemporaryFolder } from '../support/temp.js';

/** Minifying on a busy machine. */
const BUILD_MILLISECONDS = 300_000;

/** Each function takes a list, and returns what a loop made of it. */
const LOOPS = `
export function sum(list) { let sum = 0; for (const x of list) sum += x; return sum; }
export function grows(list) { const all = [...list]; for (const x of all) if (x < 9) all.push(x * 2); return all; }
export function shrinks(list) {
  const all = [...list], seen = []; for (const x of all) { seen.push(x); all.pop(); } return seen;
}
export function replaced(list) {
  const seen = []; for (let x of list) { list = []; x++; seen.push(x); } return seen;
}
export function captured(list) {
  const all = []; for (const x of list) { all.push(() => x); } return all.map((get) => get());
}
export function pairs(list) {
  const all = []; for (const [i, x] of [...list.entries()]) all.push(i * x); return all;
}
export function holes(list) { const all = []; for (const x of [, ...list]) all.push(x); return all; }
export function nested(list) {
  const all = [];
  for (const x of list) for (const y of list) { if (y > x) continue; all.push(x, y); }
  return all;
}
export function found(list) {
  outer: for (const x of list) {
    for (const y of list) { if (y === 2) continue outer; if (x === 3) break outer; }
    return x;
  }
  return -1;
}
export function inner(list) {
  const all = [];
  for (const f of list.map((x) => { for (const y of list) { if (y > x) return y; } return 0; })) all.push(f);
  return all;
}
export function chosen(list) {
  let sum = 0; for (const x of (list.length > 1 ? list : [7])) sum += x; for (const y of ((sum, list))) sum -= (y);
  return sum;
}
export async function waits(list) { const all = []; for (const x of list) { all.push(await x); } return all; }
`;

/** The same with lists. */
const LISTS = `
export const copy = (list) => { const all = [...list]; all.push(1); return [all, list]; };
export const both = (list) => [...list, ...list];
export const first = (list) => [0, 9, ...list];
export const last = (list) => [...list, 0, [9]];
export const mixed = (list) => [0, ...list, [1], 2, ...list.map((x) => [x, ...list]), 3];
export const chosen = (list) => [...(list.length > 1 ? list : [7]), ...[list], (list.length, 5)];
export const inner = (list) => [...[...list, ...[]], ...[0].concat(list)];
export const order = (list) => { const all = []; const note = (x) => (all.push(x), [x]);
  return [[note(1), ...note(2), note(3), ...note(4)], all]; };
export const alone = (list) => [list, list];
`;

type Loops = Record<string, (list: readonly number[]) => unknown>;

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

async function load(name: string, code: string): Promise<Loops> {
  writeFileSync(folder.file(`${name}.mjs`), code);
  return (await import(folder.file(`${name}.mjs`))) as Loops;
}

async function expectSame(name: string, code: string, changed: string): Promise<void> {
  const [before, after] = [await load(`${name}-before`, code), await load(`${name}-after`, changed)];
  for (const each of Object.keys(before)) {
    for (const list of [[], [1], [1, 2, 3], [3, 2, 1, 5]]) {
      expect([each, await after[each]!(list)]).toEqual([each, await before[each]!(list)]);
    }
  }
}

it('loops over arrays by index as with an iterator', async () => {
  const changed = withIndices(
    LOOPS,
    LOOPS.match(/ of /g)!.map(() => true),
  );
  expect(changed).not.toContain(' of ');
  await expectSame('loops', LOOPS, changed);
});

it('puts arrays together by concat as by spreads', async () => {
  const changed = withConcat(
    LISTS,
    LISTS.match(/\.{3}/g)!.map(() => true),
  );
  expect(changed).not.toContain('...');
  await expectSame('lists', LISTS, changed);
});

it('leaves alone what is no array', () => {
  expect(
    withIndices(
      LOOPS,
      LOOPS.match(/ of /g)!.map(() => false),
    ),
  ).toBe(LOOPS);
  expect(() => withIndices(LOOPS, [])).toThrow('a module has other loops than its source');
  expect(
    withConcat(
      LISTS,
      LISTS.match(/\.{3}/g)!.map(() => false),
    ),
  ).toBe(LISTS);
  expect(withConcat('f([...a, ...b], [...c], ...d)', [true, false, true])).toBe('f([...a, ...b], (c).slice(), ...d)');
  expect(() => withConcat(LISTS, [])).toThrow('a module has other spreads than its source');
});

it(
  'knows arrays by the types of the sources',
  async () => {
    const input = join(TOP, 'build/src/settings/load-configuration.js');
    expect(readFileSync(input, 'utf8')).toContain('for (const unit of out)');
    const bundle = await rollup({ input, plugins: minified() });
    const { output } = await bundle.generate({ format: 'es' });
    await bundle.close();
    const left = output[0].code.match(/for\s*\((?:const|let) \w+ of [^)]*\)?/g) ?? [];
    // Each goes over an iterator, `keysOf`.
    expect(left.length).toBeGreaterThan(0);
    expect(left.filter((loop) => !/ of \w+\(/.test(loop))).toEqual([]);
  },
  BUILD_MILLISECONDS,
);
