import fc from 'fast-check';
import { writeTime } from '../../src/bytes/decimal.js';
import { writeDecimal } from '../../src/bytes/index.js';
import { withView } from '../../src/mqtt/viewed-bytes.js';
import { describe, expect, it } from 'vitest';

function decimal(value: number, decimals: number): string | undefined {
  const plain = decimalIn(new Uint8Array(40), value, decimals);
  expect(decimalIn(withView(new Uint8Array(40)), value, decimals)).toBe(plain);
  return plain;
}

function decimalIn(into: Uint8Array, value: number, decimals: number): string | undefined {
  into.fill(0x2a);
  const end = writeDecimal(value, decimals, into, 3, 33);
  if (end < 0) return undefined;
  expect(String.fromCharCode(...into.slice(0, 3))).toBe('***');
  expect(into.slice(end).every((byte) => byte === 0x2a)).toBe(true);
  return String.fromCharCode(...into.slice(3, end));
}

/** What JavaScript itself makes of it, without trailing zeros and minus zero. */
function reference(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return short === '-0' ? '0' : short;
}

describe('writeDecimal', () => {
  it.each([
    [0, 2, '0'],
    [-0, 2, '0'],
    [-0.004, 2, '0'],
    [-0.005, 2, '-0.01'],
    [23.37890625, 2, '23.38'],
    [-0.015625, 3, '-0.016'],
    [4.5, 2, '4.5'],
    [100, 0, '100'],
    [0.05, 2, '0.05'],
    [99.999, 2, '100'],
    [0.5, 0, '1'],
    [-61, 0, '-61'],
    [3724474.2, 1, '3724474.2'],
    [1790000000000, 0, '1790000000000'],
    [999999999999, 0, '999999999999'],
    [1000000000000, 0, '1000000000000'],
    [9090909090909, 0, '9090909090909'],
    [9999999999999, 3, '9999999999999'],
    [10000000000000, 0, '10000000000000'],
    [1790000000000.5, 1, '1790000000000.5'],
    [-1790000000000, 0, '-1790000000000'],
    // Not exactly halves, on either side of it.
    [1.005, 2, '1'],
    [1.45, 1, '1.4'],
    [8.345, 2, '8.35'],
    [0.000001, 6, '0.000001'],
    // On both sides of what is counted with integers, and with two of them.
    [2147483646, 0, '2147483646'],
    [2147483647, 0, '2147483647'],
    [-2147483648, 0, '-2147483648'],
    [2147483646.5, 0, '2147483647'],
    [2148, 6, '2148'],
    [2147.483647, 6, '2147.483647'],
    [2147483646999999, 0, '2147483646999999'],
    [2147483647000000, 0, '2147483647000000'],
    [4294967296000001, 2, '4294967296000001'],
    [0.4999995, 0, '0'],
    [0.5000005, 0, '1'],
    [9007199254740991, 6, '9007199254740991'],
    [-9007199254740991, 0, '-9007199254740991'],
  ])('%d with %d decimals is %s', (value, decimals, text) => {
    expect(decimal(value, decimals)).toBe(text);
    expect(reference(value, decimals)).toBe(text);
  });

  it.each([NaN, Infinity, -Infinity, 2 ** 53, -1e300])('refuses %d', (value) => {
    expect(decimal(value, 2)).toBeUndefined();
  });

  const decimals = fc.nat(6);

  it('writes what JavaScript writes', () => {
    const values = fc.oneof(
      fc.double({ noNaN: true, min: -9007199254740991, max: 9007199254740991 }),
      fc.double({ noNaN: true, min: -1000, max: 1000 }),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 }).map((raw) => raw / 256),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(values, decimals, (value, digits) => {
        const text = decimal(value, digits)!;
        expect(text).toBe(reference(value, digits));
        expect(Number(text)).toBe(Number(value.toFixed(digits)) + 0);
      }),
      { numRuns: 5000 },
    );
  });

  it('rounds as JavaScript does where decimal halves are nearest', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e7, max: 1e7 }), fc.integer({ min: 0, max: 6 }), (whole, digits) => {
        const value = (whole * 10 + 5) / 10 ** (digits + 1);
        expect(decimal(value, digits)).toBe(reference(value, digits));
      }),
      { numRuns: 5000 },
    );
  });

  it('writes times as all numbers', () => {
    const values = fc.oneof(
      fc.integer({ min: 1e12, max: 1e13 - 1 }),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, min: 9e11, max: 2e13 }),
      fc.constantFrom(0, -0, 1, 1e12 - 1, 1e12, 1e13 - 1, 1e13, 1e12 + 0.5, NaN, Infinity),
    );
    fc.assert(
      fc.property(values, fc.nat(16), fc.boolean(), (value, room, viewed) => {
        const [into, expected] = [new Uint8Array(40), new Uint8Array(40)];
        if (viewed) withView(into);
        const end = writeTime(value, into, 5, 5 + room);
        expect(end).toBe(writeDecimal(value, 0, expected, 5, 5 + room));
        if (end >= 0) expect(Array.from(into)).toEqual(Array.from(expected));
        expect(into.slice(5 + room).every((byte) => byte === 0)).toBe(true);
        expect(writeTime(value, into, -1, 40)).toBe(-1);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses what does not fit, and writes nothing behind the end', () => {
    const values = fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.maxSafeInteger());
    fc.assert(
      fc.property(values, decimals, fc.nat(20), fc.boolean(), (value, digits, room, viewed) => {
        const into = new Uint8Array(40).fill(0x2a);
        if (viewed) withView(into);
        const text = reference(value, digits);
        const end = writeDecimal(value, digits, into, 5, 5 + room);
        expect(end).toBe(text.length <= room ? 5 + text.length : -1);
        expect(into.slice(5 + room).every((byte) => byte === 0x2a)).toBe(true);
        expect(into.slice(0, 5).every((byte) => byte === 0x2a)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
