import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AEAD_NONCE, AEAD_TAG, AeadMode } from '../../src/hal/index.js';
import type { Ciphers } from '../../src/hal/index.js';

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const bytesOf = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const keys = fc.oneof(bytesOf(16), bytesOf(32));

/** The rules of `Ciphers` in src/hal/ciphers.ts as tests, with OpenSSL (through Node) as the judge. */
export function ciphersContract(name: string, ciphers: Ciphers): void {
  describe(name, () => {
    it('makes the HMAC-SHA256 of RFC 4231', () => {
      const hmac = ciphers.hmacSha256(new Uint8Array(20).fill(0x0b), Buffer.from('Hi There'));
      expect(Buffer.from(hmac).toString('hex')).toBe(
        'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      );
    });

    it('makes HMAC-SHA256 of keys and messages of any length', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 300 }), (key, message) => {
          const before = [Uint8Array.from(key), Uint8Array.from(message)];
          const expected = createHmac('sha256', key).update(message).digest();
          expect(Buffer.from(ciphers.hmacSha256(key, message))).toEqual(expected);
          expect([key, message]).toEqual(before);
        }),
      );
    });

    it('seals as test case 4 of GCM does', () => {
      // McGrew and Viega, The Galois/Counter Mode of Operation, appendix B.
      const key = fromHex('feffe9928665731c6d6a8f9467308308');
      const nonce = fromHex('cafebabefacedbaddecaf888');
      const header = fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
      const text = fromHex(
        'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
          '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
      );
      const bytes = Uint8Array.from([...nonce, ...header, ...text, ...new Uint8Array(AEAD_TAG)]);
      const from = nonce.length + header.length;
      ciphers.makeAead(AeadMode.gcm, key).seal(bytes, 0, nonce.length, from, from + text.length);
      expect(Buffer.from(bytes.subarray(from)).toString('hex')).toBe(
        '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e' +
          '21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091' +
          '5bc94fbc3221a5db94fae95ae7121a47',
      );
    });

    it.each([
      ['GCM', AeadMode.gcm],
      ['CCM', AeadMode.ccm],
    ])('seals in %s what OpenSSL seals, opens it, and refuses what was changed', (modeName, mode) => {
      const texts = fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ minLength: 4000, maxLength: 4100 }));
      fc.assert(
        fc.property(keys, bytesOf(AEAD_NONCE), fc.uint8Array({ maxLength: 255 }), texts, fc.nat(), (...values) => {
          const [key, nonce, header, text, where] = values;
          const algorithm = `aes-${8 * key.length}-${modeName.toLowerCase()}`;
          const options = { authTagLength: AEAD_TAG };
          const cipher = createCipheriv(algorithm as 'aes-128-ccm', key, nonce, options);
          cipher.setAAD(header, { plaintextLength: text.length });
          const sealed = [...cipher.update(text)];
          cipher.final();
          sealed.push(...cipher.getAuthTag());

          const before = Uint8Array.of(0xaa, ...nonce, 0xbb, ...header);
          const from = before.length;
          const to = from + text.length;
          const bytes = Uint8Array.from([...before, ...text, ...new Uint8Array(AEAD_TAG), 0xcc]);
          const aead = ciphers.makeAead(mode, key);
          const headerAt = AEAD_NONCE + 2;
          aead.seal(bytes, 1, headerAt, from, to);
          expect(bytes).toEqual(Uint8Array.from([...before, ...sealed, 0xcc]));

          const changed = Uint8Array.from(bytes);
          const at = 1 + (where % (to + AEAD_TAG - 1));
          // The byte between nonce and header is part of neither.
          if (at !== headerAt - 1) {
            changed[at]! ^= 1 << (where & 7);
            expect(aead.open(changed, 1, headerAt, from, to)).toBe(false);
            if (text.length > 8) expect(changed.subarray(from, to)).not.toEqual(text);
          }
          expect(aead.open(bytes, 1, headerAt, from, to)).toBe(true);
          expect(bytes.subarray(0, to)).toEqual(Uint8Array.from([...before, ...text]));
        }),
        { numRuns: 150 },
      );
    });

    it('keeps its own copy of the key', () => {
      const key = randomBytes(16);
      const aead = ciphers.makeAead(AeadMode.gcm, key);
      const bytes = new Uint8Array(40);
      aead.seal(bytes, 0, 12, 12, 20);
      key.fill(0);
      expect(aead.open(bytes, 0, 12, 12, 20)).toBe(true);
    });

    it.each([0, 15, 17, 24, 31, 33])('refuses a key of %d bytes', (length) => {
      expect(() => ciphers.makeAead(AeadMode.gcm, new Uint8Array(length))).toThrow(
        new RangeError(`an AES key must have 16 or 32 bytes, got ${length}`),
      );
    });
  });
}
