import { ConsoleError } from './console-error.js';
import { Instruction, parsePattern } from './regular-pattern.js';
import type { Program } from './regular-pattern.js';

/**
 * A POSIX extended regular expression, as RouterOS's `~` takes it: `. [] () | * + ? {m,n} ^ $`, classes as
 * `[[:digit:]]`, and a backslash before a character that is meant as itself.
 *
 * All ways through the pattern are followed at once (Thompson, CACM 11(6), 1968), so the time grows with text times
 * pattern: the engine's own RegExp can take minutes for a few characters, and nothing could stop it.
 */
export class RegularExpression {
  private readonly program: Program;

  /** Throws a ConsoleError that says what is wrong with the pattern and at which character. */
  constructor(pattern: string) {
    this.program = parsePattern(pattern);
  }

  /** True when the pattern is found anywhere in `text`. */
  test(text: string): boolean {
    const { length } = this.program;
    // A mark for each instruction says for which character it is in the list already.
    const marks = new Int32Array(length).fill(-1);
    let current: number[] = [];
    for (let at = 0; at <= text.length; at++) {
      const next: number[] = [];
      if (this.follow(0, at, text, current, marks)) return true;
      const character = text[at];
      if (character === undefined) break;
      for (const index of current) {
        if (!takes(this.program, index, character)) continue;
        if (this.follow(index + 1, at + 1, text, next, marks)) return true;
      }
      current = next;
    }
    return false;
  }

  /** Adds what is reached from `from` without a character. True when that is the end of the pattern. */
  private follow(from: number, at: number, text: string, list: number[], marks: Int32Array): boolean {
    const waiting = [from];
    for (;;) {
      const index = waiting.pop();
      if (index === undefined) return false;
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
  if (step.kind !== Instruction.set) throw new ConsoleError('pattern is damaged');
  for (let i = 0; i < step.ranges.length; i += 2) {
    if (character >= step.ranges[i]! && character <= step.ranges[i + 1]!) return !step.negated;
  }
  return step.negated;
}
