import { createCipheriv } from 'node:crypto';

/**
 * Service data as the firmware encrypts it: counter, ciphertext, tag. `address` in the order in which it is written,
 * `key` 16 bytes.
 */
export function sealMiThermometer(
  text: ArrayLike<number>,
  counter: number,
  address: Uint8Array,
  key: Uint8Array,
): Uint8Array {
  const head = [text.length + 8, 0x16, 0x1a, 0x18, counter];
  const nonce = Uint8Array.from([...Array.from(address).reverse(), ...head]);
  const cipher = createCipheriv('aes-128-ccm', key, nonce, { authTagLength: 4 });
  cipher.setAAD(Uint8Array.of(0x11), { plaintextLength: text.length });
  const body = cipher.update(Uint8Array.from(text));
  cipher.final();
  return Uint8Array.from([counter, ...body, ...cipher.getAuthTag()]);
}
