import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_URL_LENGTH, writeEddystoneUrl } from '../../src/tags/eddystone-url.js';

/* eddystone-url, "URL Scheme Prefix" and "HTTP URL encoding". */
const SCHEMES = ['http://www.', 'https://www.', 'http://', 'https://'];
const ENDINGS = ['.com/', '.org/', '.edu/', '.net/', '.info/', '.biz/', '.gov/'];
const ALL = [...ENDINGS, ...ENDINGS.map((one) => one.slice(0, -1))];

function write(bytes: number[], room = MAX_URL_LENGTH): string | number {
  const into = new Uint8Array(room + 2);
  const end = writeEddystoneUrl(Uint8Array.from(bytes), bytes.length, into, 1, 1 + room);
  expect([into[0], into[room + 1]]).toEqual([0, 0]);
  return end < 0 ? end : Buffer.from(into.subarray(1, end)).toString('latin1');
}

describe('writeEddystoneUrl', () => {
  it('writes the scheme, characters and endings', () => {
    const part = fc.oneof(fc.integer({ min: 0x21, max: 0x7e }), fc.nat(ALL.length - 1));
    fc.assert(
      fc.property(fc.nat(3), fc.array(part, { maxLength: 17 }), (scheme, parts) => {
        const text = SCHEMES[scheme] + parts.map((byte) => ALL[byte] ?? String.fromCharCode(byte)).join('');
        expect(write([scheme, ...parts])).toBe(text);
        expect(write([scheme, ...parts], text.length)).toBe(text);
        expect(write([scheme, ...parts], text.length - 1)).toBe(-1);
      }),
    );
  });

  it('has room for the longest', () => {
    expect(write([1, ...new Array<number>(17).fill(4)])).toHaveLength(MAX_URL_LENGTH);
  });

  it.each([[[]], [[4, 0x61]], [[0, 0x0e]], [[0, 0x20]], [[0, 0x7f]], [[0, 0x80]]])('refuses %j', (bytes) => {
    expect(write(bytes)).toBe(-1);
  });
});
