import fc from 'fast-check';
import { encodeUtf8, scanUtf8, Utf8Finding } from '../../src/mqtt/utf8.js';
import type { ViewedBytes } from '../../src/mqtt/viewed-bytes.js';
import { hex, join, utf8 } from './bench/bytes.js';
import { describe, expect, it } from 'vitest';

/** The same with a view and without, and with anything before and behind. */
function scan(bytes: Uint8Array): number {
  const finding = scanUtf8(bytes, 0, bytes.length);
  for (const around of [utf8('+'), hex('ff'), utf8('abcd')]) {
    const viewed: ViewedBytes = join(around, bytes, around);
    viewed.view = new DataView(viewed.buffer, viewed.byteOffset, viewed.length);
    expect(scanUtf8(viewed, around.length, around.length + bytes.length)).toBe(finding);
  }
  return finding;
}

describe('scanUtf8', () => {
  it.each([
    ['nothing', ''],
    ['the last 1-byte character', '7f'],
    ['the first 2-byte character', 'c280'],
    ['the last 2-byte character', 'dfbf'],
    ['the first 3-byte character', 'e0a080'],
    ['the last character before the surrogates', 'ed9fbf'],
    ['the first character behind the surrogates', 'ee8080'],
    ['U+FEFF [MQTT-1.5.3-3]', 'efbbbf'],
    ['U+FFFF', 'efbfbf'],
    ['the first 4-byte character', 'f0908080'],
    ['U+2A6D4, the example of 1.5.3', 'f0aa9b94'],
    ['U+10FFFF', 'f48fbfbf'],
  ])('accepts %s', (_, bytes) => {
    expect(scan(hex(bytes))).toBe(0);
  });

  it.each([
    ['a continuation byte alone', '80'],
    ['an overlong slash of 2 bytes', 'c0af'],
    ['an overlong U+007F', 'c1bf'],
    ['an overlong character of 3 bytes', 'e09fbf'],
    ['an overlong character of 4 bytes', 'f08fbfbf'],
    ['an overlong U+0000', 'c080'],
    ['the first surrogate', 'eda080'],
    ['the last surrogate', 'edbfbf'],
    ['a surrogate pair (CESU-8)', 'eda081edb080'],
    ['a character beyond U+10FFFF', 'f4908080'],
    ['the lead byte F5', 'f5808080'],
    ['a character of 5 bytes', 'f888808080'],
    ['FF', 'ff'],
    ['a 2-byte character cut short', '61c3'],
    ['a 3-byte character cut short', 'e282'],
    ['a 4-byte character cut short', 'f09f98'],
    ['a lead byte followed by ASCII', 'c361'],
    ['a bad third byte', 'e282c0'],
    ['a bad fourth byte', 'f09f9841'],
  ])('rejects %s', (_, bytes) => {
    expect(scan(hex(bytes)) & Utf8Finding.malformed).toBe(Utf8Finding.malformed);
  });

  it('finds U+0000', () => {
    expect(scan(utf8('a\0b'))).toBe(Utf8Finding.nul);
  });

  it.each(['+', '#'])('finds the wildcard %s', (wildcard) => {
    expect(scan(utf8('a' + wildcard + 'ä'))).toBe(Utf8Finding.wildcard);
  });

  it('reads nothing behind its range', () => {
    expect(scanUtf8(hex('61e282ac'), 0, 3) & Utf8Finding.malformed).toBe(Utf8Finding.malformed);
  });

  it('reads nothing before its range', () => {
    expect(scanUtf8(hex('e261'), 1, 2)).toBe(0);
  });

  it('finds a wildcard and U+0000 wherever they are', () => {
    const plain = 'site/north-1/Ta_g:09.z';
    for (let length = 1; length <= plain.length; length++) {
      expect(scan(utf8(plain.slice(0, length)))).toBe(0);
      for (let at = 0; at < length; at++) {
        for (const [character, finding] of Object.entries({ '+': 4, '#': 4, '\0': 2, ' ': 0, '*': 0, '~': 0 })) {
          expect(scan(utf8(plain.slice(0, at) + character + plain.slice(at + 1, length)))).toBe(finding);
        }
      }
    }
  });

  it('judges as the decoder of Node does', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const byte = fc.constantFrom(
      0x41,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xe1,
      0xed,
      0xee,
      0xef,
      0xf0,
      0xf1,
      0xf4,
      0xf5,
      0xff,
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 14 }), (numbers) => {
        let wellFormed = true;
        try {
          decoder.decode(new Uint8Array(numbers));
        } catch {
          wellFormed = false;
        }
        expect((scan(new Uint8Array(numbers)) & Utf8Finding.malformed) === 0).toBe(wellFormed);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('encodeUtf8', () => {
  it('encodes as Node does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encodeUtf8(text)).toEqual(utf8(text));
      }),
    );
  });

  it('keeps U+FEFF [MQTT-1.5.3-3]', () => {
    expect(encodeUtf8('\ufeffa')).toEqual(join(hex('efbbbf'), utf8('a')));
  });

  it.each([
    ['a high surrogate at the end', 'a\ud800', 1],
    ['a high surrogate before a letter', '\ud800a', 0],
    ['a low surrogate', 'ab\udc00', 2],
    ['two high surrogates', '\ud800\ud800\udc00', 0],
  ])('refuses %s', (_, text, index) => {
    expect(() => encodeUtf8(text)).toThrow(new RangeError('unpaired surrogate at index ' + index));
  });
});
