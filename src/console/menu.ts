import type { ConsoleBindings } from './bindings.js';
import { isMarked, isNamed, nameOf } from './parameter.js';
import type { Parameter } from './parameter.js';
import type { Table } from './table.js';
import type { ScriptVariables, Value } from './value.js';

/** One node of the tree that paths such as `/iot mqtt brokers` walk. */
export interface Menu {
  /** Empty for the root. */
  readonly name: string;
  readonly help: string;
  readonly menus?: readonly Menu[];
  readonly commands?: readonly Command[];
  /** What the commands of `list-commands.ts` show and change. */
  readonly table?: Table;
  /** The binding without which a device has no such menu. Nor has it one in which nothing is left. */
  readonly needs?: keyof ConsoleBindings;
}

/** A tree of menus, and what it is bound to. The tree itself is the same for all, and in ROM on a chip. */
export interface Tree {
  readonly root: Menu;
  readonly bindings: ConsoleBindings;
}

/** One command of a menu. Its arguments are read and checked from this table before `run` is called. */
export interface Command {
  readonly name: string;
  readonly help: string;
  /** Its own; `parametersOf` gives all. */
  readonly parameters?: readonly Parameter[];
  /** Words that stand alone, such as `detail`. */
  readonly words?: readonly Parameter[];
  /** True: the properties of the rows that can be set are parameters as well. */
  readonly settable?: boolean;
  /**
   * Present: the command takes a condition over the properties of the rows, behind the word `where`; `optional`: the
   * word can be left out, as RouterOS's `find` allows.
   */
  readonly where?: 'word' | 'optional';

  /** Its value is what `[…]` gives. Throws a RangeError, or any error whose message is one line. */
  run(call: Call): Value | Promise<Value> | Promise<void>;
}

/** The parameters of `command` in `menu`. */
export function parametersOf(command: Command, menu: Menu): readonly Parameter[] {
  const { parameters = [], settable } = command;
  if (!settable) return parameters;
  return [...parameters, ...menu.table!.properties.filter((property) => !isMarked(property, 'read-only'))];
}

/** The menus and commands in `menu` that this device has. */
export function entriesOf(menu: Menu, bindings: ConsoleBindings): (Menu | Command)[] {
  const { menus = [], commands = [] } = menu;
  return [...menus.filter((child) => isPresent(child, bindings)), ...commands];
}

function isPresent(menu: Menu, bindings: ConsoleBindings): boolean {
  if (menu.needs !== undefined) return bindings[menu.needs] !== undefined;
  return entriesOf(menu, bindings).length > 0;
}

/** The path of `menu` from `root`, for the prompt: `/iot/mqtt`, empty for the root. */
export function menuPath(root: Menu, menu: Menu): string {
  return (findPath(root, menu) ?? []).map(({ name }) => '/' + name).join('');
}

/** The menu above; the root for the root. */
export function parentOf(root: Menu, menu: Menu): Menu {
  const path = findPath(root, menu) ?? [];
  return path.length > 1 ? path[path.length - 2]! : root;
}

function findPath(from: Menu, menu: Menu): Menu[] | undefined {
  if (from === menu) return [];
  for (const child of from.menus ?? []) {
    const rest = findPath(child, menu);
    if (rest) return [child, ...rest];
  }
  return undefined;
}

/** A parsed text. Positions (`at`) are indices into `source`. */
export interface Script {
  readonly source: string;
  readonly statements: readonly Statement[];
  /** The menu in which the text ends. */
  readonly menu: Menu;
}

export const enum StatementKind {
  command = 1,
  /** A path without a command. */
  enter = 2,
  block = 3,
}

export type Statement =
  | CommandStatement
  | { readonly kind: StatementKind.enter; readonly menu: Menu }
  | { readonly kind: StatementKind.block; readonly block: Script };

export interface CommandStatement {
  readonly kind: StatementKind.command;
  readonly menu: Menu;
  readonly command: Command;
  readonly arguments: readonly Argument[];
  /** The words that are given. */
  readonly flags: readonly string[];
  readonly where: Condition | undefined;
  /** A required argument that is not given. */
  readonly missing: string | undefined;
}

export interface Argument {
  readonly parameter: Parameter;
  readonly expression: Expression;
}

export const enum ExpressionKind {
  /** A word without quotes. */
  word = 1,
  /** A string in quotes: texts and expressions in turn. */
  text = 2,
  variable = 3,
  /** `[…]` */
  substitution = 4,
  /** `{…}` */
  block = 5,
  unary = 6,
  binary = 7,
}

export type Expression =
  | { readonly kind: ExpressionKind.word; readonly text: string }
  | { readonly kind: ExpressionKind.text; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: ExpressionKind.variable; readonly name: string }
  | { readonly kind: ExpressionKind.substitution; readonly script: Script }
  | { readonly kind: ExpressionKind.block; readonly text: string; readonly script: Script }
  | { readonly kind: ExpressionKind.unary; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: ExpressionKind.binary;
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    };

