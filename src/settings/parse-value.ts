import type { Endpoint } from '../hal/index.js';
import { checkTopicName, TopicFault } from '../mqtt/topic.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { parseKeys } from '../tags/key-text.js';
import { findKey, isSecret, isSensitive, KeyKind, nearestKey } from './configuration-keys.js';
import type { ConfigurationKey, ConfigurationValue, KeyOwner } from './configuration-keys.js';
import type { ConfigurationTarget } from './configuration.js';

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
    const place = url.slice(isTls ? 8 : 7, url.endsWith('/') ? -1 : undefined);
    const endpoint = parseHostPort(place, isTls ? 8883 : 1883);
    if (!endpoint || (endpoint.host.includes(':') && !place.startsWith('['))) return undefined;
    endpoints.push(isTls ? { ...endpoint, tls: {} } : endpoint);
  }
  return endpoints;
}

/**
 * Reads `host[:port]`, with `defaultPort` where none is given; an IPv6 address with a port stands in brackets.
 * Undefined when it is anything else.
 */
export function parseHostPort(text: string, defaultPort: number): Endpoint | undefined {
  let host = text;
  let port = defaultPort;
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

/** True for letters, digits, `-`, `.` and `_` (RFC 1123, 2.1, and what is in use), with `colons` also for those. */
function isHost(text: string, colons: boolean): boolean {
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

/**
 * Reads the value of one key: text, a number or a boolean; `mcconfig key=value` makes text of all of them. Undefined
 * when it is not allowed: see `mistakeText`. Without `target` the name of a resource is taken as it is.
 */
export function parseValue(row: ConfigurationKey, value: unknown, target?: ConfigurationTarget) {
  return typeof value === 'object' ? undefined : parseText(row, String(value), target);
}

/**
 * The row of a key. Throws a RangeError of one line when there is no key `name`, naming the nearest one, or when its
 * value is not allowed. Empty text is: it stands for a key that is not given.
 */
export function checkSetting(name: string, value: string, clouds?: readonly KeyOwner[]): ConfigurationKey {
  const row = findKey(name, clouds);
  if (!row) throw new RangeError(unknownKeyText(name, nearestKey(name, Infinity, clouds)));
  if (value !== '' && parseText(row, value) === undefined) throw new RangeError(mistakeText(row, value));
  return row;
}

/** What the value of a key must be, for people: `an integer from 0 to 65535`. */
export function allowedText(row: ConfigurationKey): string {
  const range = row.min + ' to ' + row.max;
  switch (row.kind) {
    case KeyKind.integer:
      return 'an integer from ' + range;
    case KeyKind.decimal:
      return 'a number from ' + range;
    case KeyKind.flag:
      return 'true or false';
    case KeyKind.brokers:
      return 'mqtt://host[:port] or mqtts://host[:port], or several separated by commas';
    case KeyKind.host:
      return 'a host name or IPv4 address';
    case KeyKind.hosts:
      return 'host names or IPv4 addresses, separated by commas';
    case KeyKind.certificate:
    case KeyKind.privateKey:
      return 'PEM text or the name of a resource in the firmware';
    case KeyKind.tagKeys:
      return 'AA:BB:CC:DD:EE:FF=KEY, or several separated by commas; KEY is 32 hexadecimal digits, 24 for old MiBeacon';
    case KeyKind.choice:
      return row.choices!.slice(0, -1).join(', ') + ' or ' + row.choices!.at(-1);
    case KeyKind.levels:
      return range + ' bytes of text without + and #';
    default:
      return range + ' bytes of text';
  }
}

/** One line: the key, what it must be, and its value as a person may see it. */
export function mistakeText(row: ConfigurationKey, value: unknown): string {
  let got = ', got {}';
  if (typeof value === 'string' && isHidden(row, value)) got = ', got ' + value.length + ' characters';
  else if (isSecret(row)) got = '';
  else if (typeof value !== 'object') got = ', got ' + quote(String(value));
  const text = row.name + ' must be ' + allowedText(row) + got;
  const hasPassword = row.kind === KeyKind.brokers && typeof value === 'string' && value.includes('@');
  return hasPassword ? text + '; user name and password have keys of their own' : text;
}

/** A broker's URL may hold a password, though it should not, and PEM text is long. */
function isHidden(row: ConfigurationKey, value: string): boolean {
  return isSensitive(row) || value.includes('@') || value.includes('\n');
}

/** One line that says that there is no such key, and which one is nearest. */
export function unknownKeyText(name: string, nearest: string): string {
  return quote(name) + ' is not a configuration key; did you mean ' + nearest + '?';
}

/** On one line, and not too long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? text.slice(0, 57) + '...' : text);
}

function parseText(row: ConfigurationKey, text: string, target?: ConfigurationTarget): ConfigurationValue | undefined {
  switch (row.kind) {
    case KeyKind.integer:
    case KeyKind.decimal: {
      const negative = row.min < 0 && text.startsWith('-');
      const magnitude = parseDecimal(negative ? text.slice(1) : text, row.kind === KeyKind.decimal);
      const number = negative ? -magnitude : magnitude;
      return number >= row.min && number <= row.max ? number : undefined;
    }
    case KeyKind.flag:
      if (text === 'true' || text === '1') return true;
      return text === 'false' || text === '0' ? false : undefined;
    case KeyKind.brokers:
      return parseBrokers(text);
    case KeyKind.host:
      return isHost(text, false) ? text : undefined;
    case KeyKind.hosts: {
      const hosts = text.split(',');
      for (let i = 0; i < hosts.length; i++) {
        hosts[i] = hosts[i]!.trim();
        if (!isHost(hosts[i]!, false)) return undefined;
      }
      return hosts;
    }
    case KeyKind.choice:
      return row.choices!.includes(text) ? text : undefined;
    case KeyKind.tagKeys:
      return text.length <= row.max && hasKeys(text) ? text : undefined;
    case KeyKind.certificate:
    case KeyKind.privateKey:
      if (text.length > row.max) return undefined;
      return target === undefined || text.includes('-----BEGIN ') ? text : target.resource?.(text);
    case KeyKind.levels:
      return isText(text, TextForm.topic, row.min, row.max) ? text : undefined;
    case KeyKind.lines:
      return isText(text, TextForm.lines, row.min, row.max) ? text : undefined;
    default:
      return isText(text, TextForm.line, row.min, row.max) ? text : undefined;
  }
}

function hasKeys(text: string): boolean {
  try {
    return parseKeys(text).size > 0;
  } catch {
    return false;
  }
}

/** Which characters a text may have. */
export const enum TextForm {
  /** No control characters. */
  line = 1,
  /** None but line breaks and tabs. */
  lines = 2,
  /** Any but U+0000. */
  any = 3,
  /** Those of a topic name, without control characters. */
  topic = 4,
}

/** True for text of `min` to `max` bytes of UTF-8 in this form. */
export function isText(text: string, form: TextForm, min: number, max: number): boolean {
  // So that nothing is copied that is too long in any case.
  if (text.length > max) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 || (form === TextForm.any && code > 0)) continue;
    const isSpace = code === 0x09 || code === 0x0a || code === 0x0d;
    if (form !== TextForm.lines || !isSpace) return false;
  }
  try {
    const bytes = encodeUtf8(text);
    if (form === TextForm.topic && checkTopicName(bytes, 0, bytes.length) !== TopicFault.none) return false;
    return bytes.length >= min && bytes.length <= max;
  } catch {
    return false; // half of a surrogate pair
  }
}
