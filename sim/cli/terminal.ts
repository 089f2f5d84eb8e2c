/** Prints an error or a warning for people. */
export function warn(text: string): void {
  process.stderr.write(`tagwire: ${text}\n`);
}

/** Prints a line of -d. */
export function debugLine(text: string): void {
  process.stderr.write(`${text}\n`);
}
