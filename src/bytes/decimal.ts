import type { ViewedBytes } from '../mqtt/viewed-bytes.js';

const MAX_WHOLE = 9007199254740991;
/** The largest number that is counted with integers. */
const MAX_INTEGER = 0x7fffffff;
const MILLION = 1000000;
/** Digits of a time of day in milliseconds since 1970: between 2001 and 2286. */
const TIME_DIGITS = 13;
const MIN_TIME = 1e12;
const MAX_TIME = 1e13 - 1;
const POINT = 0x2e;
const MINUS = 0x2d;
/** Powers of ten. */
const SCALES: readonly number[] = Object.freeze([1, 10, 100, 1000, 10000, 100000, MILLION]);
/** The numbers below 100 as two digits, the first one in the low byte: what a view writes low byte first. */
export const PAIRS = new Uint16Array(100);
for (let i = 0; i < PAIRS.length; i++) PAIRS[i] = 0x3030 + ((i % 10) << 8) + Math.floor(i / 10);

/**
 * Writes `value` to `into[at..to)` as a decimal number in ASCII, rounded to at most `decimals` digits behind the
 * point, without trailing zeros, without exponent: the text of `value.toFixed(decimals)` but for trailing zeros and
 * minus zero, which is `0`. Rounding is that of the exact value, a tie away from zero.
 *
 * `decimals` is 0 to 6, the magnitude of `value` at most 2^53 - 1. Returns the index behind the number, or -1 when it
 * does not fit or is out of range (bytes may have been written then).
 */
export function writeDecimal(value: number, decimals: number, into: ViewedBytes, at: number, to: number): number {
  const magnitude = value < 0 ? -value : value;
  let number = magnitude | 0;
  if (number === magnitude) {
    // Whole, as most numbers are, and most of them have one or two digits.
    if (number < 100 && to - at > 2) {
      if (value < 0) {
        into[at] = MINUS;
        at++;
      }
      if (number >= 10) {
        const tens = (number / 10) | 0;
        into[at] = 0x30 + tens;
        at++;
        number -= 10 * tens;
      }
      into[at] = 0x30 + number;
      return at + 1;
    }
    decimals = 0;
  } else {
    const scaled = decimals > 0 ? magnitude * SCALES[decimals]! : magnitude;
    if (!(scaled < MAX_INTEGER)) return writeLong(value, magnitude, decimals, into, at, to);
    number = scaled | 0;
    const rest = scaled - number;
    if (rest > 0.499999) {
      // The product is off by less than 2^-22, which decides nothing elsewhere.
      if (rest < 0.500001) return writeExact(value, decimals, into, at, to);
      number++;
    }
    while (decimals > 0 && number % 10 === 0) {
      number = (number / 10) | 0;
      decimals--;
    }
  }
  if (value < 0 && number > 0) {
    if (at >= to) return -1;
    into[at] = MINUS;
    at++;
  }
  let end = at + (number < 10 ? 1 : number < 100 ? 2 : number < 1000 ? 3 : digitsOf(number));
  if (decimals > 0) end = end <= at + decimals ? at + decimals + 2 : end + 1;
  if (end > to) return -1;
  let i = end;
  // Two digits of a table with one call take less than two divisions.
  const view = into.view;
  if (decimals > 0) {
    for (; decimals > 1 && view; decimals -= 2) {
      const hundredth = (number / 100) | 0;
      i -= 2;
      view.setUint16(i, PAIRS[number - 100 * hundredth]!, true);
      number = hundredth;
    }
    for (; decimals > 0; decimals--) {
      const tenth = (number / 10) | 0;
      into[--i] = 0x30 + number - 10 * tenth;
      number = tenth;
    }
    into[--i] = POINT;
  }
  while (number >= 100 && view) {
    const hundredth = (number / 100) | 0;
    i -= 2;
    view.setUint16(i, PAIRS[number - 100 * hundredth]!, true);
    number = hundredth;
  }
  while (number >= 10) {
    const tenth = (number / 10) | 0;
    into[--i] = 0x30 + number - 10 * tenth;
    number = tenth;
  }
  into[i - 1] = 0x30 + number;
  return end;
}

/**
 * As `writeDecimal` without decimals, for a time of day in milliseconds since 1970: here its 13 digits take half as
 * long. Returns -1 also when `at` is negative.
 */
