/**
 * Functions that `Math` may compute differently in the last bit from one engine to the next. These are made of
 * additions, multiplications, divisions and square roots, which IEEE 754 defines to the last bit, so that a simulation
 * comes out the same everywhere. Good to about 14 digits.
 */

const LN2 = 0.6931471805599453;
const LN10 = 2.302585092994046;

/** The natural logarithm. `x` is positive and finite, else NaN. */
export function ln(x: number): number {
  if (!(x > 0 && x < Infinity)) return NaN;
  let exponent = 0;
  // Steps of powers of two lose nothing.
  while (x >= 0x1_0000) {
    x /= 0x1_0000;
    exponent += 16;
  }
  while (x < 1 / 0x1_0000) {
    x *= 0x1_0000;
    exponent -= 16;
  }
  while (x > 1.4142135623730951) {
    x /= 2;
    exponent++;
  }
  while (x < 0.7071067811865476) {
    x *= 2;
    exponent--;
  }
  // ln x = 2 artanh((x - 1) / (x + 1)), and the argument is at most 0.172.
  const ratio = (x - 1) / (x + 1);
  const square = ratio * ratio;
  let sum = 0;
  for (let k = 19; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return 2 * ratio * sum + exponent * LN2;
}

export function log10(x: number): number {
  return ln(x) / LN10;
}

/** e to the power of `x`. */
export function exp(x: number): number {
  if (x > 709) return Infinity;
  if (x < -745) return 0;
  let halvings = 0;
  while (x > 0.25 || x < -0.25) {
    x /= 2;
    halvings++;
  }
  let sum = 1;
  for (let k = 13; k >= 1; k--) sum = 1 + (x * sum) / k;
  for (; halvings > 0; halvings--) sum *= sum;
  return sum;
}

/** `base` to the power of `exponent`; `base` is positive. */
export function power(base: number, exponent: number): number {
  return exp(exponent * ln(base));
}

const TURN = 6.283185307179586;

/** The cosine of so many turns: 1 is 360 degrees. */
export function cosOfTurns(turns: number): number {
  let part = turns - Math.floor(turns);
  if (part > 0.5) part = 1 - part;
  // Over a quarter of a turn the cosine is that of the rest of half a turn, with the other sign.
  const negative = part > 0.25;
  if (negative) part = 0.5 - part;
  const angle = part * TURN;
  const square = angle * angle;
  let sum = 1;
  for (let k = 20; k >= 2; k -= 2) sum = 1 - (sum * square) / (k * (k - 1));
  return negative ? -sum : sum;
}

export function sinOfTurns(turns: number): number {
  return cosOfTurns(turns - 0.25);
}
