import type { ConsoleBindings } from './bindings.js';
import { allowedOf, kindOf, nameOf } from './parameter.js';
import type { Parameter } from './parameter.js';
import { namesFor } from './table.js';
import type { Table } from './table.js';
import { expectedText, parseDuration } from './value.js';

/**
 * The text of an argument in normal form: `yes` for `true`, choices in full, times in seconds, hexadecimal digits in
 * lower case. `table` is that of the menu. Throws a RangeError that names the parameter and what is allowed, but
 * never the value.
 */
export function checkArgument(
  parameter: Parameter,
  text: string,
  table: Table | undefined,
  bindings: ConsoleBindings,
): string {
  switch (kindOf(parameter)) {
    case 'integer':
      if (allowedOf(parameter).values.includes(text)) return text;
      if (!/^-?\d{1,15}$/.test(text)) throw invalid(parameter, 'an integer');
      return inRange(parameter, Number(text));
    case 'decimal':
      if (!/^-?\d{1,9}(\.\d{1,6})?$/.test(text)) throw invalid(parameter, 'a number');
      return inRange(parameter, Number(text));
    case 'flag':
      if (text === 'true' || text === 'yes') return 'yes';
      if (text === 'false' || text === 'no') return 'no';
      throw invalid(parameter, 'yes, no');
    case 'choice':
    case 'property':
      return chosen(parameter, text, namesFor(parameter, table, bindings));
    case 'time': {
      const seconds = parseDuration(text, true);
      if (seconds === undefined) throw invalid(parameter, 'a time such as 10s, 1m30s, 00:00:30');
      return inRange(parameter, seconds);
    }
    case 'hex':
      if (text === '' || !/^([0-9A-Fa-f]{2})*$/.test(text)) throw invalid(parameter, 'pairs of hexadecimal digits');
      return text.toLowerCase();
    case 'broker': {
      const names = namesFor(parameter, table, bindings);
      if (names.includes(text)) return text;
      throw unknown(parameter, names);
    }
    case 'filter':
      // RouterOS's own examples write "my/test/# ": no valid filter has anything behind #, so the space is dropped.
      return text.replace(/#\s+$/, '#');
    default:
      return text;
  }
}

function inRange(parameter: Parameter, number: number): string {
  const { range, min, max, values } = allowedOf(parameter);
  if (number >= min && number <= max) return String(number);
  throw new RangeError(
    'value of ' + nameOf(parameter) + ' out of range (' + range + unitOf(parameter) + ')' + orText(values),
  );
}

function chosen(parameter: Parameter, text: string, names: readonly string[]): string {
  if (names.includes(text)) return text;
  const found = names.filter((name) => text !== '' && name.startsWith(text));
  if (found.length !== 1) throw unknown(parameter, names);
  return found[0]!;
}

function unknown(parameter: Parameter, names: readonly string[]): RangeError {
  return new RangeError('input does not match any value of ' + nameOf(parameter) + expectedText(names));
}

function invalid(parameter: Parameter, expected: string): RangeError {
  const { range, min, max, values } = allowedOf(parameter);
  const limits = range === '' ? '' : ' from ' + min + ' to ' + max + unitOf(parameter);
  const message = 'invalid value for argument ' + nameOf(parameter) + ': expected ' + expected;
  return new RangeError(message + limits + orText(values));
}

/** Behind a range. */
function unitOf(parameter: Parameter): string {
  return kindOf(parameter) === 'time' ? ' seconds' : '';
}

function orText(values: readonly string[]): string {
  return values.length === 0 ? '' : ' or ' + values.join(', ');
}
