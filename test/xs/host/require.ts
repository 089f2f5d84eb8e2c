import { describe } from 'vitest';
import type { Bits } from './build.js';
import { missingFor } from './missing.js';

/**
 * `describe` for tests that run on XS in a host of these bits. Where that cannot be built, they are skipped with a
 * message that says what is missing; with CI=true they fail.
 */
export function requireXs(bits: Bits): (name: string, body: () => void) => void {
  const missing = missingFor(bits);
  if (missing === undefined) return describe;
  if (process.env['CI'] === 'true') throw new Error(missing);
  process.stderr.write(`skipped: ${missing}\n`);
  return (name, body) => {
    describe.skip(`${name} (${missing})`, body);
  };
}
