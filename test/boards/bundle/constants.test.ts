import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { constantParameters, frozenTables } from '../../../boards/bundle/constants.js';

/** What `run` of a module returns. */
function result(code: string): unknown {
  return runInNewContext(`'use strict';\n${code};\nrun();`);
}

describe('parameters of functions that make others', () => {
  const cases: [name: string, changes: boolean, code: string][] = [
    ['that they only read', true, 'const make = (a, { b }) => () => a + b; const f = make(1, { b: 2 });'],
    ['with a default', true, 'const make = (a, b = 2) => () => a + b; const f = make(1);'],
    ['that a default reads', true, 'const make = (a, b = a + 1) => () => a + b; const f = make(1);'],
    [
      'that the default of a part reads',
      false,
      'const make = ({ a, b = a }) => () => a + b; const f = make({ a: 1 });',
    ],
    [
      'that a loop changes',
      false,
      'const make = (a, l) => { for (a of l) { } return () => a; }; const f = make(1, [2, 3]);',
    ],
    [
      'that a loop names',
      false,
      'const make = (a, o) => { for (a in o) { } return () => a; }; const f = make(1, { x: 2 });',
    ],
    ['that a pattern changes', false, 'const make = (a, b) => { [a] = b; return () => a; }; const f = make(1, [7]);'],
    ['that the made one changes', false, 'const make = (a) => () => ++a; const f = make(1);'],
  ];

  it.each(cases)('%s', (_, changes, code) => {
    const module = `${code} const run = () => f();`;
    const made = constantParameters(module);
    expect([made !== module, result(made)]).toEqual([changes, result(module)]);
  });
});

describe('constant arrays and objects of a module', () => {
  it('are frozen when the module has filled them', () => {
    const module =
      'const list = [1]; list.push(2); const rows = { a: { b: [] } }; for (const x of list) rows.a.b.push(x);';
    const run = 'const run = () => [list, rows, rows.a, rows.a.b].map((each) => [each, Object.isFrozen(each)]);';
    expect(result(frozenTables(`${module} ${run}`))).toEqual([
      [[1, 2], true],
      [{ a: { b: [1, 2] } }, true],
      [{ b: [1, 2] }, true],
      [[1, 2], true],
    ]);
  });

  it.each([
    'list.push(1)',
    'list[0] = 1',
    'list.length = 0',
    'list[0]++',
    'delete list[0]',
    '[list[0]] = [1]',
    '() => list.sort()',
  ])('are refused when a function has %s', (change) => {
    const refusal = /^list is changed by a function, but boards have the constant arrays and objects of modules in ROM/;
    expect(() => frozenTables(`const list = [2]; function run() { (${change}); }`)).toThrow(refusal);
    expect(() => frozenTables(`const list = [2]; class C { run() { (${change}); } }`)).toThrow(refusal);
  });

  it.each(['other.list.push(1)', 'const { list: own } = this; own.push(1)', 'list.slice().sort()', 'list[0].n = 1'])(
    'are taken when a later function has %s',
    (code) => {
      expect(
        frozenTables(`const list = [2]; function fill() { list.push(1); } fill(); function run(other) { ${code}; }`),
      ).toContain('freezeTable([list])');
    },
  );
});