export function writeTime(value: number, into: ViewedBytes, at: number, to: number): number {
  if (at < 0) return -1;
  const view = into.view;
  const millions = Math.floor(value / MILLION);
  const low = (value - millions * MILLION) | 0;
  const isTime = value >= MIN_TIME && value <= MAX_TIME && millions * MILLION + low === value;
  if (!view || !isTime || to - at < TIME_DIGITS) return writeDecimal(value, 0, into, at, to);
  const pairs = PAIRS;
  const high = (millions / 10000) | 0;
  const middle = millions - 10000 * high;
  const first = (high / 100) | 0;
  const third = (middle / 100) | 0;
  const fifth = (low / 10000) | 0;
  const rest = low - 10000 * fifth;
  const sixth = (rest / 100) | 0;
  into[at] = 0x30 + first;
  view.setUint16(at + 1, pairs[high - 100 * first]!, true);
  view.setUint16(at + 3, pairs[third]!, true);
  view.setUint16(at + 5, pairs[middle - 100 * third]!, true);
  view.setUint16(at + 7, pairs[fifth]!, true);
  view.setUint16(at + 9, pairs[sixth]!, true);
  view.setUint16(at + 11, pairs[rest - 100 * sixth]!, true);
  return at + TIME_DIGITS;
}

/** Digits of a whole number from 1000 to 2^31. */
function digitsOf(number: number): number {
  let digits = 4;
  for (let bound = 10000; number >= bound; bound *= 10) digits++;
  return digits;
}

/** As `writeDecimal`, of a number that is too large for integers: of a time, two integers make one. */
function writeLong(
  value: number,
  magnitude: number,
  decimals: number,
  into: ViewedBytes,
  at: number,
  to: number,
): number {
  const millions = Math.floor(magnitude / MILLION);
  const isTwo = magnitude % 1 === 0 && magnitude > MAX_INTEGER && millions < MAX_INTEGER;
  if (!isTwo) return writeExact(value, decimals, into, at, to);
  at = writeDecimal(value < 0 ? -millions : millions, 0, into, at, to);
  return at < 0 ? -1 : writeDigits(magnitude - millions * MILLION, 6, into, at, to);
}

/** As `writeDecimal`, of every number. */
function writeExact(value: number, decimals: number, into: Uint8Array, at: number, to: number): number {
  const magnitude = Math.abs(value);
  if (!(magnitude <= MAX_WHOLE)) return -1;
  let whole = Math.floor(magnitude);
  let scale = 1;
  for (let i = 0; i < decimals; i++) scale *= 10;
  // The difference is exact, and the fraction below 1 keeps the scaled number small.
  let fraction = roundProduct(magnitude - whole, scale);
  if (fraction === scale) {
    fraction = 0;
    whole++;
  }
  if (value < 0 && (whole > 0 || fraction > 0)) {
    if (at >= to) return -1;
    into[at++] = MINUS;
  }
  let digits = 1;
  for (let rest = whole; rest >= 10; rest = quotient10(rest)) digits++;
  at = writeDigits(whole, digits, into, at, to);
  if (fraction === 0 || at < 0) return at;
  digits = decimals;
  while (fraction % 10 === 0) {
    fraction = quotient10(fraction);
    digits--;
  }
  if (at >= to) return -1;
  into[at++] = POINT;
  return writeDigits(fraction, digits, into, at, to);
}

/**
 * `value` rounded as `writeDecimal` rounds it: the number that a reader makes of its text. `decimals` and `value` are
 * as there.
 */
export function roundDecimal(value: number, decimals: number): number {
  const magnitude = Math.abs(value);
  const whole = Math.floor(magnitude);
  let scale = 1;
  for (let i = 0; i < decimals; i++) scale *= 10;
  // From here on numbers lie further apart than the decimals.
  if (!(whole * scale <= MAX_WHOLE)) return value;
  const rounded = (whole * scale + roundProduct(magnitude - whole, scale)) / scale;
  return value < 0 && rounded > 0 ? -rounded : rounded;
}

function writeDigits(number: number, digits: number, into: Uint8Array, at: number, to: number): number {
  if (digits > to - at) return -1;
  for (let i = at + digits - 1; i >= at; i--) {
    const digit = number % 10;
    into[i] = 0x30 + digit;
    number = (number - digit) / 10;
  }
  return at + digits;
}

function quotient10(number: number): number {
  return (number - (number % 10)) / 10;
}

/** The whole number nearest to the exact product of `fraction` (0 to below 1) and `scale`; the upper one at a tie. */
function roundProduct(fraction: number, scale: number): number {
  const product = fraction * scale;
  const below = Math.floor(product);
  const rest = product - below;
  if (rest !== 0.5) return rest > 0.5 ? below + 1 : below;
  // Only where the rounded product is a tie can the exact one lie on the other side of it. Dekker's product gives
  // the rounding error exactly: both factors are split into halves whose products are exact.
  const split = fraction * 134217729;
  const high = split - (split - fraction);
  const low = fraction - high;
  const error = high * scale - product + low * scale;
  return error >= 0 ? below + 1 : below;
}
