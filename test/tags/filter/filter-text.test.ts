import fc from 'fast-check';
import { DuplicateMode } from '../../../src/tags/filter/duplicate-filter.js';
import {
  parseAddressPatterns,
  parseCompanies,
  parseDuplicateMode,
  parseServices,
} from '../../../src/tags/filter/filter-text.js';
import { fromHex } from '../hex.js';
import { describe, expect, it } from 'vitest';

const thrown = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('parseAddressPatterns', () => {
  it('takes an empty text, and empty entries', () => {
    expect(parseAddressPatterns('').size).toBe(0);
    expect(parseAddressPatterns(' , AA:*,\n,').size).toBe(1);
  });

  it('takes the short and the long form of a wildcard, and a comment with signs in it', () => {
    const list = parseAddressPatterns('AA:*:*:*:*:*, BB:*, * random = all = random');
    expect([0, 1, 2].map((entry) => list.lengthOf(entry))).toEqual([1, 1, 0]);
    expect(list.commentOf(2)).toBe('all = random');
  });

  it('takes the entries that a regular expression takes, and their comments', () => {
    const PATTERN = /^([^\s=]+)(?:\s+([^\s=]+))?\s*(?:=\s*(.*))?$/;
    const piece = fc.constantFrom('AA:*', ' ', '\t', '=', 'public', 'random', 'x');
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), (pieces) => {
        const entry = pieces.join('').trim();
        if (entry === '') return;
        const match = PATTERN.exec(entry);
        const isPattern = match?.[1] === 'AA:*' && [undefined, 'public', 'random'].includes(match[2]);
        const refusal = thrown(() => parseAddressPatterns(entry));
        expect(refusal instanceof RangeError).toBe(!isPattern);
        if (isPattern) expect(parseAddressPatterns(entry).commentOf(0)).toBe(match[3] ?? '');
      }),
    );
  });

  it.each([
    ['AA:*:*:BB:*:*', 1, 'must not have a byte after a wildcard'],
    ['AA:BB:CC:DD:EE', 1, 'must be AA:BB'],
    ['AA:BB:CC:DD:EE:FF:*', 1, 'must be AA:BB'],
    ['AA:BB:CC:DD:EE:FF:00', 1, 'must be AA:BB'],
    ['AA:BB:*:*', 1, 'must be AA:BB'],
    ['AA:BB:*, AA:GG:*', 10, 'must be AA:BB'],
    ['AA:BB:*\n  CC:D*', 11, 'must be AA:BB'],
    ['AA:B:*', 1, 'must be AA:BB'],
    ['=comment', 1, 'must be AA:BB'],
    ['AA:BB:* any more', 1, 'must be AA:BB'],
  ])('refuses %j at character %d', (text, at, rule) => {
    const error = thrown(() => parseAddressPatterns(text));
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toContain(` at character ${at} ${rule}`);
    expect((error as Error).message).not.toContain('\n');
  });

  it('refuses an address type that is none, and what does not fit', () => {
    expect(() => parseAddressPatterns('AA:* static')).toThrow(
      'address type "static" at character 6 must be any, public or random',
    );
    expect(() => parseAddressPatterns('AA:*, BB:*', 1)).toThrow('address "BB:*" at character 7 exceeds the limit of 1');
  });
});

describe('parseCompanies', () => {
  it('takes hexadecimal and decimal numbers', () => {
    expect([...parseCompanies('0x0499, 0x4c\n65535')]).toEqual([0x0499, 0x4c, 65535]);
    expect(parseCompanies('').length).toBe(0);
  });

  it.each(['65536', '0x10000', '4C', '-1', '0x', '1.5', ' 1e3'])('refuses %j', (text) => {
    const at = text.startsWith(' ') ? 4 : 3;
    expect(() => parseCompanies('1,' + text)).toThrow(
      `company "${text.trim()}" at character ${at} must be 0 to 65535, or 0x0000 to 0xFFFF`,
    );
  });
});

describe('parseServices', () => {
  const nordic = fromHex('6e400001b5a3f393e0a9e50e24dcca9e').reverse();

  it('takes UUIDs of every size, and knows the short form of a long one', () => {
    const list = parseServices(
      'FCD2, 0xFEAA, 12345678, 0000FE95-0000-1000-8000-00805F9B34FB, 6E400001-B5A3-F393-E0A9-E50E24DCCA9E',
    );
    for (const uuid of [0xfcd2, 0xfeaa, 0x12345678, 0xfe95]) expect(list.hasShort(uuid)).toBe(true);
    expect(list.hasShort(0xfcd3)).toBe(false);
    expect(list.hasLong(Uint8Array.from([0, ...nordic]), 1)).toBe(true);
    expect(list.hasLong(Uint8Array.from([0, ...nordic]), 0)).toBe(false);
    expect(list.hasLong(fromHex('0000fcd200001000800000805f9b34fb').reverse(), 0)).toBe(true);
    expect(list.hasLong(fromHex('0000fcd300001000800000805f9b34fb').reverse(), 0)).toBe(false);
  });

  it.each(['FCD', 'FCD2FCD', 'GGGG', '6E400001B5A3-F393-E0A9-E50E24DCCA9E', 'FCD2 FEAA'])('refuses %j', (text) => {
    const error = thrown(() => parseServices('FEAA,' + text));
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toContain(`service "${text}" at character 6 must be 4, 8 or 32 hex`);
  });
});

describe('parseDuplicateMode', () => {
  it("takes RouterOS's words", () => {
    expect(['off', 'keep-newest', 'keep-oldest', ' keep-unique '].map(parseDuplicateMode)).toEqual([
      DuplicateMode.off,
      DuplicateMode.keepNewest,
      DuplicateMode.keepOldest,
      DuplicateMode.keepUnique,
    ]);
    expect(() => parseDuplicateMode('newest')).toThrow(
      'filter-duplicates must be one of off, keep-newest, keep-oldest, keep-unique, got "newest"',
    );
  });
});

it('any text is taken, or refused with a RangeError of one line that says what is allowed', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('A', 'b', '1', ':', '*', ',', ' ', '=', '-', 'x', '\n', 'any'), maxLength: 30 }),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(parseAddressPatterns, parseCompanies, parseServices), (written, parse) => {
      const error = thrown(() => parse(written));
      if (error === undefined) return;
      expect(error).toBeInstanceOf(RangeError);
      expect((error as Error).message).toMatch(/^.* at character \d+ (must|exceeds) .*$/);
    }),
  );
});
