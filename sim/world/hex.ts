/** The bytes of pairs of hexadecimal digits; `:` and `-` between them are passed over. The text must be valid. */
export function bytesFromHex(text: string): Uint8Array {
  const digits = text.replaceAll(/[:-]/g, '');
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}
