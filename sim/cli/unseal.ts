import { parseHex } from '../../src/bytes/index.js';
import { SEAL_HEADER, SEAL_LENGTH } from '../../src/cloud/seal/payload-seal.js';
import { AEAD_TAG, AeadMode } from '../../src/hal/index.js';
import { BadInput } from '../bad-input.js';
import { NodeCiphers } from '../hal/index.js';

/** Opens a sealed payload, or says why it cannot. */
export type Unseal = (sealed: Buffer) => Buffer<ArrayBuffer> | string;

/** The value of `--unseal`: a key in hexadecimal. What is wrong with it is said without the key. */
export function parseUnseal(text: string): Unseal {
  const key = parseHex(text);
  if (key?.length !== 16 && key?.length !== 32) {
    throw new BadInput(`--unseal must be a key of 32 or 64 hexadecimal digits, got ${text.length} characters`);
  }
  const ciphers = new NodeCiphers();
  const aeads = [AeadMode.gcm, AeadMode.ccm].map((mode) => ciphers.makeAead(mode, key));
  return (sealed) => {
    const aead = aeads[sealed[0]! - AeadMode.gcm];
    if (!aead || sealed.length < SEAL_LENGTH) return 'it is not sealed';
    const bytes = Buffer.from(sealed);
    const end = bytes.length - AEAD_TAG;
    if (!aead.open(bytes, 1, 0, SEAL_HEADER, end)) return 'sealed with another key, or changed on its way';
    return bytes.subarray(SEAL_HEADER, end);
  };
}
