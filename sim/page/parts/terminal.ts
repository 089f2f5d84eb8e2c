/**
 * The screen of a terminal, for the control characters and sequences that src/console sends: carriage return, line
 * feed, backspace, moving the cursor, erasing, and colours (ECMA-48). Others are read and passed over, so that nothing
 * that a device sends is shown as rubbish. Lines are not wrapped here, and are kept up to a limit.
 */

/** Text of one colour. */
export interface Run {
  readonly text: string;
  /** SGR's number of the colour, 30 to 37 or 90 to 97; 0: none. */
  readonly colour: number;
  readonly bold: boolean;
}

/** A line; `version` goes up with each change. */
export interface TerminalLine {
  /** Counts up from 1, never given twice. */
  readonly id: number;
  readonly version: number;
  readonly runs: readonly Run[];
}

const ESCAPE = '\x1b';
/** A sequence that is longer is not one. */
const MAX_SEQUENCE = 32;
const MAX_COLUMNS = 4000;
/** Rows of the part that the cursor can be moved in, counted from the end. */
const ROWS = 24;
const TAB = 8;
const BOLD = 128;

class Line implements TerminalLine {
  version = 0;
  readonly characters: string[] = [];
  /** Colour, and `BOLD`, of each character. */
  readonly styles: number[] = [];
  private made: { version: number; runs: Run[] } | undefined;

  constructor(readonly id: number) {}

  get runs(): readonly Run[] {
    if (this.made?.version === this.version) return this.made.runs;
    const runs: Run[] = [];
    let from = 0;
    for (let at = 1; at <= this.characters.length; at++) {
      const style = this.styles[from]!;
      if (at < this.characters.length && this.styles[at] === style) continue;
      const text = this.characters.slice(from, at).join('');
      runs.push({ text, colour: style & ~BOLD, bold: (style & BOLD) !== 0 });
      from = at;
    }
    this.made = { version: this.version, runs };
    return runs;
  }

  put(column: number, character: string, style: number): void {
    while (this.characters.length < column) {
      this.characters.push(' ');
      this.styles.push(0);
    }
    this.characters[column] = character;
    this.styles[column] = style;
    this.version++;
  }

  /** Erases from one column up to another, which stays. */
  erase(from: number, to: number): void {
    if (to >= this.characters.length) {
      this.characters.length = Math.min(this.characters.length, from);
      this.styles.length = this.characters.length;
    } else {
      for (let column = from; column < to; column++) this.put(column, ' ', 0);
    }
    this.version++;
  }
}

export class Terminal {
  private readonly list: Line[] = [];
  private lastId = 0;
  private row = 0;
  private column = 0;
  private style = 0;
  /** A sequence that has begun, without ESC; undefined: none. */
  private sequence: string | undefined;

  /** Keeps so many lines. */
  constructor(private readonly limit = 1000) {
    this.list.push(this.newLine());
  }

  /** Oldest first; there is always one. */
  get lines(): readonly TerminalLine[] {
    return this.list;
  }

