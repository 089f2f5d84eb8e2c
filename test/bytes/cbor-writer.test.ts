import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { putCborNumber } from '../../src/bytes/cbor-writer.js';

function encoded(value: number): string {
  const into = new Uint8Array(12);
  const end = putCborNumber(value, into, 2, 12);
  for (let to = 0; to < end; to++) expect(putCborNumber(value, new Uint8Array(12), 2, to)).toBe(-1);
  return Buffer.from(into.subarray(2, end)).toString('hex');
}

describe('putCborNumber', () => {
  // RFC 8949, appendix A.
  it.each([
    [0, '00'],
    [1, '01'],
    [10, '0a'],
    [23, '17'],
    [24, '1818'],
    [25, '1819'],
    [100, '1864'],
    [1000, '1903e8'],
    [1000000, '1a000f4240'],
    [1000000000000, '1b000000e8d4a51000'],
    [-1, '20'],
    [-10, '29'],
    [-100, '3863'],
    [-1000, '3903e7'],
    [1.5, 'f93e00'],
    [1.1, 'fb3ff199999999999a'],
    [-4.1, 'fbc010666666666666'],
    [3.4028234663852886e38, 'fa7f7fffff'],
    [1.0e300, 'fb7e37e43c8800759c'],
    [0.00006103515625, 'f90400'],
    [5.960464477539063e-8, 'fa33800000'],
  ])('writes %d', (value, expected) => {
    expect(encoded(value)).toBe(expected);
  });

  it('writes what cborg writes, but for floats of no normal form', () => {
    const any = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(any, (value) => {
        fc.pre(value === 0 || Math.abs(value) >= 2 ** -14);
        expect(encoded(value)).toBe(Buffer.from(encode(value + 0)).toString('hex'));
      }),
      { numRuns: 5000 },
    );
  });
});
