import type { Candidate, Completion } from './completion.js';
import type { Console } from './console.js';
import { Key, KeyDecoder } from './key-decoder.js';
import { Cost } from './slices.js';
import { LineBuffer } from './terminal-output.js';
import type { TerminalOutput } from './terminal-output.js';

/** The lines typed last. */
class History {
  private readonly lines: string[] = [];
  private readonly capacity: number;
  /** The line that is shown; `lines.length`: none of them. */
  private at = 0;
  /** What was typed before looking back. */
  private draft = '';

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Keeps a line, unless it is the last one again. */
  add(line: string): void {
    if (line !== '' && line !== this.lines[this.lines.length - 1]) this.lines.push(line);
    if (this.lines.length > this.capacity) this.lines.shift();
    this.reset();
  }

  /** Forgets how far one looked back. */
  reset(): void {
    this.at = this.lines.length;
    this.draft = '';
  }

  /** The line `step` further (-1: older); undefined when there is none. `current` is what is typed now. */
  move(step: number, current: string): string | undefined {
    const to = this.at + step;
    if (to < 0 || to > this.lines.length) return undefined;
    if (this.at === this.lines.length) this.draft = current;
    this.at = to;
    return to === this.lines.length ? this.draft : this.lines[to];
  }
}

/** Bytes of input that can wait. */
const CAPACITY = 8192;

/** Bytes that wait for a command to end. */
class InputQueue {
  private bytes = new Uint8Array(64);
  private from = 0;
  private to = 0;

  get length(): number {
    return this.to - this.from;
  }

  /** False when there is no room. */
  add(byte: number): boolean {
    if (this.to === this.bytes.length && !this.makeRoom()) return false;
    this.bytes[this.to++] = byte;
    return true;
  }

  /** The next byte, or -1. */
  take(): number {
    if (this.from < this.to) return this.bytes[this.from++]!;
    this.clear();
    return -1;
  }

  clear(): void {
    this.from = 0;
    this.to = 0;
    // A paste may have made it large; give the memory back.
    if (this.bytes.length > 1024) this.bytes = new Uint8Array(64);
  }

  private makeRoom(): boolean {
    const waiting = this.to - this.from;
    if (this.from === 0 && waiting >= CAPACITY) return false;
    const bytes = this.from > 0 ? this.bytes : new Uint8Array(Math.min(CAPACITY, waiting * 2));
    bytes.set(this.bytes.subarray(this.from, this.to));
    this.bytes = bytes;
    this.from = 0;
    this.to = waiting;
    return true;
  }
}

export interface LineEditorOptions {
  /** Lines of history; default 32. */
  history?: number;
  /** UTF-16 units of the longest line, with its continuations; default 8192. */
  maxLength?: number;
  /** Called once: Ctrl-D on an empty line. */
  onEnd?: () => void;
  /**
   * For input that cannot be held back by its caller, such as that of a serial port: asks the sender to stop (true), or
   * to go on. What arrives all the same, when nothing more has room, is lost with a notice.
   */
  onFlow?: (stop: boolean) => void;
}

/** Bytes of waiting input at which the sender is asked to stop; the rest is room for what is on its way. */
const STOP_LEVEL = CAPACITY / 2;
/** At which it is asked to go on. */
const GO_LEVEL = CAPACITY / 8;
/** Milliseconds after which a stopped sender goes on even so: else its Ctrl-C could not end a command that waits. */
const MAX_STOP = 5000;

/** Before a line that goes on with a string or a block. */
const CONTINUATION = '{... ';

const CTRL_C = 0x03;

/**
 * Makes lines for a `Console` of the bytes of a person or a pipe. What arrives while a command runs waits, except for
 * Ctrl-C, which ends the command. It works in slices, see `Slices`.
 *
 * With a `TerminalOutput`, which should be the console's output as well: prompt, echo, editing, history, completion.
 * Without: lines of a pipe or a file, and only the console writes.
 */
export class LineEditor {
  private readonly console: Console;
  private readonly terminal: TerminalOutput | undefined;
  private readonly maxLength: number;
  private readonly history: History;
  private readonly onEnd: (() => void) | undefined;
  private readonly keys = new KeyDecoder();
  private readonly line = new LineBuffer();
  private readonly input = new InputQueue();
  /** The lines before, of a text that goes on. */
  private before = '';
  private tooLong = false;
  private tabbed = false;
  private ended = false;
  /** A command that runs, or a pause between two slices. */
  private working: Promise<void> | undefined;
  private readonly onFlow: ((stop: boolean) => void) | undefined;
  private stopped = false;
  private losing = false;
  /** Bytes taken from the queue. */
  private taken = 0;

  constructor(console: Console, terminal: TerminalOutput | undefined, options: LineEditorOptions = {}) {
    this.console = console;
    this.terminal = terminal;
    this.maxLength = options.maxLength ?? 8192;
    this.history = new History(options.history ?? 32);
    this.onEnd = options.onEnd;
    this.onFlow = options.onFlow;
  }

  /** Shows the first prompt. */
  start(): void {
    this.draw();
  }

  /**
   * Takes `bytes[from..to)`, and returns how many: fewer when the queue is full, then offer the rest after `idle`. With
   * `onFlow` it takes all, and loses what has no room, with a notice.
   */
  receive(bytes: Uint8Array, from: number, to: number): number {
    for (let i = from; i < to && !this.ended; i++) {
      if (this.working && this.terminal && bytes[i] === CTRL_C) this.interrupt();
      else if (!this.input.add(bytes[i]!)) {
        if (!this.onFlow) return i - from;
        this.tellLoss();
      }
      this.work();
    }
    if (this.onFlow && !this.stopped && this.input.length >= STOP_LEVEL) this.stopSender();
    return to - from;
  }

