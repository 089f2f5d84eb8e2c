import { ConditionKind, entriesOf, ExpressionKind, parametersOf, parentOf, StatementKind } from './menu.js';
import type { Argument, Command, Condition, Expression, Menu, Script, Statement, Tree } from './menu.js';
import { isMarked, matchingParameters, nameOf } from './parameter.js';
import type { Parameter } from './parameter.js';
import { isNameCharacter } from './secrets.js';
import { comparableProperties } from './table.js';
import { isLineEnd, readString, SourceReader } from './source-reader.js';
import { startsWithDigit } from './value.js';

/** Binary operators by precedence, the lowest first; longer ones stand before those that are their beginnings. */
const LEVELS: readonly string[] = Object.freeze(['|| or', '&& and', '!= <= >= = < > ~', '.', '+ -', '* / %']);

/** Places in `LEVELS`. */
const enum Level {
  or = 0,
  and = 1,
  comparison = 2,
}

/** Reads an expression whose operators are of `level` or higher ones: of any, between two parentheses. */
function readExpression(parts: Parser, level = Level.or): Expression {
  if (level === LEVELS.length) return readUnary(parts);
  let left = readExpression(parts, level + 1);
  for (;;) {
    const operator = takeOperator(parts.reader, level);
    if (operator === '') return left;
    const right = readExpression(parts, level + 1);
    left = { kind: ExpressionKind.binary, operator, left, right };
  }
}

