import type { Endpoint } from '../hal/transport.js';
import type { SessionOptions } from '../mqtt/session-options.js';
import type { BackoffOptions } from './backoff.js';

/** A session and where to take it. */
export interface ConnectionOptions extends SessionOptions {
  /** Brokers in order of preference; when one fails, the next is tried. At least one. */
  endpoints: Endpoint[];
  backoff?: BackoffOptions;
  /** A connection that lasted this many milliseconds was stable: waits begin anew. Default 30,000. */
  stableTime?: number;
  /** Milliseconds to find a host's address. Default 10,000. */
  resolveTimeout?: number;
  /** Milliseconds to connect, the TLS handshake included. Default 30,000. */
  connectTimeout?: number;
  /** Milliseconds that `stop` and `reconnect` wait for acknowledgements. Default 5,000. */
  drainTimeout?: number;
}

/** The names of the options above that are times. */
type TimeOption = 'stableTime' | 'resolveTimeout' | 'connectTimeout' | 'drainTimeout';

/** The option's value or its default. Throws a RangeError that names the option and what is allowed. */
export function timeOption(options: ConnectionOptions, name: TimeOption, standard: number): number {
  const value = options[name] ?? standard;
  if (!(value >= 0 && value <= 3600000)) {
    throw new RangeError(name + ' ' + value + ': allowed are 0 to 3600000 milliseconds');
  }
  return value;
}

/** Throws a RangeError for an endpoint without a host, or with a port outside 1 to 65535. */
export function checkEndpoints(endpoints: Endpoint[]): void {
  if (endpoints.length === 0) throw new RangeError('endpoints is empty: at least one broker is needed');
  endpoints.forEach((endpoint, i) => {
    if (!endpoint.host) throw new RangeError('endpoints[' + i + '].host is empty');
    const port = endpoint.port;
    if (!(port >= 1 && port <= 65535 && port % 1 === 0)) {
      throw new RangeError('endpoints[' + i + '].port ' + port + ': allowed are 1 to 65535');
    }
  });
}
