import { Cost } from './slices.js';
import type { Slices } from './slices.js';

/** What one step of a compiled pattern does. */
const enum Instruction {
  /** Takes one character of (or outside) its ranges. */
  set = 1,
  /** Goes on `by` steps further. */
  jump = 2,
  /** Goes on with the next step, and `by` steps further as well. */
  split = 3,
  /** Holds at the beginning of the text. */
  begin = 4,
  /** Holds at the end of the text. */
  end = 5,
  /** The pattern was found. */
  match = 6,
}

type Step =
  | { readonly kind: Instruction.set; readonly ranges: string; readonly negated: boolean }
  | { readonly kind: Instruction.jump | Instruction.split; readonly by: number }
  | { readonly kind: Instruction.begin | Instruction.end | Instruction.match };

/** A compiled pattern. */
export type Program = readonly Step[];

/** Steps of a compiled pattern, and levels of parentheses. */
const MAX_STEPS = 1000;
const MAX_DEPTH = 16;
const MAX_REPEAT = 255;
/** Instructions of a search between two looks at the time that it takes. */
const SEARCH_SLICE = 2048;

/** The classes of brackets: a name, and pairs of characters from which and to which they go. */
const CLASSES: readonly string[] = Object.freeze([
  'alpha azAZ',
  'digit 09',
  'alnum azAZ09',
  'upper AZ',
  'lower az',
  'space \t\r  ',
  'blank \t\t  ',
  'punct !/:@[`{~',
  'xdigit 09afAF',
  'print  ~',
  'graph !~',
  'cntrl \x00\x1f\x7f\x7f',
]);

/**
 * Compiles a POSIX extended regular expression, as RouterOS's `~` takes it: `. [] () | * + ? {m,n} ^ $`, classes as
 * `[[:digit:]]`, and a backslash before a character that is meant as itself. Throws a RangeError that says what is
 * wrong with it and at which character.
 */
export function compilePattern(pattern: string): Program {
  const parser = new PatternParser(pattern);
  const steps = parser.alternatives(0);
  if (parser.at < pattern.length) parser.fail('unexpected )');
  return [...steps, { kind: Instruction.match }];
}

class PatternParser {
  at = 0;
  private readonly pattern: string;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  fail(what: string): never {
    throw new RangeError('regular expression: ' + what + ' at character ' + (this.at + 1));
  }

  alternatives(depth: number): Step[] {
    if (depth > MAX_DEPTH) this.fail('too many parentheses');
    let steps = this.sequence(depth);
    while (this.pattern[this.at] === '|') {
      this.at++;
      const other = this.sequence(depth);
      steps = this.checked([
        { kind: Instruction.split, by: steps.length + 2 },
        ...steps,
        { kind: Instruction.jump, by: other.length + 1 },
        ...other,
      ]);
    }
    return steps;
  }

  private sequence(depth: number): Step[] {
    const steps: Step[] = [];
    while (this.at < this.pattern.length) {
      const character = this.pattern[this.at];
      if (character === '|' || character === ')') break;
      for (const step of this.withRepetition(this.atom(depth))) steps.push(step);
      this.checked(steps);
    }
    return steps;
  }

  private atom(depth: number): Step[] {
    const character = this.pattern[this.at++]!;
    switch (character) {
      case '.':
        return [{ kind: Instruction.set, ranges: '', negated: true }];
      case '^':
        return [{ kind: Instruction.begin }];
      case '$':
        return [{ kind: Instruction.end }];
      case '[':
        return [this.bracket()];
      case '(': {
        const steps = this.alternatives(depth + 1);
        if (this.pattern[this.at] !== ')') this.fail('missing )');
        this.at++;
        return steps;
      }
      case '*':
      case '+':
      case '?':
        this.at--;
        return this.fail('nothing to repeat');
      case '\\':
        if (this.at >= this.pattern.length) this.fail('nothing behind \\');
        return [literal(this.pattern[this.at++]!)];
      default:
        return [literal(character)];
    }
  }

