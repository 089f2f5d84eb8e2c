import type { Endpoint, TlsOptions } from '../hal/index.js';
import { checkTopicName, TopicFault } from '../mqtt/topic.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { isHost, parseDecimal, quote } from '../settings/parse-value.js';

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

/** What the value of a property is. */
export const enum PropertyKind {
  /** Text of `least` to `most` bytes of UTF-8 without control characters. */
  text = 1,
  /** The same with any characters but U+0000, never shown. */
  secret = 2,
  /** Text with any characters but U+0000. */
  message = 3,
  /** A topic name. */
  topic = 4,
  /** Host names or IP addresses, with ports. */
  address = 5,
  /** A whole number from `least` to `most`. */
  whole = 6,
  /** The same, or `off`. */
  limit = 7,
  /** `yes` or `no`. */
  flag = 8,
}

/** One property of a broker. */
export interface BrokerProperty {
  /** RouterOS's name. */
  readonly name: string;
  readonly kind: PropertyKind;
  /** Of a number the smallest and the largest; of text the bytes. */
  readonly least: number;
  readonly most: number;
  /** What counts when it is not given. */
  readonly standard: string;
}

/** Values by the names of their properties, as text. */
export type BrokerValues = Record<string, string>;

/** What is shown of a secret. */
const STARS = '*****';

function property(name: string, kind: PropertyKind, least: number, most: number, standard = ''): BrokerProperty {
  return Object.freeze({ name, kind, least, most, standard });
}

/**
 * The properties of a broker in the order in which RouterOS prints them, with its ranges and defaults (manual of MQTT,
 * Brokers); those from `clean-session` on are ours. An empty text stands for one that is not given. A port is 1 to
 * 65535, which is what TCP has; the default is RouterOS's 1883 with `ssl` as well.
 */
export const BROKER_PROPERTIES: readonly BrokerProperty[] = Object.freeze([
  property('name', PropertyKind.text, 1, 32),
  property('address', PropertyKind.address, 1, 1024),
  property('port', PropertyKind.whole, 1, 65535, '1883'),
  property('ssl', PropertyKind.flag, 0, 1, 'no'),
  property('certificate', PropertyKind.text, 0, 64),
  property('client-id', PropertyKind.text, 0, 128),
  property('username', PropertyKind.text, 0, 256),
  property('password', PropertyKind.secret, 0, 1024),
  property('keep-alive', PropertyKind.whole, 30, 64800, '60'),
  property('auto-connect', PropertyKind.flag, 0, 1, 'no'),
  property('parallel-scripts-limit', PropertyKind.limit, 3, 1000, 'off'),
  property('clean-session', PropertyKind.flag, 0, 1, 'yes'),
  property('will-topic', PropertyKind.topic, 0, 256),
  property('will-message', PropertyKind.message, 0, 1024),
  property('will-qos', PropertyKind.whole, 0, 1, '0'),
  property('will-retain', PropertyKind.flag, 0, 1, 'no'),
]);

/** The row of `name`. Throws a RangeError of one line when there is none. */
export function findProperty(name: string): BrokerProperty {
  for (const row of BROKER_PROPERTIES) if (row.name === name) return row;
  throw new RangeError(
    quote(name) + ' is no property of a broker: ' + BROKER_PROPERTIES.map((row) => row.name).join(', '),
  );
}

/**
 * `values` with `changes` put over them, without what is as it is by default. Throws a RangeError of one line that
 * names the property, its value unless that is secret, and what is allowed.
 */
export function applyProperties(values: BrokerValues, changes: BrokerValues): BrokerValues {
  const result: BrokerValues = { ...values };
  for (const name of Object.keys(changes)) {
    const row = findProperty(name);
    const value = String(changes[name]);
    if (value !== '' && !isAllowed(row, value)) throw new RangeError(mistakeText(row, value));
    if (value === '' || value === row.standard) delete result[name];
    else result[name] = value;
  }
  for (const name of ['name', 'address'])
    if (!result[name]) throw new RangeError(name + ' is missing: a broker needs one');
  if (result['password'] !== undefined && result['username'] === undefined) {
    throw new RangeError('password needs a username [MQTT-3.1.2-22]');
  }
  if (result['will-topic'] === undefined) {
    for (const name of ['will-message', 'will-qos', 'will-retain']) {
      if (result[name] !== undefined) throw new RangeError(name + ' needs a will-topic');
    }
  }
  return result;
}

/** The value that counts. */
export function valueOf(values: BrokerValues, name: string): string {
  const { standard } = findProperty(name);
  return values[name] ?? standard;
}

/**
 * The value for people. A password is stars, and so is a user name without a password, since that is an access token
 * (ThingsBoard). Throws a RangeError when there is no such property.
 */
export function shownValue(values: BrokerValues, name: string): string {
  const value = valueOf(values, name);
  const secret = name === 'password' || (name === 'username' && values['password'] === undefined);
  return secret && value !== '' ? STARS : value;
}

/** What the value of a property may be, for people: `whole numbers from 30 to 64800`. */
export function allowedText(row: BrokerProperty): string {
  const range = row.least + ' to ' + row.most;
  switch (row.kind) {
    case PropertyKind.address:
      return 'host names and IP addresses, each with :port if need be, up to 8 with commas between';
    case PropertyKind.whole:
      return 'whole numbers from ' + range;
    case PropertyKind.limit:
      return 'off and whole numbers from ' + range;
    case PropertyKind.flag:
      return 'yes and no';
    case PropertyKind.topic:
      return range + ' bytes of text without + and #';
    default:
      return range + ' bytes of text';
  }
}

function mistakeText(row: BrokerProperty, value: string): string {
  const hidden = row.kind === PropertyKind.secret || row.name === 'username';
  // Whoever gives a URL may have written a password into it.
  const shown = hidden || value.includes('@') ? '' : ' ' + quote(value);
  return row.name + shown + ': allowed are ' + allowedText(row);
}

function isAllowed(row: BrokerProperty, value: string): boolean {
  switch (row.kind) {
    case PropertyKind.flag:
      return value === 'yes' || value === 'no';
    case PropertyKind.whole:
    case PropertyKind.limit: {
      if (row.kind === PropertyKind.limit && value === 'off') return true;
      // Written as it is stored, so that a default is known as one.
      const number = parseDecimal(value, false);
      return number >= row.least && number <= row.most && String(number) === value;
    }
    case PropertyKind.address:
      return value.length <= row.most && parseAddress(value, 1) !== undefined;
    default:
      return isText(row, value);
  }
}

function isText(row: BrokerProperty, value: string): boolean {
  // So that nothing is copied that is too long in any case.
  if (value.length > row.most) return false;
  const least = row.kind === PropertyKind.secret || row.kind === PropertyKind.message ? 0x01 : 0x20;
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) < least) return false;
  try {
    const bytes = encodeUtf8(value);
    if (row.kind === PropertyKind.topic && checkTopicName(bytes, 0, bytes.length) !== TopicFault.none) return false;
    return bytes.length >= row.least && bytes.length <= row.most;
  } catch {
    return false; // half of a surrogate pair
  }
}
