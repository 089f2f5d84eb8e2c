import { int32le } from './integers.js';

/** Binary floating point number of 32 bits (IEEE 754), low byte first; NaN when it is infinite or no number. */
export function float32le(bytes: Uint8Array, at: number): number {
  const bits = int32le(bytes, at);
  const exponent = (bits >>> 23) & 0xff;
  if (exponent === 0xff) return NaN;
  // Below the least exponent there is no leading bit.
  const fraction = exponent === 0 ? (bits & 0x7fffff) << 1 : (bits & 0x7fffff) | 0x800000;
  const magnitude = fraction * Math.pow(2, exponent - 150);
  return bits < 0 ? -magnitude : magnitude;
}
