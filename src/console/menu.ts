import type { ConsoleServices } from './bindings.js';
import type { Call } from './call.js';
import type { Parameter } from './parameter.js';
import type { Value } from './value.js';

/** One node of the tree that paths such as `/iot mqtt brokers` walk. */
export interface Menu {
  /** Empty for the root. */
  readonly name: string;
  readonly help: string;
  readonly menus: readonly Menu[];
  readonly commands: readonly Command[];

  /** Absent: every device has it. */
  present?(services: ConsoleServices): boolean;
}

/** A tree of menus, and what it is bound to. The tree itself is the same for all, and in ROM on a chip. */
export interface Tree {
  readonly root: Menu;
  readonly services: ConsoleServices;
}

/** One command of a menu. Its arguments are read and checked from this table before `run` is called. */
export interface Command {
  readonly name: string;
  readonly help: string;
  readonly parameters: readonly Parameter[];
  /** Names of the parameters that values without a name go to, in order. */
  readonly unnamed?: readonly string[];
  /** Words that stand alone, such as `detail`. */
  readonly flags?: readonly Word[];
  /** Present: the command takes a condition over these properties. */
  readonly where?: Where;

  /** Throws a ConsoleError, or any error whose message is one line. */
  run(call: Call): Value | Promise<Value>;
}

/** A word that can be typed, and what it is for. */
export interface Word {
  readonly name: string;
  readonly help: string;
}

/** The condition of a command. */
export interface Where {
  /** Properties that can be compared. */
  readonly properties: readonly Parameter[];
  /** True: rows may have further properties, so any name is accepted. */
  readonly open: boolean;
  /** True: the word `where` can be left out, as RouterOS's `find` allows. */
  readonly bare: boolean;
}

/** The one of `words` that is `text`, or the only one that begins with it; several when it is ambiguous. */
export function matching<T extends Word>(words: readonly T[], text: string): readonly T[] {
  const found: T[] = [];
  for (const word of words) {
    if (word.name === text) return [word];
    if (text !== '' && word.name.startsWith(text)) found.push(word);
  }
  return found;
}

/** The menus and commands of `menu` that this device has. */
export function entriesOf(menu: Menu, services: ConsoleServices): (Menu | Command)[] {
  return [...menu.menus.filter((child) => child.present?.(services) !== false), ...menu.commands];
}

/** The path of `menu` from `root`, for the prompt: `/iot/mqtt`, `/` for the root. */
export function menuPath(root: Menu, menu: Menu): string {
  const names = findPath(root, menu);
  return names ? '/' + names.map((node) => node.name).join('/') : '/';
}

/** The menu above; the root for the root. */
export function parentOf(root: Menu, menu: Menu): Menu {
  const path = findPath(root, menu) ?? [];
  return path.length > 1 ? path[path.length - 2]! : root;
}

function findPath(from: Menu, menu: Menu): Menu[] | undefined {
  if (from === menu) return [];
  for (const child of from.menus) {
    const rest = findPath(child, menu);
    if (rest) return [child, ...rest];
  }
  return undefined;
}
