import { writeFileSync } from 'node:fs';
import { rollup } from 'rollup';
import { afterAll, expect, it } from 'vitest';
import { minified } from '../../boards/bundle/steps.js';
import { describeIfPresent } from '../support/require.js';
import { makeTemporaryFolder } from '../support/temp.js';
import { missingForRom, RomLinker } from './link.js';

/** Minifying and linking on a busy machine. */
const BUILD_MILLISECONDS = 300_000;

/** Functions that make others while the module is loaded, with parameters of every form. */
const FACTORIES = `
  const adds = (a, { b, c: [d] }, e = 1) => () => a + b + d + e;
  const wraps = (value) => ({ get: () => value });
  const twice = (make) => wraps(wraps(make()));
  const counts = (count, step) => () => (count += step);
  export const sum = adds(1, { b: 2, c: [3] });
  export const nested = twice(() => 'made');
  export const counter = counts(5, 2);
`;

/** One of them changes a parameter. */
const LINKED = `
  const adds = (a, { b }, c = 1) => () => a + b + c;
  const counts = (count, step) => () => (count += step);
  export const sum = adds(1, { b: 2 });
  export const counter = counts(5, 2);
`;

/** A table with a method that uses `this`, and others. */
const TABLE = `
  export const table = {
    name: 'table',
    twice(x) { if (x > 9) return 18; return 2 * x; },
    async later(x, by = 1) { await 0; if (x > 9) return 9; return x + by; },
    own() { if (this.name === '') return 'none'; return this.name; },
    *count() { yield 1; },
  };
`;

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

/** The text of a module, made as the bundles of boards are. */
async function minify(name: string, code: string): Promise<string> {
  writeFileSync(folder.file(`${name}.js`), code);
  const bundle = await rollup({ input: folder.file(`${name}.js`), plugins: minified() });
  await bundle.write({ file: folder.file(`${name}.min.mjs`), format: 'es' });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  return output[0].code;
}

it(
  'makes constants of the parameters of functions that make others, and changes nothing else',
  async () => {
    await minify('factories', FACTORIES);
    const made = (await import(folder.file('factories.min.mjs'))) as Factories;
    expect(made.sum()).toBe(7);
    expect(made.nested.get().get()).toBe('made');
    expect([made.counter(), made.counter()]).toEqual([7, 9]);
  },
  BUILD_MILLISECONDS,
);

it(
  'makes arrows of the methods of a table that use no `this`',
  async () => {
    await minify('table', TABLE);
    const { table } = (await import(folder.file('table.min.mjs'))) as { table: Table };
    expect([table.twice(4), await table.later(4), await table.later(4, 2), table.own()]).toEqual([8, 5, 6, 'table']);
    expect([...table.count()]).toEqual([1]);
    // The text of a method begins with its name.
    const isArrow = (method: object): boolean => /^(async *)?(\w+|\([^)]*\)) *=>/.test(String(method));
    expect([table.twice, table.later, table.own, table.count].map(isArrow)).toEqual([true, true, false, false]);
  },
  BUILD_MILLISECONDS,
);

describeIfPresent(missingForRom())('in ROM', () => {
  it(
    'only the parameter that changes is a variable in RAM',
    async () => {
      const linker = new RomLinker(folder.path);
      const aliases = async (name: string, code: string): Promise<number> => {
        linker.compile(name, await minify(name, code));
        return linker.link([name]).aliases;
      };
      const none = await aliases('none', 'export const sum = () => 1;');
      expect((await aliases('linked', LINKED)) - none).toBe(1);
    },
    BUILD_MILLISECONDS,
  );
});

interface Factories {
  sum: () => number;
  nested: { get: () => { get: () => string } };
  counter: () => number;
}

interface Table {
  twice: (x: number) => number;
  later: (x: number, by?: number) => Promise<number>;
  own: () => string;
  count: () => Iterable<number>;
}
