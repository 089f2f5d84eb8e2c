import type { Endpoint } from '../hal/index.js';

/**
 * Reads `mqtt(s)://host[:port]`, one or several separated by commas, in order of preference; an IPv6 address stands in
 * brackets. Ports default to 1883, and 8883 with TLS (IANA); an endpoint with TLS has an empty `tls`. Undefined when
 * one of them is anything else.
 */
export function parseBrokers(text: string): Endpoint[] | undefined {
  const endpoints: Endpoint[] = [];
  for (const part of text.split(',')) {
    const url = part.trim();
    const isTls = url.startsWith('mqtts://');
    if (!isTls && !url.startsWith('mqtt://')) return undefined;
    let host = url.slice(isTls ? 8 : 7, url.endsWith('/') ? -1 : undefined);
    let port = isTls ? 8883 : 1883;
    const bracket = host.indexOf(']');
    const colon = host.indexOf(':', bracket + 1);
    if (colon >= 0) {
      port = parseDecimal(host.slice(colon + 1), false);
      host = host.slice(0, colon);
    }
    if (bracket > 0) {
      // Between the brackets, and nothing behind them.
      if (!host.startsWith('[') || host.length !== bracket + 1) return undefined;
      host = host.slice(1, bracket);
    }
    if (!isHost(host, bracket > 0) || !(port >= 1 && port <= 65535)) return undefined;
    endpoints.push(isTls ? { host, port, tls: {} } : { host, port });
  }
  return endpoints;
}

/** True for letters, digits, `-`, `.` and `_` (RFC 1123, 2.1, and what is in use), with `colons` also for those. */
export function isHost(text: string, colons: boolean): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = code | 0x20;
    if ((letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39)) continue;
    if (code !== 0x2d && code !== 0x2e && code !== 0x5f && !(colons && code === 0x3a)) return false;
  }
  return text.length > 0 && text.length < 254;
}

/** The number that decimal digits write, with `point` also one of those; NaN for anything else. */
export function parseDecimal(text: string, point: boolean): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!(code >= 0x30 && code <= 0x39) && !(point && code === 0x2e)) return NaN;
  }
  return text === '' ? NaN : Number(text);
}
