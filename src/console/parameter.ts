import { ConsoleError, expectedText } from './console-error.js';
import { parseDuration } from './value.js';

/**
 * One named argument of a command, one word that it takes, or one property of a row, in one line:
 *
 *     name kind (allowed values) =default mark mark: help
 *
 * `parallel-scripts-limit integer (3..1000|off) =off: on-message scripts that may run at the same time`. In the
 * parentheses stand a range from the least to the greatest, or values, or both, with `|` between them. The default is
 * the value at which `print` omits a property; `print detail` shows it all the same.
 *
 * It is a text because a text is the smallest thing in ROM, where an object takes 16 bytes for each of its members. The
 * functions below read it.
 */
export type Parameter = `${string} ${ParameterKind}${' ' | ':'}${string}`;

/** What an argument is. */
export type ParameterKind =
  | 'text'
  /** Within the range, or one of the values. */
  | 'integer'
  /** `yes` or `no`. */
  | 'flag'
  /** One of the values, or an abbreviation that fits only one. */
  | 'choice'
  /** A length of time within the range of seconds: `10s`, `00:00:30`, or seconds. */
  | 'time'
  /** Bytes as hexadecimal digits. */
  | 'hex'
  /** The name of an existing broker. */
  | 'broker'
  /** A topic filter. */
  | 'filter'
  /** Rows of the menu: numbers, `*` and an id, or names, separated by commas. */
  | 'rows'
  /** The name of a property of the rows of the menu, or an abbreviation that fits only one. */
  | 'property'
  /** The same where rows have properties beyond those that are declared: any name. */
  | 'any-property'
  /** Commands in `{…}`, run by the command itself. */
  | 'block'
  /** A condition that the command evaluates itself, maybe several times. */
  | 'condition'
  /** Any value. */
  | 'value'
  /** A number with or without a decimal point. */
  | 'decimal'
  /** A word that stands alone, such as `detail`. */
  | 'word';

export type Mark =
  | 'required'
  /** Takes a value without a name. Of several, the first that has no value yet takes it. */
  | 'unnamed'
  /** A property that is shown, but cannot be set. */
  | 'read-only'
  /** Never shown in the history or in errors: a password, or a user name that may be an access token. */
  | 'secret'
  /** Shown as stars whatever the binding gives, and not allowed in conditions. */
  | 'stars'
  /** A script, whose secrets are shown as stars. */
  | 'script'
  /** `print` shows the text without quotes. */
  | 'unquoted';

/** What the parentheses allow. */
export interface Allowed {
  /** `1..65535`; empty: any. */
  readonly range: string;
  readonly min: number;
  readonly max: number;
  /** Beside the range. */
  readonly values: readonly string[];
}

export function nameOf(parameter: Parameter): string {
  return parameter.slice(0, parameter.indexOf(' '));
}

export function isNamed(parameter: Parameter, name: string): boolean {
  return parameter.startsWith(name + ' ');
}

/** One line for `?`. */
export function helpOf(parameter: Parameter): string {
  return parameter.slice(parameter.indexOf(':') + 2);
}

export function kindOf(parameter: Parameter): ParameterKind {
  return wordsOf(parameter)[1] as ParameterKind;
}

export function isMarked(parameter: Parameter, mark: Mark): boolean {
  return wordsOf(parameter).includes(mark);
}

/** Undefined: there is none. */
export function defaultOf(parameter: Parameter): string | undefined {
  return wordsOf(parameter)
    .find((word) => word.startsWith('='))
    ?.slice(1);
}

export function allowedOf(parameter: Parameter): Allowed {
  const word = wordsOf(parameter).find((each) => each.startsWith('(')) ?? '()';
  const values = word.slice(1, -1).split('|');
  const range = values[0]!.includes('..') ? values.shift()! : '';
  const [min, max] = range === '' ? [-Infinity, Infinity] : range.split('..').map(Number);
  return { range, min: min!, max: max!, values: values.filter((value) => value !== '') };
}

function wordsOf(parameter: Parameter): string[] {
  return parameter.slice(0, parameter.indexOf(':')).split(' ');
}

/** The parameter that is `text`, or all that begin with it: several mean that `text` is ambiguous. */
export function matchingParameters(parameters: readonly Parameter[], text: string): readonly Parameter[] {
  const exact = parameters.filter((parameter) => isNamed(parameter, text));
  return exact.length > 0 || text === '' ? exact : parameters.filter((parameter) => parameter.startsWith(text));
}

/**
 * The text of an argument in normal form: `yes` for `true`, choices in full, times in seconds, hexadecimal digits in
 * lower case. `names` are those that exist now of what the argument names. Throws a ConsoleError that names the
 * parameter and what is allowed, but never the value.
 */
export function checkArgument(parameter: Parameter, text: string, names: readonly string[]): string {
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
      return chosen(parameter, text, names);
    case 'time': {
      const seconds = parseDuration(text, true);
      if (seconds === undefined) throw invalid(parameter, 'a time such as 10s, 1m30s, 00:00:30');
      return inRange(parameter, seconds);
    }
    case 'hex':
      if (text === '' || !/^([0-9A-Fa-f]{2})*$/.test(text)) throw invalid(parameter, 'pairs of hexadecimal digits');
      return text.toLowerCase();
    case 'broker':
      if (!names.includes(text)) throw unknown(parameter, names);
      return text;
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
  throw new ConsoleError('value of ' + nameOf(parameter) + ' out of range (' + range + ')' + orText(values));
}

function chosen(parameter: Parameter, text: string, names: readonly string[]): string {
  if (names.includes(text)) return text;
  const found = names.filter((name) => text !== '' && name.startsWith(text));
  if (found.length !== 1) throw unknown(parameter, names);
  return found[0]!;
}

function unknown(parameter: Parameter, names: readonly string[]): ConsoleError {
  return new ConsoleError('input does not match any value of ' + nameOf(parameter) + expectedText(names));
}

function invalid(parameter: Parameter, expected: string): ConsoleError {
  const { range, min, max, values } = allowedOf(parameter);
  const limits = range === '' ? '' : ' from ' + min + ' to ' + max;
  const message = 'invalid value for argument ' + nameOf(parameter) + ': expected ' + expected;
  return new ConsoleError(message + limits + orText(values));
}

function orText(values: readonly string[]): string {
  return values.length === 0 ? '' : ' or ' + values.join(', ');
}
