import { findXsHost, findXsWorker } from '../../../sim/xs/engine-paths.js';
import { describeUnless } from '../../support/require.js';

/** `describe` for tests that need the XS engine of @agoric/xsnap; see `describeUnless`. */
export function requireXs(): (name: string, body: () => void) => void {
  return describeUnless(missing(() => findXsWorker()));
}

/** The same for XS for 32 bits, as `tagwire sim --engine xs` finds it for its page. */
export function requireXsHost(): (name: string, body: () => void) => void {
  return describeUnless(missing(() => findXsHost()));
}

function missing(find: () => string): string | undefined {
  try {
    find();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
