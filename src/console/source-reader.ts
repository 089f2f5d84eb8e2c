import { decodeUtf8Lossy } from '../bytes/utf8.js';
import { ExpressionKind } from './menu.js';
import type { Expression } from './menu.js';
import { isNameCharacter } from './secrets.js';
import { expectedText } from './value.js';

/** The deepest nesting of brackets, parentheses and blocks: XS has a small stack. */
const MAX_DEPTH = 16;

/** Reads a text character by character. White space is space, tab and U+00A0, which RouterOS's exports contain. */
export class SourceReader {
  readonly text: string;
  at = 0;
  /** True when the text ended inside a string, a block or brackets. */
  endedEarly = false;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  /** The character at `offset` from here; empty beyond the end. */
  peek(offset = 0): string {
    return this.text.charAt(this.at + offset);
  }

  /** Reads `expected` if it stands here. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  /** Skips white space within a line, also `\` with the line end behind it. */
  skipSpace(): void {
    for (;;) {
      if (isSpace(this.peek())) this.at++;
      else if (!this.skipContinuation()) return;
    }
  }

  /** Skips `\`, the line end behind it and the white space of the next line. */
  skipContinuation(): boolean {
    if (this.peek() !== '\\') return false;
    const next = this.peek(1);
    if (next === '') throw this.incomplete();
    if (next !== '\n' && next !== '\r') return false;
    this.at += next === '\r' && this.peek(2) === '\n' ? 3 : 2;
    while (isSpace(this.peek())) this.at++;
    return true;
  }

  /**
   * Skips white space, line ends, `;` and comments: all that can stand between two statements. Returns whether a line
   * end or `;` was among it.
   */
  skipBetween(): boolean {
    let separated = false;
    for (;;) {
      this.skipSpace();
      const next = this.peek();
      if (next === '#') while (!this.ended && !isLineEnd(this.peek())) this.at++;
      else if (next === ';' || isLineEnd(next)) {
        separated = true;
        this.at++;
      } else return separated;
    }
  }

  /** Reads a name: letters, digits, `_` and `-`, which does not come first. Empty when none stands here. */
  word(): string {
    const from = this.at;
    if (this.peek() === '-') return '';
    while (isNameCharacter(this.text.charCodeAt(this.at))) this.at++;
    return this.text.slice(from, this.at);
  }

  /** Reads a bare value: up to white space, a separator or a bracket, or up to one of `stops`. */
  bareValue(stops: string): string {
    const from = this.at;
    while (!this.ended && !endsBareValue(this.peek()) && !stops.includes(this.peek())) this.at++;
    return this.text.slice(from, this.at);
  }

  /** True where a statement can end: at a line end, `;`, a closing bracket or the end of the text. */
  get atStatementEnd(): boolean {
    const next = this.peek();
    return next === '' || next === ';' || next === ']' || next === '}' || next === ')' || isLineEnd(next);
  }

  /** Calls `read` one level deeper. */
  nested<T>(read: () => T): T {
    if (this.depth === MAX_DEPTH) throw this.error('nested too deeply');
    this.depth++;
    const result = read();
    this.depth--;
    return result;
  }

  /** Calls `read` for what stands behind an opening parenthesis, one level deeper, and reads the closing one. */
  inParentheses<T>(read: () => T): T {
    const result = this.nested(read);
    this.skipSpace();
    if (!this.take(')')) throw this.syntaxError();
    return result;
  }

  /** `message (line 1 column 7)`, with the names that are allowed there. */
  error(message: string, at = this.at, allowed: readonly string[] = []): RangeError {
    return new RangeError(message + ' ' + placeText(this.text, at) + expectedText(allowed));
  }

  syntaxError(at = this.at): RangeError {
    return at >= this.text.length ? this.incomplete() : this.error('syntax error', at);
  }

  /** More text was expected. */
  incomplete(): RangeError {
    this.endedEarly = true;
    return this.error('syntax error', this.text.length);
  }
}

/** `(line 1 column 7)`: the place of index `at` in `text`, both counted from 1. */
function placeText(text: string, at: number): string {
  let line = 1;
  let start = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) {
    line++;
    start = i + 1;
  }
  return '(line ' + line + ' column ' + (at - start + 1) + ')';
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\u00a0';
}

export function isLineEnd(character: string): boolean {
  return character === '\n' || character === '\r';
}

function endsBareValue(character: string): boolean {
  return isSpace(character) || isLineEnd(character) || ';"[](){}$\\'.includes(character);
}

/** Characters that can stand behind a backslash, and what each means there. */
const ESCAPES = '"\\nrt$_?abfv';
const ESCAPED = '"\\\n\r\t$ ?\x07\b\f\v';

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
  const escape = ESCAPES.indexOf(next);
  if (escape < 0) return readHex(reader);
  reader.at += 2;
  return ESCAPED[escape]!;
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
  return decodeUtf8Lossy(Uint8Array.from(bytes), (byte) => String.fromCharCode(byte));
}
