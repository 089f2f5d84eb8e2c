import type { ConsoleError } from './console-error.js';
import { ConditionKind, entriesOf, ExpressionKind, matching, parentOf, StatementKind } from './menu.js';
import type { Argument, Command, Condition, Expression, Menu, Script, Statement, Tree, Where, Word } from './menu.js';
import type { Parameter } from './parameter.js';
import { isLineEnd, readString, SourceReader } from './source-reader.js';

/** Longer operators stand before those that are their beginnings. */
const COMPARISONS = Object.freeze(['!=', '<=', '>=', '=', '<', '>', '~']);

/** Binary operators by precedence, the lowest first. */
const LEVELS: readonly (readonly string[])[] = Object.freeze([
  Object.freeze(['||', 'or']),
  Object.freeze(['&&', 'and']),
  COMPARISONS,
  Object.freeze(['.']),
  Object.freeze(['+', '-']),
  Object.freeze(['*', '/', '%']),
]);

/** Reads the expression between two parentheses. */
function readExpression(parts: Parser): Expression {
  return readLevel(parts, 0);
}

function readLevel(parts: Parser, level: number): Expression {
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
function takeOperator(reader: SourceReader, operators: readonly string[]): string {
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

function readUnary(parts: Parser): Expression {
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

/** Reads a condition: `rssi>-60 and address~"^AA"`. Names of properties stand on the left, values on the right. */
function readWhere(parts: Parser, where: Where): Condition {
  let left = readAnd(parts, where);
  while (takeOperator(parts.reader, ['||', 'or']) !== '') {
    left = { kind: ConditionKind.or, left, right: readAnd(parts, where) };
  }
  return left;
}

function readAnd(parts: Parser, where: Where): Condition {
  let left = readOne(parts, where);
  while (takeOperator(parts.reader, ['&&', 'and']) !== '') {
    left = { kind: ConditionKind.and, left, right: readOne(parts, where) };
  }
  return left;
}

function readOne(parts: Parser, where: Where): Condition {
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
  if (reader.ended) parts.hints?.onProperty(at, where);
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

function readRight(parts: Parser, property: Parameter | undefined): Expression {
  const { reader } = parts;
  reader.skipSpace();
  const at = reader.at;
  const part = parts.part();
  if (part) return part;
  const text = reader.bareValue('&|!');
  if (reader.ended) parts.hints?.onValue(at, property);
  if (text === '') throw reader.syntaxError(at);
  return { kind: ExpressionKind.word, text };
}

/** The longest name of a variable. */
const MAX_NAME = 64;

/** Is told what could follow at the end of the text, for completion. `from` is where the unfinished word begins. */
export interface Hints {
  onName(from: number, menu: Menu): void;
  onArgument(from: number, command: Command, given: readonly Argument[], flags: readonly string[]): void;
  onValue(from: number, parameter: Parameter | undefined): void;
  onProperty(from: number, where: Where): void;
}

/** Parses `text` as it would be typed in `menu`. Throws a ConsoleError with line and column. */
export function parseScript(text: string, tree: Tree, menu: Menu, hints?: Hints): Script {
  return new Parser(text, tree, menu, hints).script();
}

/**
 * Reads RouterOS's grammar. Names of menus, commands and parameters are looked up while reading, as RouterOS does, so
 * that a mistake in the last line of a script is found before its first line runs.
 */
class Parser {
  readonly reader: SourceReader;
  private readonly tree: Tree;
  private readonly root: Menu;
  readonly hints: Hints | undefined;
  private menu: Menu;

  constructor(text: string, tree: Tree, menu: Menu, hints: Hints | undefined) {
    this.reader = new SourceReader(text);
    this.tree = tree;
    this.root = tree.root;
    this.menu = menu;
    this.hints = hints;
  }

  script(): Script {
    const statements = this.statements('');
    return { source: this.reader.text, statements, menu: this.menu };
  }

  /** Reads a string, a variable, `[…]` or `(…)`; undefined when none of them stands here. */
  part(): Expression | undefined {
    const { reader } = this;
    if (reader.take('"')) return readString(reader, () => this.variable());
    if (reader.peek() === '$') return this.variable();
    if (reader.take('[')) return { kind: ExpressionKind.substitution, script: this.inner(']') };
    if (!reader.take('(')) return undefined;
    const expression = reader.nested(() => readExpression(this));
    reader.skipSpace();
    if (!reader.take(')')) throw reader.syntaxError();
    return expression;
  }

  /** Reads up to and including `closing`; the menu stays what it was before. */
  private inner(closing: string): Script {
    const { menu } = this;
    const statements = this.reader.nested(() => this.statements(closing));
    if (!this.reader.take(closing)) throw this.reader.syntaxError();
    const script = { source: this.reader.text, statements, menu: this.menu };
    this.menu = menu;
    return script;
  }

  private statements(closing: string): Statement[] {
    const { reader } = this;
    const statements: Statement[] = [];
    for (;;) {
      const separated = reader.skipBetween() || statements.length === 0;
      if (reader.ended && separated) this.hints?.onName(reader.at, this.menu);
      if (reader.ended || (closing !== '' && reader.peek() === closing)) return statements;
      statements.push(this.statement());
      reader.skipSpace();
      const next = reader.peek();
      if (next === closing || next === '' || next === ';' || isLineEnd(next)) continue;
      throw reader.error('expected end of command');
    }
  }

  private statement(): Statement {
    const { reader } = this;
    if (reader.take('{')) return { kind: StatementKind.block, block: this.inner('}') };
    let menu = this.menu;
    let moved = reader.take('/');
    if (moved || reader.take(':')) menu = this.root;
    for (;;) {
      reader.skipSpace();
      const at = reader.at;
      if (reader.take('..')) {
        menu = parentOf(this.root, menu);
      } else {
        const word = reader.word();
        if (reader.ended) this.hints?.onName(at, menu);
        if (word === '' && moved && reader.atStatementEnd) {
          this.menu = menu;
          return { kind: StatementKind.enter, menu };
        }
        const next = this.resolve(menu, word, at);
        if ('run' in next) return this.command(next, menu);
        menu = next;
      }
      moved = true;
      reader.take('/');
    }
  }

  private resolve(menu: Menu, word: string, at: number): Menu | Command {
    const all = entriesOf(menu, this.tree.bindings);
    const found = word === '' ? [] : matching(all, word);
    if (found.length === 1) return found[0]!;
    if (word === '') throw this.reader.syntaxError(at);
    if (found.length > 1) throw this.badWord('ambiguous command name ', word, at, found);
    throw this.badWord('bad command name ', word, at, all);
  }

  private badWord(what: string, word: string, at: number, allowed: readonly Word[]): ConsoleError {
    const names = allowed.map((entry) => entry.name);
    return this.reader.error(what + word, at, names);
  }

  private command(command: Command, menu: Menu): Statement {
    const outer = this.menu;
    // RouterOS reads [find …] in the menu of the command that it is an argument of.
    if (menu !== this.root) this.menu = menu;
    const given: Argument[] = [];
    const flags: string[] = [];
    const where = this.arguments(command, given, flags);
    this.menu = outer;
    return { kind: StatementKind.command, menu, command, arguments: given, flags, where };
  }

  private arguments(command: Command, given: Argument[], flags: string[]): Condition | undefined {
    const { reader } = this;
    for (;;) {
      reader.skipSpace();
      const at = reader.at;
      if (reader.ended) this.hints?.onArgument(at, command, given, flags);
      if (reader.atStatementEnd) return undefined;
      const word = reader.word();
      if (reader.ended) this.hints?.onArgument(at, command, given, flags);
      if (command.where && word === 'where') return readWhere(this, command.where);
      if (command.where?.bare) {
        reader.at = at;
        return readWhere(this, command.where);
      }
      if (word !== '' && reader.peek() === '=') {
        this.named(command, word, at, given);
      } else if (!this.flag(command, word, flags)) {
        reader.at = at;
        this.unnamed(command, given);
      }
      if (!reader.atStatementEnd && !isSeparated(reader)) throw reader.error('expected end of command');
    }
  }

  private flag(command: Command, word: string, flags: string[]): boolean {
    const found = word === '' ? [] : matching(command.flags ?? [], word);
    // A value may look like an abbreviated flag, so abbreviations count only where no value can stand.
    if (found.length !== 1 || (found[0]!.name !== word && command.unnamed)) return false;
    flags.push(found[0]!.name);
    return true;
  }

  private named(command: Command, word: string, at: number, given: Argument[]): void {
    const found = matching(command.parameters, word);
    if (found.length > 1) throw this.badWord('ambiguous parameter name ', word, at, found);
    if (found.length === 0) throw this.badWord('bad parameter name ', word, at, command.parameters);
    this.reader.at++;
    this.give(found[0]!, at, given, true);
  }

  private unnamed(command: Command, given: Argument[]): void {
    for (const name of command.unnamed ?? []) {
      const parameter = command.parameters.find((candidate) => candidate.name === name);
      if (!parameter || given.some((argument) => argument.name === name)) continue;
      return this.give(parameter, this.reader.at, given, false);
    }
    const free = command.parameters.filter(({ name }) => !given.some((argument) => argument.name === name));
    const names = [...(command.flags ?? []), ...free].map((word) => word.name);
    if (command.where) names.push('where');
    throw this.reader.error('expected end of command', this.reader.at, names);
  }

  private give(parameter: Parameter, at: number, given: Argument[], isNamed: boolean): void {
    if (given.some((argument) => argument.name === parameter.name)) {
      throw this.reader.error('argument ' + parameter.name + ' is given twice', at);
    }
    given.push({ name: parameter.name, expression: this.value(parameter, isNamed) });
  }

  private value(parameter: Parameter, isNamed: boolean): Expression {
    const { reader } = this;
    reader.skipContinuation();
    const from = reader.at;
    if (reader.take('{')) return this.block(from);
    const part = this.part();
    if (part) return part;
    const text = reader.bareValue('');
    // For a value without a name, `arguments` has already given the hint.
    if (reader.ended && isNamed) this.hints?.onValue(from, parameter);
    if (text === '' && !reader.atStatementEnd && !isSeparated(reader)) throw reader.syntaxError();
    return { kind: ExpressionKind.word, text };
  }

  private block(from: number): Expression {
    const script = this.inner('}');
    return { kind: ExpressionKind.block, text: this.reader.text.slice(from + 1, this.reader.at - 1), script };
  }

  /** `$name`, `$[…]` or `$(…)`. */
  private variable(): Expression {
    const { reader } = this;
    const at = reader.at++;
    if (reader.peek() === '[' || reader.peek() === '(') return this.part()!;
    const match = /^[A-Za-z0-9_]+/.exec(reader.text.slice(reader.at, reader.at + MAX_NAME));
    if (!match) throw reader.syntaxError(at + 1);
    reader.at += match[0].length;
    return { kind: ExpressionKind.variable, name: match[0] };
  }
}

/** Skips white space and continuations. Returns whether there were any. */
function isSeparated(reader: SourceReader): boolean {
  const from = reader.at;
  reader.skipSpace();
  return reader.at > from;
}
