/** Units of time by their letters, and seconds of each. */
const UNITS = 'wdhms';
const UNIT_SECONDS = Object.freeze([604800, 86400, 3600, 60, 1]);

/** A length of time. A type of its own, since scripts print it as `00:01:30`. */
export class Duration {
  readonly seconds: number;

  constructor(seconds: number) {
    this.seconds = seconds;
  }
}

/**
 * Seconds of `10s`, `1m30s`, `500ms`, `1d02:00:00` or `00:00:30`; undefined for anything else. A bare number is one of
 * seconds where `bare` is true.
 */
export function parseDuration(text: string, bare: boolean): number | undefined {
  if (bare && /^\d{1,9}(\.\d{1,3})?$/.test(text)) return Number(text);
  const match =
    /^(?:(\d{1,4})w)?(?:(\d{1,5})d)?(?:(\d{1,6}):(\d\d)(?::(\d\d))?|(?:(\d{1,6})h)?(?:(\d{1,7})m(?!s))?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?)$/.exec(
      text,
    );
  if (!match || text === '') return undefined;
  const n = (group: number): number => Number(match[group] ?? 0);
  if (n(4) > 59 || n(5) > 59) return undefined;
  const days = n(1) * 7 + n(2);
  return days * 86400 + (n(3) + n(6)) * 3600 + (n(4) + n(7)) * 60 + n(5) + n(8) + n(9) / 1000;
}

/** As scripts see it: `02:21:18`, `3d02:21:18`, `1w3d02:21:18`. */
export function clockText(seconds: number): string {
  const counts = unitCounts(Math.abs(seconds));
  const clock = counts.slice(2).map((count) => String(count).padStart(2, '0'));
  return (seconds < 0 ? '-' : '') + unitText(counts.slice(0, 2)) + clock.join(':');
}

/** As `print` shows it: `10s`, `1m30s`, `2h21m18s`. */
export function shortText(seconds: number): string {
  const milliseconds = Math.round((seconds - Math.floor(seconds)) * 1000);
  const text = unitText(unitCounts(seconds)) + (milliseconds > 0 ? milliseconds + 'ms' : '');
  return text === '' ? '0s' : text;
}

/** How many of each unit are in whole seconds. */
function unitCounts(seconds: number): number[] {
  let rest = Math.floor(seconds);
  return UNIT_SECONDS.map((size) => {
    const count = Math.floor(rest / size);
    rest %= size;
    return count;
  });
}

/** Counts with their units, without those that are 0. */
function unitText(counts: readonly number[]): string {
  return counts.map((count, i) => (count > 0 ? count + UNITS[i]! : '')).join('');
}

/** `2023-05-22 16:57:00` in UTC; empty for 0, the time that is not known. */
export function dateText(unixTime: number): string {
  return unixTime > 0 ? new Date(unixTime).toISOString().slice(0, 19).replace('T', ' ') : '';
}

/** `: expected a, b, c`, shortened when there are many. */
export function expectedText(names: readonly string[]): string {
  if (names.length === 0) return '';
  const shown = names.length > 24 ? names.slice(0, 24).concat('...') : names;
  return ': expected ' + shown.join(', ');
}

/** What a failure of any kind says, on one line. */
export function messageOf(failure: unknown): string {
  const message = failure instanceof Error ? failure.message : String(failure);
  return message.replace(/\s*[\r\n]+\s*/g, ' ') || 'failed';
}

/** What a script computes with. Undefined is RouterOS's `nil`. */
export type Value = undefined | boolean | number | string | Duration | readonly Value[];

/** No text of a script grows beyond this many UTF-16 units: a loop that doubles one would take all memory. */
export const MAX_TEXT = 8192;

/** Variables that a script begins with. */
export interface ScriptVariables {
  readonly [name: string]: Value;
}

