import type { ConsoleBindings } from './bindings.js';
import { ParameterKind } from './parameter.js';
import type { Parameter } from './parameter.js';
import { withoutSecrets } from './secrets.js';
import { Duration, printable, shortText, wordValue } from './value.js';
import type { Value } from './value.js';

/** One property of the rows of a menu. */
export interface Property extends Parameter {
  /** Shown, but cannot be set. */
  readonly readOnly?: boolean;
  /** `print` omits the property at this value, and when it is empty; `print detail` shows it all the same. */
  readonly default?: string;
  /** Shown as stars whatever the binding gives, and not allowed in conditions. */
  readonly stars?: boolean;
  /** A script, whose secrets are shown as stars. */
  readonly script?: boolean;
  /** `print` shows the text without quotes. */
  readonly unquoted?: boolean;
}

/** The rows of a menu. */
export interface Table<Row> {
  readonly properties: readonly Property[];
  /** The rows as they are now. */
  rows(bindings: ConsoleBindings): readonly Row[];
  /** Empty when the row has no such value. */
  property(row: Row, name: string, bindings: ConsoleBindings): string;
  /** Names of the values that this row has beyond `properties`. */
  more?(row: Row): readonly string[];
  /** True when `print` omits the property for this row, beside those at their default. */
  omits?(row: Row, name: string): boolean;
  /** Replaces the line of `print`. */
  line?(row: Row, bindings: ConsoleBindings): string;
}

function readProperty<Row>(
  table: Table<Row>,
  row: Row,
  name: string,
  property: Property | undefined,
  bindings: ConsoleBindings,
): string {
  const text = table.property(row, name, bindings);
  return property?.script ? withoutSecrets(text) : text;
}

/** One property as a value of the script language. */
export function propertyValue<Row>(table: Table<Row>, row: Row, name: string, bindings: ConsoleBindings): Value {
  const property = table.properties.find((candidate) => candidate.name === name);
  const text = readProperty(table, row, name, property, bindings);
  if (text === '') return undefined;
  switch (property?.kind) {
    case ParameterKind.integer:
    case ParameterKind.decimal:
      return wordValue(text);
    case ParameterKind.flag:
      return text === 'yes';
    case ParameterKind.time:
      return new Duration(Number(text));
    case undefined:
      return wordValue(text);
    default:
      return text;
  }
}

/** One property as `print` shows it. */
export function shownValue(property: Property | undefined, text: string): string {
  if (property?.stars) return text === '' ? '' : '*****';
  if (property?.kind === ParameterKind.time && /^\d/.test(text)) return shortText(Number(text));
  return printable(text);
}

/** The properties of a row that `print` shows, and how it shows each. */
export function rowCells<Row>(
  table: Table<Row>,
  row: Row,
  detail: boolean,
  bindings: ConsoleBindings,
): { names: string[]; values: string[] } {
  const names: string[] = [];
  const values: string[] = [];
  for (const property of table.properties) {
    const text = readProperty(table, row, property.name, property, bindings);
    if (!detail && (text === '' || text === property.default || table.omits?.(row, property.name))) continue;
    const quote = isQuoted(property) ? '"' : '';
    names.push(property.name);
    values.push(quote + shownValue(property, text) + quote);
  }
  for (const name of table.more?.(row) ?? []) {
    names.push(name);
    values.push(shownValue(undefined, table.property(row, name, bindings)));
  }
  return { names, values };
}

/** The line of a row, as RouterOS's `print` gives it: `name="broker" port=1883`. */
export function rowLine<Row>(table: Table<Row>, row: Row, detail: boolean, bindings: ConsoleBindings): string {
  if (table.line) return table.line(row, bindings);
  const { names, values } = rowCells(table, row, detail, bindings);
  return names.map((name, i) => name + '=' + values[i]!).join(' ');
}

function isQuoted(property: Property): boolean {
  const isText = property.kind === ParameterKind.text || property.kind === ParameterKind.filter;
  return isText && property.unquoted !== true;
}

/** Lines of a single record, names right-aligned, as RouterOS prints them. */
export function recordLines(names: readonly string[], values: readonly string[]): string[] {
  let width = 0;
  for (const name of names) width = Math.max(width, name.length);
  return names.map((name, i) => name.padStart(width + 2) + ': ' + values[i]!);
}
