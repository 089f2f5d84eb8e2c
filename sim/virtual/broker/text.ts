/**
 * Reads `bytes[from..to)` as UTF-8. Undefined when that is not well-formed (overlong, a surrogate, beyond U+10FFFF, cut
 * short) or has U+0000 [MQTT-1.5.3-1] [MQTT-1.5.3-2]. EF BB BF stays as U+FEFF [MQTT-1.5.3-3].
 */
export function decodeText(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = '';
  let at = from;
  while (at < to) {
    const first = bytes[at++]!;
    if (first === 0) return undefined;
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    const following = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf8 ? 3 : 0;
    if (following === 0 || at + following > to) return undefined;
    let code = first & (0x3f >> following);
    for (let i = 0; i < following; i++) {
      const next = bytes[at++]!;
      if (next >> 6 !== 2) return undefined;
      code = (code << 6) | (next & 0x3f);
    }
    const least = following === 1 ? 0x80 : following === 2 ? 0x800 : 0x10000;
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
    text += String.fromCodePoint(code);
  }
  return text;
}

/** Encodes text as UTF-8. Throws a RangeError for an unpaired surrogate. */
export function encodeText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code >= 0xd800 && code < 0xe000) throw new RangeError(`unpaired surrogate at index ${i}`);
    if (code < 0x80) {
      bytes[at++] = code;
    } else if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else if (code < 0x10000) {
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else {
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
      i++;
    }
  }
  return bytes.slice(0, at);
}

/**
 * True for text with a control character (U+0001 to U+001F, U+007F to U+009F) or a non-character (U+FDD0 to U+FDEF, and
 * the last two of each plane), for which a server may close the connection (MQTT 3.1.1, 1.5.3).
 */
export function hasDiscouragedCharacter(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
    if ((code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe) return true;
  }
  return false;
}
