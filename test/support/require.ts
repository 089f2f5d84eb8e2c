import { describe } from 'vitest';

/**
 * `describe` for tests that need something of the machine. `missing` says in one line what it lacks and how to get it;
 * then they are skipped with that message, and with CI=true they fail with it. Undefined: nothing is missing.
 */
export function describeUnless(missing: string | undefined): (name: string, body: () => void) => void {
  if (missing === undefined) return describe;
  if (process.env['CI'] === 'true') throw new Error(missing);
  return describeIfPresent(missing);
}

/** The same for what is not asked of every machine: the tests are skipped with CI=true as well. */
export function describeIfPresent(missing: string | undefined): (name: string, body: () => void) => void {
  if (missing === undefined) return describe;
  process.stderr.write(`skipped: ${missing}\n`);
  return (name, body) => {
    describe.skip(`${name} (${missing})`, body);
  };
}
