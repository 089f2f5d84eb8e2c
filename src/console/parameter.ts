import type { ConsoleBindings } from './bindings.js';
import { ConsoleError, expectedText } from './console-error.js';
import { parseDuration } from './value.js';

/** What an argument is. */
export const enum ParameterKind {
  text = 1,
  /** An integer from `min` to `max`, or one of `values`. */
  integer = 2,
  /** `yes` or `no`. */
  flag = 3,
  /** One of `values`, or an abbreviation that fits only one. */
  choice = 4,
  /** A length of time from `min` to `max` seconds: `10s`, `00:00:30`, or seconds. */
  time = 5,
  /** Bytes as hexadecimal digits. */
  hex = 6,
  /** One of what `candidates` gives. */
  reference = 7,
  /** A topic filter. */
  filter = 8,
  /** Rows of a list: numbers, `*` and an id, or names, separated by commas. */
  rows = 9,
  /** Commands in `{…}`, run by the command itself. */
  block = 10,
  /** A condition that the command evaluates itself, maybe several times. */
  condition = 11,
  /** Any value. */
  value = 12,
  /** A number with or without a decimal point. */
  decimal = 13,
}

/** One named argument of a command, or one property of a row. */
export interface Parameter {
  readonly name: string;
  readonly kind: ParameterKind;
  /** One line for `?`. */
  readonly help: string;
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly string[];
  /** The values that exist now. */
  readonly candidates?: (bindings: ConsoleBindings) => readonly string[];
  readonly required?: boolean;
  /** Never shown in the history or in errors: a password, or a user name that may be an access token. */
  readonly secret?: boolean;
}

/**
 * The text of an argument in normal form: `yes` for `true`, choices in full, times in seconds, hexadecimal digits in
 * lower case. Throws a ConsoleError that names the parameter and what is allowed, but never the value.
 */
export function checkArgument(parameter: Parameter, text: string, bindings: ConsoleBindings): string {
  const { name, values } = parameter;
  switch (parameter.kind) {
    case ParameterKind.integer:
      if (values?.includes(text)) return text;
      if (!/^-?\d{1,15}$/.test(text)) throw invalid(parameter, 'an integer');
      return String(inRange(parameter, Number(text)));
    case ParameterKind.decimal:
      if (!/^-?\d{1,9}(\.\d{1,6})?$/.test(text)) throw invalid(parameter, 'a number');
      return String(inRange(parameter, Number(text)));
    case ParameterKind.flag:
      if (text === 'true' || text === 'yes') return 'yes';
      if (text === 'false' || text === 'no') return 'no';
      throw invalid(parameter, 'yes, no');
    case ParameterKind.choice:
      return choose(parameter, text);
    case ParameterKind.time: {
      const seconds = parseDuration(text, true);
      if (seconds === undefined) throw invalid(parameter, 'a time such as 10s, 1m30s, 00:00:30');
      return String(inRange(parameter, seconds));
    }
    case ParameterKind.hex:
      if (text === '' || !/^([0-9A-Fa-f]{2})*$/.test(text)) throw invalid(parameter, 'pairs of hexadecimal digits');
      return text.toLowerCase();
    case ParameterKind.reference: {
      const known = parameter.candidates?.(bindings) ?? [];
      if (known.includes(text)) return text;
      throw new ConsoleError('input does not match any value of ' + name + expectedText(known));
    }
    case ParameterKind.filter:
      // RouterOS's own examples write "my/test/# ": no valid filter has anything behind #, so the space is dropped.
      return text.replace(/#\s+$/, '#');
    default:
      return text;
  }
}

function inRange(parameter: Parameter, number: number): number {
  const { min = -Infinity, max = Infinity, values } = parameter;
  if (number >= min && number <= max) return number;
  const or = values ? ' or ' + values.join(', ') : '';
  throw new ConsoleError('value of ' + parameter.name + ' out of range (' + min + '..' + max + ')' + or);
}

function choose(parameter: Parameter, text: string): string {
  const values = parameter.values ?? [];
  if (values.includes(text)) return text;
  const found = values.filter((value) => text !== '' && value.startsWith(text));
  if (found.length === 1) return found[0]!;
  throw new ConsoleError('input does not match any value of ' + parameter.name + expectedText(values));
}

function invalid(parameter: Parameter, expected: string): ConsoleError {
  const { min, max, values } = parameter;
  const range = min !== undefined && max !== undefined ? ' from ' + min + ' to ' + max : '';
  const or = values && parameter.kind === ParameterKind.integer ? ' or ' + values.join(', ') : '';
  return new ConsoleError('invalid value for argument ' + parameter.name + ': expected ' + expected + range + or);
}
