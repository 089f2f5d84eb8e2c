import type { ConnectionOptions } from '../connection/index.js';
import type { Endpoint, TlsOptions } from '../hal/index.js';
import type { Will } from '../mqtt/options.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { crc32 } from '../telemetry/crc32.js';
import { isText, parseDecimal, parseHostPort, quote, TextForm } from '../settings/parse-value.js';

/** Addresses of one broker. */
const MAX_ADDRESSES = 8;

/**
 * Reads `host[:port]`, one or several separated by commas, in order of preference; an IPv6 address with a port stands
 * in brackets. Where no port is given, `port` counts. Undefined when one of them is malformed, or there are more
 * than eight.
 */
export function parseAddress(text: string, port: number, tls?: TlsOptions): Endpoint[] | undefined {
  const parts = text.split(',');
  if (parts.length > MAX_ADDRESSES) return undefined;
  const endpoints: Endpoint[] = [];
  for (const part of parts) {
    const endpoint = parseHostPort(part.trim(), port);
    if (!endpoint) return undefined;
    endpoints.push(tls ? { ...endpoint, tls } : endpoint);
  }
  return endpoints;
}

/** What the value of a property is. */
export const enum PropertyKind {
  /** Text of `min` to `max` bytes of UTF-8 without control characters. */
  text = 1,
  /** The same with any characters but U+0000, never shown. */
  secret = 2,
  /** Text with any characters but U+0000. */
  message = 3,
  /** A topic name. */
  topic = 4,
  /** Host names or IP addresses, with ports. */
  address = 5,
  /** An integer from `min` to `max`. */
  integer = 6,
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
  /** Of a number the smallest and the largest; of text its length in bytes. */
  readonly min: number;
  readonly max: number;
  /** Used when the property is not given. */
  readonly default: string;
}

/** Values by the names of their properties, as text. */
export type BrokerValues = Record<string, string>;

/** What is shown of a secret. */
const STARS = '*****';

function property(name: string, kind: PropertyKind, min: number, max: number, byDefault = ''): BrokerProperty {
  return Object.freeze({ name, kind, min, max, default: byDefault });
}

/**
 * The properties of a broker in the order in which RouterOS prints them, with its ranges and defaults (manual of MQTT,
 * Brokers); those from `clean-session` on are ours. An empty text stands for one that is not given. A port is 1 to
 * 65535, which is what TCP has; the default is RouterOS's 1883 with `ssl` as well.
 */
export const BROKER_PROPERTIES: readonly BrokerProperty[] = Object.freeze([
  property('name', PropertyKind.text, 1, 32),
  property('address', PropertyKind.address, 1, 1024),
  property('port', PropertyKind.integer, 1, 65535, '1883'),
  property('ssl', PropertyKind.flag, 0, 1, 'no'),
  property('certificate', PropertyKind.text, 0, 64),
  property('client-id', PropertyKind.text, 0, 128),
  property('username', PropertyKind.text, 0, 256),
  property('password', PropertyKind.secret, 0, 1024),
  property('keep-alive', PropertyKind.integer, 30, 64800, '60'),
  property('auto-connect', PropertyKind.flag, 0, 1, 'no'),
  property('parallel-scripts-limit', PropertyKind.limit, 3, 1000, 'off'),
  property('clean-session', PropertyKind.flag, 0, 1, 'yes'),
  property('will-topic', PropertyKind.topic, 0, 256),
  property('will-message', PropertyKind.message, 0, 1024),
  property('will-qos', PropertyKind.integer, 0, 1, '0'),
  property('will-retain', PropertyKind.flag, 0, 1, 'no'),
]);

/** The property `name`. Throws a RangeError of one line when there is none. */
export function findProperty(name: string): BrokerProperty {
  for (const row of BROKER_PROPERTIES) if (row.name === name) return row;
  throw new RangeError(
    'unknown broker property ' + quote(name) + ': expected ' + BROKER_PROPERTIES.map((row) => row.name).join(', '),
  );
}

