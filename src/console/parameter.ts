import type { ConsoleServices } from './bindings.js';
import { ConsoleError, expectedText } from './console-error.js';
import { parseDuration } from './value.js';

/** What an argument is. */
export const enum ParameterKind {
  text = 1,
  /** A whole number from `least` to `most`, or one of `values`. */
  whole = 2,
  /** `yes` or `no`. */
  flag = 3,
  /** One of `values`; a beginning that only one has is enough. */
  choice = 4,
  /** A length of time from `least` to `most` seconds: `10s`, `00:00:30`, or seconds. */
  time = 5,
  /** Bytes as hexadecimal digits. */
  hex = 6,
  /** One of what `candidates` gives. */
  reference = 7,
  /** A topic filter. */
  filter = 8,
  /** Rows of a list: their numbers, `*` and an id, or names, with commas between. */
  rows = 9,
  /** Commands in `{…}`, run by the command itself. */
  block = 10,
  /** A condition that the command evaluates itself, maybe often. */
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
  readonly least?: number;
  readonly most?: number;
  readonly values?: readonly string[];
  /** What can be given, as far as it is known now. */
  readonly candidates?: (services: ConsoleServices) => readonly string[];
  readonly required?: boolean;
  /** Kept out of the history and of errors: a password, or a user name that may be an access token. */
  readonly secret?: boolean;
}

/**
 * The text of an argument in its one form: `yes` for `true`, whole names of choices, seconds of a time, small letters
 * of hexadecimal digits. Throws a ConsoleError that names the parameter and what is allowed, and no value.
 */
export function checkArgument(parameter: Parameter, text: string, services: ConsoleServices): string {
  const { name, values } = parameter;
  switch (parameter.kind) {
    case ParameterKind.whole:
      if (values?.includes(text)) return text;
      if (!/^-?\d{1,15}$/.test(text)) throw invalid(parameter, 'a whole number');
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
      const known = parameter.candidates?.(services) ?? [];
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
  const { least = -Infinity, most = Infinity, values } = parameter;
  if (number >= least && number <= most) return number;
  const or = values ? ' or ' + values.join(', ') : '';
  throw new ConsoleError('value of ' + parameter.name + ' out of range (' + least + '..' + most + ')' + or);
}

function choose(parameter: Parameter, text: string): string {
  const values = parameter.values ?? [];
  if (values.includes(text)) return text;
  const found = values.filter((value) => text !== '' && value.startsWith(text));
  if (found.length === 1) return found[0]!;
  throw new ConsoleError('input does not match any value of ' + parameter.name + expectedText(values));
}

function invalid(parameter: Parameter, expected: string): ConsoleError {
  const { least, most, values } = parameter;
  const range = least !== undefined && most !== undefined ? ' ' + least + '..' + most : '';
  const or = values && parameter.kind === ParameterKind.whole ? ' or ' + values.join(', ') : '';
  return new ConsoleError('invalid value for argument ' + parameter.name + ': expected ' + expected + range + or);
}