  private withRepetition(atom: Step[]): Step[] {
    let steps = atom;
    for (;;) {
      const character = this.pattern[this.at];
      let min = 0;
      let max = Infinity;
      if (character === '+') min = 1;
      else if (character === '?') max = 1;
      else if (character === '{') {
        const match = /^\{(\d{1,3})(,(\d{1,3})?)?\}/.exec(this.pattern.slice(this.at, this.at + 9));
        // A brace that opens no interval means itself, as in the text {"a":1}.
        if (!match) return steps;
        min = Number(match[1]);
        max = match[2] === undefined ? min : match[3] === undefined ? Infinity : Number(match[3]);
        if (min > max || min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT)) this.fail('wrong interval');
        this.at += match[0].length - 1;
      } else if (character !== '*') return steps;
      this.at++;
      steps = this.repeatSteps(steps, min, max);
    }
  }

  private repeatSteps(atom: Step[], min: number, max: number): Step[] {
    let steps: Step[] = [];
    for (let i = 0; i < min; i++) steps = this.checked([...steps, ...atom]);
    const { length } = atom;
    if (max === Infinity) {
      return this.checked([
        ...steps,
        { kind: Instruction.split, by: length + 2 },
        ...atom,
        { kind: Instruction.jump, by: -length - 1 },
      ]);
    }
    // Each that may be left out is behind a split that leads beyond the last one.
    for (let left = max - min; left > 0; left--) {
      steps = this.checked([...steps, { kind: Instruction.split, by: left * (length + 1) }, ...atom]);
    }
    return steps;
  }

  private bracket(): Step {
    const negated = this.pattern[this.at] === '^';
    if (negated) this.at++;
    let ranges = '';
    // A bracket that comes first means itself.
    for (let first = true; first || this.pattern[this.at] !== ']'; first = false) {
      const named = /^\[:([a-z]+):\]/.exec(this.pattern.slice(this.at, this.at + 12));
      if (named) {
        const name = named[1]!;
        const set = CLASSES.find((each) => each.startsWith(name + ' '));
        if (set === undefined) this.fail('unknown class ' + name);
        ranges += set.slice(name.length + 1);
        this.at += named[0].length;
        continue;
      }
      const from = this.member();
      let to = from;
      if (this.pattern[this.at] === '-' && this.pattern[this.at + 1] !== ']') {
        this.at++;
        to = this.member();
        if (to < from) this.fail('wrong range');
      }
      ranges += from + to;
    }
    this.at++;
    return { kind: Instruction.set, ranges, negated };
  }

  private member(): string {
    if (this.pattern[this.at] === '\\') this.at++;
    const character = this.pattern[this.at];
    if (character === undefined) this.fail('missing ]');
    this.at++;
    return character;
  }

  private checked(steps: Step[]): Step[] {
    if (steps.length > MAX_STEPS) this.fail('too large');
    return steps;
  }
}

function literal(character: string): Step {
  return { kind: Instruction.set, ranges: character + character, negated: false };
}

/**
 * Whether the pattern of `program` is found anywhere in `text`, in slices. All ways through it are followed at once
 * (Thompson, CACM 11(6), 1968), so the time grows with text times pattern: the engine's own RegExp can take minutes for
 * a few characters, and nothing could stop it.
 */
export async function isFound(program: Program, text: string, slices: Slices): Promise<boolean> {
  const search = new Search(program, text);
  for (;;) {
    const before = search.instructions;
    const found = search.advance();
    const pause = slices.spend((search.instructions - before) * Cost.instruction);
    if (found !== undefined) return found;
    if (pause) await pause;
  }
}

/** One search, which can be left and resumed between two characters. */
export class Search {
  /** Instructions that were executed. */
  instructions = 0;
  private at = 0;
  private current: number[] = [];
  /** For each instruction, the character for which it is already in the list. */
  private readonly marks: Int32Array;

  constructor(
    private readonly program: Program,
    private readonly text: string,
  ) {
    this.marks = new Int32Array(program.length).fill(-1);
  }

  /** Goes on for about `SEARCH_SLICE` instructions. Undefined: neither found nor at the end of the text yet. */
  advance(): boolean | undefined {
    const end = this.instructions + SEARCH_SLICE;
    for (; this.at <= this.text.length; this.at++) {
      if (this.instructions >= end) return undefined;
      if (this.follow(0, this.at, this.current)) return true;
      const character = this.text[this.at];
      if (character === undefined) return false;
      const next: number[] = [];
      for (const index of this.current) {
        this.instructions++;
        if (!takes(this.program[index]!, character)) continue;
        if (this.follow(index + 1, this.at + 1, next)) return true;
      }
      this.current = next;
    }
    return false;
  }

  /** Adds what is reached from `from` without a character. True when that is the end of the pattern. */
  private follow(from: number, at: number, list: number[]): boolean {
    const { marks, text } = this;
    const waiting = [from];
    for (;;) {
      const index = waiting.pop();
      if (index === undefined) return false;
      this.instructions++;
      if (marks[index] === at) continue;
      marks[index] = at;
      const step = this.program[index]!;
      switch (step.kind) {
        case Instruction.match:
          return true;
        case Instruction.jump:
          waiting.push(index + step.by);
          break;
        case Instruction.split:
          waiting.push(index + 1, index + step.by);
          break;
        case Instruction.begin:
          if (at === 0) waiting.push(index + 1);
          break;
        case Instruction.end:
          if (at === text.length) waiting.push(index + 1);
          break;
        default:
          list.push(index);
      }
    }
  }
}

function takes(step: Step, character: string): boolean {
  if (step.kind !== Instruction.set) return false;
  const { ranges, negated } = step;
  for (let i = 0; i < ranges.length; i += 2) {
    if (character >= ranges[i]! && character <= ranges[i + 1]!) return !negated;
  }
  return negated;
}
