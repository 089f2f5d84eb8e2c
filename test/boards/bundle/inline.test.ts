import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { both, functionsIn, run } from './run.js';
import { programFrom } from './programs.js';

const RUNS = 150;
/** Milliseconds, with the time to make a counterexample smaller. */
const LONGEST = 30_000;

/** A program, and the functions that are left of it. */
type Case = [name: string, left: string[], code: string];

const INLINED: Case[] = [
  [
    'a statement',
    [],
    `function f(a) { log(a); if (a > 1) return; log('small'); }
     const f2 = (a) => { log('f2'); log(a); };
     export function run() { f(log(1)); f2(2); }`,
  ],
  [
    'a return, whose returns stay returns',
    [],
    `function f(a) { if (a > 1) return 'large'; log(a); }
     function g(a) { for (;;) { if (a > 5) return a; a++; } }
     export function run() { if (log(true)) { const x = h(1); log(x); } return g(2); }
     function h(a) { return f(a); }`,
  ],
  [
    'a declaration, with one way through the function and with several',
    [],
    `function f(a, b) { const c = a * b; log(c); return c + a; }
     function g(a) { for (let i = 0; i < 5; i++) { if (i === a) return log(i); } }
     export function run() { const x = f(log(2), log(3)); const y = g(x - 5); const z = g2(9); return [x, y, z]; }
     function g2(a) { while (a > 0) { if (a === 4) return 'four'; a -= 2; } }`,
  ],
  [
    'an assignment, also where the function ends without a return',
    [],
    `function f(a) { log(a); if (a === 1) return 'one'; if (a === 2) return 'two'; }
     export function run() { let x = 5; const all = []; for (let i = 1; i < 4; i++) { x = f(i); all.push(x); }
     return all; }`,
  ],
  [
    'an assignment to what the function reads',
    [],
    `let top = 3;
     function f(a) { if (a > 1) { log(top); return top + a; } return top; }
     export function run() { let x = 1; x = f(x + 1); x += g(x); return [x, top]; }
     function g(a) { if (a > 3) return 1; return a; }`,
  ],
  [
    'a condition',
    [],
    `function f(a) { if (a === 1) return true; if (log(a) === 2) return false; return a > 3; }
     function g(a) { log('g'); for (const each of [1, 2, 3]) if (each === a) return true; return false; }
     export function run() {
       const all = [];
       for (let i = 0; i < 6; i++) { if (!f(i)) { all.push('no'); continue; } all.push(i); if (all.length > 5) break; }
       if (g(3)) all.push('three'); else all.push('none');
       return all; }`,
  ],
  [
    'a condition behind others',
    [],
    `function f(a) { log(a); if (a === 1) return true; return a === 3; }
     function g(a) { log(a); if (a === 1) return true; return a === 3; }
     export function run() {
       let n = 0;
       for (let i = 0; i < 5; i++) { if (i > 0 && f(i)) n += 1; if (i > 3 || g(i)) n += 10;  }
       return n; }`,
  ],
  [
    'what is small, also where it is called at several places',
    [],
    `class C { n = 1; step(a) { if (a > this.n) return; this.n += log(a); } f$$C(a) { this.step(a); this.step(2); } }
     class D { n = 2; step(a) { if (a < this.n) return; this.n -= log(a); } f$$D(a) { this.step(a); this.step(3); } }
     function f(a) { const b = log(a) + 1; if (b > 2) return b; return -a; }
     export function run() { const c = new C(); const d = new D(); c.f$$C(1); c.f$$C(5); d.f$$D(2); d.f$$D(7);
       const x = f(1); let b = 3; if (c.n > 1) b = f(d.n); return [x, b, c.n, d.n]; }`,
  ],
  [
    'one of two values of a variable',
    [],
    `function f(a) { if (a > 1) return 'large'; log(a); }
     function g(a) { if (a > 1) return log('g'); return a; }
     function h(a) { log('h'); for (const each of [1, 2]) if (each === a) return each; }
     function k(a) { if (a > 1) return log('k'); return a; }
     export function run() {
       const all = [];
       for (let i = 0; i < 3; i++) {
         const x = log(i) === 1 ? f(i) : 'none'; const y = i > 0 && g(i); const z = i > 1 || h(i);
         let n = 5; n = n > i + 3 ? k(n) : n; all.push(x, y, z, n);
       }
       return all; }`,
  ],
  [
    'the condition of a loop',
    [],
    `let n = 0;
     function more(a) { n++; if (n === 3) return true; return n < a; }
     export function run() { while (more(6)) { if (n === 4) continue; log(n); } return n; }`,
  ],
  [
    'part of an expression, after a variable that it cannot change',
    [],
    `function f(a) { if (a > 2) return log('large'); return 1; }
     export function run() { let x = 4; const y = x + f(x) + x; x++; return y; }`,
  ],
  [
    'a private method with its own `this`',
    ['constructor', 'turn'],
    `class C {
       constructor() { this.n = 1; }
       turn(a) { this.step(a); const m = this.more(2); if (this.isOdd()) return [this.n, m]; return 'even'; }
       step(a) { if (a > 1) { this.n = a; return; } this.n += a; }
       more(a) { for (let i = 0; i < a; i++) { this.n++; if (this.n > 9) return 'full'; } return 'fits'; }
       isOdd() { return this.n % 2 === 1; }
     }
     export function run() { return [new C().turn(1), new C().turn(2), new C().turn(9)]; }`,
  ],
  [
    'an expression at several places, where it is no larger',
    [],
    `function bit(word, at) { return (word >> at) & 1; }
     const twice = (a) => a + a;
     export function run() { const w = log(5); return [bit(w, 0), bit(w, 1), bit(log(7), 2), twice(w), twice(2)]; }`,
  ],
  [
    'functions in functions in functions',
    [],
    `function a(x) { const y = b(x); return y + 1; }
     function b(x) { if (x > 1) return c(x); return 0; }
     function c(x) { let sum = 0; for (let i = 0; i < x; i++) sum += i; return sum; }
     export function run() { const y = 7; return [a(5), y]; }`,
  ],
  [
    'names that are already there, and parameters that change',
    [],
    `const value = 'outer';
     function f(i) { const value = i * 2; i++; let x = value + i; return x; }
     export function run() { const x = value; const i = 3; const y = f(i); return [x, i, y]; }`,
  ],
  [
    'arguments that are missing, unused, or given by default',
    [],
    `function f(a, b, c = 3) { log(a); log(b); if (c === 3) log('default'); return c; }
     export function run() { const x = f(log(1)); return x; }`,
  ],
  [
    'arguments in their order',
    [],
    `let n = 0;
     function next() { return ++n; }
     function f(a, b) { if (b > 0) return [b, a]; return []; }
     export function run() { let i = 1; const x = f(i, i++); return [x, f2(next(), next()), i]; }
     function f2(a, b) { return [b, a]; }`,
  ],
  [
    'what throws, and what catches it',
    [],
    `function f(a) { try { if (a === 1) throw new Error(); return log('fine'); } catch { return log('caught'); }
       finally { log('finally'); } }
     export function run() { const all = []; for (let i = 0; i < 2; i++) { const x = f(i); all.push(x); } return all;
       }`,
  ],
  [
    'an assignment of what `finally` reads',
    [],
    `function f(a, b) { try { return log(5); } finally { log(a); log(b); } }
     export function run() { let x = 1; x = f(x + 1, -x); return x; }`,
  ],
  [
    'a switch with breaks of its own',
    [],
    `function f(a) { switch (a) { case 1: log('one'); break; case 2: return 'two'; default: return 'more';
      } return 'end'; }
     export function run() { const all = [];
       for (let i = 1; i < 4; i++) { switch (i) { case 3: log('three'); break; default: log(i); } const x = f(i);
         all.push(x); }
       return all; }`,
  ],
  [
    'a method with a name of its own, in another class',
    ['constructor', 'turn'],
    `class Wheel {
       constructor() { this.n = 1; }
       turn$$Wheel(a) { this.n += a; if (this.n > 4) return 'far'; this.more(); return this.n; }
       more() { log(this.n); }
     }
     class Car {
       wheel = new Wheel();
       turn(a) { const x = this.wheel.turn$$Wheel(log(a)); return [x, this.wheel.n]; }
     }
     export function run() { const car = new Car(); return [car.turn(1), car.turn(9)]; }`,
  ],
  [
    'a method on an object that is looked for, before its arguments',
    [],
    `class Box { n = 0; put$$Box(a, b) { log(b); this.n += a; if (this.n > 3) return 'full'; this.n++; } }
     const boxes = [new Box(), new Box()];
     export function run() {
       const all = [];
       for (let i = 0; i < 4; i++) { const x = boxes[log(i % 2)].put$$Box(log(i), log('b')); all.push(x); }
       return [all, boxes]; }`,
  ],
  [
    'a method of what a variable had before its arguments',
    ['constructor'],
    `class Node { n; next; constructor(n, next) { this.n = n; this.next = next; }
       add$$Node(a) { log(this.n); log(a.n); if (this.n > 1) return a; this.n += a.n; return this.n; } }
     let list = new Node(1, undefined);
     export function run() { const x = list.add$$Node(list = new Node(2, list)); return [x, list]; }`,
  ],
  [
    'a getter, and a method of one expression, at several places',
    [],
    `class Word { bits = 5; get low$$Word() { return this.bits & 3; }
       isSet$$Word(at) { return (this.bits >> at) & 1; } }
     export function run() { const word = new Word(); word.bits = 6;
       return [word.low$$Word, new Word().low$$Word + 1, word.isSet$$Word(1), word.isSet$$Word(2)]; }`,
  ],
  [
    'two methods that have one name in their classes',
    [],
    `class A { n = 1; put$$A(a) { log(this.n); return a + this.n; } }
     class B { n = 2; a = new A(); put$$B(a) { log(this.n); const x = this.a.put$$A(a); return x * this.n; } }
     export function run() { const b = new B(); const x = b.put$$B(3); return x; }`,
  ],
];

