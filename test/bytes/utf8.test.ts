import { describe, expect, it } from 'vitest';
import { decodeUtf8Lossy } from '../../src/bytes/index.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('decodeUtf8Lossy', () => {
  it.each<[string, Uint8Array, string]>([
    ['well-formed text', bytes(0x41, 0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80), 'A\u00e4\u20ac\u{1f600}'],
    ['bytes of no text', bytes(0x41, 0xa0, 0xff, 0x42), 'A\ufffd\ufffdB'],
    ['an overlong sequence', bytes(0xc0, 0x80), '\ufffd\ufffd'],
    ['a sequence that is cut short', bytes(0xe2, 0x82), '\ufffd\ufffd'],
  ])('reads %s', (_, given, text) => {
    expect(decodeUtf8Lossy(given)).toBe(text);
  });

  it('lets its caller choose the characters of bytes that are no UTF-8', () => {
    expect(decodeUtf8Lossy(bytes(0x41, 0xa0, 0xc3, 0xa4), (byte) => String.fromCharCode(byte))).toBe('A\u00a0\u00e4');
  });
});
