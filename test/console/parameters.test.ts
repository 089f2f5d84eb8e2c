import { parametersOf } from '../../src/console/menu.js';
import type { Menu } from '../../src/console/menu.js';
import { rootMenu } from '../../src/console/menus/root.js';
import { allowedOf, defaultOf, helpOf, isMarked, kindOf, nameOf } from '../../src/console/parameter.js';
import { describe, expect, it } from 'vitest';

const menus = menusBelow(rootMenu);

/** The lines of everything that can be typed or is shown. */
const lines = new Set([
  ...menus.flatMap((menu) => (menu.commands ?? []).flatMap((command) => parametersOf(command, menu))),
  ...menus.flatMap((menu) => (menu.commands ?? []).flatMap((command) => command.words ?? [])),
  ...menus.flatMap((menu) => menu.table?.properties ?? []),
]);

const KIND =
  'text|integer|flag|choice|time|hex|broker|filter|rows|property|any-property|block|condition|value|decimal|word';
const NUMBER = String.raw`-?\d+(?:\.\d+)?`;
const RANGE = String.raw`${NUMBER}\.\.${NUMBER}`;
const WORDS = String.raw`[a-z][a-z-]*(?:\|[a-z][a-z-]*)*`;
const ALLOWED = String.raw` \((?:${RANGE}|${WORDS}|${RANGE}\|${WORDS})\)`;
const MARK = String.raw` (?:=\w+|required|unnamed|read-only|secret|stars|script|unquoted)`;
const HEAD = new RegExp(`^[a-z][a-z-]* (?:${KIND})(?:${ALLOWED})?(?:${MARK})*$`);

describe('the lines of parameters', () => {
  it.each([...lines])('%s', (line) => {
    const head = line.slice(0, line.indexOf(': '));
    expect(head).toMatch(HEAD);
    expect(helpOf(line)).toMatch(/^\S.*\S$/);
    const { range, min, max, values } = allowedOf(line);
    expect(min).toBeLessThan(max);
    if (range !== '') expect(`${min}..${max}`).toBe(range);
    if (kindOf(line) === 'choice') expect(values.length).toBeGreaterThan(0);
    const standard = defaultOf(line);
    if (standard !== undefined && values.length > 0) expect(values).toContain(standard);
  });

  it('name each parameter of a command, and each property of a row, once', () => {
    for (const menu of menus) {
      const lists = [
        menu.table?.properties ?? [],
        ...(menu.commands ?? []).map((command) => parametersOf(command, menu)),
      ];
      for (const list of lists) expect(new Set(list.map(nameOf)).size).toBe(list.length);
    }
  });

  it('read name, kind, range, values, default, marks and help', () => {
    const line = 'limit integer (3..1000|off) =off required: at most (or: how many)';
    expect(nameOf(line)).toBe('limit');
    expect(kindOf(line)).toBe('integer');
    expect(allowedOf(line)).toEqual({ range: '3..1000', min: 3, max: 1000, values: ['off'] });
    expect(defaultOf(line)).toBe('off');
    expect(isMarked(line, 'required')).toBe(true);
    expect(isMarked(line, 'unnamed')).toBe(false);
    expect(helpOf(line)).toBe('at most (or: how many)');
    expect(allowedOf('x text: (1..2)')).toEqual({ range: '', min: -Infinity, max: Infinity, values: [] });
    expect(defaultOf('x text: =1 required')).toBe(undefined);
    expect(isMarked('x text: =1 required', 'required')).toBe(false);
  });
});

it('is frozen as a whole, since only so it stays in ROM', () => {
  const open: unknown[] = [];
  visit(rootMenu, (part) => {
    if (!Object.isFrozen(part)) open.push(part);
  });
  expect(open).toEqual([]);
});

function menusBelow(menu: Menu): Menu[] {
  return [menu, ...(menu.menus ?? []).flatMap(menusBelow)];
}

function visit(value: unknown, each: (part: object) => void): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
  each(value);
  for (const part of Object.values(value)) visit(part, each);
}
