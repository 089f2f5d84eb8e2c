import { ADDRESS_SIZE } from '../../tags/tag-places.js';

/** Hexadecimal digits of `length` bytes from `bytes[from]` on, with `between` between two bytes. */
export function hexText(bytes: Uint8Array, from: number, length: number, between = ''): string {
  let text = '';
  for (let i = 0; i < length; i++) {
    const byte = bytes[from + i]!;
    text += (i > 0 ? between : '') + (byte < 16 ? '0' : '') + byte.toString(16);
  }
  return text;
}

/** `AA:BB:CC:DD:EE:FF`: the 6 bytes from `bytes[from]` on. */
export function addressText(bytes: Uint8Array, from: number): string {
  return hexText(bytes, from, ADDRESS_SIZE, ':').toUpperCase();
}
