import { describe, expect, it } from 'vitest';
import { both } from './run.js';

type Case = [name: string, code: string];

const PATTERN = /(const|let)\s*\{|\(\{/;
const LOOP_VARIABLE = /for \((let|const)\b[^)]*;/;

/** An object that logs what is read of it, in which order. */
const LOGGING = `const object = { get a() { return log('a') && 1; }, get b() { return log('b') && 2; }, c: { a: 3 } };`;

const PLAIN: Case[] = [
  [
    'reads properties in their order, of an object that is evaluated once',
    `${LOGGING} const find = () => { log('find'); return object; };
     export function run() { const { b, a: first } = find(); const { c } = find(); const { 'a': d, b: e } = object;
       return [b, first, c.a, d, e]; }`,
  ],
  [
    'reads those of this, and of what a declaration before it has',
    `class C { x = 1; y = { z: 2 }; sum() { const { x, y } = this, { z } = y, w = x + z; log(w); return [x, z, w]; } }
     export function run() { return new C().sum(); }`,
  ],
  [
    'has variables that are assigned later',
    `export function run() { let { a, b } = { a: 1, b: 2 }; a += b; b = 5; return [a, b]; }`,
  ],
  [
    'gives names to parameters, and reads in their order',
    `${LOGGING} function f(x, { b, a }, y) { log('f'); a += x; return [a, b, y, f.length]; }
     const g = ({ a }, { c }) => [a, c, log('g')];
     class C { constructor({ a }) { this.a = a; } m({ b }) { return b + this.a; } }
     export function run() { return [f(1, object, 2), f(3, object, 4), g(object, object), g(object, { c: 1 }),
       new C(object).m(object)]; }`,
  ],
  [
    'fails where the pattern would',
    `export function run() {
       for (const value of [undefined, null]) {
         try { const { a, b } = value; log(a + b); } catch (error) { log(error.name); }
         try { (({ a }) => log(a))(value); } catch (error) { log(error.name); }
       } }`,
  ],
  [
    'is declared in a case of a switch',
    `export function run() { const all = []; for (const n of [1, 2]) switch (n) {
       case 1: const { a } = { a: n }; all.push(a); break; default: const { b } = { b: -n }; all.push(b); }
       return all; }`,
  ],
];

const LEFT: Case[] = [
  [
    'a default, a rest, a pattern in it, and a computed name',
    `export function run() { const key = log('key');
       const { a = log('default'), ...rest } = { b: 1, c: 2 }; const { d: { e } } = { d: { e: 3 } };
       const { [key]: f } = { key: 4 }; return [a, rest, e, f]; }`,
  ],
  [
    'parameters beside a default that reads them',
    `const f = ({ a }, b = a + 1) => [a, b];
     export function run() { return [f({ a: 1 }), f({ a: 2 }, 3)]; }`,
  ],
  [
    'parameters of a generator, which are read when it is called',
    `function* f({ a }) { yield a; }
     export function run() { try { f(undefined); } catch (error) { return error.name; } return 'later'; }`,
  ],
];

const LOOPS: Case[] = [
  [
    'in a list, as a branch, and in another loop',
    `export function run() { const all = [];
       for (let i = 0, end = log(3); i < end; i++) { for (let k = i; k-- > 0; ) all.push(10 * i + k); }
       if (all.length > 2) for (let i = 5; i > 3; i--) all.push(i); else for (let i = 0; ; ) return i;
       return all; }`,
  ],
  [
    'with labels, which continue and break still find',
    `export function run() { const all = [];
       outer: for (let i = 0; i < 4; i++) { inner: for (let k = 0; k < 4; k++) {
         if (k === 2) continue outer; if (i === 2) break outer; if (k === i) continue inner; all.push([i, k]); } }
       return all; }`,
  ],
  [
    'beside variables of the same name',
    `export function run() { const all = []; let i = 7;
       for (let i = 0; i < 2; i++) all.push(i);
       for (let i = 5; i < 7; i++) { const k = i; { let i = k * 2; all.push(i); } }
       return [...all, i]; }`,
  ],
  [
    'with a variable that has no value at first',
    `export function run() { const all = []; for (const n of [1, 2]) for (let last, i = 0; i < 3; i++) {
       all.push(last); last = n * i; } return all; }`,
  ],
];

const CLOSURES: Case[] = [
  [
    'a variable that a closure has',
    `export function run() { const all = []; for (let i = 0; i < 3; i++) all.push(() => i);
       return all.map((f) => f()); }`,
  ],
  [
    'a variable beside it',
    `export function run() { const all = []; for (let i = 0, k = 5; i < 3; i++, k--) all.push(() => k);
       return all.map((f) => f()); }`,
  ],
];

describe('a pattern', () => {
  it.each(PLAIN)('%s', async (_name, code) => {
    const [before, after, text] = await both(code);
    expect(after).toEqual(before);
    expect(text).not.toMatch(PATTERN);
  });

  it.each(LEFT)('stays where it has %s', async (_name, code) => {
    const [before, after, text] = await both(code);
    expect(after).toEqual(before);
    expect(text).toMatch(PATTERN);
  });
});

describe('the variables of a loop', () => {
  it.each(LOOPS)('stand before it %s', async (_name, code) => {
    const [before, after, text] = await both(code);
    expect(after).toEqual(before);
    expect(text).not.toMatch(LOOP_VARIABLE);
  });

  it.each(CLOSURES)('stay in it with %s', async (_name, code) => {
    const [before, after, text] = await both(code);
    expect(after).toEqual(before);
    expect(text).toMatch(LOOP_VARIABLE);
  });
});
