import type { ConsoleBindings } from './bindings.js';
import { complete } from './completion.js';
import type { Completion } from './completion.js';
import { Interpreter } from './interpreter.js';
import type { Limits } from './interpreter.js';
import { ExpressionKind, menuPath, StatementKind } from './menu.js';
import type { Expression, Host, Menu, Script, Statement } from './menu.js';
import { isMarked } from './parameter.js';
import { rootMenu } from './menus/root.js';
import { isIncomplete, parseScript } from './parser.js';
import { withoutSecrets } from './secrets.js';
import { Cost } from './slices.js';
import type { ScriptVariables, Value } from './value.js';
import { messageOf } from './value.js';

/** Where a console writes. */
export interface ConsoleOutput {
  write(text: string): void;
  /** Writes the line of an error; absent: `write` is used. */
  error?(line: string): void;
}

export interface ConsoleOptions {
  /** In the prompt; default `admin`. */
  user?: string;
  /** The name of the device in the prompt; it may change. */
  deviceName?: () => string;
  /** Limits of one run; default `DEFAULT_LIMITS`. */
  limits?: Limits;
}

/**
 * A console with the grammar of RouterOS: a current menu, variables, and the rows that numbers refer to. There is one
 * for each person who is connected, and one for the scripts of messages. They share the tree of menus, which is in ROM
 * on a chip.
 */
export class Console implements Host {
  readonly root = rootMenu;
  readonly bindings: ConsoleBindings;
  readonly globals = new Map<string, Value>();
  readonly printed = new Map<Menu, readonly unknown[]>();
  private readonly output: ConsoleOutput;
  private readonly options: ConsoleOptions;
  private menu: Menu;
  private stop: (() => void) | undefined;

  constructor(bindings: ConsoleBindings, output: ConsoleOutput, options: ConsoleOptions = {}) {
    this.bindings = bindings;
    this.menu = this.root;
    this.output = output;
    this.options = options;
  }

  /** `[admin@name] /iot/mqtt> ` */
  get prompt(): string {
    const { user = 'admin', deviceName } = this.options;
    return '[' + user + '@' + (deviceName?.() ?? 'tagwire') + '] ' + menuPath(this.root, this.menu) + '> ';
  }

  /** True while a typed line is being executed. */
  get busy(): boolean {
    return this.stop !== undefined;
  }

  write(text: string): void {
    this.output.write(text);
  }

  error(line: string): void {
    const shown = withoutSecrets(line);
    if (this.output.error) this.output.error(shown);
    else this.output.write(shown + '\n');
  }

  /** Executes a typed line and writes its output, or one line with the error. Never rejects. */
  async execute(line: string): Promise<void> {
    const interpreter = this.interpreter();
    const interrupted = new Promise<never>((_, reject) => {
      this.stop = () => {
        interpreter.stopped = true;
        reject(new RangeError('interrupted'));
      };
    });
    try {
      await Promise.race([this.executeWith(interpreter, line), interrupted]);
    } catch (failure) {
      this.error(messageOf(failure));
    } finally {
      this.stop = undefined;
    }
  }

  /** Interrupts `execute`; a request already sent to a broker goes on. */
  cancel(): void {
    this.stop?.();
  }

  /**
   * Runs a script with variables: `msgData` and `msgTopic` for those of messages. Several can run at a time. Rejects
   * only with an Error of one line for people, which holds no secret that was given to a command.
   */
  async run(source: string, variables?: ScriptVariables): Promise<Value> {
    try {
      return await this.interpreter().source(source, variables);
    } catch (failure) {
      throw new RangeError(messageOf(failure));
    }
  }

  /** Parses a script that starts in the root. Throws a RangeError with line and column. */
  parse(source: string): Script {
    return parseScript(source, this, this.root);
  }

  /** True when more lines must follow: `text` ends inside a string, brackets or a block, or with `\`. */
  isIncomplete(text: string): boolean {
    return isIncomplete(text, this, this.menu);
  }

  /** What can follow at the end of `text`; undefined inside a string or a comment. */
  complete(text: string): Completion | undefined {
    return complete(text, this, this.menu);
  }

  /** True when `text` contains, or may contain, a secret: it is kept out of the history. */
  holdsSecret(text: string): boolean {
    // This also finds secrets in text that cannot be parsed, in scripts, in abbreviations and in URLs.
    if (/pas|secret|key=|:[^\s"/@]+@/i.test(text) || withoutSecrets(text) !== text) return true;
    try {
      return parseScript(text, this, this.menu).statements.some(givesSecret);
    } catch {
      return false;
    }
  }

  private async executeWith(interpreter: Interpreter, line: string): Promise<void> {
    // Always awaited, so that the script begins with an empty stack: that of a chip is small.
    await this.bindings.slices.spend(line.length * Cost.character);
    const script = parseScript(line, this, this.menu);
    await interpreter.block(script, false);
    this.menu = script.menu;
  }

  private interpreter(): Interpreter {
    return new Interpreter(this, this.options.limits);
  }
}

function givesSecret(statement: Statement): boolean {
  if (statement.kind === StatementKind.enter) return false;
  if (statement.kind === StatementKind.block) return statement.block.statements.some(givesSecret);
  return statement.arguments.some(
    ({ parameter, expression }) => isMarked(parameter, 'secret') || holdsSecret(expression),
  );
}

function holdsSecret(expression: Expression): boolean {
  const isScript = expression.kind === ExpressionKind.block || expression.kind === ExpressionKind.substitution;
  return isScript && expression.script.statements.some(givesSecret);
}
