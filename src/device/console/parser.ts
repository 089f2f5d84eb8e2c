import type { ConsoleError } from './console-error.js';
import { readExpression } from './expression-parser.js';
import { entriesOf, matching, parentOf } from './menu.js';
import type { Command, Menu, Tree, Where, Word } from './menu.js';
import type { Parameter } from './parameter.js';
import { isLineEnd, SourceReader } from './source-reader.js';
import { readString } from './string-literal.js';
import { ExpressionKind, StatementKind } from './syntax.js';
import type { Argument, Condition, Expression, Script, Statement } from './syntax.js';
import { readWhere } from './where-parser.js';

/** The longest name of a variable. */
const MAX_NAME = 64;

/** Hears what could stand at the end of the text, for completion. `from` is where the unfinished word begins. */
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
 * Reads RouterOS's grammar. Names of menus, commands and parameters are looked up while reading, as RouterOS does: only
 * so a mistake in the last line of a script is found before its first line is run.
 */
class Parser {
  readonly reader: SourceReader;
  private readonly tree: Tree;
  private readonly root: Menu;
  private readonly hints: Hints | undefined;
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

  // PartReader

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

  // WhereReader

  expectProperty(from: number, where: Where): void {
    this.hints?.onProperty(from, where);
  }

  expectValue(from: number, property: Parameter | undefined): void {
    this.hints?.onValue(from, property);
  }

  /** Up to `closing`, which is read too; the menu is afterwards what it was. */
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
    const all = entriesOf(menu, this.tree.services);
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
    // A value may look like the beginning of a flag, so that counts only where no value can stand.
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
    throw this.reader.error('expected end of command');
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
    // Without its name, `arguments` has told what can stand here.
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

/** White space, or a continuation, stands here. */
function isSeparated(reader: SourceReader): boolean {
  const from = reader.at;
  reader.skipSpace();
  return reader.at > from;
}
