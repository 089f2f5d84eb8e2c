import { frozen } from './frozen.js';
import { takeOperator } from './expression-parser.js';
import type { PartReader } from './expression-parser.js';
import { matching } from './menu.js';
import type { Where } from './menu.js';
import type { Parameter } from './parameter.js';
import { ConditionKind, ExpressionKind } from './syntax.js';
import type { Condition, Expression } from './syntax.js';

/** What a reader of conditions tells to whoever completes a line. */
export interface WhereReader extends PartReader {
  /** A property is expected; what was typed of it begins at `from`. */
  expectProperty(from: number, where: Where): void;
  /** A value of `property` is expected. */
  expectValue(from: number, property: Parameter | undefined): void;
}

const COMPARISONS = frozen(['!=', '<=', '>=', '=', '<', '>', '~']);

/** Reads a condition: `rssi>-60 and address~"^AA"`. Names of properties stand on the left, values on the right. */
export function readWhere(parts: WhereReader, where: Where): Condition {
  let left = readAnd(parts, where);
  while (takeOperator(parts.reader, ['||', 'or']) !== '') {
    left = { kind: ConditionKind.or, left, right: readAnd(parts, where) };
  }
  return left;
}

function readAnd(parts: WhereReader, where: Where): Condition {
  let left = readOne(parts, where);
  while (takeOperator(parts.reader, ['&&', 'and']) !== '') {
    left = { kind: ConditionKind.and, left, right: readOne(parts, where) };
  }
  return left;
}

function readOne(parts: WhereReader, where: Where): Condition {
  const { reader } = parts;
  reader.skipSpace();
  if (reader.take('!')) {
    return reader.nested(() => ({ kind: ConditionKind.not, operand: readOne(parts, where) }));
  }
  if (reader.take('(')) {
    const condition = reader.nested(() => readWhere(parts, where));
    reader.skipSpace();
    if (!reader.take(')')) throw reader.syntaxError();
    return condition;
  }
  const at = reader.at;
  reader.take('$'); // RouterOS lets a property be written as a variable
  const word = reader.word();
  if (reader.ended) parts.expectProperty(at, where);
  if (word === '') throw reader.syntaxError(at);
  const found = matching(where.properties, word);
  if (found.length !== 1 && !where.open) {
    const names = (found.length > 1 ? found : where.properties).map((property) => property.name);
    throw reader.error('bad property name ' + word, at, names);
  }
  const property = found.length === 1 ? found[0]!.name : word;
  const operator = takeOperator(reader, COMPARISONS);
  if (operator === '') return { kind: ConditionKind.truth, property };
  return { kind: ConditionKind.compare, property, operator, right: readRight(parts, found[0]) };
}

function readRight(parts: WhereReader, property: Parameter | undefined): Expression {
  const { reader } = parts;
  reader.skipSpace();
  const at = reader.at;
  const part = parts.part();
  if (part) return part;
  const text = reader.bareValue('&|!');
  if (reader.ended) parts.expectValue(at, property);
  if (text === '') throw reader.syntaxError(at);
  return { kind: ExpressionKind.word, text };
}
