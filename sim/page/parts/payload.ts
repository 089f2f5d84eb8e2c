/** Payloads for people. */

/** The text as JSON with indents; undefined: it is no JSON object or list. Numbers keep their digits. */
export function indentJson(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
  } catch {
    return undefined;
  }
  // The text is indented as it is: JSON.parse would write 1.0 as 1, and large numbers wrongly.
  let out = '';
  let depth = 0;
  const line = (): string => `\n${'  '.repeat(depth)}`;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      let end = at + 1;
      while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
      out += text.slice(at, end + 1);
      at = end;
    } else if (character === '{' || character === '[') {
      const inside = /^\s*[}\]]/.exec(text.slice(at + 1, at + 64));
      if (inside) {
        out += character + inside[0].trim();
        at += inside[0].length;
      } else {
        depth++;
        out += character + line();
      }
    } else if (character === '}' || character === ']') {
      depth--;
      out += line() + character;
    } else if (character === ',') out += `,${line()}`;
    else if (character === ':') out += ': ';
    else if (!/\s/.test(character)) out += character;
  }
  return out;
}

/** Lines of 16 bytes: their place, the bytes, and what they are as ASCII. `hex`: two digits for each byte. */
export function hexDump(hex: string): string {
  const lines: string[] = [];
  const count = Math.floor(hex.length / 2);
  for (let at = 0; at < count; at += 16) {
    const bytes: number[] = [];
    for (let i = at; i < Math.min(count, at + 16); i++) bytes.push(parseInt(hex.slice(2 * i, 2 * i + 2), 16));
    const digits = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
    const left = digits.slice(0, 8).join(' ');
    const right = digits.slice(8).join(' ');
    const ascii = bytes.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${left.padEnd(23)}  ${right.padEnd(23)}  ${ascii}`);
  }
  return lines.join('\n');
}

/** A topic is wanted by the words of a person: an MQTT filter when it has `+` or `#`, else a part of the topic. */
export function topicMatches(wanted: string, topic: string): boolean {
  if (!/(^|\/)[+#](\/|$)/.test(wanted)) return topic.toLowerCase().includes(wanted.toLowerCase());
  const levels = topic.split('/');
  const filter = wanted.split('/');
  for (let i = 0; i < filter.length; i++) {
    if (filter[i] === '#') return true;
    if (i >= levels.length || (filter[i] !== '+' && filter[i] !== levels[i])) return false;
  }
  return levels.length === filter.length;
}
