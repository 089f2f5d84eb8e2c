import type { ConsoleBindings } from './bindings.js';
import { ConsoleError } from './console-error.js';
import { entriesOf } from './menu.js';
import type { Argument, Command, Menu, Tree, Where, Word } from './menu.js';
import { ParameterKind } from './parameter.js';
import type { Parameter } from './parameter.js';
import { parseScript } from './parser.js';
import type { Hints } from './parser.js';

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
    if (!(failure instanceof ConsoleError)) throw failure;
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
    this.offer(from, entriesOf(menu, this.bindings).map(word));
  }

  onArgument(from: number, command: Command, given: readonly Argument[], flags: readonly string[]): void {
    // Between `name=` and its value.
    if (from === this.text.length && !/\s$/.test(this.text)) return;
    const isGiven = (name: string): boolean => given.some((argument) => argument.name === name);
    const candidates: Candidate[] = [];
    const next = command.unnamed?.find((name) => !isGiven(name));
    const unnamed = command.parameters.find((parameter) => parameter.name === next);
    if (unnamed) candidates.push(...valuesOf(unnamed, this.bindings));
    for (const parameter of command.parameters) {
      if (isGiven(parameter.name)) continue;
      candidates.push({ text: parameter.name + '=', help: helpOf(parameter), open: true });
    }
    for (const flag of command.flags ?? []) if (!flags.includes(flag.name)) candidates.push(word(flag));
    if (command.where) candidates.push({ text: 'where', help: 'a condition', open: false });
    if (command.where?.bare) candidates.push(...propertiesOf(command.where));
    this.offer(from, candidates);
  }

  onValue(from: number, parameter: Parameter | undefined): void {
    this.offer(from, parameter ? valuesOf(parameter, this.bindings) : []);
  }

  onProperty(from: number, where: Where): void {
    this.offer(from, propertiesOf(where));
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

function word(entry: Word): Candidate {
  return { text: entry.name, help: entry.help, open: false };
}

function propertiesOf(where: Where): Candidate[] {
  return where.properties.map((property) => ({ text: property.name, help: property.help, open: true }));
}

function valuesOf(parameter: Parameter, bindings: ConsoleBindings): Candidate[] {
  const { help, kind } = parameter;
  if (kind === ParameterKind.flag) return [value('yes', help), value('no', 'the opposite')];
  const names = [...(parameter.values ?? []), ...(parameter.candidates?.(bindings) ?? [])];
  return names.map((text) => value(text, help));
}

function value(text: string, help: string): Candidate {
  return { text, help, open: false };
}

/** `TCP port (1..65535)` */
function helpOf(parameter: Parameter): string {
  const { min, max, help } = parameter;
  return min === undefined || max === undefined ? help : help + ' (' + min + '..' + max + ')';
}
