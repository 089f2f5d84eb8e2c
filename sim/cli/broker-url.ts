import { BadInput, showValue } from '../bad-input.js';

/** What a broker URL says. */
export interface BrokerUrl {
  host: string;
  port: number;
  tls: boolean;
  username?: string;
  password?: string;
  /** The path without its first slash; absent when empty. */
  topic?: string;
}

const ALLOWED = 'mqtt://[user[:password]@]host[:port] or mqtts://…';

/**
 * Reads `mqtt(s)://[username[:password]@]host[:port][/topic]`. Ports default to 1883, and 8883 with TLS.
 * Throws `BadInput`, without the password, for anything else.
 */
export function parseBrokerUrl(text: string): BrokerUrl {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new BadInput(`broker URL ${showUrl(text)} is not a URL; it must be ${ALLOWED}`);
  }
  if (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:') {
    throw new BadInput(`broker URL ${showUrl(text)} has the scheme ${showValue(url.protocol)}; it must be ${ALLOWED}`);
  }
  const tls = url.protocol === 'mqtts:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!host) throw new BadInput(`broker URL ${showUrl(text)} has no host; it must be ${ALLOWED}`);
  if (url.port === '0') throw new BadInput(`broker URL ${showUrl(text)} has port 0; it must be from 1 to 65535`);
  if (url.search || url.hash) {
    throw new BadInput(`broker URL ${showUrl(text)} has a ? or #, which is written %3F and %23; it must be ${ALLOWED}`);
  }
  const result: BrokerUrl = { host, port: url.port ? Number(url.port) : tls ? 8883 : 1883, tls };
  if (url.username) result.username = decode(url.username, text);
  if (url.password) result.password = decode(url.password, text);
  if (url.pathname.length > 1) result.topic = decode(url.pathname.slice(1), text);
  return result;
}

function decode(part: string, whole: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new BadInput(`broker URL ${showUrl(whole)} has a % that is not followed by two hexadecimal digits of UTF-8`);
  }
}

/** The URL as it may be shown: without a password, whatever characters that has, escaped or not. */
export function showUrl(text: string): string {
  return showValue(text.replace(/^([^/]*\/\/)?([^:]*):[^]*@/, '$1$2:***@'));
}
