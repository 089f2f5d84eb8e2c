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
  const from = parameter.indexOf(' ') + 1;
  return parameter.slice(from, wordEnd(parameter, from)) as ParameterKind;
}

export function isMarked(parameter: Parameter, mark: Mark): boolean {
  return findInHead(parameter, ' ' + mark) >= 0;
}

/** Undefined: there is none. */
export function defaultOf(parameter: Parameter): string | undefined {
  const at = findInHead(parameter, ' =');
  return at < 0 ? undefined : parameter.slice(at + 2, wordEnd(parameter, at + 2));
}

export function allowedOf(parameter: Parameter): Allowed {
  const at = findInHead(parameter, ' (');
  const values = at < 0 ? [] : parameter.slice(at + 2, parameter.indexOf(')', at)).split('|');
  const range = values[0]?.includes('..') ? values.shift()! : '';
  const [min, max] = range === '' ? [-Infinity, Infinity] : range.split('..').map(Number);
  return { range, min: min!, max: max!, values };
}

/** Where `text` stands before the colon; -1: nowhere. */
function findInHead(parameter: Parameter, text: string): number {
  const at = parameter.indexOf(text);
  return at < parameter.indexOf(':') ? at : -1;
}

/** Where a word before the colon ends that begins at `from`. */
function wordEnd(parameter: Parameter, from: number): number {
  const space = parameter.indexOf(' ', from);
  const colon = parameter.indexOf(':', from);
  return space < 0 ? colon : Math.min(space, colon);
}

/** The parameter that is `text`, or all that begin with it: several mean that `text` is ambiguous. */
export function matchingParameters(parameters: readonly Parameter[], text: string): readonly Parameter[] {
  const exact = parameters.filter((parameter) => isNamed(parameter, text));
  return exact.length > 0 || text === '' ? exact : parameters.filter((parameter) => parameter.startsWith(text));
}