export const enum ConditionKind {
  compare = 1,
  and = 2,
  or = 3,
  not = 4,
  /** A property alone. */
  truth = 5,
}

/** What stands behind `where`. */
export type Condition =
  | {
      readonly kind: ConditionKind.compare;
      readonly property: string;
      readonly operator: string;
      readonly right: Expression;
    }
  | { readonly kind: ConditionKind.and | ConditionKind.or; readonly left: Condition; readonly right: Condition }
  | { readonly kind: ConditionKind.not; readonly operand: Condition }
  | { readonly kind: ConditionKind.truth; readonly property: string };

/** What scripts share: one console. */
export interface Host extends Tree {
  readonly globals: Map<string, Value>;
  /** Rows that numbers refer to, by menu, as `print` showed them last. */
  readonly printed: Map<Menu, readonly unknown[]>;
  write(text: string): void;
  /** Parses a script that is stored as text. */
  parse(source: string): Script;
}

/** What a command can ask of the run that it is a part of; `Interpreter` implements it. */
export interface ScriptRun {
  readonly host: Host;
  /** True when nothing more may run. */
  readonly spent: boolean;
  /**
   * Counts a step. Throws a RangeError when there were too many, or the run was interrupted. Await the result: it is
   * a promise when the run must pause (see `Slices`).
   */
  step(): Promise<void> | undefined;
  /** Throws a RangeError when the run was interrupted. */
  checkStopped(): void;
  evaluate(expression: Expression): Promise<Value>;
  /** Runs the statements in a scope of their own, maybe with a variable. Returns the value of the last statement. */
  block(script: Script, substituted: boolean, name?: string, element?: Value): Promise<Value>;
  /**
   * Parses and runs a script stored as text, within the limits of this run. It begins with `variables`, and sees none
   * of its caller.
   */
  source(source: string, variables?: ScriptVariables): Promise<Value>;
  /** Makes a variable of the present scope. */
  declare(name: string, value: Value): void;
  /** Makes a variable of the console, unless there is one; `given` says whether it gets a value. */
  declareGlobal(name: string, value: Value, given: boolean): void;
  /** Changes a variable that exists. */
  assign(name: string, value: Value): void;
}

/** An argument that was evaluated and checked. */
export interface EvaluatedArgument extends Argument {
  /** In normal form (see `checkArgument`); undefined for a block or a condition, which the command evaluates itself. */
  readonly text: string | undefined;
  readonly value: Value;
}

/** One execution of a command. */
export class Call {
  readonly run: ScriptRun;
  readonly statement: CommandStatement;
  /** True inside `[…]`, where the result goes to a script and not to a person. */
  readonly substituted: boolean;
  private readonly given: readonly EvaluatedArgument[];

  constructor(run: ScriptRun, statement: CommandStatement, substituted: boolean, given: readonly EvaluatedArgument[]) {
    this.run = run;
    this.statement = statement;
    this.substituted = substituted;
    this.given = given;
  }

  /** Undefined when it is not given. */
  argument(name: string): EvaluatedArgument | undefined {
    return this.given.find(({ parameter }) => isNamed(parameter, name));
  }

  /** The argument as text; undefined when it is not given. */
  text(name: string): string | undefined {
    return this.argument(name)?.text;
  }

  /** The argument as text; of a parameter that is required, or was found to be given. */
  required(name: string): string {
    return this.text(name)!;
  }

  /** True when the argument is `yes`; `otherwise` when it is not given. */
  isYes(name: string, otherwise: boolean): boolean {
    const text = this.text(name);
    return text === undefined ? otherwise : text === 'yes';
  }

  /** The argument as a value of the script language. */
  value(name: string): Value {
    return this.argument(name)?.value;
  }

  has(name: string): boolean {
    return this.argument(name) !== undefined;
  }

  /** The commands of a block; undefined when it is not given. Throws a RangeError when it is something else. */
  block(name: string): Script | undefined {
    const expression = this.argument(name)?.expression;
    if (!expression) return undefined;
    if (expression.kind === ExpressionKind.block) return expression.script;
    throw new RangeError('invalid value for argument ' + name + ': expected {commands}');
  }

  flag(name: string): boolean {
    return this.statement.flags.includes(name);
  }

  get bindings(): ConsoleBindings {
    return this.run.host.bindings;
  }

  /** Of the menu, which must have one. */
  get table(): Table {
    return this.statement.menu.table!;
  }

  get where(): Condition | undefined {
    return this.statement.where;
  }

  /** All arguments given, by name, but that called `except`. */
  properties(except?: string): { [name: string]: string } {
    const properties: { [name: string]: string } = {};
    for (const { parameter, text } of this.given) {
      const name = nameOf(parameter);
      if (text !== undefined && name !== except) properties[name] = text;
    }
    return properties;
  }

  /** Writes one line to the console. */
  line(text: string): void {
    this.run.host.write(text + '\n');
  }
}

export function missingArgument(name: string): RangeError {
  return new RangeError('missing value of argument ' + name);
}
