import type { ConsoleBindings } from './bindings.js';
import { entriesOf } from './menu.js';
import type { Menu, Tree } from './menu.js';
import { allowedOf, helpOf, isMarked, kindOf, nameOf } from './parameter.js';
import type { Parameter } from './parameter.js';
import { isGiven, parseScript } from './parser.js';
import type { Hints, Invocation } from './parser.js';
import { comparableProperties, namesFor, rowNames } from './table.js';

/** One word that can come next. */
export interface Candidate {
  /** What replaces the unfinished word: a name, maybe with `=`. */
  readonly text: string;
  readonly help: string;
  /** True: a value follows, so no space is added. */
  readonly open: boolean;
}

/** What can come next. */
export interface Completion {
  /** Where the unfinished word begins. */
  readonly from: number;
  readonly candidates: readonly Candidate[];
}

/** What can follow at the end of `text`; undefined inside a string or a comment, and after an error. */
export function complete(text: string, tree: Tree, menu: Menu): Completion | undefined {
  const collector = new Collector(text, tree.bindings);
  try {
    parseScript(text, tree, menu, collector);
  } catch (failure) {
    if (!(failure instanceof RangeError)) throw failure;
  }
  return collector.completion;
}

/** Keeps the last hint: the parser goes from left to right, so the last is the one for the end. */
class Collector implements Hints {
  completion: Completion | undefined;
  private readonly text: string;
  private readonly bindings: ConsoleBindings;

  constructor(text: string, bindings: ConsoleBindings) {
    this.text = text;
    this.bindings = bindings;
  }

  onName(from: number, menu: Menu): void {
    // For the parser, the last line of a comment has already ended.
    if (this.inComment(from)) return;
    this.offer(
      from,
      entriesOf(menu, this.bindings).map(({ name, help }) => finished(name, help)),
    );
  }

  onArgument(from: number, invocation: Invocation): void {
    // Between `name=` and its value.
    if (from === this.text.length && !/\s$/.test(this.text)) return;
    const { command, flags, menu, parameters } = invocation;
    const words = command.words ?? [];
    const free = parameters.filter((parameter) => !isGiven(invocation, parameter));
    const unnamed = free.find((parameter) => isMarked(parameter, 'unnamed'));
    this.offer(from, [
      ...(unnamed ? this.valuesOf(unnamed, menu) : []),
      ...free.map((parameter) => ({ text: nameOf(parameter) + '=', help: rangedHelp(parameter), open: true })),
      ...words.filter((each) => !flags.includes(nameOf(each))).map((each) => finished(nameOf(each), helpOf(each))),
      ...(command.where ? [finished('where', 'a condition')] : []),
      ...(command.where === 'optional' ? propertiesOf(menu) : []),
    ]);
  }

  onValue(from: number, menu: Menu, parameter: Parameter | undefined): void {
    this.offer(from, parameter ? this.valuesOf(parameter, menu) : []);
  }

  onProperty(from: number, menu: Menu): void {
    this.offer(from, propertiesOf(menu));
  }

  private valuesOf(parameter: Parameter, { table }: Menu): Candidate[] {
    const help = helpOf(parameter);
    const kind = kindOf(parameter);
    if (kind === 'flag') return [finished('yes', help), finished('no', 'the opposite')];
    const { bindings } = this;
    const names = kind === 'rows' ? rowNames(table!, bindings) : namesFor(parameter, table, bindings);
    return names.map((name) => finished(name, help));
  }

  private offer(from: number, all: readonly Candidate[]): void {
    // After a finished word, nothing can follow without a space.
    if (from === this.text.length && /[\w\])}"-]$/.test(this.text)) return;
    const typed = this.text.slice(from);
    this.completion = { from, candidates: all.filter((candidate) => candidate.text.startsWith(typed)) };
  }

  private inComment(at: number): boolean {
    const line = this.text.slice(this.text.lastIndexOf('\n', at - 1) + 1, at);
    return /(^|;)\s*#/.test(line);
  }
}

function finished(text: string, help: string): Candidate {
  return { text, help, open: false };
}

function propertiesOf(menu: Menu): Candidate[] {
  return comparableProperties(menu.table!).map((each) => ({ text: nameOf(each), help: helpOf(each), open: true }));
}

/** `TCP port (1..65535)` */
function rangedHelp(parameter: Parameter): string {
  const { range } = allowedOf(parameter);
  return range === '' ? helpOf(parameter) : helpOf(parameter) + ' (' + range + ')';
}