/**
 * `values` with `changes` applied; properties that have their default value are left out. A secret is bound to the
 * place for which it was given: a change of address, port or ssl must give it again, or clear it. Throws a RangeError
 * of one line that names the property, its value unless that is secret, and what is allowed.
 */
export function applyProperties(values: BrokerValues, changes: BrokerValues): BrokerValues {
  const result: BrokerValues = { ...values };
  for (const name of Object.keys(changes)) {
    const row = findProperty(name);
    const value = String(changes[name]);
    if (value !== '' && !isAllowed(row, value)) throw new RangeError(mistakeText(row, value));
    if (value === '' || value === row.default) delete result[name];
    else result[name] = value;
  }
  for (const name of ['name', 'address']) if (!result[name]) throw new RangeError(name + ' is required');
  if (result['password'] !== undefined && result['username'] === undefined) {
    throw new RangeError('password requires a username [MQTT-3.1.2-22]');
  }
  if (result['certificate'] !== undefined && result['ssl'] === undefined) {
    throw new RangeError('certificate requires ssl=yes');
  }
  const secret = secretName(values);
  if (secret && changes[secret] === undefined && isElsewhere(values, result)) {
    throw new RangeError(
      'address, port or ssl changed: ' + secret + ' must be given again, or cleared with ' + secret + '=""',
    );
  }
  if (result['will-topic'] === undefined) {
    for (const name of ['will-message', 'will-qos', 'will-retain']) {
      if (result[name] !== undefined) throw new RangeError(name + ' requires a will-topic');
    }
  }
  return result;
}

/** The property that is secret: a user name without a password is an access token (ThingsBoard). */
function secretName(values: BrokerValues): string | undefined {
  if (values['password'] !== undefined) return 'password';
  return values['username'] === undefined ? undefined : 'username';
}

/** True when `after` has an endpoint that `before` does not have, or no longer uses TLS. */
function isElsewhere(before: BrokerValues, after: BrokerValues): boolean {
  if (before['ssl'] !== undefined && after['ssl'] === undefined) return true;
  const known = endpointsOf(before);
  return endpointsOf(after).some(({ host, port }) => !known.some((one) => one.host === host && one.port === port));
}

function endpointsOf(values: BrokerValues, tls?: TlsOptions): Endpoint[] {
  return parseAddress(valueOf(values, 'address'), Number(valueOf(values, 'port')), tls) ?? [];
}

/**
 * What messages for a broker are bound to, as one number: its name, address, port, ssl and client-id. They must not go
 * anywhere else.
 */
export function placeOf(values: BrokerValues): number {
  const parts = ['name', 'address', 'port', 'ssl', 'client-id'].map((name) => valueOf(values, name));
  const bytes = encodeUtf8(parts.join('\n'));
  return crc32(bytes, 0, bytes.length, 0);
}

/** The value of a property, or its default. */
export function valueOf(values: BrokerValues, name: string): string {
  const byDefault = findProperty(name).default;
  return values[name] ?? byDefault;
}

/** The value for people, stars for a secret. Throws a RangeError when there is no such property. */
export function shownValue(values: BrokerValues, name: string): string {
  const value = valueOf(values, name);
  return name === secretName(values) ? STARS : value;
}

/** What the value of a property must be, for people: `an integer from 30 to 64800`. */
export function allowedText(row: BrokerProperty): string {
  const range = row.min + ' to ' + row.max;
  const length = row.min === 0 ? 'at most ' + row.max + ' bytes of text' : range + ' bytes of text';
  switch (row.kind) {
    case PropertyKind.address:
      return 'a host name or IP address, with :port if needed, or up to ' + MAX_ADDRESSES + ' separated by commas';
    case PropertyKind.integer:
      return 'an integer from ' + range;
    case PropertyKind.limit:
      return 'off or an integer from ' + range;
    case PropertyKind.flag:
      return 'yes or no';
    case PropertyKind.topic:
      return length + ' without + and #';
    default:
      return length;
  }
}

function mistakeText(row: BrokerProperty, value: string): string {
  const hidden = row.kind === PropertyKind.secret || row.name === 'username';
  // Whoever gives a URL may have written a password into it.
  const shown = hidden || value.includes('@') ? '' : ', got ' + quote(value);
  return row.name + ' must be ' + allowedText(row) + shown;
}

