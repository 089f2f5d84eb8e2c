import { describe } from 'vitest';
import { findXsWorker } from '../../../sim/xs/engine-paths.js';

/**
 * `describe` for tests that need the XS engine of @agoric/xsnap, which is optional. Where it is missing, they are
 * skipped with a message that names it; with CI=true they fail.
 */
export function requireXs(): (name: string, body: () => void) => void {
  let message: string;
  try {
    findXsWorker();
    return describe;
  } catch (error) {
    message = (error as Error).message;
  }
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`skipped: ${message}\n`);
  return (name, body) => {
    describe.skip(`${name} (${message})`, body);
  };
}
