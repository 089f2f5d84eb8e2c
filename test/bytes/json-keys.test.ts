import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonKeys } from '../../src/bytes/json-keys.js';
import { withView } from '../../src/mqtt/viewed-bytes.js';
import { itemNames } from '../../src/cloud/items.js';

const NAMES = ['temperature', 'x', undefined, 'sevenit', 'eight888', 'accelerationX'];
const keys = new JsonKeys(NAMES);
const texts = new JsonKeys(NAMES, '"', '"');

type Put = (into: Uint8Array, at: number, to: number) => number;

/** What `put` writes, whether or not the bytes have a view, at every room; it stays in its range. */
function written(put: Put): string {
  let text = '';
  for (const make of [(bytes: Uint8Array) => bytes, withView]) {
    for (let room = 64; room >= 0; room--) {
      const into = make(new Uint8Array(100).fill(0x2e));
      const end = put(into, 9, 9 + room);
      if (room === 64) text = String.fromCharCode(...into.slice(9, end));
      expect(end).toBe(room < text.length ? -1 : 9 + text.length);
      if (end >= 0) expect(String.fromCharCode(...into.slice(9, end))).toBe(text);
      expect(into.slice(0, 9).every((byte) => byte === 0x2e)).toBe(true);
      expect(into.slice(9 + room).every((byte) => byte === 0x2e)).toBe(true);
    }
  }
  return text;
}

describe('JsonKeys', () => {
  it.each(NAMES.map((name, number) => [number, name ?? '']))(
    'writes name %d, %s, as it is asked for',
    (number, name) => {
      expect(written((into, at, to) => keys.put(number, into, at, to))).toBe(name);
      expect(written((into, at, to) => keys.putWhole(number, into, at, to))).toBe(`,"${name}":`);
      expect(written((into, at, to) => texts.put(number, into, at, to))).toBe(name);
      expect(written((into, at, to) => texts.putWhole(number, into, at, to))).toBe(`"${name}"`);
      expect(keys.length(number)).toBe(name.length);
      expect(texts.length(number)).toBe(name.length);
    },
  );

  it.each([-1, NAMES.length, 0.5, NaN])('writes the first name for the number %d, which has none', (number) => {
    expect(keys.has(number)).toBe(false);
    expect(written((into, at, to) => keys.put(number, into, at, to))).toBe('temperature');
    expect(written((into, at, to) => texts.putWhole(number, into, at, to))).toBe('"temperature"');
  });

  it.each([
    [0, 2, '0'],
    [-0, 0, '0'],
    [7, 1, '7'],
    [10, 2, '10'],
    [99, 0, '99'],
    [100, 0, '100'],
    [-1, 0, '-1'],
    [-60, 0, '-60'],
    [99.5, 0, '100'],
    [21.94, 2, '21.94'],
    [-0.004, 2, '0'],
    [1234567, 0, '1234567'],
    [1790000000000, 0, '1790000000000'],
    // As an integer of 32 bits it is 5.
    [4294967301, 0, '4294967301'],
  ])('writes a member with the number %d of %d decimals', (value, decimals, text) => {
    for (let number = 0; number < NAMES.length; number++) {
      const member = `,"${NAMES[number] ?? ''}":${text}`;
      expect(written((into, at, to) => keys.putNumber(number, value, decimals, into, at, to))).toBe(member);
    }
  });

  it('writes the numbers of a bitmap as it writes each of them', () => {
    const numbers = fc.oneof(fc.integer({ min: -120, max: 120 }), fc.double({ noNaN: true, min: -1e5, max: 1e5 }));
    const given = fc.array(fc.tuple(numbers, fc.nat(6)), { minLength: 36, maxLength: 36 });
    const many = new JsonKeys(Array.from({ length: 40 }, (_, i) => 'k'.repeat(i % 20)));
    fc.assert(
      fc.property(
        given,
        fc.integer({ min: 1, max: 0xffffffff }),
        fc.nat(900),
        fc.boolean(),
        (fields, bits, room, viewed) => {
          const values = Float64Array.from(fields, ([value]) => value);
          const decimals = Uint8Array.from(fields, ([, digits]) => digits);
          const [into, expected] = [new Uint8Array(2000), new Uint8Array(2000)];
          if (viewed) withView(into);
          let at = 7;
          for (let i = 0; i < 32; i++) {
            if ((bits >>> i) & 1) at = many.putNumber(8 + i, values[4 + i]!, decimals[4 + i]!, expected, at, 7 + room);
          }
          expect(many.putNumbers(4, 4, bits, values, decimals, into, 7, 7 + room)).toBe(at);
          if (at >= 0) expect(Array.from(into.slice(0, at))).toEqual(Array.from(expected.slice(0, at)));
          expect(into.slice(7 + room).every((byte) => byte === 0)).toBe(true);
        },
      ),
    );
  });

  it('passes on that there was no room before', () => {
    const into = new Uint8Array(100);
    expect(keys.put(0, into, -1, 100)).toBe(-1);
    expect(keys.putWhole(0, into, -1, 100)).toBe(-1);
    expect(keys.putNumber(0, 1, 0, into, -1, 100)).toBe(-1);
    expect(into.every((byte) => byte === 0)).toBe(true);
  });

  it('copies any printable text unchanged as words', () => {
    const text = fc.array(fc.integer({ min: 0x20, max: 0x7e }), { maxLength: 40 });
    fc.assert(
      fc.property(text, (characters) => {
        const name = String.fromCharCode(...characters).replace(/["\\\\]/g, '-');
        const into = withView(new Uint8Array(100));
        const end = new JsonKeys([name]).putWhole(0, into, 3, 100);
        expect(String.fromCharCode(...into.slice(3, end))).toBe(`,"${name}":`);
      }),
    );
  });

  it('has the names of all items with a view as without', () => {
    for (let item = 0; itemNames.has(item); item++) {
      const [plain, viewed] = [new Uint8Array(64), withView(new Uint8Array(64))];
      const end = itemNames.putWhole(item, plain, 0, 64);
      expect(itemNames.putWhole(item, viewed, 0, 64)).toBe(end);
      expect(viewed.slice(0, end)).toEqual(plain.slice(0, end));
    }
  });
});
