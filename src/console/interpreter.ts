import { checkArgument } from './check-argument.js';
import { asConsoleError, ConsoleError } from './console-error.js';
import { Call, ExpressionKind, missingArgument, StatementKind } from './menu.js';
import type { CommandStatement, Expression, Host, Script, ScriptRun, Statement } from './menu.js';
import { isMarked, kindOf, nameOf } from './parameter.js';
import { isFound, RegularExpression } from './regular-expression.js';
import { Cost } from './slices.js';
import { bounded, compute, toNumber, toText, toTruth, wordValue } from './value.js';
import type { ScriptVariables, Value } from './value.js';

/** Limits of one run. */
export interface Limits {
  /** Commands and expressions. */
  readonly steps: number;
  /** Scripts and blocks inside each other. */
  readonly depth: number;
  /** Variables at a time. */
  readonly variables: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({ steps: 10000, depth: 24, variables: 32 });

/** Runs one script, with limits on its steps, its depth and its variables, so that none can hang the device. */
export class Interpreter implements ScriptRun {
  readonly host: Host;
  /** True: the next step fails. */
  stopped = false;
  private readonly limits: Limits;
  private steps = 0;
  private depth = 0;
  private variables = 0;
  private scopes: Map<string, Value>[];

  constructor(host: Host, variables?: ScriptVariables, limits: Limits = DEFAULT_LIMITS) {
    this.host = host;
    this.limits = limits;
    this.scopes = [new Map(Object.entries(variables ?? {}))];
  }

  async block(script: Script, substituted: boolean, name?: string, element?: Value): Promise<Value> {
    if (this.depth >= this.limits.depth) throw new ConsoleError('script nested too deeply');
    this.depth++;
    const { scopes } = this;
    const scope = new Map<string, Value>();
    this.scopes = [...scopes, scope];
    try {
      if (name !== undefined) this.add(scope, name, element);
      return await this.statements(script.statements, substituted);
    } finally {
      this.scopes = scopes;
      this.variables -= scope.size;
      this.depth--;
    }
  }

  /** Runs the statements in the present scope. */
  async statements(statements: readonly Statement[], substituted: boolean): Promise<Value> {
    let value: Value;
    for (const statement of statements) {
      const pause = this.step();
      if (pause) await pause;
      if (statement.kind === StatementKind.block) value = await this.block(statement.block, substituted);
      else if (statement.kind === StatementKind.command) value = await this.command(statement, substituted);
      else value = undefined;
    }
    return value;
  }

  async source(source: string): Promise<Value> {
    const pause = this.host.bindings.slices.spend(source.length * Cost.character);
    if (pause) await pause;
    const script = this.host.parse(source);
    const { scopes } = this;
    this.scopes = [];
    try {
      return await this.block(script, false);
    } finally {
      this.scopes = scopes;
    }
  }

  async evaluate(expression: Expression): Promise<Value> {
    const pause = this.step();
    if (pause) await pause;
    switch (expression.kind) {
      case ExpressionKind.word:
        return wordValue(expression.text);
      case ExpressionKind.text: {
        let text = '';
        for (const part of expression.parts) {
          text = bounded(text + (typeof part === 'string' ? part : toText(await this.evaluate(part))));
        }
        return text;
      }
      case ExpressionKind.variable:
        return this.get(expression.name);
      case ExpressionKind.substitution:
        return this.block(expression.script, true);
      case ExpressionKind.block:
        return expression.text;
      case ExpressionKind.unary:
        return this.unary(expression.operator, await this.evaluate(expression.operand));
      case ExpressionKind.binary: {
        const { operator } = expression;
        const left = await this.evaluate(expression.left);
        if (operator === '&&') return toTruth(left) && toTruth(await this.evaluate(expression.right));
        if (operator === '||') return toTruth(left) || toTruth(await this.evaluate(expression.right));
        const right = await this.evaluate(expression.right);
        if (operator !== '~') return compute(operator, left, right);
        return isFound(new RegularExpression(toText(right)), toText(left), this.host.bindings.slices);
      }
    }
  }

  declare(name: string, value: Value): void {
    this.add(this.scopes[this.scopes.length - 1]!, name, value);
  }

  declareGlobal(name: string, value: Value, given: boolean): void {
    const { globals } = this.host;
    if (!globals.has(name) && globals.size >= this.limits.variables) throw this.tooMany();
    if (given || !globals.has(name)) globals.set(name, value);
  }

  assign(name: string, value: Value): void {
    const scope = this.scopeOf(name);
    if (!scope) throw new ConsoleError('no variable ' + name + ': declare it with :local or :global');
    scope.set(name, value);
  }

  get spent(): boolean {
    return this.stopped || this.steps > this.limits.steps;
  }

  checkStopped(): void {
    if (this.stopped) throw new ConsoleError('interrupted');
  }

  step(): Promise<void> | undefined {
    this.checkStopped();
    if (++this.steps > this.limits.steps) {
      throw new ConsoleError('script takes too long (more than ' + this.limits.steps + ' steps)');
    }
    return this.host.bindings.slices.spend(Cost.step);
  }

  /** A variable that does not exist is nil, as in RouterOS. */
  private get(name: string): Value {
    return this.scopeOf(name)?.get(name);
  }

  private scopeOf(name: string): Map<string, Value> | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) if (this.scopes[i]!.has(name)) return this.scopes[i];
    return this.host.globals.has(name) ? this.host.globals : undefined;
  }

  private add(scope: Map<string, Value>, name: string, value: Value): void {
    if (!scope.has(name)) {
      if (this.variables >= this.limits.variables) throw this.tooMany();
      this.variables++;
    }
    scope.set(name, value);
  }

  private tooMany(): ConsoleError {
    return new ConsoleError('too many variables (at most ' + this.limits.variables + ')');
  }

  private unary(operator: string, value: Value): Value {
    if (operator === '!') return !toTruth(value);
    const number = toNumber(value);
    if (number === undefined) throw new ConsoleError('cannot negate a text');
    return compute('-', 0, value);
  }

  /** A command does nothing until all its arguments have been checked. */
  private async command(statement: CommandStatement, substituted: boolean): Promise<Value> {
    const { command, menu, missing } = statement;
    const { bindings } = this.host;
    const texts = new Map<string, string>();
    const values = new Map<string, Value>();
    for (const { parameter, expression } of statement.arguments) {
      const kind = kindOf(parameter);
      if (kind === 'block' || kind === 'condition') continue;
      const value = await this.evaluate(expression);
      const text = expression.kind === ExpressionKind.word ? expression.text : toText(value);
      const name = nameOf(parameter);
      values.set(name, value);
      texts.set(name, checkArgument(parameter, text, menu.table, bindings));
    }
    if (missing !== undefined) throw missingArgument(missing);
    const call = new Call(this, statement, substituted, texts, values);
    try {
      return await command.run(call);
    } catch (failure) {
      throw withoutArguments(asConsoleError(failure), statement, texts);
    }
  }
}

/** A binding may repeat in its error what it was given. */
function withoutArguments(
  error: ConsoleError,
  statement: CommandStatement,
  texts: ReadonlyMap<string, string>,
): ConsoleError {
  let { message } = error;
  for (const { parameter } of statement.arguments) {
    const text = isMarked(parameter, 'secret') ? texts.get(nameOf(parameter)) : undefined;
    if (text) message = message.split(text).join('*****');
  }
  return message === error.message ? error : new ConsoleError(message, error.incomplete);
}
