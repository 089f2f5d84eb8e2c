import { AEAD_NONCE, AEAD_TAG, AeadMode } from '../../src/hal/ciphers.js';
import type { Aead, Ciphers } from '../../src/hal/ciphers.js';

/** The part of the SDK's module `crypt` (modules/crypt/digest) that is used here. */
export interface SdkCrypt {
  readonly Digest: new (name: 'SHA256') => {
    reset(): void;
    write(bytes: ArrayBuffer): void;
    close(): ArrayBuffer;
  };
  readonly BlockCipher: new (name: 'AES', key: ArrayBuffer) => SdkBlockCipher;
}

export interface SdkBlockCipher {
  /** Encrypts a block of 16 bytes into another. */
  encrypt(block: ArrayBuffer, into: ArrayBuffer): unknown;
}

const BLOCK = 16;
const SHA256_BLOCK = 64;
/** What four bits that leave the sum at its low end add at its high end: multiples of the polynomial of GCM. */
const REDUCTION = Uint16Array.of(
  0x0000,
  0x1c20,
  0x3840,
  0x2460,
  0x7080,
  0x6ca0,
  0x48c0,
  0x54e0,
  0xe100,
  0xfd20,
  0xd940,
  0xc560,
  0x9180,
  0x8da0,
  0xa9c0,
  0xb5e0,
);

/**
 * Ciphers over the SDK's AES and SHA-256. The modes are written here: the SDK has no CCM, and its GCM makes some 20
 * objects for each message and takes the counter for a BigInt, which loses the zeros that a nonce begins with.
 */
export class SdkCiphers implements Ciphers {
  constructor(private readonly crypt: SdkCrypt) {}

  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
    const digest = new this.crypt.Digest('SHA256');
    const hash = (first: Uint8Array, second: Uint8Array): Uint8Array => {
      digest.reset();
      digest.write(copy(first));
      digest.write(copy(second));
      return new Uint8Array(digest.close());
    };
    const short = key.length > SHA256_BLOCK ? hash(key, new Uint8Array(0)) : key;
    const inner = new Uint8Array(SHA256_BLOCK).fill(0x36);
    const outer = new Uint8Array(SHA256_BLOCK).fill(0x5c);
    for (let i = 0; i < short.length; i++) {
      inner[i] = 0x36 ^ short[i]!;
      outer[i] = 0x5c ^ short[i]!;
    }
    return hash(outer, hash(inner, message));
  }

  makeAead(mode: AeadMode, key: Uint8Array): Aead {
    if (key.length !== 16 && key.length !== 32) {
      throw new RangeError('an AES key must have 16 or 32 bytes, got ' + key.length);
    }
    const cipher = new this.crypt.BlockCipher('AES', copy(key));
    return mode === AeadMode.gcm ? new Gcm(cipher) : new Ccm(cipher);
  }
}