  /** Resolves when everything that was received is executed. */
  async idle(): Promise<void> {
    while (this.working) await this.working;
  }

  /** The end of a pipe, after `idle`: a last line without line end is executed, or found incomplete. */
  async end(): Promise<void> {
    if (!this.terminal && this.line.text !== '') this.receive(LINE_END, 0, 1);
    await this.idle();
    if (this.before !== '') await this.console.execute(this.before);
    this.finish();
  }

  private get prompt(): string {
    return this.before === '' ? this.console.prompt : CONTINUATION;
  }

  private work(): void {
    while (!this.working && !this.ended) {
      const byte = this.input.take();
      if (byte < 0) return;
      this.taken++;
      this.losing = false;
      if (this.stopped && this.input.length <= GO_LEVEL) this.letSenderGo();
      const key = this.keys.take(byte);
      if (key !== 0) this.pressKey(key);
      const pause = this.console.bindings.slices.spend(Cost.character);
      if (pause && !this.working) this.workAfter(pause);
    }
  }

  private workAfter(promise: Promise<void>): void {
    const goOn = (): void => {
      this.working = undefined;
      this.work();
    };
    // A pause is cut short when the device stops; what was typed is executed all the same.
    this.working = promise.then(goOn, goOn);
  }

  private interrupt(): void {
    this.input.clear();
    if (this.stopped) this.letSenderGo();
    this.console.cancel();
  }

  private tellLoss(): void {
    if (!this.losing) this.console.error('input too fast: what follows is lost');
    this.losing = true;
  }

  private stopSender(): void {
    this.stopped = true;
    this.onFlow?.(true);
    void this.watchSender();
  }

  private letSenderGo(): void {
    this.stopped = false;
    this.onFlow?.(false);
  }

  /** Lets the sender go on when nothing was taken for a while. */
  private async watchSender(): Promise<void> {
    let taken: number;
    do {
      taken = this.taken;
      try {
        await this.console.bindings.delay(MAX_STOP);
      } catch {
        return; // the device stops
      }
    } while (this.stopped && this.taken > taken);
    if (this.stopped) this.letSenderGo();
  }

  private pressKey(key: Key): void {
    const tabbed = this.tabbed;
    this.tabbed = false;
    if (key === Key.enter) return this.endLine();
    if (key === Key.character) return this.type(this.keys.character);
    if (!this.terminal) {
      if (key === Key.tab) this.type('\t');
      return;
    }
    switch (key) {
      case Key.tab:
        return this.completeWord(tabbed);
      case Key.cancel:
        this.terminal.write('^C\n');
        this.line.replace('');
        this.before = '';
        break;
      case Key.eof:
        if (this.line.text === '' && this.before === '') return this.finish();
        this.line.edit(Key.delete);
        break;
      case Key.clear:
        this.terminal.clear();
        break;
      case Key.up:
      case Key.down: {
        const text = this.history.move(key === Key.up ? -1 : 1, this.line.text);
        if (text !== undefined) this.line.replace(text);
        break;
      }
      default:
        this.line.edit(key);
    }
    this.draw();
  }

  private type(character: string): void {
    if (this.before.length + this.line.text.length + character.length > this.maxLength) {
      this.tooLong = true;
      return;
    }
    if (character === '?' && this.terminal && this.showHelp()) return;
    this.line.insert(character);
    this.terminal?.echo(this.prompt, this.line, character);
  }

  private endLine(): void {
    this.terminal?.write('\n');
    const text = this.before + this.line.text;
    this.line.replace('');
    // To find out whether the line is complete, and whether it holds a secret, it is parsed here.
    void this.console.bindings.slices.spend(text.length * Cost.character);
    if (this.tooLong) {
      this.tooLong = false;
      this.before = '';
      this.console.error('line too long (at most ' + this.maxLength + ' characters)');
    } else if (text.length < this.maxLength && this.console.isIncomplete(text)) {
      this.before = text + '\n';
    } else {
      this.before = '';
      if (text.includes('\n') || this.console.holdsSecret(text)) this.history.reset();
      else this.history.add(text);
      this.workAfter(
        this.console.execute(text).then(() => {
          if (!this.ended) this.draw();
        }),
      );
      return;
    }
    this.draw();
  }

  private completion(): Completion | undefined {
    return this.console.complete(this.before + this.line.text.slice(0, this.line.cursor));
  }

  private completeWord(again: boolean): void {
    const found = this.completion();
    const candidates = found?.candidates ?? [];
    if (!found || candidates.length === 0) return;
    const from = found.from - this.before.length;
    const typed = this.line.text.slice(from, this.line.cursor);
    const only = candidates.length === 1 ? candidates[0]! : undefined;
    const text = only ? only.text + (only.open ? '' : ' ') : commonBeginning(candidates);
    if (from >= 0 && text.length > typed.length) {
      this.line.remove(from, this.line.cursor);
      this.line.insert(text);
      this.draw();
    } else if (again) {
      this.list(candidates);
    } else {
      this.tabbed = true;
    }
  }

  /** False where a question mark is a character like others: in a string. */
  private showHelp(): boolean {
    const found = this.completion();
    if (!found) return false;
    this.list(found.candidates);
    return true;
  }

  private list(candidates: readonly Candidate[]): void {
    this.terminal?.write('\n');
    this.terminal?.list(candidates);
    this.draw();
  }

  private draw(): void {
    this.terminal?.draw(this.prompt, this.line);
  }

  private finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd?.();
  }
}

const LINE_END = Uint8Array.of(0x0a);

function commonBeginning(candidates: readonly Candidate[]): string {
  let common = candidates[0]!.text;
  for (const { text } of candidates) while (!text.startsWith(common)) common = common.slice(0, -1);
  return common;
}
