/** Authenticated encryption with AES in one of two modes, both with a nonce of 12 bytes and a tag of 16. */
export const enum AeadMode {
  /** Galois/Counter Mode (NIST SP 800-38D). */
  gcm = 1,
  /** Counter with CBC-MAC (RFC 3610, NIST SP 800-38C). */
  ccm = 2,
}

/** Bytes of a nonce. */
export const AEAD_NONCE = 12;
/** Bytes of an authentication tag. */
export const AEAD_TAG = 16;

/**
 * Cryptography of a platform: Node's on a desktop, the SDK's on a board.
 *
 * Rules for an implementer: keys and messages are read or copied before the call returns, and are never changed. Only
 * the result of `makeAead` keeps a key.
 */
export interface Ciphers {
  /** HMAC-SHA256 (RFC 2104, FIPS 180-4) of `message`: 32 new bytes. The key may be of any length. */
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;

  /** Makes a cipher with this key of 16 or 32 bytes (AES-128, AES-256). Throws a RangeError for another length. */
  makeAead(mode: AeadMode, key: Uint8Array): Aead;
}

/**
 * Authenticated encryption with one key, in place.
 *
 * `bytes[header..from)`, at most 255 bytes, is authenticated and stays as it is; `bytes[from..to)`, at most 65,535
 * bytes, is encrypted; the tag is `bytes[to..to + AEAD_TAG)`. The nonce is `bytes[nonce..nonce + AEAD_NONCE)`,
 * anywhere. Ranges are not checked.
 *
 * Rules for an implementer: on a board, `seal` and `open` allocate nothing.
 */
export interface Aead {
  /** Encrypts, and writes the tag. A nonce must never be used twice with a key. */
  seal(bytes: Uint8Array, nonce: number, header: number, from: number, to: number): void;

  /**
   * Checks the tag and decrypts. Returns false when it is not authentic; then `bytes[from..to)` holds no plain text.
   */
  open(bytes: Uint8Array, nonce: number, header: number, from: number, to: number): boolean;
}
