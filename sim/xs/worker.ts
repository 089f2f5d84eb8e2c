import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { netstring, NetstringReader } from './netstrings.js';

/** First bytes of what is sent to the worker. */
const enum Request {
  ready = 0x52, // R
  evaluate = 0x65, // e
  importModule = 0x6d, // m
  command = 0x3f, // ?
  answer = 0x2f, // /
  quit = 0x71, // q
}

/** First bytes of what comes from it. */
const enum Reply {
  done = 0x2e, // .
  exception = 0x21, // !
  call = 0x3f, // ?
}

/** Ends the meter of a reply. */
const METER_END = 1;
const LONGEST_REPLY = 1 << 24;
const OUTPUT_LIMIT = 4096;
/** More than `computeLimit` takes on a slow machine. */
const PATIENCE_MILLISECONDS = 10_000;
const NOTHING = new Uint8Array(0);

/** What the engine counted. */
export interface WorkerMeter {
  /** Steps that the engine's interpreter made for this request: deterministic for one build of the engine. */
  compute: number;
  /** Slots (32 bytes each on a 64-bit machine) that are taken after it, garbage included. */
  slots: number;
}

/** What a request came to. */
export interface WorkerReply {
  bytes: Uint8Array;
  meter: WorkerMeter;
}

/** The script threw; the worker lives. */
export class ScriptException extends Error {
  override name = 'ScriptException';
}

/** The worker ended before it replied. */
export class WorkerDied extends Error {
  override name = 'WorkerDied';
  constructor(readonly end: WorkerEnd) {
    super(describeWorkerEnd(end));
  }
}

/** How to run a worker. */
export interface WorkerOptions {
  /** See `findXsWorker`. */
  path: string;
  /** Answers `issueCommand` of the script, which waits for it. What it throws rejects the request under way. */
  onCall?: (bytes: Uint8Array) => Uint8Array;
  /** Steps that one request may take; the worker dies of more. Default 100,000,000, which takes about a second. */
  computeLimit?: number;
}

interface PendingRequest {
  message: Buffer;
  resolve(reply: WorkerReply): void;
  reject(error: Error): void;
}

/**
 * A process of xsnap-worker: an XS machine that evaluates scripts and modules, and exchanges commands with this one.
 *
 * Requests are handled one after another, in order. A request that fails because the script threw rejects with
 * `ScriptException`; when the worker ends, all that wait reject with `WorkerDied`. After XS aborted (out of memory,
 * stack overflow) the process may reply once more before it ends, so a reply that makes no sense means: `quit`, and
 * look at how it ended.
 */
export class XsWorker {
  /** Resolves when the process is gone, whatever the cause. */
  readonly ended: Promise<WorkerEnd>;

  private readonly child: ChildProcess;
  private readonly input: Writable;
  /** The first one was sent. The next must wait: a script that waits for an answer would take it for that. */
  private readonly pending: PendingRequest[] = [];
  private readonly onCall: (bytes: Uint8Array) => Uint8Array;
  private output = '';
  private end: WorkerEnd | undefined;

