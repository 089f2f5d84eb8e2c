import { describe, expect, it } from 'vitest';
import { both, functionsIn } from './run.js';

const MARK = '/*@__INLINE__*/';

/** A program, and the functions that are left of it. */
type Case = [name: string, left: string[], code: string];

const CASES: Case[] = [
  [
    'a function, and stays one for the others',
    ['f'],
    `function f(a) { log(a); if (a > 1) return 'large'; log('small'); }
     export function run() { log(f.length); const x = ${MARK} f(1); const y = f(2); return [x, y]; }`,
  ],
  [
    'a function at two places, of which it has none then',
    [],
    `function f(a) { for (const each of [1, 2]) if (each === a) return log(each); log(a); }
     export function run() { let x = ${MARK}f(1); if (log(2)) x = ${MARK}
         f(3); return x; }`,
  ],
  [
    'a method with a name of its own, on any object',
    ['f', 'g'],
    `class C { n = 1; f$$C(a) { this.n += a; if (a > 1) return log(this.n); return a; } }
     class D { n = 5; f$$D(a) { log(a + this.n); } g(c) { if (c.n > 0) ${MARK} c.f$$C(2); log(c.f$$C.length); } }
     export function run() { const c = new C(); new D().g(c); ${MARK} new D().f$$D(3); return c.n; }`,
  ],
  [
    'a private method of a module that stands alone',
    ['f', 'g', 'h'],
    `class C { n = 1; f(a) { this.n += a; if (a > 1) return log(this.n); return a; }
       g() { return ${MARK} this.f(2); } h() { log('h'); return this.f.length + this.f(4); } }
     export function run() { const c = new C(); c.h(); return c.g(); }`,
  ],
  [
    'with what is marked in it, at each place anew',
    ['f', 'g'],
    `function f(a) { log(a); if (a > 1) return a; log('small'); return ${MARK} g(a + 1) + 1; }
     function g(a) { log('g'); if (a > 2) return a; return log(a); }
     export function run() { const x = ${MARK} f(1); const y = ${MARK} f(2); return [x, y, f(1), f(3), g(3), g(4)]; }`,
  ],
];

const REFUSED: Case[] = [
  ['f cannot be inlined', [], `function f() { return () => 1; } export function run() { return ${MARK} f() + f(); }`],
  [
    'is called, but may be of several classes',
    [],
    `class C { g$$C() { log(1); } f() { log(2); } } export function run() { ${MARK} new C().f(); new C().g$$C(); }`,
  ],
  ['is for calls, not a + 1', [], `export function run() { const a = 1; return ${MARK} a + 1; }`],
];

describe('a call with a mark is inlined although there are others of', () => {
  it.each(CASES)('%s', async (_, left, code) => {
    const [before, after, text] = await both(code, ['f']);
    expect(after).toEqual(before);
    expect(functionsIn(text), text).toEqual(left);
    expect(text).not.toContain('copy');
  });
});

it('leaves a call of what is in another module, where that is all of the program', async () => {
  const code = `class C { f(a) { log(a); } } export function run() { ${MARK} new C().f(1); new C().f(2); }`;
  const [before, after, text] = await both(code, ['f']);
  expect(after).toEqual(before);
  expect(functionsIn(text)).toEqual(['f']);
});

it.each(REFUSED)('says what is wrong with a mark: %s', async (message, _, code) => {
  await expect(both(code)).rejects.toThrow(message);
});
