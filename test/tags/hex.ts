/** Bytes from hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new Error('not hexadecimal: ' + text);
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Small hexadecimal digits of `bytes[from..to)`. */
export function toHex(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return Array.from(bytes.slice(from, to), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
