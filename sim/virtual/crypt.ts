import type { SdkBlockCipher, SdkCrypt } from '../../boards/moddable/sdk-ciphers.js';

/** Round constants of SHA-256: the first 32 bits of the fractions of the cube roots of the first 64 primes. */
const ROUND_CONSTANTS = Uint32Array.of(
  ...[0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5],
  ...[0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174],
  ...[0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da],
  ...[0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967],
  ...[0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85],
  ...[0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070],
  ...[0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3],
  ...[0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2],
);
const FIRST_HASH = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/** SHA-256 (FIPS 180-4) of `bytes`. */
function sha256(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const padded = new Uint8Array(64 * Math.ceil((length + 9) / 64));
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 0x2000_0000));
  view.setUint32(padded.length - 4, length << 3);
  const hash = Int32Array.from(FIRST_HASH, (word) => word | 0);
  const words = new Int32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = words[i - 15]!;
      const b = words[i - 2]!;
      const low = rotated(a, 7) ^ rotated(a, 18) ^ (a >>> 3);
      const high = rotated(b, 17) ^ rotated(b, 19) ^ (b >>> 10);
      words[i] = words[i - 16]! + low + words[i - 7]! + high;
    }
    hashBlock(hash, words);
  }
  const result = new DataView(new ArrayBuffer(32));
  for (let i = 0; i < 8; i++) result.setInt32(4 * i, hash[i]!);
  return new Uint8Array(result.buffer);
}

function hashBlock(hash: Int32Array, words: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = [...hash] as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const sum = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const one = (h + sum + ((e & f) ^ (~e & g)) + ROUND_CONSTANTS[i]! + words[i]!) | 0;
    const other = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + other) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (hash[i] = hash[i]! + word));
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

const SUBSTITUTION = substitutions();

/** AES with a key of 16 or 32 bytes (FIPS 197), byte by byte. */
class Aes implements SdkBlockCipher {
  private readonly roundKeys: Uint8Array;

  constructor(name: 'AES', key: ArrayBuffer) {
    const { byteLength } = key;
    if (byteLength !== 16 && byteLength !== 32) throw new RangeError(name + ' key of ' + byteLength + ' bytes');
    const keys = new Uint8Array(16 * (byteLength / 4 + 7));
    keys.set(new Uint8Array(key));
    let constant = 1;
    const word = new Uint8Array(4);
    for (let at = byteLength; at < keys.length; at += 4) {
      word.set(keys.subarray(at - 4, at));
      if (at % byteLength === 0) {
        const first = word[0]!;
        for (let i = 0; i < 4; i++) word[i] = SUBSTITUTION[i < 3 ? word[i + 1]! : first]!;
        word[0]! ^= constant;
        constant = doubled(constant);
      } else if (byteLength === 32 && at % 32 === 16) {
        for (let i = 0; i < 4; i++) word[i] = SUBSTITUTION[word[i]!]!;
      }
      for (let i = 0; i < 4; i++) keys[at + i] = keys[at + i - byteLength]! ^ word[i]!;
    }
    this.roundKeys = keys;
  }

  encrypt(block: ArrayBuffer, into: ArrayBuffer): void {
    const { roundKeys } = this;
    const rounds = roundKeys.length / 16 - 1;
    const state = new Uint8Array(block.slice(0, 16));
    const next = new Uint8Array(16);
    for (let i = 0; i < 16; i++) state[i]! ^= roundKeys[i]!;
    for (let round = 1; round <= rounds; round++) {
      // Substitution and the shift of rows: byte i comes from column + row.
      for (let i = 0; i < 16; i++) next[i] = SUBSTITUTION[state[(i + 4 * (i % 4)) % 16]!]!;
      if (round < rounds) mixColumns(next);
      for (let i = 0; i < 16; i++) state[i] = next[i]! ^ roundKeys[16 * round + i]!;
    }
    new Uint8Array(into).set(state);
  }
}

function mixColumns(state: Uint8Array): void {
  for (let at = 0; at < 16; at += 4) {
    const [a, b, c, d] = [state[at]!, state[at + 1]!, state[at + 2]!, state[at + 3]!];
    const all = a ^ b ^ c ^ d;
    state[at] = a ^ all ^ doubled(a ^ b);
    state[at + 1] = b ^ all ^ doubled(b ^ c);
    state[at + 2] = c ^ all ^ doubled(c ^ d);
    state[at + 3] = d ^ all ^ doubled(d ^ a);
  }
}

/** Times x in the field of AES. */
function doubled(byte: number): number {
  return ((byte << 1) ^ (byte & 0x80 ? 0x11b : 0)) & 0xff;
}

/** The S-box: the inverse in the field, and an affine map. Walks the field by a generator and its inverse. */
function substitutions(): Uint8Array {
  const table = new Uint8Array(256);
  let power = 1;
  let inverse = 1;
  do {
    power ^= doubled(power);
    // Divided by 3.
    inverse ^= inverse << 1;
    inverse ^= inverse << 2;
    inverse ^= inverse << 4;
    inverse &= 0xff;
    if (inverse & 0x80) inverse ^= 0x09;
    const twice = inverse | (inverse << 8);
    table[power] = (inverse ^ (twice >> 7) ^ (twice >> 6) ^ (twice >> 5) ^ (twice >> 4) ^ 0x63) & 0xff;
  } while (power !== 1);
  table[0] = 0x63;
  return table;
}

/** The SDK's module `crypt`, slow and exact, for the ciphers of the boards. */
export const VIRTUAL_CRYPT: SdkCrypt = {
  Digest: class {
    private bytes: number[] = [];

    constructor(readonly name: 'SHA256') {}

    reset(): void {
      this.bytes = [];
    }

    write(bytes: ArrayBuffer): void {
      for (const byte of new Uint8Array(bytes)) this.bytes.push(byte);
    }

    close(): ArrayBuffer {
      return sha256(Uint8Array.from(this.bytes)).buffer as ArrayBuffer;
    }
  },
  BlockCipher: Aes,
};
