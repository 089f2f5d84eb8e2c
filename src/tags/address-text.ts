import { ADDRESS_SIZE } from './address.js';

/*
 * Addresses and other bytes as people write them. All of it allocates; it is for start-up and for consoles.
 */

/** Hexadecimal digits of `bytes[from..to)`, two for each, with `between` between two bytes. */
export function hexText(bytes: Uint8Array, from: number, to: number, between: string): string {
  let text = '';
  for (let i = from; i < to; i++) text += (i > from ? between : '') + bytes[i]!.toString(16).padStart(2, '0');
  return text;
}

/** `AA:BB:CC:DD:EE:FF`: the 6 bytes from `bytes[from]` on. */
export function addressText(bytes: Uint8Array, from: number): string {
  return hexText(bytes, from, from + ADDRESS_SIZE, ':').toUpperCase();
}

/** The first `length` bytes that pairs of hexadecimal digits stand for; what they are is not checked. */
export function hexBytes(digits: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = parseInt(digits.substring(2 * i, 2 * i + 2), 16);
  return bytes;
}

/**
 * The 6 bytes of `AA:BB:CC:DD:EE:FF` (or with hyphens, or without), in this order. Throws a RangeError for any other
 * text.
 */
export function parseAddress(text: string): Uint8Array {
  let digits = '';
  let at = 0;
  for (let i = 0; i < ADDRESS_SIZE; i++) {
    const separator = text.charAt(at);
    if (i > 0 && (separator === ':' || separator === '-')) at++;
    digits += text.substring(at, at + 2);
    at += 2;
  }
  if (at !== text.length || !isHexadecimal(digits)) {
    throw new RangeError('address must be six bytes in hexadecimal, such as AA:BB:CC:DD:EE:FF, got "' + text + '"');
  }
  return hexBytes(digits, ADDRESS_SIZE);
}

/** Not by a regular expression: it would be the only one on an ESP8266, and the engine has 36 KB of code for them. */
export function isHexadecimal(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = code | 0x20;
    if (!(code >= 0x30 && code <= 0x39) && !(letter >= 0x61 && letter <= 0x66)) return false;
  }
  return true;
}
