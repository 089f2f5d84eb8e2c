import type { BrokerEndpoint } from '../connection/connection.js';
import type { TlsOptions } from '../hal/index.js';
import type { PaceLimits, Retention } from '../telemetry/index.js';
import { FullRule } from '../telemetry/outbox/flash-log.js';
import { bindCredentials } from './bound-secrets.js';
import { findKey, keysOf, nearestKey, SCANNER_KEYS } from './configuration-keys.js';
import type { ConfigurationKey, ConfigurationValue, KeyOwner } from './configuration-keys.js';
import type {
  CloudSettings,
  CloudValues,
  Configuration,
  ConfigurationTarget,
  RawConfiguration,
} from './configuration.js';
import { allowedText, mistakeText, parseValue, quote, unknownKeyText } from './parse-value.js';
import type { TagValues } from './tag-configuration.js';

/** The values as `parseValue` gives them; those without `?` have a default. */
interface Values extends TagValues {
  ssid?: string;
  password?: string;
  cloud: string;
  broker?: BrokerEndpoint[];
  username?: string;
  brokerPassword?: string;
  clientId?: string;
  cleanSession: boolean;
  keepAlive: number;
  gateway?: string;
  prefix: string;
  ca?: string | Uint8Array;
  certificate?: string | Uint8Array;
  key?: string | Uint8Array;
  serverName?: string;
  timeServers: string[];
  maxPayload: number;
  inFlight?: number;
  persist: number;
  outboxFull: 'oldest' | 'newest' | 'thin';
  maxAge: number;
  maxMessageRate: number;
  maxByteRate: number;
  maxPointRate: number;
  credentialsFor?: string;
  rpc: Configuration['rpc'];
  rpcAccess: Configuration['rpcAccess'];
  serialConsole: boolean;
  recorder: number;
  health: number;
}

const RECEIVE_BUFFER = 512;
const IN_FLIGHT = 8;
const IN_FLIGHT_WITHOUT_SCANNER = 4;
/** Of a message in flight: a reading as JSON with its topic and header, and its record in the session. */
const PACKET_BYTES = 256;
const RECORD_BYTES = 16;
/** The transmit arena has room for what is in flight, and for the longest payload with its topic and header. */
const ARENA = 2048;
const ARENA_WITHOUT_SCANNER = 1024;
const TOPIC_ROOM = 320;

/**
 * Reads a flat configuration, as the object `config` of a Moddable manifest gives it (module `mc/config`): the keys of
 * `CONFIGURATION_KEYS`, with text, numbers or booleans. An empty value counts as not given.
 *
 * The keys of `target.clouds` are read as well.
 *
 * Throws a RangeError that lists every mistake, one line each: the key, the value unless it is secret, and what is
 * allowed; then the limits of the cloud that would be exceeded. A key that looks like one of ours misspelt is a
 * mistake; other unknown ones belong to the SDK.
 */
