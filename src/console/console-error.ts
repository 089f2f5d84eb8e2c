/** What the console says to a person, in one line. It holds no secret. */
export class ConsoleError extends Error {
  /** True when the text ended too early: inside a string, a block or brackets. More lines may complete it. */
  readonly incomplete: boolean;

  constructor(message: string, incomplete = false) {
    super(message);
    this.incomplete = incomplete;
  }
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