/** Reads an operator of `level`; empty when none stands here. `or` and `and` read as `||` and `&&`. */
function takeOperator(reader: SourceReader, level: Level): string {
  reader.skipSpace();
  const operators = LEVELS[level]!.split(' ');
  for (const operator of operators) {
    const isWord = operator === 'or' || operator === 'and';
    if (isWord && isNameCharacter(reader.peek(operator.length).charCodeAt(0))) continue;
    if (reader.take(operator)) return isWord ? operators[0]! : operator;
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
  const text = startsWithDigit(reader.peek()) ? readNumber(reader) : reader.word();
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
function readWhere(parts: Parser, menu: Menu, level = Level.or): Condition {
  if (level === Level.comparison) return readComparison(parts, menu);
  let left = readWhere(parts, menu, level + 1);
  while (takeOperator(parts.reader, level) !== '') {
    const kind = level === Level.or ? ConditionKind.or : ConditionKind.and;
    left = { kind, left, right: readWhere(parts, menu, level + 1) };
  }
  return left;
}

function readComparison(parts: Parser, menu: Menu): Condition {
  const { reader } = parts;
  reader.skipSpace();
  if (reader.take('!')) {
    return reader.nested(() => ({ kind: ConditionKind.not, operand: readComparison(parts, menu) }));
  }
  if (reader.take('(')) return reader.inParentheses(() => readWhere(parts, menu));
  const at = reader.at;
  reader.take('$'); // RouterOS lets a property be written as a variable
  const word = reader.word();
  if (reader.ended) parts.hints?.onProperty(at, menu);
  if (word === '') throw reader.syntaxError(at);
  const properties = comparableProperties(menu.table!);
  const found = matchingParameters(properties, word);
  // Rows that have more properties than are declared are asked for any name.
  if (found.length !== 1 && !menu.table!.more) {
    throw reader.error('bad property name ' + word, at, (found.length > 1 ? found : properties).map(nameOf));
  }
  const property = found.length === 1 ? nameOf(found[0]!) : word;
  const operator = takeOperator(reader, Level.comparison);
  if (operator === '') return { kind: ConditionKind.truth, property };
  return { kind: ConditionKind.compare, property, operator, right: readRight(parts, menu, found[0]) };
}

function readRight(parts: Parser, menu: Menu, property: Parameter | undefined): Expression {
  const { reader } = parts;
  reader.skipSpace();
  const at = reader.at;
  const part = parts.part();
  if (part) return part;
  const text = reader.bareValue('&|!');
  if (reader.ended) parts.hints?.onValue(at, menu, property);
  if (text === '') throw reader.syntaxError(at);
  return { kind: ExpressionKind.word, text };
}

/** The longest name of a variable. */
const MAX_NAME = 64;

/** A command whose arguments are being read. */
export interface Invocation {
  readonly command: Command;
  /** The menu that has it. */
  readonly menu: Menu;
  readonly parameters: readonly Parameter[];
  /** Read so far. */
  readonly given: Argument[];
  readonly flags: string[];
}

export function isGiven({ given }: Invocation, parameter: Parameter): boolean {
  return given.some((argument) => argument.parameter === parameter);
}

/** Is told what could follow at the end of the text, for completion. `from` is where the unfinished word begins. */
export interface Hints {
  onName(from: number, menu: Menu): void;
  onArgument(from: number, invocation: Invocation): void;
  onValue(from: number, menu: Menu, parameter: Parameter | undefined): void;
  /** A property of the rows of `menu`. */
  onProperty(from: number, menu: Menu): void;
}

/** True when more lines must follow: `text` ends inside a string, brackets or a block, or with `\`. */
export function isIncomplete(text: string, tree: Tree, menu: Menu): boolean {
  const parser = new Parser(text, tree, menu, undefined);
  try {
    parser.script();
    return false;
  } catch {
    return parser.reader.endedEarly;
  }
}

/** Parses `text` as it would be typed in `menu`. Throws a RangeError with line and column. */
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
    const statements = this.readStatements('');
    return { source: this.reader.text, statements, menu: this.menu };
  }

  /** Reads a string, a variable, `[…]` or `(…)`; undefined when none of them stands here. */
  part(): Expression | undefined {
    const { reader } = this;
    if (reader.take('"')) return readString(reader, () => this.readVariable());
    if (reader.peek() === '$') return this.readVariable();
    if (reader.take('[')) return { kind: ExpressionKind.substitution, script: this.readInner(']') };
    return reader.take('(') ? reader.inParentheses(() => readExpression(this)) : undefined;
  }

  /** Reads up to and including `closing`; the menu stays what it was before. */
  private readInner(closing: string): Script {
    const { menu } = this;
    const statements = this.reader.nested(() => this.readStatements(closing));
    if (!this.reader.take(closing)) throw this.reader.syntaxError();
    const script = { source: this.reader.text, statements, menu: this.menu };
    this.menu = menu;
    return script;
  }

  private readStatements(closing: string): Statement[] {
    const { reader } = this;
    const statements: Statement[] = [];
    for (;;) {
      const separated = reader.skipBetween() || statements.length === 0;
      if (reader.ended && separated) this.hints?.onName(reader.at, this.menu);
      if (reader.ended || (closing !== '' && reader.peek() === closing)) return statements;
      statements.push(this.readStatement());
      reader.skipSpace();
      const next = reader.peek();
      if (next === closing || next === '' || next === ';' || isLineEnd(next)) continue;
      throw reader.error('expected end of command');
    }
  }

  private readStatement(): Statement {
    const { reader } = this;
    if (reader.take('{')) return { kind: StatementKind.block, block: this.readInner('}') };
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
        const next = this.findEntry(menu, word, at);
        if ('run' in next) return this.readCommand(next, menu);
        menu = next;
      }
      moved = true;
      reader.take('/');
    }
  }

  private findEntry(menu: Menu, word: string, at: number): Menu | Command {
    const all = entriesOf(menu, this.tree.bindings);
    if (word === '') throw this.reader.syntaxError(at);
    const exact = all.find((entry) => entry.name === word);
    if (exact) return exact;
    const found = all.filter((entry) => entry.name.startsWith(word));
    if (found.length === 1) return found[0]!;
    const names = (found.length > 1 ? found : all).map((entry) => entry.name);
    throw this.badWord('command', word, at, found.length > 1, names);
  }

  private badWord(what: string, word: string, at: number, ambiguous: boolean, names: string[]): RangeError {
    return this.reader.error((ambiguous ? 'ambiguous ' : 'bad ') + what + ' name ' + word, at, names);
  }

  private readCommand(command: Command, menu: Menu): Statement {
    const outer = this.menu;
    // RouterOS reads [find …] in the menu of the command that it is an argument of.
    if (menu !== this.root) this.menu = menu;
    const parameters = parametersOf(command, menu);
    const given: Argument[] = [];
    const flags: string[] = [];
    const invocation: Invocation = { command, menu, parameters, given, flags };
    const where = this.readArguments(invocation);
    this.menu = outer;
    const missing = parameters.find((each) => isMarked(each, 'required') && !isGiven(invocation, each));
    return {
      kind: StatementKind.command,
      menu,
      command,
      arguments: given,
      flags,
      where,
      missing: missing && nameOf(missing),
    };
  }

  private readArguments(invocation: Invocation): Condition | undefined {
    const { reader } = this;
    const { where } = invocation.command;
    for (;;) {
      reader.skipSpace();
      const at = reader.at;
      if (reader.ended) this.hints?.onArgument(at, invocation);
      if (reader.atStatementEnd) return undefined;
      const word = reader.word();
      if (reader.ended) this.hints?.onArgument(at, invocation);
      if (where && word === 'where') return readWhere(this, invocation.menu);
      if (where === 'optional') {
        reader.at = at;
        return readWhere(this, invocation.menu);
      }
      if (word !== '' && reader.peek() === '=') {
        this.readNamed(invocation, word, at);
      } else if (!takesWord(invocation, word)) {
        reader.at = at;
        this.readUnnamed(invocation);
      }
      if (!reader.atStatementEnd && !isSeparated(reader)) throw reader.error('expected end of command');
    }
  }

  private readNamed(invocation: Invocation, word: string, at: number): void {
    const { parameters } = invocation;
    const found = matchingParameters(parameters, word);
    if (found.length !== 1) {
      const names = (found.length > 1 ? found : parameters).map(nameOf);
      throw this.badWord('parameter', word, at, found.length > 1, names);
    }
    this.reader.at++;
    this.addArgument(invocation, found[0]!, at, true);
  }

  private readUnnamed(invocation: Invocation): void {
    const { command, parameters } = invocation;
    const free = parameters.filter((each) => !isGiven(invocation, each));
    const next = free.find((each) => isMarked(each, 'unnamed'));
    if (next) return this.addArgument(invocation, next, this.reader.at, false);
    const names = [...(command.words ?? []), ...free].map(nameOf);
    if (command.where) names.push('where');
    throw this.reader.error('expected end of command', this.reader.at, names);
  }

  private addArgument(invocation: Invocation, parameter: Parameter, at: number, isNamed: boolean): void {
    if (isGiven(invocation, parameter)) {
      throw this.reader.error('argument ' + nameOf(parameter) + ' is given twice', at);
    }
    invocation.given.push({ parameter, expression: this.readArgumentValue(invocation.menu, parameter, isNamed) });
  }

  private readArgumentValue(menu: Menu, parameter: Parameter, isNamed: boolean): Expression {
    const { reader } = this;
    reader.skipContinuation();
    const from = reader.at;
    if (reader.take('{')) return this.readBlock(from);
    const part = this.part();
    if (part) return part;
    const text = reader.bareValue('');
    // For a value without a name, `readArguments` has already given the hint.
    if (reader.ended && isNamed) this.hints?.onValue(from, menu, parameter);
    if (text === '' && !reader.atStatementEnd && !isSeparated(reader)) throw reader.syntaxError();
    return { kind: ExpressionKind.word, text };
  }

  private readBlock(from: number): Expression {
    const script = this.readInner('}');
    return { kind: ExpressionKind.block, text: this.reader.text.slice(from + 1, this.reader.at - 1), script };
  }

  /** `$name`, `$[…]` or `$(…)`. */
  private readVariable(): Expression {
    const { reader } = this;
    const at = reader.at++;
    if (reader.peek() === '[' || reader.peek() === '(') return this.part()!;
    const match = /^[A-Za-z0-9_]+/.exec(reader.text.slice(reader.at, reader.at + MAX_NAME));
    if (!match) throw reader.syntaxError(at + 1);
    reader.at += match[0].length;
    return { kind: ExpressionKind.variable, name: match[0] };
  }
}

/** Takes a word that stands alone, if it is one. */
function takesWord({ command, parameters, flags }: Invocation, word: string): boolean {
  const found = matchingParameters(command.words ?? [], word);
  if (found.length !== 1) return false;
  const name = nameOf(found[0]!);
  // A value may look like an abbreviated word, so abbreviations count only where no value can stand.
  if (name !== word && parameters.some((each) => isMarked(each, 'unnamed'))) return false;
  flags.push(name);
  return true;
}

/** Skips white space and continuations. Returns whether there were any. */
function isSeparated(reader: SourceReader): boolean {
  const from = reader.at;
  reader.skipSpace();
  return reader.at > from;
}
