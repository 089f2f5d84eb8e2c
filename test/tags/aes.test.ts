import { createCipheriv } from 'node:crypto';
import type { CipherCCMTypes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AES_BLOCK, Aes128, AesCcm, MAX_CCM_AAD, MAX_CCM_TEXT } from '../../src/tags/index.js';
import { fromHex, toHex } from './hex.js';

const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });

describe('Aes128', () => {
  it('encrypts the example of FIPS 197, C.1, in place', () => {
    const aes = new Aes128();
    aes.setKey(fromHex('000102030405060708090a0b0c0d0e0f'), 0);
    const block = fromHex('00112233445566778899aabbccddeeff');
    aes.encryptBlock(block, 0, block, 0);
    expect(toHex(block)).toBe('69c4e0d86a7b0430d8cdb78070b4c55a');
  });

  it('does what Node does, with any key and block, wherever they lie', () => {
    const aes = new Aes128();
    fc.assert(
      fc.property(bytesOf(16), bytesOf(16), fc.nat(3), fc.nat(3), (key, block, at, to) => {
        const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
        const expected = toHex(cipher.update(block));
        const from = Uint8Array.from([...Array(at).fill(1), ...block]);
        aes.setKey(Uint8Array.from([...Array(at).fill(2), ...key]), at);
        const into = new Uint8Array(to + AES_BLOCK + 1).fill(9);
        aes.encryptBlock(from, at, into, to);
        expect(toHex(into, to, to + AES_BLOCK)).toBe(expected);
        expect(into[to + AES_BLOCK]).toBe(9);
      }),
      { numRuns: 1000 },
    );
  });
});

function open(ccm: AesCcm, key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, tag: number) {
  ccm.aes.setKey(key, 0);
  ccm.nonce.set(nonce);
  ccm.nonceLength = nonce.length;
  ccm.aad.set(aad);
  ccm.aadLength = aad.length;
  const end = sealed.length - tag;
  const done = ccm.open(sealed, 0, end, end, tag);
  return { done, text: toHex(ccm.text, 0, ccm.textLength) };
}

describe('AesCcm', () => {
  const key = fromHex('c0c1c2c3c4c5c6c7c8c9cacbcccdcecf');

  // RFC 3610, 8: packet vectors 1 to 3, 4 and 7 (a tag of 10 bytes).
  it.each([
    [8, 8, 31, '00000003020100a0a1a2a3a4a5', '588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0'],
    [8, 8, 32, '00000004030201a0a1a2a3a4a5', '72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3ba091d56e10400916'],
    [8, 8, 33, '00000005040302a0a1a2a3a4a5', '51b1e5f44a197d1da46b0f8e2d282ae871e838bb64da8596574adaa76fbd9fb0c5'],
    [8, 12, 31, '00000006050403a0a1a2a3a4a5', 'a28c6865939a9a79faaa5c4c2a9d4a91cdac8c96c861b9c9e61ef1'],
    [10, 8, 31, '00000009080706a0a1a2a3a4a5', '0135d1b2c95f41d5d1d4fec185d166b8094e999dfed96c048c56602c97acbb7490'],
  ])(
    'opens the packet of RFC 3610 with a tag of %d bytes and %d of additional data',
    (tag, aad, length, nonce, hex) => {
      const plain = Uint8Array.from({ length: length - aad }, (_, i) => aad + i);
      const header = Uint8Array.from({ length: aad }, (_, i) => i);
      const { done, text } = open(new AesCcm(), key, fromHex(nonce), header, fromHex(hex), tag);
      expect({ done, text }).toEqual({ done: true, text: toHex(plain) });
    },
  );

  const sealed = fc
    .record({
      key: bytesOf(16),
      nonce: fc.integer({ min: 7, max: 13 }).chain(bytesOf),
      aad: fc.uint8Array({ maxLength: MAX_CCM_AAD }),
      plain: fc.uint8Array({ maxLength: MAX_CCM_TEXT }),
      tag: fc.constantFrom(4, 4, 4, 8, 16),
    })
    .map((made) => {
      const options = { authTagLength: made.tag };
      const cipher = createCipheriv('aes-128-ccm' as CipherCCMTypes, made.key, made.nonce, options);
      if (made.aad.length > 0) cipher.setAAD(made.aad, { plaintextLength: made.plain.length });
      const body = cipher.update(made.plain);
      cipher.final();
      return { ...made, sealed: Uint8Array.from([...body, ...cipher.getAuthTag()]) };
    });

  it('opens what Node seals, with one object for all', () => {
    const ccm = new AesCcm();
    fc.assert(
      fc.property(sealed, ({ key, nonce, aad, plain, tag, sealed }) => {
        expect(open(ccm, key, nonce, aad, sealed, tag)).toEqual({ done: true, text: toHex(plain) });
      }),
      { numRuns: 500 },
    );
  });

  it('leaves no text when a bit of anything is wrong', () => {
    const ccm = new AesCcm();
    fc.assert(
      fc.property(sealed, fc.nat(), fc.constantFrom('key', 'nonce', 'aad', 'sealed'), (made, bit, part) => {
        const wrong = { ...made, [part]: Uint8Array.from(made[part]) };
        const bytes = wrong[part];
        if (bytes.length === 0) return;
        const at = bit % (8 * bytes.length);
        bytes[at >> 3]! ^= 1 << (at & 7);
        const { done, text } = open(ccm, wrong.key, wrong.nonce, wrong.aad, wrong.sealed, made.tag);
        expect({ done, text }).toEqual({ done: false, text: '' });
        expect(ccm.text.slice(0, made.plain.length).every((byte) => byte === 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what is longer than it has room for, and an end before the beginning', () => {
    const ccm = new AesCcm();
    expect(ccm.open(new Uint8Array(300), 0, MAX_CCM_TEXT + 1, 250, 4)).toBe(false);
    expect(ccm.open(new Uint8Array(300), 4, 2, 250, 4)).toBe(false);
  });
});
