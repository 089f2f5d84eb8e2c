import { checkArgument } from './check-argument.js';
import { Call, ExpressionKind, missingArgument, StatementKind } from './menu.js';
import type { CommandStatement, EvaluatedArgument, Expression, Host, Script, ScriptRun, Statement } from './menu.js';
import { isMarked, kindOf } from './parameter.js';
import { compilePattern, isFound } from './regular-expression.js';
import { STARS } from './secrets.js';
import { Cost } from './slices.js';
import { bounded, compute, messageOf, toNumber, toText, toTruth, wordValue } from './value.js';
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
  private scopes: Map<string, Value>[] = [];

  constructor(host: Host, limits: Limits = DEFAULT_LIMITS) {
    this.host = host;
    this.limits = limits;
  }

  async block(script: Script, substituted: boolean, name?: string, element?: Value): Promise<Value> {
    if (this.depth >= this.limits.depth) throw new RangeError('script nested too deeply');
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
      else if (statement.kind === StatementKind.command) value = await this.runCommand(statement, substituted);
      else value = undefined;
    }
    return value;
  }

  async source(source: string, variables: ScriptVariables = {}): Promise<Value> {
    const pause = this.host.bindings.slices.spend(source.length * Cost.character);
    if (pause) await pause;
    const script = this.host.parse(source);
    const { scopes } = this;
    this.scopes = [new Map(Object.entries(variables))];
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
        return this.valueOfVariable(expression.name);
      case ExpressionKind.substitution:
        return this.block(expression.script, true);
      case ExpressionKind.block:
        return expression.text;
      case ExpressionKind.unary:
        return this.applyUnary(expression.operator, await this.evaluate(expression.operand));
      case ExpressionKind.binary: {
        const { operator } = expression;
        const left = await this.evaluate(expression.left);
        if (operator === '&&') return toTruth(left) && toTruth(await this.evaluate(expression.right));
        if (operator === '||') return toTruth(left) || toTruth(await this.evaluate(expression.right));
        const right = await this.evaluate(expression.right);
        if (operator !== '~') return compute(operator, left, right);
        return isFound(compilePattern(toText(right)), toText(left), this.host.bindings.slices);
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
    if (!scope) throw new RangeError('no variable ' + name + ': declare it with :local or :global');
    scope.set(name, value);
  }

  get spent(): boolean {
    return this.stopped || this.steps > this.limits.steps;
  }

  checkStopped(): void {
    if (this.stopped) throw new RangeError('interrupted');
  }

  step(): Promise<void> | undefined {
    this.checkStopped();
    if (++this.steps > this.limits.steps) {
      throw new RangeError('script takes too long (more than ' + this.limits.steps + ' steps)');
    }
    return this.host.bindings.slices.spend(Cost.step);
  }

  /** A variable that does not exist is nil, as in RouterOS. */
  private valueOfVariable(name: string): Value {
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

  private tooMany(): RangeError {
    return new RangeError('too many variables (at most ' + this.limits.variables + ')');
  }

  private applyUnary(operator: string, value: Value): Value {
    if (operator === '!') return !toTruth(value);
    const number = toNumber(value);
    if (number === undefined) throw new RangeError('cannot negate a text');
    return compute('-', 0, value);
  }

  /** A command does nothing until all its arguments have been checked. */
  private async runCommand(statement: CommandStatement, substituted: boolean): Promise<Value> {
    const { command, menu, missing } = statement;
    const { bindings } = this.host;
    const given: EvaluatedArgument[] = [];
    for (const { parameter, expression } of statement.arguments) {
      const kind = kindOf(parameter);
      if (kind === 'block' || kind === 'condition') {
        given.push({ parameter, expression, text: undefined, value: undefined });
        continue;
      }
      const value = await this.evaluate(expression);
      const text = expression.kind === ExpressionKind.word ? expression.text : toText(value);
      given.push({ parameter, expression, text: checkArgument(parameter, text, menu.table, bindings), value });
    }
    if (missing !== undefined) throw missingArgument(missing);
    try {
      // A command whose result is `void` returns undefined.
      return (await command.run(new Call(this, statement, substituted, given))) as Value;
    } catch (failure) {
      throw new RangeError(withoutSecretArguments(messageOf(failure), given));
    }
  }
}

/** A binding may repeat in its error what it was given. */
function withoutSecretArguments(message: string, given: readonly EvaluatedArgument[]): string {
  for (const { parameter, text } of given) {
    if (text && isMarked(parameter, 'secret')) message = message.split(text).join(STARS);
  }
  return message;
}
