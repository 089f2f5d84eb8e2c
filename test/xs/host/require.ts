import { describeUnless } from '../../support/require.js';
import type { Bits } from './build.js';
import { supportFor } from './support.js';

/** `describe` for tests that run on XS in a host of these bits; see `describeUnless`. */
export function requireXs(bits: Bits): (name: string, body: () => void) => void {
  return describeUnless(supportFor(bits).missing);
}
