import type { ConsoleServices } from './bindings.js';
import { ConsoleError } from './console-error.js';
import type { Interpreter } from './interpreter.js';
import { ExpressionKind } from './syntax.js';
import type { CommandStatement, Condition, Expression, Script } from './syntax.js';
import type { Value } from './value.js';

/** One execution of a command, with its arguments read and checked. */
export class Call {
  readonly interpreter: Interpreter;
  readonly statement: CommandStatement;
  /** True inside `[…]`, where a result goes to a script and not to a person. */
  readonly substituted: boolean;
  private readonly texts: Map<string, string>;
  private readonly values: Map<string, Value>;

  constructor(
    interpreter: Interpreter,
    statement: CommandStatement,
    substituted: boolean,
    texts: Map<string, string>,
    values: Map<string, Value>,
  ) {
    this.interpreter = interpreter;
    this.statement = statement;
    this.substituted = substituted;
    this.texts = texts;
    this.values = values;
  }

  /** The argument as text in its one form (see `checkArgument`); undefined when it is not given. */
  text(name: string): string | undefined {
    return this.texts.get(name);
  }

  /** The argument as text. Throws a ConsoleError when it is not given. */
  required(name: string): string {
    const text = this.texts.get(name);
    if (text === undefined) throw missingArgument(name);
    return text;
  }

  /** True when the argument is `yes`; `standard` when it is not given. */
  isYes(name: string, standard: boolean): boolean {
    const text = this.texts.get(name);
    return text === undefined ? standard : text === 'yes';
  }

  /** The argument as a value of the script language. */
  value(name: string): Value {
    return this.values.get(name);
  }

  has(name: string): boolean {
    return this.texts.has(name) || this.expression(name) !== undefined;
  }

  /** What was written for the argument; for conditions. */
  expression(name: string): Expression | undefined {
    return this.statement.arguments.find((argument) => argument.name === name)?.expression;
  }

  /** The commands of a block; undefined when it is not given. Throws a ConsoleError when it is no block. */
  block(name: string): Script | undefined {
    const expression = this.expression(name);
    if (!expression) return undefined;
    if (expression.kind === ExpressionKind.block) return expression.script;
    throw new ConsoleError('invalid value for argument ' + name + ': expected {commands}');
  }

  flag(name: string): boolean {
    return this.statement.flags.includes(name);
  }

  get services(): ConsoleServices {
    return this.interpreter.host.services;
  }

  get where(): Condition | undefined {
    return this.statement.where;
  }

  /** All arguments that are given but those named, by name. */
  properties(except: readonly string[] = []): { [name: string]: string } {
    const properties: { [name: string]: string } = {};
    this.texts.forEach((text, name) => {
      if (!except.includes(name)) properties[name] = text;
    });
    return properties;
  }

  /** Writes one line for the person at the console. */
  line(text: string): void {
    this.interpreter.host.write(text + '\n');
  }
}

export function missingArgument(name: string): ConsoleError {
  return new ConsoleError('missing value of argument ' + name);
}