/** What nothing uses goes, with what only that uses. */
const UNUSED: Case = [
  'unused',
  ['start'],
  `function f(a) { log(a); return a; }
   class C { start() { log('start'); return 1; } stop$$C() { this.end$$C(f(1)); } end$$C(a) { log(a); } }
   export function run() { return new C().start(); }`,
];

const LEFT: Case[] = [
  [
    'what makes a closure',
    ['f', '=>'],
    `function f(a) { const g = () => a; log(a); return g(); } export function run() { const x = f(1); return x; }`,
  ],
  [
    'a call in a closure, which would capture more',
    ['f', '=>'],
    `const top = log(1);
     function f(a) { if (a > top) return log('large'); return top; }
     export function run() { const g = (a) => f(a); const h = (a) => { const x = f2(a); return [x]; };
       return [g(1), g(2), h(3)]; }
     function f2(a) { if (a > top) return log('large'); return top; }`,
  ],
  [
    'what uses `arguments`',
    ['f'],
    `function f() { log(1); return arguments.length; } export function run() { return f(1); }`,
  ],
  [
    'what calls itself',
    ['f'],
    `function f(a) { log(a); if (a === 0) return 0; return f(a - 1); } export function run() { return f(2) }`,
  ],
  [
    'what is called at several places and is large',
    ['f'],
    `function f(a) { log(a); if (a > 1) return a; return -a; }
     export function run() { return [f(1), f(2), f(3), f(4), f(5), f(6)]; }`,
  ],
  [
    'where a small function cannot be inlined, which is one function then',
    ['f', 'g', 'h', 'f'],
    `function f(a) { const b = log(a) + 1; return [a, b]; }
     class C { n = 1; g$$C(a) { const b = log(a); this.n += b; } }
     class D { n = 1; h() { this.f(1); for (const each of [this.f(2)]) log(each); } f(a) { log(a); return this.n; } }
     export function run() { const c = new C(); c.g$$C(1); for (const x of f(2)) log([x, c.g$$C(x)]); const y = f(3);
       new D().h(); return [y, c.n]; }`,
  ],
  [
    'what is used otherwise than by a call',
    ['f'],
    `function f(a) { log(a); return a; } export function run() { const g = f; return f(g === undefined); }`,
  ],
  [
    'what is exported',
    ['f'],
    `export { f }; function f(a) { log(a); if (a) return 1; } export function run() { f(1); }`,
  ],
  [
    'generators, async functions and rest parameters',
    ['g', 'a', 'r'],
    `function* g() { yield 1; } async function a() { log('a'); } function r(...all) { log(all); return all.length; }
     export function run() { a(); const n = r(1, 2); return [...g(), n]; }`,
  ],
  [
    'a default that may be for an argument',
    ['f'],
    `function f(a = 2) { log(a); return a; } export function run() { const x = f(log(undefined)); return x; }`,
  ],
  [
    'a call after something that it may change',
    ['f'],
    `let top = 1;
     function f() { log(top); top++; return top; }
     export function run() { const o = { get a() { return top; } }; return o.a + f(); }`,
  ],
  [
    'a call that may be left out',
    ['f'],
    `function f() { log('f'); if (log(1)) return 2; } export function run() { const x = [log(0) && f()]; return x; }`,
  ],
  [
    'a method that something outside of the class calls',
    ['f', 'g'],
    `class C { f(a) { log(a); } g() { this.f(1); } } export function run() { const c = new C(); c.g(); c.f(2); }`,
  ],
  [
    'a method that is not private',
    ['open', 'g'],
    `class C { open(a) { log(a); } g() { this.open(1); } } export function run() { const c = new C(); c.g(); }`,
  ],
  [
    'a method of another object',
    ['f', 'g'],
    `class C { f(a) { log(a); log(this.n); } g(other) { other.f(1); } n = 3; }
     export function run() { new C().g(new C()); }`,
  ],
  [
    'a method that may be left out, since there may be no object',
    ['f$$C', 'g$$C', 'h$$C'].map(named),
    `class C { next; f$$C() { log('f'); if (log(1)) return 2; } g$$C() { log('g'); return log(1) ? 3 : 4; }
       h$$C() { log('h'); if (log(2)) return this; } }
     export function run() { const c = log(0) ? new C() : undefined; const x = c?.f$$C(); const y = c?.next.g$$C();
       const d = new C(); const z = d.h$$C?.(); return [x, y, z === d]; }`,
  ],
  [
    'a method on an object that its arguments may have changed, or something before it',
    ['f$$C'].map(named),
    `class C { n = 1; f$$C(a) { this.n++; if (a > 1) return this.n; return a; } }
     export function run() { const c = new C(); const x = c.n * c.f$$C(2); return x; }`,
  ],
  [
    'a method with a name of its own that is used otherwise than by a call',
    ['f$$C'].map(named),
    `class C { n = 1; f$$C(a) { log(a); return this.n + a; } }
     export function run() { const c = new C(); const g = c.f$$C; return g.call({ n: 5 }, 2); }`,
  ],
  [
    'a method of the class that a class extends',
    ['f$$C'].map(named),
    `class C { n = 1; f$$C(a) { log(a); return this.n + a; } }
     class D extends C { g(a) { const x = super.f$$C(a); return x; } }
     export function run() { return new D().g(2); }`,
  ],
  [
    'an expression that would be evaluated in another order',
    ['f'],
    `let top = 1;
     function f(a, b) { return b + a; }
     function next() { top = top * 2; return log(top); }
     export function run() {
       const all = []; for (const x of [f(next(), next()), f(next(), next()), f(1, 2), f(2, 3)]) all.push(x);
       return all; }`,
  ],
  [
    'a call at the top of a module, where locals would be variables of the module',
    ['f'],
    `function f(a) { const b = log(a); return [b, b]; } const x = f(1); export function run() { return x; }`,
  ],
];

