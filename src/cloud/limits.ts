import { encodeUtf8 } from '../mqtt/utf8.js';
import type { Configuration } from '../settings/configuration.js';

/** The smallest and the largest value that is allowed. */
export interface LimitRange {
  readonly min: number;
  readonly max: number;
}

/**
 * What a cloud takes, as its documentation says; an absent field: no limit but that of MQTT 3.1.1. The same table
 * drives the check of a configuration, the pace of the outbox, the broker of the tests that punishes, and the docs.
 */
export interface CloudLimits {
  /** Bytes of the client identifier. */
  readonly clientIdBytes?: number;
  /** Bytes of a topic name and of a topic filter. */
  readonly topicBytes?: number;
  /** Slashes in a topic name and in a topic filter. */
  readonly topicSlashes?: number;
  /** Topic filters in one SUBSCRIBE. */
  readonly filtersPerSubscribe?: number;
  /** Topic filters of one connection. */
  readonly subscriptions?: number;
  /** Bytes of a payload. */
  readonly payloadBytes?: number;
  /** PUBLISH packets that a device may send in any second. */
  readonly messagesPerSecond?: number;
  /** Bytes of PUBLISH packets, topics included, that a device may send in any second. */
  readonly bytesPerSecond?: number;
  /** Data points (values with a name) that a device may send in any second. */
  readonly pointsPerSecond?: number;
  /** QoS 1 messages that may be unacknowledged at once. */
  readonly inFlight?: number;
  /** Seconds. What is outside is refused or replaced by the broker. */
  readonly keepAliveSeconds?: LimitRange;
  /** The highest QoS of PUBLISH and SUBSCRIBE. */
  readonly maxQos?: 0 | 1;
  /** False: a retained PUBLISH is refused or loses its flag. */
  readonly retain?: boolean;
  /** The highest QoS of a will. */
  readonly willQos?: 0 | 1;
  /** False: a retained will is refused. */
  readonly willRetain?: boolean;
  /** True: there is no way in without TLS. */
  readonly tls?: boolean;
  /** True: the TLS handshake must name the server (SNI), so brokers must be given by name, not by address. */
  readonly serverName?: boolean;
  /** CONNECT packets of one client identifier in any second. */
  readonly connectsPerSecond?: number;
  /** Fields whose numbers the server tells at each connection, and the device keeps. Those above count until then. */
  readonly told?: readonly (keyof CloudLimits)[];
  /** Where the numbers are published, for people. */
  readonly source: string;
}

/** The limits of MQTT 3.1.1 itself. */
export const MQTT_LIMITS: CloudLimits = Object.freeze({
  clientIdBytes: 65535, // 1.5.3
  topicBytes: 65535, // 4.7.3
  payloadBytes: 268435455, // 2.2.3, a header and a topic included
  inFlight: 65535, // 2.3.1
  keepAliveSeconds: Object.freeze({ min: 0, max: 65535 }), // 3.1.2.10
  source: 'OASIS, MQTT Version 3.1.1',
});

/** A topic, or a filter, that a device uses with a configuration, with the longest names that can stand in it. */
export interface TopicUse {
  readonly topic: string;
  /** What it is for, in a word or two for people: `readings`. */
  readonly purpose: string;
  readonly kind: 'publish' | 'subscribe' | 'will';
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** The configuration keys that make it shorter, for people: `prefix or gateway`. */
  readonly shortenedBy: string;
}

/**
 * Adds a line to `mistakes` for each limit that a device with this configuration and these topics would exceed: the
 * cloud, its rule, the value, the remedy. No secret is named. Rates are not checked: the outbox keeps them.
 */
export function checkLimits(
  title: string,
  limits: CloudLimits,
  configuration: Configuration,
  topics: readonly TopicUse[],
  mistakes: string[],
): void {
  const add = (rule: string, yours: string, remedy: string): void => {
    const line = title + ': ' + rule + '; ' + yours + '; ' + remedy;
    if (!mistakes.includes(line)) mistakes.push(line);
  };
  const atMost = (limit: number | undefined, value: number, rule: string, remedy: string): void => {
    if (limit !== undefined && value > limit) add(rule.replace('#', 'at most ' + limit), 'yours has ' + value, remedy);
  };
  const { connection, maxPayload } = configuration;
  const { clientIdBytes, topicBytes, topicSlashes, payloadBytes, inFlight, keepAliveSeconds } = limits;
  const clientId = encodeUtf8(connection.clientId).length;
  atMost(clientIdBytes, clientId, 'a client identifier has # bytes', 'shorten clientId');
  atMost(payloadBytes, maxPayload, 'a payload has # bytes', 'lower maxPayload');
  atMost(inFlight, connection.maxInFlight ?? 0, 'a connection has # messages in flight', 'lower inFlight');
  const keepAlive = connection.keepAliveSeconds ?? 0;
  if (keepAliveSeconds && !(keepAlive >= keepAliveSeconds.min && keepAlive <= keepAliveSeconds.max)) {
    const { min, max } = keepAliveSeconds;
    add('keep alive is from ' + min + ' to ' + max + ' s', 'yours is ' + keepAlive, 'change keepAlive');
  }
  let subscriptions = 0;
  for (const use of topics) {
    const { topic, kind, qos, retain, shortenedBy } = use;
    const what = kind === 'subscribe' ? 'a topic filter' : 'a topic';
    atMost(topicBytes, encodeUtf8(topic).length, what + ' has # bytes', 'shorten ' + shortenedBy);
    atMost(topicSlashes, topic.split('/').length - 1, what + ' has # slashes', 'shorten ' + shortenedBy);
    const isWill = kind === 'will';
    if (kind === 'subscribe') subscriptions++;
    const maxQos = isWill ? (limits.willQos ?? limits.maxQos) : limits.maxQos;
    if (maxQos !== undefined && qos > maxQos) {
      add('QoS is at most ' + maxQos, 'yours is ' + qos + ' for ' + use.purpose, 'choose another cloud');
    }
    const retained = isWill ? limits.willRetain : limits.retain;
    if (retain && retained === false) {
      const rule = isWill ? 'a will must not be retained' : 'retained messages are refused';
      add(rule, 'yours for ' + use.purpose + ' is', 'choose another cloud');
    }
  }
  atMost(limits.subscriptions, subscriptions, 'a connection has # subscriptions', 'set rpc=off, or ask for fewer');
  for (const { host, tls } of connection.endpoints) {
    if (limits.tls && !tls) add('TLS is required', 'yours is mqtt://' + host, 'begin broker with mqtts://');
    if (limits.serverName && tls && !tls.serverName && isAddress(host)) {
      add('the server must be named (SNI)', 'yours is the address ' + host, 'name a host in broker, or set serverName');
    }
  }
}

/** True for an IPv6 address, and for digits and dots alone, as in one of IPv4. */
function isAddress(host: string): boolean {
  if (host.includes(':')) return true;
  for (let i = 0; i < host.length; i++) {
    const code = host.charCodeAt(i);
    if (code !== 0x2e && !(code >= 0x30 && code <= 0x39)) return false;
  }
  return true;
}
