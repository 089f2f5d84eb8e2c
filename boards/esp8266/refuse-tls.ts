import type { Endpoint, Log } from '../../src/hal/index.js';

/**
 * True, with a line on the log, when a broker is to be reached with TLS: a handshake takes more memory than the whole
 * block of an ESP8266 has.
 */
export function refuseTls(endpoints: readonly Endpoint[], log: Log): boolean {
  for (const endpoint of endpoints) {
    if (!endpoint.tls) continue;
    log.line(
      'configuration: broker ' + endpoint.host + ' with TLS: an ESP8266 has no memory for it; allowed is mqtt://',
    );
    return true;
  }
  return false;
}
