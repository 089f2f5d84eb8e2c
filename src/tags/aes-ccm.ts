import { AES_BLOCK, Aes128 } from './aes-128.js';

/** The longest text that can be opened, in bytes: what fits an advertisement of 255. */
export const MAX_CCM_TEXT = 240;

/** The most additional data, in bytes: one block with its length. */
export const MAX_CCM_AAD = 14;

/**
 * Opens what AES-128-CCM sealed (RFC 3610, NIST SP 800-38C): checks that it is authentic and decrypts it.
 *
 * Write `nonce` and `nonceLength`, `aad` and `aadLength`, then `open`; the text is the first `textLength` bytes of
 * `text`. Nothing but the constructor allocates; it sets aside about 500 bytes.
 */
export class AesCcm {
  readonly aes = new Aes128();
  readonly nonce: Uint8Array;
  /** 7 to 13; 13 and 12 are in use. */
  nonceLength = 13;
  /** What is authenticated but not encrypted. */
  readonly aad: Uint8Array;
  /** 0 to `MAX_CCM_AAD`. */
  aadLength = 0;
  readonly text: Uint8Array;
  /** Bytes of the text that was opened last, 0 when it was not authentic. */
  textLength = 0;

  private readonly counter: Uint8Array;
  private readonly stream: Uint8Array;
  private readonly mac: Uint8Array;

  constructor() {
    this.nonce = new Uint8Array(13);
    this.aad = new Uint8Array(MAX_CCM_AAD);
    this.text = new Uint8Array(MAX_CCM_TEXT);
    this.counter = new Uint8Array(AES_BLOCK);
    this.stream = new Uint8Array(AES_BLOCK);
    this.mac = new Uint8Array(AES_BLOCK);
  }

  /**
   * Opens `bytes[from..to)` with the authentication tag of `tagLength` bytes at `bytes[tagAt]` and the key of `aes`.
   * Tags have 4 to 16 bytes, an even number; or 1, as in MiBeacon 2 and 3, which is the first byte of one of 16.
   * Returns false, and leaves no text, when it is not authentic or longer than `MAX_CCM_TEXT`.
   */
  open(bytes: Uint8Array, from: number, to: number, tagAt: number, tagLength: number): boolean {
    const length = to - from;
    this.textLength = 0;
    if (length < 0 || length > MAX_CCM_TEXT) return false;
    this.startCounter();
    this.addKeyStream(bytes, from, length);
    this.authenticate(length, tagLength);

    // The tag is encrypted with counter 0.
    this.setCounter(0);
    this.aes.encryptBlock(this.counter, 0, this.stream, 0);
    let difference = 0;
    for (let i = 0; i < tagLength; i++) difference |= bytes[tagAt + i]! ^ this.mac[i]! ^ this.stream[i]!;
    if (difference !== 0) {
      this.text.fill(0, 0, length);
      return false;
    }
    this.textLength = length;
    return true;
  }

  /** Counter blocks A_i (RFC 3610, 2.3): flags, nonce, i. */
  private startCounter(): void {
    const counter = this.counter;
    counter.fill(0);
    counter[0] = 14 - this.nonceLength;
    for (let i = 0; i < this.nonceLength; i++) counter[1 + i] = this.nonce[i]!;
  }

  private setCounter(i: number): void {
    // A text has at most 15 blocks.
    this.counter[15] = i;
  }

  private addKeyStream(bytes: Uint8Array, from: number, length: number): void {
    for (let at = 0; at < length; at += AES_BLOCK) {
      this.setCounter(at / AES_BLOCK + 1);
      this.aes.encryptBlock(this.counter, 0, this.stream, 0);
      const end = at + AES_BLOCK < length ? at + AES_BLOCK : length;
      for (let i = at; i < end; i++) this.text[i] = bytes[from + i]! ^ this.stream[i - at]!;
    }
  }

  /** The CBC-MAC of RFC 3610, 2.2, over the text of `length` bytes. */
  private authenticate(length: number, tagLength: number): void {
    const { mac, aad, aadLength, nonce, nonceLength, text } = this;
    mac.fill(0);
    mac[0] = (aadLength > 0 ? 0x40 : 0) | ((((tagLength - 2) >> 1) & 7) << 3) | (14 - nonceLength);
    for (let i = 0; i < nonceLength; i++) mac[1 + i] = nonce[i]!;
    mac[15] = length;
    this.aes.encryptBlock(mac, 0, mac, 0);
    if (aadLength > 0) {
      mac[1] = mac[1]! ^ aadLength;
      for (let i = 0; i < aadLength; i++) mac[2 + i] = mac[2 + i]! ^ aad[i]!;
      this.aes.encryptBlock(mac, 0, mac, 0);
    }
    for (let at = 0; at < length; at += AES_BLOCK) {
      const end = at + AES_BLOCK < length ? at + AES_BLOCK : length;
      for (let i = at; i < end; i++) mac[i - at] = mac[i - at]! ^ text[i]!;
      this.aes.encryptBlock(mac, 0, mac, 0);
    }
  }
}
