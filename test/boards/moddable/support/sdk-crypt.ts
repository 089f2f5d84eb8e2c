import { createCipheriv, createHash } from 'node:crypto';
import type { SdkCrypt } from '../../../../boards/moddable/sdk-ciphers.js';

/** The SDK's module `crypt` as modules/crypt/digest/modCrypt.c has it: ArrayBuffers only, and its own errors. */
export const sdkCrypt: SdkCrypt = {
  Digest: class {
    private hash = createHash('sha256');

    constructor(name: string) {
      if (name !== 'SHA256') throw new Error('crypt: unsupported digest');
    }

    reset(): void {
      this.hash = createHash('sha256');
    }

    write(bytes: ArrayBuffer): void {
      this.hash.update(new Uint8Array(buffer(bytes)));
    }

    close(): ArrayBuffer {
      return new Uint8Array(this.hash.digest()).buffer;
    }
  },

  BlockCipher: class {
    private readonly key: Uint8Array;

    constructor(name: string, key: ArrayBuffer) {
      if (name !== 'AES') throw new Error('unsupported cipher');
      if (![16, 24, 32].includes(buffer(key).byteLength)) throw new Error('bad key size');
      this.key = new Uint8Array(key.slice());
    }

    encrypt(block: ArrayBuffer, into: ArrayBuffer): unknown {
      if (buffer(into).byteLength < 16) throw new Error('buffer too small');
      if (buffer(block).byteLength < 16) throw new Error('bad size');
      const cipher = createCipheriv(`aes-${8 * this.key.length}-ecb`, this.key, null).setAutoPadding(false);
      new Uint8Array(into).set(cipher.update(new Uint8Array(block, 0, 16)));
      return into;
    }
  },
};

/** `xsmcToArrayBuffer` takes nothing else. */
function buffer(value: ArrayBuffer): ArrayBuffer {
  if (!(value instanceof ArrayBuffer)) throw new TypeError('this: not an ArrayBuffer instance');
  return value;
}