export function parseConfiguration(raw: RawConfiguration, target: ConfigurationTarget = {}): Configuration {
  const mistakes: string[] = [];
  findMisspelt(raw, target.clouds, mistakes);
  const values = readValues(raw, target, mistakes);
  const gateway = values.gateway ?? target.gateway ?? 'tagwire';
  // Defaults give way to what was asked for.
  if (!isGiven(raw, 'heartbeat')) values.heartbeat = Math.max(values.heartbeat, values.interval);
  const { ssid, password, broker, username, brokerPassword, prefix, maxPayload } = values;
  const arena = target.tags ? ARENA : ARENA_WITHOUT_SCANNER;
  const inFlight = values.inFlight ?? target.inFlight ?? (target.tags ? IN_FLIGHT : IN_FLIGHT_WITHOUT_SCANNER);
  const transmitArenaSize = Math.max(arena, inFlight * PACKET_BYTES, maxPayload + TOPIC_ROOM);

  if (target.needsWifi) need(raw, 'ssid', mistakes);
  need(raw, 'broker', mistakes);
  needPartner(raw, 'password', 'ssid', mistakes);
  needPartner(raw, 'brokerPassword', 'username', mistakes);
  needPartner(raw, 'certificate', 'key', mistakes);
  needPartner(raw, 'key', 'certificate', mistakes);
  if (gateway.includes('/')) mistakes.push('gateway must be one topic level, without /, got ' + quote(gateway));
  if (prefix && (prefix.startsWith('/') || prefix.endsWith('/') || prefix.startsWith('$'))) {
    mistakes.push('prefix must not begin with / or $ or end with /, got ' + quote(prefix));
  }
  if (values.heartbeat > 0 && values.heartbeat < values.interval) {
    mistakes.push('heartbeat must be 0 or at least interval, ' + values.interval + ', got ' + values.heartbeat);
  }
  const cloud = findCloud(values.cloud, raw, target.clouds, mistakes);
  const tags = target.tags?.parse(values, retentionOf(values), inFlight, target.tags, mistakes);
  if (broker) bindCredentials(broker, values.credentialsFor, values.serverName);
  if (broker && target.withoutTls) refuseTls(broker, mistakes);
  else if (broker) setTls(broker, values, raw, mistakes);
  // So that the limits of the cloud are checked all the same.
  if (mistakes.length > 0) fillIn(values as unknown as CloudValues, target.clouds);
  const configuration: Configuration = {
    gateway,
    prefix: values.prefix,
    cloud: values.cloud,
    cloudValues: cloud ? ownValues(values, cloud) : {},
    connection: {
      endpoints: broker ?? [],
      clientId: values.clientId ?? 'tagwire-' + gateway,
      cleanSession: values.cleanSession,
      keepAliveSeconds: values.keepAlive,
      receiveBufferSize: RECEIVE_BUFFER,
      transmitArenaSize,
      maxInFlight: inFlight,
    },
    timeServers: values.timeServers,
    rpc: values.rpc,
    rpcAccess: values.rpcAccess,
    serialConsole: values.serialConsole,
    maxPayload: values.maxPayload,
    retention: retentionOf(values),
    pace: paceOf(values),
    healthSeconds: values.health,
  };
  if (target.maxSubscriptions !== undefined) configuration.connection.maxSubscriptions = target.maxSubscriptions;
  if (values.recorder > 0) setRecorder(configuration, values.recorder, target, mistakes);
  if (tags) configuration.tags = tags;
  if (ssid) configuration.wifi = password ? { ssid, password } : { ssid };
  if (username) configuration.connection.username = username;
  if (brokerPassword) configuration.connection.password = brokerPassword;
  cloud?.connect(configuration, mistakes);
  // Only now, since a cloud may want longer buffers.
  checkMemory(configuration, cloud, maxPayload + transmitArenaSize + RECEIVE_BUFFER, target, mistakes);
  if (!target.unchecked) cloud?.check(configuration, mistakes);
  if (mistakes.length > 0) throw new RangeError(mistakes.join('\n'));
  return configuration;
}

/** Entries of the recorder are up to some hundred bytes long. */
const LEAST_RECORDER = 256;

function setRecorder(
  configuration: Configuration,
  size: number,
  target: ConfigurationTarget,
  mistakes: string[],
): void {
  if (!target.recorder) mistakes.push('recorder must be 0: this board has none');
  else if (size < LEAST_RECORDER) mistakes.push('recorder must be 0 or an integer from 256 to 65536, got ' + size);
  else configuration.recorder = size;
}

/** `asked`: bytes of the buffers without what the cloud adds to them. */
function checkMemory(
  configuration: Configuration,
  cloud: CloudSettings | undefined,
  asked: number,
  target: ConfigurationTarget,
  mistakes: string[],
): void {
  if (target.memory === undefined) return;
  const { connection, maxPayload, tags } = configuration;
  const buffers = maxPayload + connection.transmitArenaSize! + connection.receiveBufferSize!;
  const ofCloud = buffers - asked + (cloud?.memory?.(configuration) ?? 0);
  const memory =
    asked + connection.maxInFlight! * RECORD_BYTES + (tags ? tags.memory : 0) + ofCloud + (configuration.recorder ?? 0);
  const room = target.memory + Math.min(ofCloud, target.cloudMemory ?? 0);
  if (memory <= room) return;
  const takers = ofCloud > 0 ? ', inFlight and cloud=' + configuration.cloud : ' and inFlight';
  mistakes.push(
    'tags, outbox, ' +
      (configuration.recorder ? 'recorder, ' : '') +
      'maxPayload' +
      takers +
      ' take ' +
      memory +
      ' bytes, but this board has room for ' +
      room,
  );
}

function retentionOf({ persist, outboxFull, maxAge }: Values): Retention {
  const rule = outboxFull === 'thin' ? FullRule.thin : outboxFull === 'newest' ? FullRule.newest : FullRule.oldest;
  return { persistSeconds: persist, rule, maxAgeSeconds: maxAge };
}

function paceOf({ maxMessageRate, maxByteRate, maxPointRate }: Values): PaceLimits {
  return {
    ...(maxMessageRate > 0 && { messagesPerSecond: maxMessageRate }),
    ...(maxByteRate > 0 && { bytesPerSecond: maxByteRate }),
    ...(maxPointRate > 0 && { pointsPerSecond: maxPointRate }),
  };
}

function isGiven(raw: RawConfiguration, name: string): boolean {
  return raw[name] !== undefined && raw[name] !== '';
}

/** What is given for a key, maybe under its former name; undefined when nothing is. */
function givenValue(raw: RawConfiguration, { name, formerName }: ConfigurationKey): unknown {
  if (isGiven(raw, name)) return raw[name];
  return formerName !== undefined && isGiven(raw, formerName) ? raw[formerName] : undefined;
}

