/** Bytes of a block. */
export const AES_BLOCK = 16;

const ROUNDS = 10;
const WORDS = 4 * (ROUNDS + 1);

/** Substitution and column mixing of a byte in one step, as a word; the other three tables are this one rotated. */
const MIX = new Uint32Array(256);
fillTables();

/**
 * AES with a key of 128 bits (FIPS 197), one block at a time. It looks tables up by secret bytes, so its time depends
 * on them, which is nothing to hide from a radio that is heard by all.
 *
 * All memory is set aside by the constructor: about 200 bytes.
 */
export class Aes128 {
  private readonly roundKeys: Uint32Array;

  constructor() {
    this.roundKeys = new Uint32Array(WORDS);
  }

  /** Takes the 16 bytes at `key[at]` as key. */
  setKey(key: Uint8Array, at: number): void {
    const words = this.roundKeys;
    for (let i = 0; i < 4; i++) {
      const from = at + 4 * i;
      words[i] = (key[from]! << 24) | (key[from + 1]! << 16) | (key[from + 2]! << 8) | key[from + 3]!;
    }
    let constant = 1;
    for (let i = 4; i < WORDS; i++) {
      let word = words[i - 1]!;
      if ((i & 3) === 0) {
        word =
          ((substitute((word >>> 16) & 0xff) ^ constant) << 24) |
          (substitute((word >>> 8) & 0xff) << 16) |
          (substitute(word & 0xff) << 8) |
          substitute(word >>> 24);
        constant = double(constant);
      }
      words[i] = words[i - 4]! ^ word;
    }
  }

  /** Encrypts the 16 bytes at `from[at]` into the 16 at `into[to]`, which may be the same. */
  encryptBlock(from: Uint8Array, at: number, into: Uint8Array, to: number): void {
    const keys = this.roundKeys;
    let a = word(from, at) ^ keys[0]!;
    let b = word(from, at + 4) ^ keys[1]!;
    let c = word(from, at + 8) ^ keys[2]!;
    let d = word(from, at + 12) ^ keys[3]!;
    for (let i = 4; i < 4 * ROUNDS; i += 4) {
      const e = mix(a, b, c, d) ^ keys[i]!;
      const f = mix(b, c, d, a) ^ keys[i + 1]!;
      const g = mix(c, d, a, b) ^ keys[i + 2]!;
      d = mix(d, a, b, c) ^ keys[i + 3]!;
      a = e;
      b = f;
      c = g;
    }
    putWord(last(a, b, c, d) ^ keys[4 * ROUNDS]!, into, to);
    putWord(last(b, c, d, a) ^ keys[4 * ROUNDS + 1]!, into, to + 4);
    putWord(last(c, d, a, b) ^ keys[4 * ROUNDS + 2]!, into, to + 8);
    putWord(last(d, a, b, c) ^ keys[4 * ROUNDS + 3]!, into, to + 12);
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function putWord(value: number, into: Uint8Array, at: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

function substitute(byte: number): number {
  return (MIX[byte]! >>> 8) & 0xff;
}

/** One column of a round: substitution, shift of rows and mixing. */
function mix(a: number, b: number, c: number, d: number): number {
  const second = MIX[(b >>> 16) & 0xff]!;
  const third = MIX[(c >>> 8) & 0xff]!;
  const fourth = MIX[d & 0xff]!;
  return (
    MIX[a >>> 24]! ^
    ((second >>> 8) | (second << 24)) ^
    ((third >>> 16) | (third << 16)) ^
    ((fourth >>> 24) | (fourth << 8))
  );
}

/** One column of the last round, which does not mix. */
function last(a: number, b: number, c: number, d: number): number {
  return (
    (substitute(a >>> 24) << 24) |
    (substitute((b >>> 16) & 0xff) << 16) |
    (substitute((c >>> 8) & 0xff) << 8) |
    substitute(d & 0xff)
  );
}

/** Multiplication by 2 in the field of AES (FIPS 197, 4.2.1). */
function double(byte: number): number {
  return ((byte << 1) ^ (byte & 0x80 ? 0x1b : 0)) & 0xff;
}

/** Makes the S-box from its definition (FIPS 197, 5.1.1), going through the field by powers of 3 and of its inverse. */
function fillTables(): void {
  let power = 1;
  let inverse = 1;
  do {
    power ^= double(power);
    inverse ^= inverse << 1;
    inverse ^= inverse << 2;
    inverse ^= inverse << 4;
    inverse &= 0xff;
    if (inverse & 0x80) inverse ^= 0x09;
    const spread = inverse | (inverse << 8);
    setEntry(power, (inverse ^ (spread >>> 7) ^ (spread >>> 6) ^ (spread >>> 5) ^ (spread >>> 4) ^ 0x63) & 0xff);
  } while (power !== 1);
  setEntry(0, 0x63);
}

function setEntry(byte: number, substitution: number): void {
  const twice = double(substitution);
  MIX[byte] = (twice << 24) | (substitution << 16) | (substitution << 8) | (twice ^ substitution);
}

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
