import fc from 'fast-check';
import { parseAst } from 'rollup/parseAst';
import { minify } from 'terser';
import { describe, expect, it } from 'vitest';
import { nestedConditions } from '../../../boards/bundle/conditions.js';
import { programFrom } from './programs.js';
import { run } from './run.js';

/** A module with its conditions taken apart, printed as the bundle of a board is. */
async function nested(code: string): Promise<string> {
  const program = parseAst(code);
  nestedConditions(program);
  const parse = { spidermonkey: true } as object;
  const { code: text } = await minify(program as never, { parse, compress: false, mangle: false });
  return text!;
}

/** A statement, and what becomes of it. */
const CASES: [name: string, statement: string, nested: string][] = [
  ['and', 'if (a && b && c) f();', 'if(a)if(b)if(c)f();'],
  ['and, with a small else', 'if (a && b) f(); else return 1;', 'if(a)if(b)f();else return 1;else return 1;'],
  ['or, before something small', 'if (a || b) return; f();', 'if(a)return;else if(b)return;f();'],
  ['or, with an else', 'if (a || b) d++; else f();', 'if(a)d++;else if(b)d++;else f();'],
  ['not and', 'if (!(a > 1 && !b)) return;', 'if(!(a>1))return;else if(b)return;'],
  ['not or', 'if (!(a || !b)) f();', 'if(!a)if(b)f();'],
  ['both', 'if (a && (b || c)) return;', 'if(a)if(b)return;else if(c)return;'],
  ['one of two values', 'd = a && b ? f() : -1;', 'd=a?b?f():-1:-1;'],
  ['one of two values, the first one small', 'd = a || b ? c : f();', 'd=a?c:b?c:f();'],
  ['an if without else before an else', 'if (a) { if (b && c) f(); } else g();', 'if(a){if(b)if(c)f()}else g();'],
];

/** What would be there twice and is not small, or is a value. */
const LEFT = ['if(a&&b)f();else g();', 'if(a||b)f();', 'd=a&&b?c:f();', 'd=a||b?f():c;', 'd=a&&b;', 'while(a&&b)f();'];

const around = (statement: string): string => `function x(a,b,c,d){${statement}}`;

describe('a condition is taken apart', () => {
  it.each(CASES)('%s', async (_, statement, expected) => {
    expect((await nested(around(statement))).replaceAll(';}', '}')).toBe(around(expected).replaceAll(';}', '}'));
  });

  it.each(LEFT)('but not %s', async (statement) => {
    expect((await nested(around(statement))).replaceAll(';}', '}')).toBe(around(statement).replaceAll(';}', '}'));
  });
});

it('does the same, in the same order', async () => {
  const values = ['log(0)', 'log(1)', 'log(NaN)', '!log("")', 'log(2) > NaN'];
  const condition: fc.Arbitrary<string> = fc.letrec<{ all: string; one: string }>((tie) => ({
    one: fc.constantFrom(...values),
    all: fc.oneof(
      { maxDepth: 4 },
      tie('one'),
      fc.tuple(tie('all'), fc.constantFrom('&&', '||'), tie('all')).map(([a, is, b]) => `(${a} ${is} ${b})`),
      tie('all').map((a) => `!${a}`),
    ),
  })).all;
  const branch = fc.constantFrom('return 1;', 'n++;', '{ log("large"); log(n); }');
  await fc.assert(
    fc.asyncProperty(condition, branch, branch, condition, async (a, consequent, alternate, b) => {
      const code = `export function run() { let n = 0; if (${a}) ${consequent} else if (${b}) ${alternate}
        if (${b}) ${alternate} log(${a} ? n : -1); return ${b} ? log(n) : 2; }`;
      expect(run(await nested(code), 1000), code).toEqual(run(code, 1000));
    }),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { minLength: 60, maxLength: 400 }), async (choices) => {
      const { code } = programFrom(choices);
      const before = run(code, 1000);
      fc.pre(before !== undefined);
      expect(run(await nested(code), 30_000), code).toEqual(before);
    }),
    { numRuns: 100, interruptAfterTimeLimit: 20_000 },
  );
});