/** The SDK takes whole ArrayBuffers. */
function copy(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

/** What both modes do: encryption by a counter, and a check sum in `sum`. */
abstract class CounterMode implements Aead {
  /** The check sum of the text. */
  protected readonly sum: Uint8Array;
  /** What `encryptBlock` encrypts, and makes of it. */
  protected readonly block: Uint8Array;
  protected readonly stream: Uint8Array;
  private readonly counter: Uint8Array;
  private readonly blockBuffer = new ArrayBuffer(BLOCK);
  private readonly streamBuffer = new ArrayBuffer(BLOCK);

  constructor(private readonly cipher: SdkBlockCipher) {
    this.sum = new Uint8Array(BLOCK);
    this.counter = new Uint8Array(BLOCK);
    this.block = new Uint8Array(this.blockBuffer);
    this.stream = new Uint8Array(this.streamBuffer);
  }

  seal(bytes: Uint8Array, nonce: number, header: number, from: number, to: number): void {
    this.beginSum(bytes, nonce, header, from, to - from);
    if (this.sumsPlainText) this.addToSum(bytes, from, to);
    this.encrypt(bytes, nonce, from, to);
    if (!this.sumsPlainText) this.addToSum(bytes, from, to);
    this.endSum(from - header, to - from);
    this.encryptCounter(this.firstCounter - 1);
    for (let i = 0; i < AEAD_TAG; i++) bytes[to + i] = this.sum[i]! ^ this.stream[i]!;
  }

  open(bytes: Uint8Array, nonce: number, header: number, from: number, to: number): boolean {
    this.beginSum(bytes, nonce, header, from, to - from);
    if (!this.sumsPlainText) this.addToSum(bytes, from, to);
    this.encrypt(bytes, nonce, from, to);
    if (this.sumsPlainText) this.addToSum(bytes, from, to);
    this.endSum(from - header, to - from);
    this.encryptCounter(this.firstCounter - 1);
    let difference = 0;
    for (let i = 0; i < AEAD_TAG; i++) difference |= bytes[to + i]! ^ this.sum[i]! ^ this.stream[i]!;
    if (difference !== 0) bytes.fill(0, from, to);
    return difference === 0;
  }

  /** The check sum is that of the text before it is encrypted. */
  protected abstract readonly sumsPlainText: boolean;
  /** The first byte of counter blocks, -1 where the nonce has its place. */
  protected abstract readonly flags: number;
  /** The counter of the text's first block; the one before is for the tag. */
  protected abstract readonly firstCounter: number;

  /** Begins `sum` with the header, `bytes[header..from)`, before a text of `length` bytes. */
  protected abstract beginSum(bytes: Uint8Array, nonce: number, header: number, from: number, length: number): void;

  /** Mixes the block in `sum`. */
  protected abstract mixSum(): void;

  /** Ends `sum` of a header and a text of these lengths in bytes. */
  protected abstract endSum(headerLength: number, length: number): void;

  /** Adds bytes to `sum`, the last block with zeros behind them. */
  protected addToSum(bytes: Uint8Array, from: number, to: number): void {
    const sum = this.sum;
    for (let at = from; at < to; at += BLOCK) {
      const end = at + BLOCK < to ? at + BLOCK : to;
      for (let i = at; i < end; i++) sum[i - at] = sum[i - at]! ^ bytes[i]!;
      this.mixSum();
    }
  }

  /** `stream` becomes the encrypted `block`. */
  protected encryptBlock(): void {
    this.cipher.encrypt(this.blockBuffer, this.streamBuffer);
  }

  /** Encrypts and decrypts. Leaves the nonce in `counter`. */
  private encrypt(bytes: Uint8Array, nonce: number, from: number, to: number): void {
    const { counter, stream } = this;
    counter.fill(0);
    let at = 0;
    if (this.flags >= 0) counter[at++] = this.flags;
    for (let i = 0; i < AEAD_NONCE; i++) counter[at + i] = bytes[nonce + i]!;
    let number = this.firstCounter;
    for (at = from; at < to; at += BLOCK) {
      this.encryptCounter(number++);
      const end = at + BLOCK < to ? at + BLOCK : to;
      for (let i = at; i < end; i++) bytes[i] = bytes[i]! ^ stream[i - at]!;
    }
  }

  /** `stream` becomes the key stream of block `number`, below 65,536. */
  private encryptCounter(number: number): void {
    const { block, counter } = this;
    for (let i = 0; i < BLOCK - 2; i++) block[i] = counter[i]!;
    block[BLOCK - 2] = number >> 8;
    block[BLOCK - 1] = number;
    this.encryptBlock();
  }
}

/** RFC 3610 with a nonce of 12 bytes, so that lengths have 3. */
class Ccm extends CounterMode {
  protected readonly sumsPlainText = true;
  protected readonly flags = 2;
  protected readonly firstCounter = 1;

  protected beginSum(bytes: Uint8Array, nonce: number, header: number, from: number, length: number): void {
    const sum = this.sum;
    sum.fill(0);
    sum[0] = (from > header ? 0x40 : 0) | (((AEAD_TAG - 2) >> 1) << 3) | this.flags;
    for (let i = 0; i < AEAD_NONCE; i++) sum[1 + i] = bytes[nonce + i]!;
    sum[14] = length >> 8;
    sum[15] = length;
    this.mixSum();
    if (from === header) return;
    // Its length in two bytes stands before the header.
    const first = from - header < BLOCK - 2 ? from : header + BLOCK - 2;
    sum[1] = sum[1]! ^ (from - header);
    for (let i = header; i < first; i++) sum[2 + i - header] = sum[2 + i - header]! ^ bytes[i]!;
    this.mixSum();
    this.addToSum(bytes, first, from);
  }

  protected mixSum(): void {
    this.block.set(this.sum);
    this.encryptBlock();
    this.sum.set(this.stream);
  }

  protected endSum(): void {}
}

/** NIST SP 800-38D with a nonce of 12 bytes. */
class Gcm extends CounterMode {
  protected readonly sumsPlainText = false;
  protected readonly flags = -1;
  protected readonly firstCounter = 2;
  /** Multiples of the hash key by four bits, each as four words, the high one first. */
  private readonly multiples = new Uint32Array(16 * 4);

  constructor(cipher: SdkBlockCipher) {
    super(cipher);
    this.block.fill(0);
    this.encryptBlock();
    const { multiples, stream } = this;
    for (let word = 0; word < 4; word++) {
      const at = 4 * word;
      multiples[8 * 4 + word] =
        (stream[at]! << 24) | (stream[at + 1]! << 16) | (stream[at + 2]! << 8) | stream[at + 3]!;
    }
    // Bits are in reverse, so half of the number is twice the value.
    for (let half = 4; half > 0; half >>= 1) {
      let carry = 0;
      for (let word = 0; word < 4; word++) {
        const whole = multiples[8 * half + word]!;
        multiples[4 * half + word] = (whole >>> 1) | (carry << 31);
        carry = whole & 1;
      }
      if (carry === 1) multiples[4 * half] = multiples[4 * half]! ^ 0xe1000000;
    }
    for (let bit = 2; bit <= 8; bit *= 2) {
      for (let rest = 1; rest < bit; rest++) {
        for (let word = 0; word < 4; word++) {
          multiples[4 * (bit + rest) + word] = multiples[4 * bit + word]! ^ multiples[4 * rest + word]!;
        }
      }
    }
  }

  protected beginSum(bytes: Uint8Array, _nonce: number, header: number, from: number): void {
    this.sum.fill(0);
    this.addToSum(bytes, header, from);
  }

  /** Multiplies `sum` by the hash key, four bits at a time, the last ones first. */
  protected mixSum(): void {
    const { multiples, sum } = this;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 2 * BLOCK - 1; i >= 0; i--) {
      const byte = sum[i >> 1]!;
      const at = 4 * (i & 1 ? byte & 0x0f : byte >> 4);
      const left = d & 0x0f;
      d = ((d >>> 4) | (c << 28)) ^ multiples[at + 3]!;
      c = ((c >>> 4) | (b << 28)) ^ multiples[at + 2]!;
      b = ((b >>> 4) | (a << 28)) ^ multiples[at + 1]!;
      a = (a >>> 4) ^ (REDUCTION[left]! << 16) ^ multiples[at]!;
    }
    putWord(a, sum, 0);
    putWord(b, sum, 4);
    putWord(c, sum, 8);
    putWord(d, sum, 12);
  }

  protected endSum(headerLength: number, length: number): void {
    const sum = this.sum;
    // Both lengths in bits, of 64 bits each.
    sum[6] = sum[6]! ^ (headerLength >> 5);
    sum[7] = sum[7]! ^ (headerLength << 3);
    sum[13] = sum[13]! ^ (length >> 13);
    sum[14] = sum[14]! ^ (length >> 5);
    sum[15] = sum[15]! ^ (length << 3);
    this.mixSum();
  }
}

function putWord(word: number, into: Uint8Array, at: number): void {
  into[at] = word >>> 24;
  into[at + 1] = word >>> 16;
  into[at + 2] = word >>> 8;
  into[at + 3] = word;
}
