import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams, SpawnOptionsWithoutStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * The built command line: what `npm test` builds first is what users run. Before there is a rollup, the compiler's
 * output does as well.
 */
export const CLI = [join(ROOT, 'dist', 'cli.js'), join(ROOT, 'build', 'sim', 'cli.js')].find(existsSync) ?? '';

/** How a command ended. */
export interface Finished {
  /** Exit code; null when a signal ended it. */
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

const running = new Set<Command>();

/** Kills what still runs; for `afterEach`. */
export async function killCommands(): Promise<void> {
  for (const command of [...running]) {
    command.process.kill('SIGKILL');
    await command.finished;
  }
}

/** Starts `tagwire` with `args`. Its standard input stays open until `process.stdin.end()`. */
export function startTagwire(args: readonly string[], options?: SpawnOptionsWithoutStdio): Command {
  if (CLI === '') throw new Error('tagwire is not built: run npm run build');
  return startProgram(process.execPath, [CLI, ...args], options);
}

/** Starts any program, and follows it in the same way. */
export function startProgram(program: string, args: readonly string[], options?: SpawnOptionsWithoutStdio): Command {
  return new Command(spawn(program, args, options));
}

/** Runs `tagwire` with `args` and `input` to its end. */
export function runTagwire(args: readonly string[], input: string | Uint8Array = ''): Promise<Finished> {
  const command = startTagwire(args);
  command.process.stdin.end(input);
  return command.finished;
}

/** A running command and what it printed so far. */
export class Command {
  readonly finished: Promise<Finished>;
  private readonly out: Buffer[] = [];
  private readonly errors: Buffer[] = [];
  private readonly waiting: { condition: () => boolean; resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(readonly process: ChildProcessWithoutNullStreams) {
    running.add(this);
    process.stdout.on('data', (bytes: Buffer) => this.note(this.out, bytes));
    process.stderr.on('data', (bytes: Buffer) => this.note(this.errors, bytes));
    // A command that ends early does not read its input.
    process.stdin.on('error', () => undefined);
    this.finished = new Promise((resolve, reject) => {
      process.once('error', reject);
      process.once('close', (code) => {
        running.delete(this);
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
        for (const { reject: fail } of this.waiting.splice(0)) fail(new Error(`ended with ${code}: ${this.stderr}`));
      });
    });
  }

  get stdout(): Buffer {
    return Buffer.concat(this.out);
  }

  get stderr(): string {
    return Buffer.concat(this.errors).toString();
  }

  /** The complete lines of standard output so far. */
  get lines(): string[] {
    return this.stdout.toString().split('\n').slice(0, -1);
  }

  /** Resolves when `condition` holds, asked after each output; rejects when the command ends before. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiting.push({ condition, resolve, reject }));
  }

  private note(parts: Buffer[], bytes: Buffer): void {
    parts.push(bytes);
    for (let i = this.waiting.length - 1; i >= 0; i--) {
      const { condition, resolve } = this.waiting[i]!;
      if (!condition()) continue;
      this.waiting.splice(i, 1);
      resolve();
    }
  }
}
