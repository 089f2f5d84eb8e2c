import fc from 'fast-check';
import { crc32 } from '../../src/telemetry/index.js';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

describe('crc32', () => {
  it('has the check value of the CRC catalogues', () => {
    expect(crc32(new TextEncoder().encode('123456789'), 0, 9, 0)).toBe(0xcbf43926);
  });

  it('is the one at the end of a gzip file, in one piece or in several', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, part) => {
        const middle = Math.min(part, bytes.length);
        const expected = gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8);
        expect(crc32(bytes, 0, bytes.length, 0)).toBe(expected);
        expect(crc32(bytes, middle, bytes.length, crc32(bytes, 0, middle, 0))).toBe(expected);
      }),
    );
  });
});
