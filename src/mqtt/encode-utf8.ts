/**
 * Encodes text as UTF-8, for topics and settings at start-up.
 * Throws a RangeError for a surrogate without its partner [MQTT-1.5.3-1].
 */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code >= 0xd800 && code < 0xe000) {
      throw new RangeError('text has a surrogate without its partner at index ' + i);
    }
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    let following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    bytes[at++] = (0xff00 >> (following + 1)) | (code >> (6 * following));
    while (following-- > 0) bytes[at++] = 0x80 | ((code >> (6 * following)) & 0x3f);
    if (code > 0xffff) i++;
  }
  return bytes.slice(0, at);
}
