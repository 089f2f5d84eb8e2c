/** What the console says to a person, in one line. It holds no secret. */
export class ConsoleError extends Error {
  /** True when the text ended too early: inside a string, a block or brackets. More lines may complete it. */
  readonly incomplete: boolean;

  constructor(message: string, incomplete = false) {
    super(message);
    this.incomplete = incomplete;
  }
}

/** `(line 1 column 7)`: the place of index `at` in `text`, both counted from 1. */
export function placeText(text: string, at: number): string {
  let line = 1;
  let start = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) {
    line++;
    start = i + 1;
  }
  return '(line ' + line + ' column ' + (at - start + 1) + ')';
}

/** `: expected a, b, c`, shortened when there are many. */
export function expectedText(names: readonly string[]): string {
  if (names.length === 0) return '';
  const shown = names.length > 24 ? names.slice(0, 24).concat('...') : names;
  return ': expected ' + shown.join(', ');
}

/** A failure of any kind as the console's own, on one line. */
export function asConsoleError(failure: unknown): ConsoleError {
  if (failure instanceof ConsoleError) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  return new ConsoleError(message.replace(/\s*[\r\n]+\s*/g, ' ') || 'failed');
}

/** `value` with everything in it frozen, so that it stays in ROM when its module is preloaded. */
export function frozen<T>(value: T): T {
  if ((typeof value === 'object' || typeof value === 'function') && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}
