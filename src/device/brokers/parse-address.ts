import type { Endpoint, TlsOptions } from '../../hal/index.js';
import { isHost, parseDecimal } from '../parse-brokers.js';

/** Addresses of one broker at most. */
const MOST = 8;

/**
 * Reads `host[:port]`, one or several separated by commas, in order of preference; an IPv6 address with a port stands
 * in brackets. Where no port is given, `port` counts. Undefined when one of them is anything else, or there are more
 * than eight.
 */
export function parseAddress(text: string, port: number, tls?: TlsOptions): Endpoint[] | undefined {
  const parts = text.split(',');
  if (parts.length > MOST) return undefined;
  const endpoints: Endpoint[] = [];
  for (const part of parts) {
    const endpoint = parseOne(part.trim(), port);
    if (!endpoint) return undefined;
    endpoints.push(tls ? { ...endpoint, tls } : endpoint);
  }
  return endpoints;
}

function parseOne(text: string, standard: number): Endpoint | undefined {
  let host = text;
  let port = standard;
  const bracket = text.indexOf(']');
  const colon = text.indexOf(':', bracket + 1);
  // More than one colon and no brackets: an IPv6 address without a port.
  const bare = bracket < 0 && colon >= 0 && text.indexOf(':', colon + 1) >= 0;
  if (colon >= 0 && !bare) {
    port = parseDecimal(text.slice(colon + 1), false);
    host = text.slice(0, colon);
  }
  if (bracket >= 0) {
    // Between the brackets, and nothing behind them.
    if (!host.startsWith('[') || host.length !== bracket + 1) return undefined;
    host = host.slice(1, bracket);
  }
  return isHost(host, bare || bracket >= 0) && port >= 1 && port <= 65535 ? { host, port } : undefined;
}
