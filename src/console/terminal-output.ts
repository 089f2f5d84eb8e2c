import type { ConsoleOutput } from './console.js';
import { Key } from './key-decoder.js';

/** One line that is being typed, and the cursor in it. Characters beyond the BMP stay whole. */
export class LineBuffer {
  text = '';
  /** Index in `text`. */
  cursor = 0;

  get atEnd(): boolean {
    return this.cursor === this.text.length;
  }

  replace(text: string): void {
    this.text = text;
    this.cursor = text.length;
  }

  insert(text: string): void {
    this.text = this.text.slice(0, this.cursor) + text + this.text.slice(this.cursor);
    this.cursor += text.length;
  }

  /** Moves the cursor, or removes what stands beside it. Other keys change nothing. */
  edit(key: Key): void {
    const { text, cursor } = this;
    switch (key) {
      case Key.backspace:
        return this.remove(this.before(), cursor);
      case Key.delete:
        return this.remove(cursor, this.after());
      case Key.killBefore:
        return this.remove(0, cursor);
      case Key.killAfter:
        return this.remove(cursor, text.length);
      case Key.killWord:
        return this.remove(text.slice(0, cursor).replace(/\S+\s*$|\s+$/, '').length, cursor);
      case Key.left:
        this.cursor = this.before();
        return;
      case Key.right:
        this.cursor = this.after();
        return;
      case Key.home:
        this.cursor = 0;
        return;
      case Key.end:
        this.cursor = text.length;
    }
  }

  /** Removes `text[from..to)`, and puts the cursor there. */
  remove(from: number, to: number): void {
    this.text = this.text.slice(0, from) + this.text.slice(to);
    this.cursor = from;
  }

  private before(): number {
    const last = this.text.codePointAt(this.cursor - 2) ?? 0;
    return Math.max(0, this.cursor - (this.cursor > 1 && last > 0xffff ? 2 : 1));
  }

  private after(): number {
    const next = this.text.codePointAt(this.cursor) ?? 0;
    return Math.min(this.text.length, this.cursor + (next > 0xffff ? 2 : 1));
  }
}

const RED = '\x1b[31m';
const CYAN = '\x1b[36m';
const PLAIN = '\x1b[0m';

export interface TerminalOptions {
  /** Columns; default 80. */
  width?: number;
  /** ANSI colours; default no. */
  colours?: boolean;
}

/**
 * What is shown to a person at a terminal in raw mode (ECMA-48): the output of a `Console`, and the line that a
 * `LineEditor` edits. A line that is wider than the terminal is shown in part, around the cursor.
 */
export class TerminalOutput implements ConsoleOutput {
  private readonly output: ConsoleOutput;
  private readonly width: number;
  private readonly colours: boolean;

  constructor(output: ConsoleOutput, options: TerminalOptions = {}) {
    this.output = output;
    this.width = options.width ?? 80;
    this.colours = options.colours === true;
  }

  write(text: string): void {
    // A terminal in raw mode needs the carriage return.
    this.output.write(text.replace(/\r?\n/g, '\r\n'));
  }

  error(line: string): void {
    this.write(this.coloured(RED, line) + '\n');
  }

  /** `name  help` for each, on a line of its own. */
  list(entries: readonly { readonly text: string; readonly help: string }[]): void {
    let width = 0;
    for (const { text } of entries) width = Math.max(width, text.length);
    for (const { text, help } of entries) {
      this.write(this.coloured(CYAN, text) + ' '.repeat(width - text.length + 2) + help + '\n');
    }
  }

  /** Draws prompt and line anew, and puts the cursor where it belongs. */
  draw(prompt: string, line: LineBuffer): void {
    const room = Math.max(8, this.width - prompt.length - 1);
    const from = Math.max(0, line.cursor - room);
    const shown = line.text.slice(from, from + room);
    const back = shown.length - (line.cursor - from);
    this.output.write('\r' + this.coloured(CYAN, prompt) + shown + '\x1b[K' + (back > 0 ? '\x1b[' + back + 'D' : ''));
  }

  /** Echoes a character that was typed at the end, which is less work than drawing the line anew. */
  echo(prompt: string, line: LineBuffer, character: string): void {
    if (line.atEnd && prompt.length + line.text.length < this.width) this.output.write(character);
    else this.draw(prompt, line);
  }

  clear(): void {
    this.output.write('\x1b[H\x1b[2J');
  }

  private coloured(colour: string, text: string): string {
    return this.colours ? colour + text + PLAIN : text;
  }
}
