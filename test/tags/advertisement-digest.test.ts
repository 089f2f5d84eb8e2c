import fc from 'fast-check';
import { AdvertisementDigest } from '../../src/tags/advertisement-digest.js';
import type { Heard } from '../../src/tags/advertisement-digest.js';
import { Verdict, VerdictCache } from '../../src/tags/filter/verdict-cache.js';
import { addressHead, addressTail } from '../../src/tags/address.js';
import { fromHex } from './hex.js';
import { describe, expect, it } from 'vitest';

const ADDRESS = fromHex('dc2c6e0fc03d');

function heard(bytes: Uint8Array, from = 0, to = bytes.length, addressType = 0): Heard {
  return { address: ADDRESS, addressType, rssi: -60, bytes, from, to };
}

function digest(bytes: Uint8Array, from?: number, to?: number, addressType?: number): [number, number] {
  const digest = new AdvertisementDigest();
  expect(digest.readHeard(heard(bytes, from, to, addressType))).toBe(true);
  return [digest.sum, digest.remainder];
}

const legacy = fc.uint8Array({ minLength: 4, maxLength: 31 });

/** `ArrayBuffer` as ES2024 has it. */
function resizable(length: number, maxByteLength: number): ArrayBuffer & { resize(length: number): void } {
  type Resizable = ArrayBuffer & { resize(length: number): void };
  const Buffers = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => Resizable;
  return new Buffers(length, { maxByteLength });
}

describe('AdvertisementDigest', () => {
  it('is the sum of the words, and the value of their polynomial, a pair at a time', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 255 }), fc.nat(1), (bytes, addressType) => {
        const view = Buffer.from(bytes);
        let sum = 0n;
        let remainder = BigInt(2 * bytes.length + addressType);
        const pair = (at: number, next: number): void => {
          const [first, second] = [BigInt(view.readUInt32BE(at)), BigInt(view.readUInt32BE(next))];
          sum += first + second;
          remainder = (remainder * 897931n + first * 653659n + second) % 4294967311n;
        };
        pair(Math.max(0, bytes.length - 8), bytes.length - 4);
        for (let at = 0; at < bytes.length - 8; at += 8) pair(at, at + 4);
        const lowest = (number: bigint): number => Number(BigInt.asUintN(32, number));
        expect(digest(bytes, 0, bytes.length, addressType)).toEqual([lowest(sum), lowest(remainder)]);
      }),
    );
  });

  it('tells apart what differs in one byte, in two bits, in its length or in the address type', () => {
    const bytes = fromHex('0201061bff990405' + '12fc5394c37c0004fffc040cac364200cdcbb8334c884f');
    const all = new Set([digest(bytes).join(), digest(bytes, 0, bytes.length, 1).join()]);
    let count = 2;
    const add = (other: Uint8Array, to = other.length): void => {
      all.add(digest(other, 0, to).join());
      count++;
    };
    for (let to = 4; to < bytes.length; to++) add(bytes, to);
    for (let i = 0; i < bytes.length; i++) {
      for (let value = 1; value < 256; value++) {
        const other = bytes.slice();
        other[i]! ^= value;
        add(other);
      }
    }
    for (let i = 0; i < 8 * bytes.length; i++) {
      // Two bits of one byte were above.
      for (let j = 8 * ((i >> 3) + 1); j < 8 * bytes.length; j++) {
        const other = bytes.slice();
        other[i >> 3]! ^= 1 << (i & 7);
        other[j >> 3]! ^= 1 << (j & 7);
        add(other);
      }
    }
    expect(all.size).toBe(count);
  });

  it('has another coefficient for each word, so that what cancels in the sum does not in the remainder', () => {
    const coefficients = new Set<bigint>();
    for (let pair = 0, power = 1n; pair < 32; pair++, power = (power * 897931n) % 4294967311n) {
      coefficients.add(power).add((power * 653659n) % 4294967311n);
    }
    expect(coefficients.size).toBe(64);
    for (let one = 0; one < 32; one += 4) {
      for (let other = one + 4; other < 32; other += 4) {
        const [before, after] = [Buffer.alloc(32), Buffer.alloc(32)];
        before.writeUInt32BE(0x12345678, one);
        after.writeUInt32BE(0x12345678, other);
        const [sum, remainder] = digest(before);
        expect([sum, remainder === digest(after)[1]]).toEqual([digest(after)[0], false]);
      }
    }
  });

  it('tells apart any two that differ', () => {
    fc.assert(
      fc.property(legacy, legacy, (a, b) => {
        if (Buffer.compare(a, b) !== 0) expect(digest(a)).not.toEqual(digest(b));
      }),
    );
  });

  it('depends on nothing around the advertisement', () => {
    fc.assert(
      fc.property(legacy, fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }), (bytes, before, behind) => {
        const all = Uint8Array.from([...before, ...bytes, ...behind]);
        const part = new Uint8Array(Uint8Array.from([1, 2, 3, ...all]).buffer, 3);
        const to = before.length + bytes.length;
        expect(digest(all, before.length, to)).toEqual(digest(bytes));
        expect(digest(part, before.length, to)).toEqual(digest(bytes));
      }),
    );
  });

  it('refuses what is shorter than a word, and a range that does not lie in the array', () => {
    const digest = new AdvertisementDigest();
    const bytes = new Uint8Array(8);
    for (const [from, to] of [
      [0, 3],
      [5, 8],
      [-1, 8],
      [0, 9],
      [8, 0],
      [NaN, 8],
      [0, NaN],
    ] as const) {
      expect(digest.readHeard(heard(bytes, from, to))).toBe(false);
    }
    expect(digest.readHeard(heard(new Uint8Array(0)))).toBe(false);
  });

  it('follows an array whose buffer is resized, and takes another one', () => {
    const buffer = resizable(8, 255);
    const bytes = new Uint8Array(buffer);
    const digest = new AdvertisementDigest();
    expect(digest.readHeard(heard(bytes))).toBe(true);
    buffer.resize(31);
    bytes.fill(7);
    expect(digest.readHeard(heard(bytes, 0, 31))).toBe(true);
    const { sum, remainder } = digest;
    buffer.resize(4);
    expect([digest.readHeard(heard(bytes, 0, 31)), digest.readHeard(heard(bytes, 0, 4))]).toEqual([false, true]);
    expect(digest.readHeard(heard(new Uint8Array(31).fill(7)))).toBe(true);
    expect([digest.sum, digest.remainder]).toEqual([sum, remainder]);
  });

  it('reads an address as numbers', () => {
    const digest = new AdvertisementDigest();
    for (const address of [ADDRESS, fromHex('fffefdfcfbfa'), new Uint8Array(fromHex('00112233445566').buffer, 1)]) {
      digest.readAddress(address);
      expect([digest.head, digest.tail]).toEqual([addressHead(address, 0), addressTail(address, 0)]);
    }
  });
});

