import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEY_SIZE, KeyTable, LEGACY_KEY_SIZE, parseAddress, parseKeys, setKeyText } from '../../src/tags/index.js';
import { toHex } from './hex.js';

const SECRET = '231d39c1d7cc1ab1aee224cd096db932';

describe('KeyTable', () => {
  it.each([0, -1, 1.5, 1025, NaN])('refuses a capacity of %d', (capacity) => {
    expect(() => new KeyTable({ capacity })).toThrow(
      'key table capacity must be an integer from 1 to 1024, got ' + capacity,
    );
  });

  it('does what a map does, until it is full', () => {
    const address = fc.uint8Array({ minLength: 6, maxLength: 6, max: 3 });
    const key = fc.constantFrom(LEGACY_KEY_SIZE, KEY_SIZE).chain((n) => fc.uint8Array({ minLength: n, maxLength: n }));
    const keys = fc.array(fc.tuple(address, key), { maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), keys, address, (capacity, list, other) => {
        const table = new KeyTable({ capacity });
        const model = new Map<string, Uint8Array>();
        for (const [tag, bytes] of list) {
          const fits = model.has(toHex(tag)) || model.size < capacity;
          expect(table.set(tag, 0, bytes, bytes.length)).toBe(fits);
          if (fits) model.set(toHex(tag), bytes);
        }
        expect(table.size).toBe(model.size);
        for (const [tag] of [...list, [other]] as const) {
          const index = table.find(tag!, 0);
          const expected = model.get(toHex(tag!));
          expect(index >= 0).toBe(expected !== undefined);
          if (!expected) continue;
          expect(table.lengthOf(index)).toBe(expected.length);
          expect(toHex(table.keys, index * KEY_SIZE, index * KEY_SIZE + expected.length)).toBe(toHex(expected));
        }
      }),
    );
  });

  it('refuses a key of another length', () => {
    const table = new KeyTable();
    expect(() => table.set(new Uint8Array(6), 0, new Uint8Array(15), 15)).toThrow(
      'key must have 16 or 12 bytes, got 15',
    );
    expect(() => table.set(new Uint8Array(6), 0, new Uint8Array(12), 16)).toThrow('key must have 16 bytes, got 12');
  });

  it('takes a counter that grows or stays, one that begins anew, and no older one', () => {
    const table = new KeyTable();
    setKeyText(table, 'AA:BB:CC:DD:EE:FF', SECRET);
    const accepted = [5000, 5000, 5001, 4999, 100, 0xffffffff, 99, 100, 99, 0].map((one) =>
      table.acceptCounter(0, one),
    );
    expect(accepted).toEqual([true, true, true, false, false, true, true, true, true, true]);
  });

  it('forgets the counter of a key that is replaced', () => {
    const table = new KeyTable();
    setKeyText(table, 'AA:BB:CC:DD:EE:FF', SECRET);
    table.acceptCounter(0, 5000);
    setKeyText(table, 'aabbccddeeff', SECRET);
    expect(table.size).toBe(1);
    expect(table.acceptCounter(0, 200)).toBe(true);
  });
});

describe('setKeyText', () => {
  it.each(['AA:BB:CC:DD:EE:0F', 'aa-bb-cc-dd-ee-0f', 'aabbccddee0f'])('takes the address %s', (address) => {
    const table = new KeyTable();
    setKeyText(table, address, SECRET.toUpperCase());
    expect(table.find(Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0x0f), 0)).toBe(0);
    expect(toHex(table.keys, 0, 16)).toBe(SECRET);
  });

  it.each([
    '',
    'AA:BB:CC:DD:EE',
    'AA:BB:CC:DD:EE:F',
    'AA:BB:CC:DD:EE:FF:',
    'AA:BB:CC:DD:EE:FF:00',
    'AA:BB:CC:DD:EE:FG',
    ':AABBCCDDEEFF',
    'AABBCCDDEEF',
    'AABBCCDDEEFF0',
    'AA::BB:CC:DD:EE:FF',
    'AA BB CC DD EE FF',
    '+1:BB:CC:DD:EE:FF',
  ])('refuses the address "%s"', (address) => {
    expect(() => parseAddress(address)).toThrow(
      'address must be six bytes in hexadecimal, such as AA:BB:CC:DD:EE:FF, got "' + address + '"',
    );
  });

  const refused = [
    [SECRET.slice(1), '31 digits'],
    [SECRET + '00', '34 digits'],
    ['', '0 digits'],
    [SECRET.replace('3', 'x'), 'other characters'],
  ] as const;

  it.each(refused)('refuses a key with what is wrong, and does not show it', (key, wrong) => {
    let message = '';
    try {
      setKeyText(new KeyTable(), 'AA:BB:CC:DD:EE:FF', key);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toBe(
      `key of tag AA:BB:CC:DD:EE:FF must be 32 hexadecimal digits, or 24 for MiBeacon version 2 and 3, got ${wrong}`,
    );
  });

  it('says when there is no room', () => {
    const table = new KeyTable({ capacity: 1 });
    setKeyText(table, 'AA:BB:CC:DD:EE:FF', SECRET);
    expect(() => setKeyText(table, 'AA:BB:CC:DD:EE:F0', SECRET)).toThrow(
      'key of tag AA:BB:CC:DD:EE:F0: the table is full (1 keys)',
    );
  });
});

describe('parseKeys', () => {
  it('takes commas and line breaks', () => {
    const table = parseKeys(`AA:BB:CC:DD:EE:01=${SECRET}, aabbccddee02 = ${SECRET}\n\nAA-BB-CC-DD-EE-03=${SECRET}\n`);
    expect(table.size).toBe(3);
    expect(table.find(Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd, 0xee, 3), 0)).toBe(2);
  });

  it('gives an empty table for nothing', () => {
    expect(parseKeys(' \n').size).toBe(0);
  });

  it.each([
    [SECRET, 'key 1 of 1 must be ADDRESS=KEY'],
    [`AA:BB:CC:DD:EE:01=${SECRET},${SECRET}`, 'key 2 of 2 must be ADDRESS=KEY'],
    [`AA:BB=${SECRET}`, 'got "AA:BB"'],
    [`AA:BB:CC:DD:EE:01=${SECRET}0`, '33 digits'],
  ])('refuses %#, and shows no key', (text, message) => {
    expect(() => parseKeys(text)).toThrow(message);
    expect(() => parseKeys(text)).not.toThrow(SECRET);
  });
});