/** The value of a bare word: a number, a truth value, a time, or the word itself. */
export function wordValue(word: string): Value {
  if (/^-?\d{1,15}(\.\d{1,9})?$/.test(word)) return Number(word);
  if (word === 'true' || word === 'yes') return true;
  if (word === 'false' || word === 'no') return false;
  if (word === 'nil') return undefined;
  const seconds = startsWithDigit(word) ? parseDuration(word, false) : undefined;
  return seconds === undefined ? word : new Duration(seconds);
}

export function startsWithDigit(text: string): boolean {
  const code = text.charCodeAt(0);
  return code >= 0x30 && code <= 0x39;
}

/** As `:put` and strings show a value. Throws a RangeError when it would be longer than `MAX_TEXT`. */
export function toText(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Duration) return clockText(value.seconds);
  if (!isList(value)) return String(value);
  let text = '';
  for (const element of value) text = bounded(text + (text === '' ? '' : ';') + toText(element));
  return text;
}

/** `text`, unless it is longer than `MAX_TEXT`: then a RangeError is thrown. */
export function bounded(text: string): string {
  if (text.length > MAX_TEXT) throw new RangeError('text too long (at most ' + MAX_TEXT + ' characters)');
  return text;
}

/** `text` with control characters as RouterOS escapes them, since what strangers send must not disturb a terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => {
    const letter = '\n\r\t'.indexOf(character);
    return '\\' + ('nrt'[letter] ?? character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0'));
  });
}

/** The name that `:typeof` gives. */
export function typeName(value: Value): string {
  if (value === undefined) return 'nil';
  if (value instanceof Duration) return 'time';
  if (isList(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'number' ? 'num' : 'str';
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** The number that a value is or reads as; undefined when it is none. */
export function toNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Duration) return value.seconds;
  if (typeof value !== 'string') return undefined;
  const number = wordValue(value.trim());
  return typeof number === 'number' ? number : undefined;
}

/** Whether a condition holds. Throws a RangeError for what is neither true nor false. */
export function toTruth(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (value === undefined || value === '') return false;
  const word = typeof value === 'string' ? wordValue(value) : undefined;
  if (typeof word === 'boolean') return word;
  throw new RangeError('condition is ' + typeName(value) + ': expected true or false');
}

/**
 * The result of `left operator right` for any operator but `~`, which takes more time. Throws a RangeError when the
 * operator takes no such values.
 */
export function compute(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case '.':
      return bounded(toText(left) + toText(right));
    case '=':
    case '!=':
      return isEqual(left, right) === (operator === '=');
    case '<':
    case '>':
    case '<=':
    case '>=':
      return isOrdered(operator, left, right);
    default:
      return calculate(operator, left, right);
  }
}

function isEqual(left: Value, right: Value): boolean {
  if (typeof left === typeof right && !(left instanceof Duration)) return toText(left) === toText(right);
  const a = toNumber(left);
  const b = toNumber(right);
  // A text that reads as the other's number equals it, since properties arrive as text.
  if (a !== undefined && b !== undefined) return a === b;
  return toText(left) === toText(right);
}

function isOrdered(operator: string, left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return false;
  const a = toNumber(left) ?? toText(left);
  const b = toNumber(right) ?? toText(right);
  if (typeof a !== typeof b) {
    throw new RangeError('cannot compare ' + typeName(left) + ' and ' + typeName(right) + ' with ' + operator);
  }
  if (operator === '<') return a < b;
  if (operator === '>') return a > b;
  return operator === '<=' ? a <= b : a >= b;
}

function calculate(operator: string, left: Value, right: Value): Value {
  const a = toNumber(left);
  const b = toNumber(right);
  if (a === undefined || b === undefined) {
    throw new RangeError('cannot use ' + operator + ' on ' + typeName(left) + ' and ' + typeName(right));
  }
  const result = arithmetic(operator, a, b);
  const isTime = left instanceof Duration || right instanceof Duration;
  return isTime ? new Duration(result) : result;
}

function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
  }
  if (b === 0) throw new RangeError('division by zero');
  // RouterOS has integers only.
  return operator === '/' ? Math.trunc(a / b) : a % b;
}
