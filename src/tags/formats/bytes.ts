/** Signed 8-bit number at `at`. The caller has checked the bounds, here and below. */
export function int8(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) >> 24;
}

/** Signed 16-bit number, low byte first. */
export function int16le(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16;
}

/** Signed 16-bit number, high byte first. */
export function int16be(bytes: Uint8Array, at: number): number {
  return (((bytes[at]! << 8) | bytes[at + 1]!) << 16) >> 16;
}

/** Unsigned 16-bit number, low byte first. */
export function uint16le(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

/** Unsigned 16-bit number, high byte first. */
export function uint16be(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Unsigned 24-bit number, low byte first. */
export function uint24le(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
}

/** Unsigned 24-bit number, high byte first. */
export function uint24be(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

/** Signed 32-bit number, low byte first. */
export function int32le(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Unsigned 32-bit number, low byte first. */
export function uint32le(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Unsigned 32-bit number, high byte first. */
export function uint32be(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

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

/** Text of characters below U+0080 as bytes. Allocates; for start-up. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
