import { findXsWorker } from '../../../sim/xs/engine-paths.js';
import { describeUnless } from '../../support/require.js';

/** `describe` for tests that need the XS engine of @agoric/xsnap; see `describeUnless`. */
export function requireXs(): (name: string, body: () => void) => void {
  return describeUnless(missingEngine());
}

function missingEngine(): string | undefined {
  try {
    findXsWorker();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
