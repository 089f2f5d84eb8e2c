import type { Endpoint } from '../../src/hal/index.js';

/** True when a certificate is verified somewhere, which has a beginning and an end in time. */
export function needsTime(endpoints: readonly Endpoint[]): boolean {
  for (const endpoint of endpoints) if (endpoint.tls && endpoint.tls.verify !== false) return true;
  return false;
}
