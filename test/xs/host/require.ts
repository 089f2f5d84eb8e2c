import { describeIfPresent, describeUnless } from '../../support/require.js';
import type { Core, Target } from './build.js';
import { supportFor } from './support.js';

/** `describe` for tests that run on XS in a host for this target; see `describeUnless`. */
export function requireXs(target: Target): (name: string, body: () => void) => void {
  return describeUnless(supportFor(target).missing);
}

/** The same for a core. That of an ESP8266 needs the sources of GCC, and is not asked of every machine. */
export function requireCore(core: Core): (name: string, body: () => void) => void {
  return core === 'lx106' ? describeIfPresent(supportFor(core).missing) : requireXs(core);
}
