import type { ConsoleServices } from './bindings.js';
import { ParameterKind } from './parameter.js';
import type { Parameter } from './parameter.js';
import { Duration, shortText, wordValue } from './value.js';
import type { Value } from './value.js';

/** One property of the rows of a menu. */
export interface Property extends Parameter {
  /** It is shown, but cannot be set. */
  readonly readOnly?: boolean;
  /** `print` leaves it out at this value; it leaves out empty ones too. `print detail` shows them. */
  readonly standard?: string;
  /** Shown as stars whatever its service says, and in no condition. */
  readonly stars?: boolean;
  /** Text that `print` shows without quotes. */
  readonly unquoted?: boolean;
}

/** The rows of a menu. */
export interface Table<Row> {
  readonly properties: readonly Property[];
  /** The rows as they are now. */
  rows(services: ConsoleServices): readonly Row[];
  /** Empty when the row has no such value. */
  property(row: Row, name: string, services: ConsoleServices): string;
  /** Names of what a row has beyond `properties`. */
  more?(row: Row): readonly string[];
  /** Replaces the line of `print`. */
  line?(row: Row, services: ConsoleServices): string;
}

/** One property as a value of the script language. */
export function propertyValue<Row>(table: Table<Row>, row: Row, name: string, services: ConsoleServices): Value {
  const text = table.property(row, name, services);
  if (text === '') return undefined;
  const property = table.properties.find((candidate) => candidate.name === name);
  switch (property?.kind) {
    case ParameterKind.whole:
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

/** `text` with what would disturb a terminal as RouterOS escapes it: messages of strangers are shown here. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\r') return '\\r';
    if (character === '\t') return '\\t';
    return '\\' + character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
  });
}

/** The line of a row, as RouterOS's `print` gives it: `name="broker" port=1883`. */
export function rowLine<Row>(table: Table<Row>, row: Row, detail: boolean, services: ConsoleServices): string {
  if (table.line) return table.line(row, services);
  const parts: string[] = [];
  for (const property of table.properties) {
    const text = table.property(row, property.name, services);
    if (!detail && (text === '' || text === property.standard)) continue;
    const quote = isQuoted(property) ? '"' : '';
    parts.push(property.name + '=' + quote + shownValue(property, text) + quote);
  }
  for (const name of table.more?.(row) ?? [])
    parts.push(name + '=' + shownValue(undefined, table.property(row, name, services)));
  return parts.join(' ');
}

function isQuoted(property: Property): boolean {
  const isText = property.kind === ParameterKind.text || property.kind === ParameterKind.filter;
  return isText && property.unquoted !== true;
}

/** Lines of one record, names right-aligned, as RouterOS prints what exists once. */
export function recordLines(names: readonly string[], values: readonly string[]): string[] {
  let width = 0;
  for (const name of names) width = Math.max(width, name.length);
  return names.map((name, i) => name.padStart(width + 2) + ': ' + values[i]!);
}