  /** Where the next character goes. */
  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.row, column: this.column };
  }

  /** All that is on the screen and above it, as text. */
  get text(): string {
    return this.list.map(({ characters }) => characters.join('').trimEnd()).join('\n');
  }

  clear(): void {
    this.list.length = 0;
    this.list.push(this.newLine());
    this.row = 0;
    this.column = 0;
  }

  /** Takes output in pieces that may end anywhere. */
  write(text: string): void {
    for (const character of text) {
      if (this.sequence === undefined) this.take(character);
      else this.continueSequence(this.sequence + character);
    }
  }

  private newLine(): Line {
    return new Line(++this.lastId);
  }

  private get line(): Line {
    return this.list[this.row]!;
  }

  private take(character: string): void {
    if (character === ESCAPE) this.sequence = '';
    else if (character === '\r') this.column = 0;
    else if (character === '\n') this.feed();
    else if (character === '\b') this.column = Math.max(0, this.column - 1);
    else if (character === '\t') this.column = Math.min(MAX_COLUMNS, (Math.floor(this.column / TAB) + 1) * TAB);
    else if (character >= ' ' && character !== '\x7f' && !(character >= '\x80' && character < '\xa0')) {
      if (this.column >= MAX_COLUMNS) this.column = MAX_COLUMNS - 1;
      this.line.put(this.column++, character, this.style);
    }
  }

  private feed(): void {
    this.row++;
    if (this.row < this.list.length) return;
    this.list.push(this.newLine());
    // A quarter at once, since the others move.
    if (this.list.length > this.limit * 1.25) {
      const excess = this.list.length - this.limit;
      this.list.splice(0, excess);
      this.row -= excess;
    }
  }

  private continueSequence(sequence: string): void {
    const last = sequence.charAt(sequence.length - 1);
    const isFirst = sequence.length === 1;
    if (isFirst && last === '[') this.sequence = sequence;
    // ESC and one character: nothing that is shown. A new ESC begins anew.
    else if (isFirst || last === ESCAPE) this.sequence = last === ESCAPE ? '' : undefined;
    else if (last >= '@' && last <= '~') {
      this.sequence = undefined;
      this.control(last, sequence.slice(1, -1));
    } else this.sequence = sequence.length < MAX_SEQUENCE ? sequence : undefined;
  }

  /** A control sequence: its final character and its parameters. */
  private control(final: string, parameters: string): void {
    const numbers = parameters.split(';').map((text) => (/^\d+$/.test(text) ? Number(text) : 0));
    const first = numbers[0]!;
    const count = Math.min(Math.max(1, first), MAX_COLUMNS);
    const top = Math.max(0, this.list.length - ROWS);
    switch (final) {
      case 'A':
        this.row = Math.max(top, this.row - count);
        break;
      case 'B':
        this.row = Math.min(this.list.length - 1, this.row + count);
        break;
      case 'C':
        this.column = Math.min(MAX_COLUMNS, this.column + count);
        break;
      case 'D':
        this.column = Math.max(0, this.column - count);
        break;
      case 'G':
        this.column = count - 1;
        break;
      case 'H':
        this.row = Math.min(this.list.length - 1, top + count - 1);
        this.column = Math.min(MAX_COLUMNS, Math.max(1, numbers[1] ?? 1)) - 1;
        break;
      case 'J':
        if (first === 2 || first === 3) this.clear();
        else if (first === 0) {
          this.line.erase(this.column, Infinity);
          this.list.length = this.row + 1;
        }
        break;
      case 'K':
        this.line.erase(first === 0 ? this.column : 0, first === 1 ? this.column + 1 : Infinity);
        break;
      case 'm':
        for (const number of numbers) this.colour(number);
        break;
    }
  }

  private colour(number: number): void {
    if (number === 0) this.style = 0;
    else if (number === 1) this.style |= BOLD;
    else if (number === 22) this.style &= ~BOLD;
    else if (number === 39) this.style &= BOLD;
    else if ((number >= 30 && number <= 37) || (number >= 90 && number <= 97)) {
      this.style = (this.style & BOLD) | number;
    }
  }
}

/** What a key sends to the console, as a terminal does; undefined: the key is the browser's. */
export function keyBytes(key: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}): string | undefined {
  if (key.altKey || key.metaKey) return undefined;
  if (key.ctrlKey) {
    // Those that src/console reads; copying and pasting stay the browser's.
    return /^[abcdefhklnpuw]$/i.test(key.key)
      ? String.fromCharCode(key.key.toUpperCase().charCodeAt(0) - 64)
      : undefined;
  }
  switch (key.key) {
    case 'Enter':
      return '\r';
    case 'Backspace':
      return '\x7f';
    case 'Tab':
      return key.shiftKey ? undefined : '\t';
    case 'Delete':
      return '\x1b[3~';
    case 'ArrowUp':
      return '\x1b[A';
    case 'ArrowDown':
      return '\x1b[B';
    case 'ArrowRight':
      return '\x1b[C';
    case 'ArrowLeft':
      return '\x1b[D';
    case 'Home':
      return '\x1b[H';
    case 'End':
      return '\x1b[F';
  }
  return undefined;
}
