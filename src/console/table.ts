import type { ConsoleBindings, Entry, EntryList } from './bindings.js';
import { allowedOf, defaultOf, isMarked, isNamed, kindOf, nameOf } from './parameter.js';
import type { Parameter } from './parameter.js';
import { STARS, withoutSecrets } from './secrets.js';
import { Duration, printable, shortText, startsWithDigit, wordValue } from './value.js';
import type { Value } from './value.js';

/** The rows of a menu. */
export interface Table<Row = unknown> {
  readonly properties: readonly Parameter[];
  /** The rows as they are now. */
  rows(bindings: ConsoleBindings): readonly Row[];
  /** Empty when the row has no such value. */
  property(row: Row, name: string, bindings: ConsoleBindings): string;
  /** Names of the values that this row has beyond `properties`. */
  more?(row: Row, bindings: ConsoleBindings): readonly string[];
  /** True when `print` omits the property for this row, beside those at their default. */
  omits?(row: Row, name: string): boolean;
  /** Replaces the line of `print`. */
  line?(row: Row, bindings: ConsoleBindings): string;
  /** What `print` says below the rows; empty: nothing. */
  note?(bindings: ConsoleBindings): string;
}

/** A list of entries, with the functions that its menu has commands for. */
export type Entries<E extends Entry = Entry> = Pick<EntryList<E>, 'list'> & Partial<EntryList<E>>;

/** The rows of a list of entries. */
export class EntryTable<E extends Entry = Entry> implements Table<E> {
  readonly properties: readonly Parameter[];
  readonly entries: (bindings: ConsoleBindings) => Entries<E>;

  constructor(properties: readonly Parameter[], entries: (bindings: ConsoleBindings) => Entries<E>) {
    this.properties = properties;
    this.entries = entries;
  }

  rows(bindings: ConsoleBindings): readonly E[] {
    return this.entries(bindings).list;
  }

  property(entry: E, name: string): string {
    return entry.property(name);
  }
}

/** The rows of what is read by index: 0 to `count - 1`. */
export function indices(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** What rows can be referred to by: their names, or their numbers. */
export function rowNames(table: Table, bindings: ConsoleBindings): string[] {
  const hasNames = table.properties.some((property) => isNamed(property, 'name'));
  return table.rows(bindings).map((row, i) => (hasNames && table.property(row, 'name', bindings)) || String(i));
}

/** The names that exist now of what an argument names in a menu with `table`, or the values that are allowed. */
export function namesFor(parameter: Parameter, table: Table | undefined, bindings: ConsoleBindings): readonly string[] {
  switch (kindOf(parameter)) {
    case 'broker':
      return bindings.brokers!.list.map((broker) => broker.name);
    case 'property':
    case 'any-property':
      return table!.properties.map(nameOf);
    default:
      return allowedOf(parameter).values;
  }
}

/** The properties of `table` that a condition can compare: a secret could be guessed letter by letter. */
export function comparableProperties(table: Table): readonly Parameter[] {
  return table.properties.filter((property) => !isMarked(property, 'stars'));
}

function readProperty(
  table: Table,
  row: unknown,
  name: string,
  property: Parameter | undefined,
  bindings: ConsoleBindings,
): string {
  const text = table.property(row, name, bindings);
  return property !== undefined && isMarked(property, 'script') ? withoutSecrets(text) : text;
}

/** One property as a value of the script language, stars for a secret. */
export function propertyValue(table: Table, row: unknown, name: string, bindings: ConsoleBindings): Value {
  const property = table.properties.find((each) => isNamed(each, name));
  if (property !== undefined && isMarked(property, 'stars')) return STARS;
  const text = readProperty(table, row, name, property, bindings);
  if (text === '') return undefined;
  switch (property && kindOf(property)) {
    case 'integer':
    case 'decimal':
    case undefined:
      return wordValue(text);
    case 'flag':
      return text === 'yes';
    case 'time':
      return new Duration(Number(text));
    default:
      return text;
  }
}

/** One property as `print` shows it. */
export function shownValue(property: Parameter | undefined, text: string): string {
  if (property !== undefined) {
    if (isMarked(property, 'stars')) return text === '' ? '' : STARS;
    if (kindOf(property) === 'time' && startsWithDigit(text)) return shortText(Number(text));
  }
  return printable(text);
}

/** The properties of a row that `print` shows, and how it shows each, with or without the quotes of texts. */
export function rowCells(
  table: Table,
  row: unknown,
  detail: boolean,
  quotes: boolean,
  bindings: ConsoleBindings,
): { names: string[]; values: string[] } {
  const names: string[] = [];
  const values: string[] = [];
  for (const property of table.properties) {
    const name = nameOf(property);
    const text = readProperty(table, row, name, property, bindings);
    if (!detail && (text === '' || text === defaultOf(property) || table.omits?.(row, name))) continue;
    const quote = quotes && isQuoted(property) ? '"' : '';
    names.push(name);
    values.push(quote + shownValue(property, text) + quote);
  }
  for (const name of table.more?.(row, bindings) ?? []) {
    names.push(name);
    values.push(shownValue(undefined, table.property(row, name, bindings)));
  }
  return { names, values };
}

/** The line of a row, as RouterOS's `print` gives it: `name="broker" port=1883`. */
export function rowLine(table: Table, row: unknown, detail: boolean, bindings: ConsoleBindings): string {
  if (table.line) return table.line(row, bindings);
  const { names, values } = rowCells(table, row, detail, true, bindings);
  return names.map((name, i) => name + '=' + values[i]!).join(' ');
}

function isQuoted(property: Parameter): boolean {
  const kind = kindOf(property);
  return (kind === 'text' || kind === 'filter') && !isMarked(property, 'unquoted');
}
