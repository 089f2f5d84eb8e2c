import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { AEAD_NONCE, AEAD_TAG, AeadMode } from '../../src/hal/index.js';
import type { Aead, Ciphers } from '../../src/hal/index.js';

/** Node's ciphers. */
export class NodeCiphers implements Ciphers {
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
    return new Uint8Array(createHmac('sha256', key).update(message).digest());
  }

  makeAead(mode: AeadMode, key: Uint8Array): Aead {
    if (key.length !== 16 && key.length !== 32) {
      throw new RangeError(`an AES key must have 16 or 32 bytes, got ${key.length}`);
    }
    return new NodeAead(`${8 * key.length}`, mode === AeadMode.gcm, Uint8Array.from(key));
  }
}

class NodeAead implements Aead {
  constructor(
    private readonly bits: string,
    private readonly isGcm: boolean,
    private readonly key: Uint8Array,
  ) {}

  seal(bytes: Uint8Array, nonce: number, header: number, from: number, to: number): void {
    const iv = bytes.subarray(nonce, nonce + AEAD_NONCE);
    const aad = bytes.subarray(header, from);
    // The typings know each mode under its own name, with its own methods.
    const cipher = this.isGcm
      ? createCipheriv(`aes-${this.bits}-gcm` as 'aes-128-gcm', this.key, iv).setAAD(aad)
      : createCipheriv(`aes-${this.bits}-ccm` as 'aes-128-ccm', this.key, iv, { authTagLength: AEAD_TAG }).setAAD(aad, {
          plaintextLength: to - from,
        });
    bytes.set(cipher.update(bytes.subarray(from, to)), from);
    cipher.final();
    bytes.set(cipher.getAuthTag(), to);
  }

  open(bytes: Uint8Array, nonce: number, header: number, from: number, to: number): boolean {
    const iv = bytes.subarray(nonce, nonce + AEAD_NONCE);
    const aad = bytes.subarray(header, from);
    const tag = bytes.subarray(to, to + AEAD_TAG);
    try {
      const decipher = this.isGcm
        ? createDecipheriv(`aes-${this.bits}-gcm` as 'aes-128-gcm', this.key, iv)
            .setAuthTag(tag)
            .setAAD(aad)
        : createDecipheriv(`aes-${this.bits}-ccm` as 'aes-128-ccm', this.key, iv, { authTagLength: AEAD_TAG })
            .setAuthTag(tag)
            .setAAD(aad, { plaintextLength: to - from });
      const text = decipher.update(bytes.subarray(from, to));
      decipher.final();
      bytes.set(text, from);
      return true;
    } catch {
      return false;
    }
  }
}