/** How a method is called when its own name is not needed any more. */
function named(own: string): string {
  return own.split('$$')[0]!;
}

const PRIVATES = ['f', 'step', 'more', 'isOdd'];

describe('a call is inlined', () => {
  it.each(INLINED)('%s', async (_, left, code) => {
    const [before, after, text] = await both(code, PRIVATES);
    expect(after).toEqual(before);
    expect(functionsIn(text), text).toEqual(left);
    expect(functionsIn(code).length).toBeGreaterThan(left.length);
  });
});

it('takes out what nothing uses, and what only that uses', async () => {
  const [, left, code] = UNUSED;
  const [before, after, text] = await both(code);
  expect(after).toEqual(before);
  expect(functionsIn(text)).toEqual(left);
});

describe('a call stays', () => {
  it.each(LEFT)('%s', async (_, left, code) => {
    const [before, after, text] = await both(code, PRIVATES);
    expect(after).toEqual(before);
    expect(functionsIn(text), text).toEqual(expect.arrayContaining(left));
  });
});

it.each(['export let top = 1; export function run() { top = 2; }', 'let top = 1; export { top as t }; top++;'])(
  'refuses what is exported and assigned: %s',
  async (code) => {
    await expect(both(code)).rejects.toThrow('top is exported and assigned; boards want a constant, or a function');
  },
);

it('does the same in the same order, whatever is inlined', async () => {
  let gone = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { minLength: 60, maxLength: 400 }), async (choices) => {
      const { code, privates } = programFrom(choices);
      // Loops that call what loops can take hours.
      fc.pre(run(code, 1000) !== undefined);
      const [before, after, text] = await both(code, privates);
      expect(before).toBeDefined();
      expect(after, `${code}\n${text}`).toEqual(before);
      gone += functionsIn(code).length - functionsIn(text).length;
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: LONGEST },
  );
  expect(gone).toBeGreaterThan(RUNS);
});
