import fc from 'fast-check';
import { addressHead, addressTail } from '../../../src/tags/address.js';
import type { AddressWords } from '../../../src/tags/address.js';
import { AddressKind, AddressList } from '../../../src/tags/filter/address-list.js';
import { addressPatternText, parseAddressPatterns } from '../../../src/tags/filter/filter-text.js';
import { parseAddress } from '../../../src/tags/address-text.js';
import { describe, expect, it } from 'vitest';

function words(address: Uint8Array): AddressWords {
  return { head: addressHead(address, 0), tail: addressTail(address, 0) };
}

/** The comment of the entry that fits, or undefined. */
function match(list: AddressList, address: string, type = 0): string | undefined {
  const entry = list.find(words(parseAddress(address)), type);
  return entry < 0 ? undefined : list.commentOf(entry);
}

describe('AddressList', () => {
  const list = parseAddressPatterns(`
    AA:BB:* = beginning,
    AA:BB:CC:DD:EE:FF = one,
    aa-bb-cc-* random = random,
    12:34:56:78:9A:* public
    C0FFEE123456 = no separators`);

  it('finds the longest entry that fits', () => {
    expect(match(list, 'AA:BB:00:00:00:00')).toBe('beginning');
    expect(match(list, 'AA:BB:CC:DD:EE:FF')).toBe('one');
    expect(match(list, 'AA:BB:CC:DD:EE:FE')).toBe('beginning');
    expect(match(list, 'C0:FF:EE:12:34:56')).toBe('no separators');
    expect(match(list, 'AA:BC:CC:DD:EE:FF')).toBeUndefined();
    expect(match(list, 'C0:FF:EE:12:34:57')).toBeUndefined();
  });

  it('tells public from random addresses', () => {
    expect(match(list, 'AA:BB:CC:DD:EE:FE', 1)).toBe('random');
    expect(match(list, '12:34:56:78:9A:00')).toBe('');
    expect(match(list, '12:34:56:78:9A:00', 1)).toBeUndefined();
  });

  it('is written as RouterOS does', () => {
    expect([0, 1, 2, 3, 4].map((entry) => addressPatternText(list, entry))).toEqual([
      'AA:BB:*:*:*:*',
      'AA:BB:CC:DD:EE:FF',
      'AA:BB:CC:*:*:*',
      '12:34:56:78:9A:*',
      'C0:FF:EE:12:34:56',
    ]);
    expect([list.kindOf(0), list.kindOf(2), list.kindOf(3)]).toEqual([
      AddressKind.any,
      AddressKind.random,
      AddressKind.public,
    ]);
    expect([list.lengthOf(3), list.byteOf(3, 1)]).toEqual([5, 0x34]);
  });

  it('gives an entry that is there already its new comment', () => {
    const own = new AddressList(2);
    const address = parseAddress('AA:BB:CC:DD:EE:FF');
    expect(own.add(address, 6, AddressKind.any, 'old')).toBe(true);
    expect(own.add(address, 6, AddressKind.any, 'new')).toBe(true);
    expect([own.size, match(own, 'AA:BB:CC:DD:EE:FF')]).toEqual([1, 'new']);
    expect(own.add(address, 6, AddressKind.random, 'also')).toBe(true);
    expect(own.add(address, 5, AddressKind.any, 'too many')).toBe(false);
  });

  it('finds what a search through all entries finds', () => {
    const byte = fc.constantFrom(0, 1, 255);
    const address = fc.array(byte, { minLength: 6, maxLength: 6 }).map((bytes) => Uint8Array.from(bytes));
    const entry = fc.record({ address, length: fc.nat(6), kind: fc.constantFrom(0, 1, 2) });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), address, fc.nat(1), (entries, wanted, type) => {
        const own = new AddressList(32);
        for (const one of entries) own.add(one.address, one.length, one.kind, '');
        const fits = entries.filter(
          (one) =>
            (one.kind === 2 || one.kind === type) &&
            one.address.subarray(0, one.length).every((byte, i) => byte === wanted[i]),
        );
        const found = own.find(words(wanted), type);
        const longest = Math.max(-1, ...fits.map((one) => one.length));
        expect(found < 0 ? -1 : own.lengthOf(found)).toBe(longest);
      }),
    );
  });

  it.each([0, 1025, 2.5])('refuses a capacity of %d', (capacity) => {
    expect(() => new AddressList(capacity)).toThrow(
      `address list capacity must be an integer from 1 to 1024, got ${capacity}`,
    );
  });
});
