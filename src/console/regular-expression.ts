import { Cost } from './slices.js';
import type { Slices } from './slices.js';

/** What one step of a compiled pattern does. */
const enum Instruction {
  /** Takes one character of (or outside) its ranges. */
  set = 1,
  /** Takes any character. */
  any = 2,
  /** Goes on at `to`. */
  jump = 3,
  /** Goes on at `to` and at `or`. */
  split = 4,
  /** Holds at the beginning of the text. */
  begin = 5,
  /** Holds at the end of the text. */
  end = 6,
  /** The pattern was found. */
  match = 7,
}

type Step =
  | { readonly kind: Instruction.set; readonly ranges: string; readonly negated: boolean }
  | { readonly kind: Instruction.jump; readonly to: number }
  | { readonly kind: Instruction.split; readonly to: number; readonly or: number }
  | { readonly kind: Instruction.any | Instruction.begin | Instruction.end | Instruction.match };

type Program = readonly Step[];

/** Steps of a compiled pattern, and levels of parentheses. */
const MAX_STEPS = 1000;
const MAX_DEPTH = 16;
const MAX_REPEAT = 255;
/** Instructions of a search between two looks at the time that it takes. */
const SEARCH_SLICE = 2048;

const CLASSES: { readonly [name: string]: string } = Object.freeze({
  alpha: 'azAZ',
  digit: '09',
  alnum: 'azAZ09',
  upper: 'AZ',
  lower: 'az',
  space: '\t\r  ',
  blank: '\t\t  ',
  punct: '!/:@[`{~',
  xdigit: '09afAF',
  print: ' ~',
  graph: '!~',
  cntrl: '\x00\x1f\x7f\x7f',
});

/** Compiles a POSIX extended regular expression. Throws a RangeError with the character that is wrong. */
function parsePattern(pattern: string): Program {
  const compiler = new PatternParser(pattern);
  const steps = compiler.alternatives(0);
  if (compiler.at < pattern.length) compiler.fail('unexpected )');
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

  /** Jumps of the steps that are returned count from the first of them. */
  alternatives(depth: number): Step[] {
    if (depth > MAX_DEPTH) this.fail('too many parentheses');
    let steps = this.sequence(depth);
    while (this.pattern[this.at] === '|') {
      this.at++;
      const other = this.sequence(depth);
      const end = steps.length + other.length + 2;
      steps = this.checked([
        { kind: Instruction.split, to: 1, or: steps.length + 2 },
        ...moved(steps, 1),
        { kind: Instruction.jump, to: end },
        ...moved(other, steps.length + 2),
      ]);
    }
    return steps;
  }

  private sequence(depth: number): Step[] {
    const steps: Step[] = [];
    while (this.at < this.pattern.length) {
      const character = this.pattern[this.at];
      if (character === '|' || character === ')') break;
      for (const step of moved(this.repeated(this.atom(depth)), steps.length)) steps.push(step);
      this.checked(steps);
    }
    return steps;
  }

  private atom(depth: number): Step[] {
    const character = this.pattern[this.at++]!;
    switch (character) {
      case '.':
        return [{ kind: Instruction.any }];
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

  private repeated(atom: Step[]): Step[] {
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
      steps = this.times(steps, min, max);
    }
  }

  private times(atom: Step[], min: number, max: number): Step[] {
    let steps: Step[] = [];
    for (let i = 0; i < min; i++) steps = this.checked([...steps, ...moved(atom, steps.length)]);
    const { length } = atom;
    if (max === Infinity) {
      const start = steps.length;
      return this.checked([
        ...steps,
        { kind: Instruction.split, to: start + 1, or: start + length + 2 },
        ...moved(atom, start + 1),
        { kind: Instruction.jump, to: start },
      ]);
    }
    const end = steps.length + (max - min) * (length + 1);
    for (let i = min; i < max; i++) {
      const start = steps.length;
      steps = this.checked([...steps, { kind: Instruction.split, to: start + 1, or: end }, ...moved(atom, start + 1)]);
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
        const set = CLASSES[named[1]!];
        if (set === undefined) this.fail('unknown class ' + named[1]);
        ranges += set;
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

function moved(steps: readonly Step[], by: number): Step[] {
  return steps.map((step) => {
    if (step.kind === Instruction.jump) return { kind: step.kind, to: step.to + by };
    return step.kind === Instruction.split ? { kind: step.kind, to: step.to + by, or: step.or + by } : step;
  });
}

/**
 * A POSIX extended regular expression, as RouterOS's `~` takes it: `. [] () | * + ? {m,n} ^ $`, classes as
 * `[[:digit:]]`, and a backslash before a character that is meant as itself.
 *
 * All ways through the pattern are followed at once (Thompson, CACM 11(6), 1968), so the time grows with text times
 * pattern: the engine's own RegExp can take minutes for a few characters, and nothing could stop it.
 */
export class RegularExpression {
  private readonly program: Program;

  /** Throws a RangeError that says what is wrong with the pattern and at which character. */
  constructor(pattern: string) {
    this.program = parsePattern(pattern);
  }

  /** Begins to look for the pattern anywhere in `text`. */
  search(text: string): Search {
    return new Search(this.program, text);
  }
}

/** Whether `pattern` is found anywhere in `text`, in slices. */
export async function isFound(pattern: RegularExpression, text: string, slices: Slices): Promise<boolean> {
  const search = pattern.search(text);
  for (;;) {
    const before = search.instructions;
    const found = search.advance();
    const pause = slices.spend((search.instructions - before) * Cost.instruction);
    if (found !== undefined) return found;
    if (pause) await pause;
  }
}

/** One search, which can be left and resumed between two characters. */
class Search {
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
        if (!takes(this.program, index, character)) continue;
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
          waiting.push(step.to);
          break;
        case Instruction.split:
          waiting.push(step.to, step.or);
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

function takes(program: Program, index: number, character: string): boolean {
  const step = program[index]!;
  if (step.kind === Instruction.any) return true;
  if (step.kind !== Instruction.set) throw new RangeError('pattern is damaged');
  for (let i = 0; i < step.ranges.length; i += 2) {
    if (character >= step.ranges[i]! && character <= step.ranges[i + 1]!) return !step.negated;
  }
  return step.negated;
}
