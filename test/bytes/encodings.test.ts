import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HEX,
  parseBase64,
  parseHex,
  roundDecimal,
  writeBase64,
  writeDecimal,
  writeHex,
} from '../../src/bytes/index.js';
import { writeAddress, writeAddressDigits } from '../../src/bytes/hex.js';
import { writeUrlEncoded } from '../../src/bytes/url-encoding.js';
import { withView } from '../../src/mqtt/viewed-bytes.js';

const bytes = fc.uint8Array({ maxLength: 80 });

type Write = (bytes: Uint8Array, from: number, end: number, into: Uint8Array, at: number, to: number) => number;

/** What `write` makes of all of `bytes`, having checked that it keeps to its range at every size. */
function written(write: Write, bytes: Uint8Array): string {
  const source = Uint8Array.of(1, ...bytes, 2);
  const into = new Uint8Array(400);
  const end = write(source, 1, 1 + bytes.length, into, 5, 400);
  expect(into.subarray(end).every((byte) => byte === 0)).toBe(true);
  for (let to = 5; to < end; to++) {
    const narrow = new Uint8Array(400);
    expect(write(source, 1, 1 + bytes.length, narrow, 5, to)).toBe(-1);
    expect(narrow.subarray(to).every((byte) => byte === 0)).toBe(true);
  }
  expect(write(source, 1, 1 + bytes.length, into, -1, 400)).toBe(-1);
  return Buffer.from(into.subarray(5, end)).toString('latin1');
}

describe('Base64', () => {
  it('is that of Node, both ways', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const text = written(writeBase64, given);
        expect(text).toBe(Buffer.from(given).toString('base64'));
        expect(parseBase64(text)).toEqual(given);
      }),
    );
  });

  it.each(['a', 'ab', 'abc', 'ab=c', 'a===', '====', 'ab c', 'ab-_', 'Zh==', 'Zm9=', 'YQ==YQ=='])(
    'is not "%s"',
    (text) => {
      expect(parseBase64(text)).toBeUndefined();
    },
  );
});

describe('hexadecimal', () => {
  it('is that of Node, both ways', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const text = written((...range) => writeHex(HEX, ...range), given);
        expect(text).toBe(Buffer.from(given).toString('hex'));
        expect(parseHex(text)).toEqual(given);
        expect(parseHex(text.toUpperCase())).toEqual(given);
      }),
    );
  });

  it.each(['a', '0g', '0x', ' 00', '-1', 'ﬀ'])('is not "%s"', (text) => {
    expect(parseHex(text)).toBeUndefined();
  });
});

describe('an address', () => {
  const addresses = fc.uint8Array({ minLength: 6, maxLength: 6 });

  it('is two capital digits for each byte, with a view of the bytes as without, and stays in its room', () => {
    fc.assert(
      fc.property(addresses, fc.nat(30), fc.boolean(), (address, room, viewed) => {
        const pairs = Array.from(address, (byte) => byte.toString(16).padStart(2, '0').toUpperCase());
        const cases = [
          [writeAddress, pairs.join(':')],
          [writeAddressDigits, pairs.join('')],
        ] as const;
        for (const [write, text] of cases) {
          const into = new Uint8Array(40).fill(0x2a);
          if (viewed) withView(into);
          const end = write(address, into, 5, 5 + room);
          expect(end).toBe(text.length <= room ? 5 + text.length : -1);
          const expected = '*'.repeat(5) + (end < 0 ? '' : text);
          expect(Buffer.from(into).toString()).toBe(expected.padEnd(40, '*'));
          expect(write(address, into, -1, 40)).toBe(-1);
        }
      }),
    );
  });
});

describe('URL encoding', () => {
  it('is that of encodeURIComponent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        expect(written(writeUrlEncoded, new TextEncoder().encode(text))).toBe(encodeURIComponent(text));
      }),
    );
    const ascii = Uint8Array.from({ length: 128 }, (_, byte) => byte);
    expect(written(writeUrlEncoded, ascii)).toBe(encodeURIComponent(String.fromCharCode(...ascii)));
  });
});

describe('roundDecimal', () => {
  it('is the number that is read from what writeDecimal writes', () => {
    const numbers = fc.oneof(
      fc.double({ noNaN: true, min: -9007199254740991, max: 9007199254740991 }),
      fc.double({ noNaN: true, min: -1000, max: 1000 }),
      fc.integer({ min: -1e6, max: 1e6 }).map((number) => number / 2000),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(numbers, fc.nat(6), (value, decimals) => {
        const into = new Uint8Array(40);
        const end = writeDecimal(value, decimals, into, 0, 40);
        expect(roundDecimal(value, decimals)).toBe(Number(Buffer.from(into.subarray(0, end)).toString()));
      }),
      { numRuns: 5000 },
    );
  });
});
