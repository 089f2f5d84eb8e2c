import { frozen } from './frozen.js';
import type { SourceReader } from './source-reader.js';
import { ExpressionKind } from './syntax.js';
import type { Expression } from './syntax.js';

/** What reads the parts of an expression that hold commands. */
export interface PartReader {
  readonly reader: SourceReader;
  /** Reads a string, a variable, `[…]` or `(…)`; undefined when none of them stands here. */
  part(): Expression | undefined;
}

/** Operators by how tightly they bind, the loosest first; longer ones before their beginnings. */
const LEVELS: readonly (readonly string[])[] = frozen([
  ['||', 'or'],
  ['&&', 'and'],
  ['!=', '<=', '>=', '=', '<', '>', '~'],
  ['.'],
  ['+', '-'],
  ['*', '/', '%'],
]);

/** Reads what stands between parentheses. */
export function readExpression(parts: PartReader): Expression {
  return readLevel(parts, 0);
}

function readLevel(parts: PartReader, level: number): Expression {
  if (level === LEVELS.length) return readUnary(parts);
  let left = readLevel(parts, level + 1);
  for (;;) {
    const operator = takeOperator(parts.reader, LEVELS[level]!);
    if (operator === '') return left;
    const right = readLevel(parts, level + 1);
    left = { kind: ExpressionKind.binary, operator, left, right };
  }
}

/** Reads one of `operators`; empty when none stands here. `or` and `and` read as `||` and `&&`. */
export function takeOperator(reader: SourceReader, operators: readonly string[]): string {
  reader.skipSpace();
  for (const operator of operators) {
    const isWord = operator === 'or' || operator === 'and';
    if (isWord && /^[\w-]/.test(reader.peek(operator.length))) continue;
    if (!reader.take(operator)) continue;
    if (!isWord) return operator;
    return operator === 'or' ? '||' : '&&';
  }
  return '';
}

function readUnary(parts: PartReader): Expression {
  const { reader } = parts;
  reader.skipSpace();
  for (const operator of ['!', '-']) {
    if (!reader.take(operator)) continue;
    return reader.nested(() => ({ kind: ExpressionKind.unary, operator, operand: readUnary(parts) }));
  }
  const part = parts.part();
  if (part) return part;
  const at = reader.at;
  const text = /^\d/.test(reader.peek()) ? readNumber(reader) : reader.word();
  if (text === '') throw reader.syntaxError(at);
  return { kind: ExpressionKind.word, text };
}

/** A number, a time or an address. A dot belongs to it only before a digit, since it also joins texts. */
function readNumber(reader: SourceReader): string {
  const match = /^[0-9A-Za-z:]+(\.[0-9]+)*/.exec(reader.text.slice(reader.at, reader.at + 64));
  const text = match ? match[0] : '';
  reader.at += text.length;
  return text;
}
