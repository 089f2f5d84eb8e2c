import { frozen } from './frozen.js';
import { isLineEnd } from './source-reader.js';
import type { SourceReader } from './source-reader.js';
import { ExpressionKind } from './syntax.js';
import type { Expression } from './syntax.js';

/** What a backslash and this character mean. */
const ESCAPES: readonly (readonly [string, string])[] = frozen([
  ['"', '"'],
  ['\\', '\\'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['$', '$'],
  ['_', ' '],
  ['?', '?'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
]);

/** Reads what follows the opening quote, with the closing one. `embedded` reads `$name`, `$[…]` or `$(…)`. */
export function readString(reader: SourceReader, embedded: () => Expression): Expression {
  const parts: (string | Expression)[] = [];
  let text = '';
  for (;;) {
    const next = reader.peek();
    if (next === '') throw reader.incomplete();
    if (next === '"') break;
    if (next === '\\') text += readEscape(reader);
    else if (next === '$' && startsEmbedded(reader.peek(1))) {
      if (text !== '') parts.push(text);
      text = '';
      parts.push(embedded());
    } else {
      text += next;
      reader.at++;
    }
  }
  reader.at++;
  if (text !== '') parts.push(text);
  return { kind: ExpressionKind.text, parts };
}

function startsEmbedded(character: string): boolean {
  return character === '[' || character === '(' || /^[A-Za-z0-9_]$/.test(character);
}

function readEscape(reader: SourceReader): string {
  const next = reader.peek(1);
  if (next === '') throw reader.incomplete();
  if (isLineEnd(next)) {
    reader.skipContinuation();
    return '';
  }
  for (const [letter, meaning] of ESCAPES) {
    if (letter !== next) continue;
    reader.at += 2;
    return meaning;
  }
  return readHex(reader);
}

/**
 * Reads `\A0` and what follows of the same kind. RouterOS strings are bytes: a run of them that is well-formed UTF-8
 * is that text, any other byte the character of ISO 8859-1 (so that the `\A0` of an export is U+00A0).
 */
function readHex(reader: SourceReader): string {
  const start = reader.at;
  const bytes: number[] = [];
  for (;;) {
    const match = /^\\([0-9A-F]{2})/.exec(reader.text.slice(reader.at, reader.at + 3));
    if (!match) break;
    bytes.push(parseInt(match[1]!, 16));
    reader.at += 3;
  }
  if (bytes.length === 0) throw reader.error('unknown escape in string', start);
  let text = '';
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes, i);
    let code = length === 1 ? bytes[i]! : bytes[i]! & (0x7f >> length);
    for (let j = 1; j < length; j++) code = (code << 6) | (bytes[i + j]! & 0x3f);
    text += String.fromCodePoint(code);
    i += length;
  }
  return text;
}

/** Bytes of the well-formed sequence at `i` (RFC 3629, 4); 1 where there is none. */
function sequenceLength(bytes: readonly number[], i: number): number {
  const first = bytes[i]!;
  const length = first < 0xc2 || first > 0xf4 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let j = 1; j < length; j++) {
    const byte = bytes[i + j];
    if (byte === undefined || (byte & 0xc0) !== 0x80) return 1;
  }
  const second = bytes[i + 1] ?? 0;
  if (first === 0xe0 && second < 0xa0) return 1;
  if (first === 0xed && second > 0x9f) return 1;
  if (first === 0xf0 && second < 0x90) return 1;
  return first === 0xf4 && second > 0x8f ? 1 : length;
}