function isAllowed(row: BrokerProperty, value: string): boolean {
  switch (row.kind) {
    case PropertyKind.flag:
      return value === 'yes' || value === 'no';
    case PropertyKind.integer:
    case PropertyKind.limit: {
      if (row.kind === PropertyKind.limit && value === 'off') return true;
      // In the form in which it is persisted, so that a default is recognised.
      const number = parseDecimal(value, false);
      return number >= row.min && number <= row.max && String(number) === value;
    }
    case PropertyKind.address:
      return value.length <= row.max && parseAddress(value, 1) !== undefined;
    case PropertyKind.topic:
      return isText(value, TextForm.topic, row.min, row.max);
    case PropertyKind.secret:
    case PropertyKind.message:
      return isText(value, TextForm.any, row.min, row.max);
    default:
      return isText(value, TextForm.line, row.min, row.max);
  }
}

/** Sizes of a broker's session, as in `SessionOptions`; its memory is taken when it is first connected. */
export type BrokerSessionOptions = Pick<
  ConnectionOptions,
  'receiveBufferSize' | 'transmitArenaSize' | 'maxInFlight' | 'maxQueued' | 'backoff' | 'stableTime'
>;

/** What the connections of all brokers have in common. */
export interface BrokerConnectionOptions {
  /** Subscriptions of a broker, 1 to 255. Default 16. */
  maxSubscriptions?: number;
  session?: BrokerSessionOptions;
  /** Milliseconds for one address: to resolve it, to connect, and for CONNACK. Default 30,000. */
  connectTimeout?: number;
  /**
   * What the property `certificate` names: authorities, certificate and key. With an empty name, what counts for `ssl`
   * without `certificate`. Undefined: there is no such certificate.
   */
  certificates?: (name: string) => TlsOptions | undefined;
}

/** Resolving, connecting and CONNACK share the time for one address. */
const STEPS = 3;

/** The options of a broker's connection. Throws a RangeError of one line when the certificate does not exist. */
export function connectionOptions(values: BrokerValues, options: BrokerConnectionOptions): ConnectionOptions {
  const step = Math.ceil((options.connectTimeout ?? 30000) / STEPS);
  const tls = valueOf(values, 'ssl') === 'yes' ? tlsOptions(values, options) : undefined;
  const result: ConnectionOptions = {
    ...options.session,
    endpoints: endpointsOf(values, tls),
    clientId: valueOf(values, 'client-id'),
    cleanSession: valueOf(values, 'clean-session') === 'yes',
    keepAliveSeconds: Number(valueOf(values, 'keep-alive')),
    // Twice, because a filter that is unsubscribed while disconnected keeps its place until UNSUBACK.
    maxSubscriptions: 2 * (options.maxSubscriptions ?? 16),
    resolveTimeout: step,
    connectTimeout: step,
    connackTimeout: step,
  };
  const will = willOf(values);
  if (will) result.will = will;
  if (values['username'] !== undefined) result.username = values['username'];
  if (values['password'] !== undefined) result.password = values['password'];
  return result;
}

/** Throws a RangeError of one line when the property `certificate` names one that does not exist. */
export function checkCertificate(values: BrokerValues, options: BrokerConnectionOptions): void {
  if (values['certificate'] !== undefined) tlsOptions(values, options);
}

function tlsOptions(values: BrokerValues, options: BrokerConnectionOptions): TlsOptions {
  const name = valueOf(values, 'certificate');
  const found = options.certificates?.(name);
  if (!found && name !== '') throw new RangeError('certificate ' + quote(name) + ' does not exist');
  return found ?? {};
}

function willOf(values: BrokerValues): Will | undefined {
  const topic = valueOf(values, 'will-topic');
  if (topic === '') return undefined;
  return {
    topic,
    payload: valueOf(values, 'will-message'),
    qos: valueOf(values, 'will-qos') === '1' ? 1 : 0,
    retain: valueOf(values, 'will-retain') === 'yes',
  };
}
