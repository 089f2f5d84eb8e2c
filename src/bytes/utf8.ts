/** The text of well-formed UTF-8 in `bytes[from..to)`. For start-up and consoles: each character makes a string. */
export function decodeUtf8(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  let i = from;
  while (i < to) {
    const first = bytes[i++]!;
    let following = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = following === 0 ? first : first & (0x3f >> following);
    while (following-- > 0) code = (code << 6) | (bytes[i++]! & 0x3f);
    text += String.fromCodePoint(code);
  }
  return text;
}
