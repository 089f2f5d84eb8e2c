/** Exponent of the largest finite double. */
const MAX_EXPONENT = 1023;
const TWO_20 = 0x100000;
const TWO_32 = 0x100000000;

/*
 * Floats by arithmetic, since a view of the same bytes, made once, would be RAM for each module that writes some, and
 * is read only where modules are preloaded into ROM.
 */

/** The power of 2 of a finite number other than 0: 2^n <= |value| < 2^(n + 1). */
export function exponentOf(value: number): number {
  let magnitude = Math.abs(value);
  let exponent = 0;
  while (magnitude >= 65536) {
    magnitude /= 65536;
    exponent += 16;
  }
  while (magnitude >= 2) {
    magnitude /= 2;
    exponent++;
  }
  while (magnitude < 1) {
    magnitude *= 2;
    exponent--;
  }
  return exponent;
}

/**
 * Writes a double (IEEE 754, binary64), the low byte first if `lowFirst`, to `into[at..to)` and returns the next index,
 * or -1 when there is too little room or `at` is negative. `value` is finite, and 0 or at least 2^-1022 in magnitude.
 * Allocates nothing.
 */
export function writeFloat64(value: number, lowFirst: boolean, into: Uint8Array, at: number, to: number): number {
  if (at < 0 || 8 > to - at) return -1;
  let high = 0;
  let low = 0;
  if (value !== 0) {
    const exponent = exponentOf(value);
    const fraction = (Math.abs(value) / power(exponent) - 1) * TWO_20;
    const upper = Math.floor(fraction);
    high = ((exponent + MAX_EXPONENT) << 20) | upper;
    low = (fraction - upper) * TWO_32;
    if (value < 0) high |= 0x80000000;
  }
  putWord(lowFirst ? low : high, lowFirst, into, at);
  putWord(lowFirst ? high : low, lowFirst, into, at + 4);
  return at + 8;
}

/**
 * As `writeFloat64`, for a float of 32 bits, the high byte first. `value` is exact in it (`Math.fround` leaves it as it
 * is), and 0 or at least 2^-126 in magnitude.
 */
export function writeFloat32(value: number, into: Uint8Array, at: number, to: number): number {
  if (at < 0 || 4 > to - at) return -1;
  let word = 0;
  if (value !== 0) {
    const exponent = exponentOf(value);
    word = ((exponent + 127) << 23) | ((Math.abs(value) / power(exponent) - 1) * 0x800000);
    if (value < 0) word |= 0x80000000;
  }
  putWord(word, false, into, at);
  return at + 4;
}

/** 2^exponent, exactly. */
export function power(exponent: number): number {
  let result = 1;
  for (; exponent >= 16; exponent -= 16) result *= 65536;
  for (; exponent > 0; exponent--) result *= 2;
  for (; exponent < 0; exponent++) result /= 2;
  return result;
}

function putWord(word: number, lowFirst: boolean, into: Uint8Array, at: number): void {
  for (let i = 0; i < 4; i++) into[at + i] = word >>> (lowFirst ? 8 * i : 24 - 8 * i);
}