describe('VerdictCache', () => {
  function read(address: string, bytes: string): AdvertisementDigest {
    const digest = new AdvertisementDigest();
    digest.readAddress(fromHex(address));
    digest.readHeard(heard(fromHex(bytes)));
    return digest;
  }

  it('remembers an advertisement of an advertiser, until it is told otherwise', () => {
    const cache = new VerdictCache(16);
    const phone = read('c00000000001', '0201061aff4c00');
    expect(cache.find(phone)).toBe(Verdict.none);
    cache.keep(phone, Verdict.undecoded);
    expect(cache.find(phone)).toBe(Verdict.undecoded);
    expect(cache.find(read('c00000000002', '0201061aff4c00'))).toBe(Verdict.none);
    expect(cache.find(read('c00000000001', '0201061aff4c01'))).toBe(Verdict.none);
    cache.keep(phone, Verdict.content);
    expect(cache.find(phone)).toBe(Verdict.content);
    cache.clear();
    expect(cache.find(phone)).toBe(Verdict.none);
  });

  it('forgets what another one took the place of, and answers for nothing else', () => {
    const cache = new VerdictCache(4);
    const all = Array.from({ length: 40 }, (_, i) => read('c000000000' + (16 + i).toString(16), '0201061aff4c00'));
    for (const each of all) cache.keep(each, Verdict.undecoded);
    expect(all.filter((each) => cache.find(each) !== Verdict.none)).toHaveLength(4);
  });

  it.each([0, 3, 8192])('refuses %d places', (capacity) => {
    expect(() => new VerdictCache(capacity)).toThrow('verdict cache capacity must be');
  });
});