  constructor(options: WorkerOptions) {
    this.onCall = options.onCall ?? (() => NOTHING);
    const limit = options.computeLimit ?? 100_000_000;
    // In a process group of its own: Ctrl-C on the terminal is for this process, which ends the other in order.
    // When this process is gone, the other reads the end of its pipe and ends.
    const child = spawn(options.path, ['tagwire', '-l', String(limit)], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.child = child;
    this.input = child.stdio[3] as Writable;
    // A broken pipe is told by the end of the process.
    this.input.on('error', () => undefined);
    const reader = new NetstringReader(LONGEST_REPLY, (bytes) => this.receive(bytes));
    (child.stdio[4] as Readable).on('data', (chunk: Buffer) => {
      try {
        reader.receive(chunk);
      } catch (error) {
        this.fail(error as Error);
      }
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => this.note(chunk.toString()));
    }
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => this.note(error.message));
      child.once('close', (code, signal) => {
        // A negative code is Node's: there was no process.
        const end = { code: code !== null && code < 0 ? null : code, signal, output: this.output };
        this.end = end;
        for (const { reject } of this.pending.splice(0)) reject(new WorkerDied(end));
        resolve(end);
      });
    });
  }

  /** Of the process; 0 when it could not be started. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves when the engine is up. */
  async ready(): Promise<void> {
    await this.request(Request.ready, NOTHING);
  }

  /** Evaluates a script. Its value becomes the reply when it is an ArrayBuffer. */
  evaluate(source: string): Promise<WorkerReply> {
    return this.request(Request.evaluate, Buffer.from(source));
  }

  /** Imports the module in the file `path` (absolute), which may import others by relative paths. */
  async importModule(path: string): Promise<WorkerReply> {
    try {
      return await this.request(Request.importModule, Buffer.from(path));
    } catch (error) {
      if (!(error instanceof ScriptException)) throw error;
      // The worker prints what a module threw, and replies without it; after one more reply that has been read.
      await this.ready();
      throw new ScriptException(lastLine(this.output) || `module ${path} does not load`);
    }
  }

  /** Calls the script's `handleCommand`; the reply is what that returns. */
  command(bytes: Uint8Array): Promise<WorkerReply> {
    return this.request(Request.command, bytes);
  }

  /** Ends the process after what it has been asked already, or when it does not react. */
  async quit(): Promise<WorkerEnd> {
    if (this.end !== undefined) return this.end;
    this.request(Request.quit, NOTHING).catch(() => undefined);
    const impatience = setTimeout(() => this.kill(), PATIENCE_MILLISECONDS);
    const end = await this.ended;
    clearTimeout(impatience);
    return end;
  }

  /** Ends the process at once. */
  kill(): Promise<WorkerEnd> {
    this.child.kill('SIGKILL');
    return this.ended;
  }

  private request(kind: Request, bytes: Uint8Array): Promise<WorkerReply> {
    const { end } = this;
    if (end !== undefined) return Promise.reject(new WorkerDied(end));
    return new Promise((resolve, reject) => {
      this.pending.push({ message: netstring(kind, bytes), resolve, reject });
      if (this.pending.length === 1) this.sendNext();
    });
  }

  private receive(bytes: Buffer): void {
    const body = bytes.subarray(1);
    switch (bytes[0]) {
      case Reply.call:
        this.input.write(netstring(Request.answer, this.onCall(body)));
        return;
      case Reply.done:
        this.pending.shift()?.resolve(readReply(body));
        return this.sendNext();
      case Reply.exception:
        this.pending.shift()?.reject(new ScriptException(body.toString()));
        return this.sendNext();
      default:
        throw new Error('the worker replied with what is not known');
    }
  }

  private sendNext(): void {
    const next = this.pending[0];
    if (next !== undefined) this.input.write(next.message);
  }

  /** The conversation cannot go on. */
  private fail(error: Error): void {
    this.pending.shift()?.reject(error);
    void this.kill();
  }

  private note(text: string): void {
    this.output = (this.output + text).slice(-OUTPUT_LIMIT);
  }
}

/** `{"currentHeapCount":…,"compute":…,…}`, the end of the meter, the bytes; for `ready`, nothing. */
function readReply(body: Buffer): WorkerReply {
  const end = body.indexOf(METER_END);
  if (end < 0) return { bytes: body, meter: { compute: 0, slots: 0 } };
  const meter = JSON.parse(body.toString('latin1', 0, end)) as { compute: number; currentHeapCount: number };
  return { bytes: body.subarray(end + 1), meter: { compute: meter.compute, slots: meter.currentHeapCount } };
}

/** How a worker ended. */
export interface WorkerEnd {
  /** Exit code; null when a signal ended it, or it could not be started. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What it printed last, or why it could not be started. */
  output: string;
}

/** The exit code after an exception that the script did not catch, also when it was told in a reply. */
export const UNHANDLED_EXCEPTION = 15;

/** The exit codes of xsnap-worker (its xsnap-worker.c, `ExitCode`). */
const meanings: { readonly [code: number]: string } = {
  1: 'it does not know its arguments',
  2: 'its pipe to this process broke',
  11: 'out of memory',
  12: 'stack overflow',
  [UNHANDLED_EXCEPTION]: 'unhandled exception',
  16: 'too many property names',
  17: 'too much computation for one event',
};

/** One line for people. */
export function describeWorkerEnd(end: WorkerEnd): string {
  // Without a cause of its own it ended because it was asked to.
  if (end.code === 0) return 'ended';
  if (end.signal !== null) return `ended by ${end.signal}`;
  const said = lastLine(end.output);
  if (end.code === null) return `cannot be started (${said})`;
  const meaning = meanings[end.code] ?? 'unknown cause';
  const detail = end.code === UNHANDLED_EXCEPTION && said !== '' ? `: ${said}` : '';
  return `${meaning} (exit code ${end.code})${detail}`;
}

/** What a program printed last, on one line. */
export function lastLine(output: string): string {
  return output.trim().split('\n').pop() ?? '';
}