/** `mc/config` also holds keys of the SDK and its drivers (`screen`, `led`, `sntp`), which are not ours to refuse. */
function findMisspelt(raw: RawConfiguration, clouds: readonly KeyOwner[] | undefined, mistakes: string[]): void {
  for (const name of Object.keys(raw)) {
    if (findKey(name, clouds)) continue;
    // Any three letters are one letter away from three others: `rtc` is a key of the SDK.
    const nearest = nearestKey(name, name.length < 4 ? 0 : Math.max(1, name.length >> 2), clouds);
    if (nearest) mistakes.push(unknownKeyText(name, nearest));
  }
}

/** A value that is not allowed is left out, so that what is compared with it adds no mistake. */
function readValues(raw: RawConfiguration, target: ConfigurationTarget, mistakes: string[]): Values {
  const values: { [name: string]: ConfigurationValue } = {};
  for (const row of keysOf(target.clouds)) {
    const value = givenValue(raw, row);
    const given = value === undefined ? row.default : value;
    if (given === undefined) continue;
    // A board without a scanner has no memory to spare for what nobody asks for.
    if (value === undefined && !target.tags && SCANNER_KEYS.includes(row.name)) continue;
    const parsed = parseValue(row, given, target);
    if (parsed === undefined) mistakes.push(mistakeText(row, given));
    else values[row.name] = parsed;
  }
  return values as unknown as Values;
}

/** The cloud that is named. Keys of another one are a mistake: they would have no effect. */
function findCloud(
  name: string | undefined,
  raw: RawConfiguration,
  clouds: readonly CloudSettings[] | undefined,
  mistakes: string[],
): CloudSettings | undefined {
  if (name === undefined) return undefined;
  if (!clouds) {
    if (name !== 'plain') mistakes.push('cloud must be plain here, got ' + quote(name));
    return undefined;
  }
  const cloud = clouds.find((known) => known.name === name);
  if (!cloud) {
    const names = clouds.map((known) => known.name).join(', ');
    mistakes.push('cloud must be one of ' + names + ', which this firmware has, got ' + quote(name));
    return undefined;
  }
  for (const other of clouds) {
    for (const row of other.keys) {
      if (givenValue(raw, row) === undefined || cloud.keys.includes(row)) continue;
      const line = row.name + ' is a key of cloud=' + other.name + ' (' + other.title + '), got cloud=' + name;
      if (!mistakes.some((mistake) => mistake.startsWith(row.name + ' is a key of'))) mistakes.push(line);
    }
  }
  return cloud;
}

/** The values of a cloud's own keys. */
function ownValues(values: Values, cloud: CloudSettings): CloudValues {
  const all = values as unknown as CloudValues;
  const own: CloudValues = {};
  for (const { name } of cloud.keys) if (all[name] !== undefined) own[name] = all[name];
  return own;
}

/** Gives what is left out its default. */
function fillIn(values: CloudValues, clouds: readonly KeyOwner[] | undefined): void {
  for (const row of keysOf(clouds)) {
    if (row.default !== undefined) values[row.name] ??= parseValue(row, row.default);
  }
}

function need(raw: RawConfiguration, name: string, mistakes: string[]): void {
  if (!isGiven(raw, name)) mistakes.push(name + ' is missing: it must be ' + allowedText(findKey(name)!));
}

function needPartner(raw: RawConfiguration, name: string, partner: string, mistakes: string[]): void {
  if (isGiven(raw, name) && !isGiven(raw, partner)) mistakes.push(name + ' is given without ' + partner);
}

function refuseTls(endpoints: BrokerEndpoint[], mistakes: string[]): void {
  for (const { host, tls } of endpoints) {
    if (tls) mistakes.push('broker must begin with mqtt://: this chip has no memory for TLS, got mqtts://' + host);
  }
}

/** Gives all endpoints with TLS the same options, but for the client certificate, which is for those it is bound to. */
function setTls(endpoints: BrokerEndpoint[], values: Values, raw: RawConfiguration, mistakes: string[]): void {
  const { certificate, key } = values;
  const open: TlsOptions = {};
  const isUsed = endpoints.some(({ tls }) => tls);
  for (const name of ['ca', 'certificate', 'key', 'serverName'] as const) {
    if (isGiven(raw, name) && !isUsed) mistakes.push(name + ' is given, but no broker begins with mqtts://');
  }
  if (values.ca !== undefined) open.ca = values.ca;
  if (values.serverName !== undefined) open.serverName = values.serverName;
  const bound = certificate !== undefined && key !== undefined ? { ...open, certificate, key } : open;
  for (const endpoint of endpoints) if (endpoint.tls) endpoint.tls = endpoint.withoutCredentials ? open : bound;
}
