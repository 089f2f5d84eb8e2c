/** Bytes of a block. */
export const AES_BLOCK = 16;

const ROUNDS = 10;
const WORDS = 4 * (ROUNDS + 1);

/** Substitution and column mixing of a byte in one step, as a word; the other three tables are this one rotated. */
const MIX = new Uint32Array(256);
/** The inverse of the substitution. */
const UNSUBSTITUTE = new Uint8Array(256);
fillTables();

/**
 * AES with a key of 128 bits (FIPS 197), one block at a time. It looks tables up by secret bytes, so its time depends
 * on them, which is nothing to hide from a radio that is heard by all.
 *
 * All memory is set aside by the constructor: about 200 bytes.
 */
export class Aes128 {
  private readonly roundKeys: Uint32Array;
  private readonly state: Uint8Array;

  constructor() {
    this.roundKeys = new Uint32Array(WORDS);
    this.state = new Uint8Array(AES_BLOCK);
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

  /** Forgets the key. */
  clear(): void {
    this.roundKeys.fill(0);
    this.state.fill(0);
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

  /** Decrypts the 16 bytes at `from[at]` into the 16 at `into[to]`, which may be the same. Slower than encrypting. */
  decryptBlock(from: Uint8Array, at: number, into: Uint8Array, to: number): void {
    const state = this.state;
    for (let i = 0; i < AES_BLOCK; i++) state[i] = from[at + i]!;
    this.addRoundKey(ROUNDS);
    for (let round = ROUNDS - 1; ; round--) {
      this.unshiftAndUnsubstitute(into, to);
      this.addRoundKey(round);
      if (round === 0) break;
      for (let i = 0; i < AES_BLOCK; i += 4) unmixColumn(state, i);
    }
    for (let i = 0; i < AES_BLOCK; i++) into[to + i] = state[i]!;
  }

  private addRoundKey(round: number): void {
    const state = this.state;
    for (let i = 0; i < 4; i++) {
      putWord(word(state, 4 * i) ^ this.roundKeys[4 * round + i]!, state, 4 * i);
    }
  }

  /** Row r of the state moves r columns to the right; `scratch[at..at + 16)` is overwritten. */
  private unshiftAndUnsubstitute(scratch: Uint8Array, at: number): void {
    const state = this.state;
    for (let i = 0; i < AES_BLOCK; i++) scratch[at + i] = UNSUBSTITUTE[state[(i - 4 * (i & 3)) & 15]!]!;
    for (let i = 0; i < AES_BLOCK; i++) state[i] = scratch[at + i]!;
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

/** The inverse of MixColumns as two steps: 4 times the sums of every other byte, then the forward mixing. */
function unmixColumn(state: Uint8Array, at: number): void {
  const even = double(double(state[at]! ^ state[at + 2]!));
  const odd = double(double(state[at + 1]! ^ state[at + 3]!));
  const a = state[at]! ^ even;
  const b = state[at + 1]! ^ odd;
  const c = state[at + 2]! ^ even;
  const d = state[at + 3]! ^ odd;
  const all = a ^ b ^ c ^ d;
  state[at] = a ^ all ^ double(a ^ b);
  state[at + 1] = b ^ all ^ double(b ^ c);
  state[at + 2] = c ^ all ^ double(c ^ d);
  state[at + 3] = d ^ all ^ double(d ^ a);
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
  UNSUBSTITUTE[substitution] = byte;
}
