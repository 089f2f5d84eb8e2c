import type { ConsoleServices, ScriptVariables } from './bindings.js';
import { complete } from './completion.js';
import type { Completion } from './completion.js';
import { asConsoleError, ConsoleError } from './console-error.js';
import { Interpreter } from './interpreter.js';
import type { Host, Limits } from './interpreter.js';
import { menuPath } from './menu.js';
import type { Menu } from './menu.js';
import { rootMenu } from './menus/root.js';
import { parseScript } from './parser.js';
import { ExpressionKind, StatementKind } from './syntax.js';
import type { Expression, Script, Statement } from './syntax.js';
import type { Value } from './value.js';

/** Where a console writes. */
export interface ConsoleOutput {
  write(text: string): void;
  /** Writes a line that says what is wrong; absent: `write` is used. */
  error?(line: string): void;
}

export interface ConsoleOptions {
  /** In the prompt; default `admin`. */
  user?: string;
  /** Name of the device in the prompt; it may change. */
  deviceName?: () => string;
  /** Bounds of one run; default `DEFAULT_LIMITS`. */
  limits?: Limits;
}

/**
 * A console with the grammar of RouterOS: a present menu, variables, and what numbers refer to. One for each person who
 * is connected, and one for the scripts of messages. The tree of menus is the same for all, and in ROM on a chip.
 */
export class Console implements Host {
  readonly root = rootMenu;
  readonly services: ConsoleServices;
  readonly globals = new Map<string, Value>();
  readonly printed = new Map<Menu, readonly unknown[]>();
  private readonly output: ConsoleOutput;
  private readonly options: ConsoleOptions;
  private menu: Menu;
  private stop: (() => void) | undefined;

  constructor(services: ConsoleServices, output: ConsoleOutput, options: ConsoleOptions = {}) {
    this.services = services;
    this.menu = this.root;
    this.output = output;
    this.options = options;
  }

  /** `[admin@name] /iot/mqtt> ` */
  get prompt(): string {
    const { user = 'admin', deviceName } = this.options;
    const path = this.menu === this.root ? '' : menuPath(this.root, this.menu);
    return '[' + user + '@' + (deviceName?.() ?? 'tagwire') + '] ' + path + '> ';
  }

  /** True while a line that was typed is being executed. */
  get busy(): boolean {
    return this.stop !== undefined;
  }

  write(text: string): void {
    this.output.write(text);
  }

  error(line: string): void {
    if (this.output.error) this.output.error(line);
    else this.output.write(line + '\n');
  }

  /** Executes what was typed and writes its output, or one line that says what is wrong. Never rejects. */
  async execute(line: string): Promise<void> {
    try {
      const script = parseScript(line, this, this.menu);
      const interpreter = this.interpreter();
      const interrupted = new Promise<never>((_, reject) => {
        this.stop = () => {
          interpreter.stopped = true;
          reject(new ConsoleError('interrupted'));
        };
      });
      await Promise.race([interpreter.block(script, false), interrupted]);
      this.menu = script.menu;
    } catch (failure) {
      this.error(asConsoleError(failure).message);
    } finally {
      this.stop = undefined;
    }
  }

  /** Ends what `execute` waits for; a request that is under way to a broker goes on. */
  cancel(): void {
    this.stop?.();
  }

  /**
   * Runs a script with variables, `msgData` and `msgTopic` for those of messages; several can run at a time. Rejects
   * with a ConsoleError, and with nothing else.
   */
  async run(source: string, variables?: ScriptVariables): Promise<Value> {
    try {
      return await this.interpreter(variables).block(this.parse(source), false);
    } catch (failure) {
      throw asConsoleError(failure);
    }
  }

  /** Parses a script as one that begins in the root. Throws a ConsoleError with line and column. */
  parse(source: string): Script {
    return parseScript(source, this, this.root);
  }

  /** True when more lines must follow: `text` ends inside a string, brackets or a block, or with `\`. */
  isIncomplete(text: string): boolean {
    try {
      parseScript(text, this, this.menu);
      return false;
    } catch (failure) {
      return failure instanceof ConsoleError && failure.incomplete;
    }
  }

  /** What can stand at the end of `text`; undefined inside a string or a comment. */
  complete(text: string): Completion | undefined {
    return complete(text, this, this.menu);
  }

  /** True when `text` gives, or may give, a secret: it is not kept in a history. */
  holdsSecret(text: string): boolean {
    // Also in what cannot be parsed, in scripts, in any abbreviation that means a password, and in a URL.
    if (/pas|secret|key=|:[^\s"/@]+@/i.test(text)) return true;
    try {
      return parseScript(text, this, this.menu).statements.some(givesSecret);
    } catch {
      return false;
    }
  }

  private interpreter(variables?: ScriptVariables): Interpreter {
    return new Interpreter(this, variables, this.options.limits);
  }
}

function givesSecret(statement: Statement): boolean {
  if (statement.kind === StatementKind.enter) return false;
  if (statement.kind === StatementKind.block) return statement.block.statements.some(givesSecret);
  const { parameters } = statement.command;
  return statement.arguments.some(
    ({ name, expression }) =>
      parameters.some((parameter) => parameter.secret && parameter.name === name) || holdsSecret(expression),
  );
}

function holdsSecret(expression: Expression): boolean {
  const isScript = expression.kind === ExpressionKind.block || expression.kind === ExpressionKind.substitution;
  return isScript && expression.script.statements.some(givesSecret);
}
