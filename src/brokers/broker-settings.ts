import type { ConnectionOptions } from '../connection/index.js';
import type { NetworkPlatform, TlsOptions } from '../hal/index.js';
import type { Will } from '../mqtt/options.js';
import { parseAddress, valueOf } from './broker-properties.js';
import type { BrokerValues } from './broker-properties.js';
import type { ReceivedMessagesOptions } from './received-messages.js';
import type { ScriptRunner } from './subscription-list.js';

/** Sizes of a broker's session, as in `SessionOptions`; its memory is taken when it is first connected. */
export type BrokerSessionOptions = Pick<
  ConnectionOptions,
  'receiveBufferSize' | 'transmitArenaSize' | 'maxInFlight' | 'maxQueued' | 'backoff' | 'stableTime'
>;

/** How a device has brokers. */
export interface BrokersOptions {
  /** Brokers at most, 1 to 16. Default 4. */
  maxBrokers?: number;
  /** Subscriptions of a broker at most, 1 to 255. Default 16. */
  maxSubscriptions?: number;
  /** Network parts that nobody else uses, for the first brokers; further ones come from `Board.makePlatform`. */
  platforms?: NetworkPlatform[];
  session?: BrokerSessionOptions;
  received?: ReceivedMessagesOptions;
  /** Bytes of the queue of each broker for messages that wait for their handler, 64 to 1048576. Default 2048. */
  queueCapacity?: number;
  /** Messages in that queue, 1 to 65535; without a limit, also handlers that run at once. Default 64. */
  queueEntries?: number;
  /** Milliseconds for one address: to find it, to connect, and for CONNACK. Default 30,000. */
  connectTimeout?: number;
  /** Milliseconds that a caller waits for the acknowledgement of a message or of a subscription. Default 30,000. */
  answerTimeout?: number;
  /** Publications that may wait at once for room or for their acknowledgement, per broker. Default 64. */
  maxWaiting?: number;
  /** Begins the client identifiers that are made up, 1 to 100 bytes of text. Default `tagwire`. */
  clientIdPrefix?: string;
  /**
   * What the property `certificate` names: authorities, certificate and key. With an empty name, what counts for `ssl`
   * without `certificate`. Undefined: there is no such certificate.
   */
  certificates?: (name: string) => TlsOptions | undefined;
  /** Runs the text of `on-message`. Absent: the text is kept, and does nothing. */
  runScript?: ScriptRunner;
  /** One line for people, without secrets: connections lost, messages dropped, handlers that fail. Default: the log. */
  onNotice?: (text: string) => void;
}

/** Finding the host, connecting and CONNACK share the time for one address. */
const STEPS = 3;

/** What a connection is made with. Throws a RangeError of one line when the certificate is not there. */
export function connectionOptions(values: BrokerValues, options: BrokersOptions): ConnectionOptions {
  const step = Math.ceil((options.connectTimeout ?? 30000) / STEPS);
  const tls = valueOf(values, 'ssl') === 'yes' ? tlsOptions(values, options) : undefined;
  const result: ConnectionOptions = {
    ...options.session,
    endpoints: parseAddress(valueOf(values, 'address'), Number(valueOf(values, 'port')), tls) ?? [],
    clientId: valueOf(values, 'client-id'),
    cleanSession: valueOf(values, 'clean-session') === 'yes',
    keepAliveSeconds: Number(valueOf(values, 'keep-alive')),
    // Twice, because a filter that is ended without a connection keeps its place until the broker has answered.
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

/** Throws a RangeError of one line when the property `certificate` names one that is not there. */
export function checkCertificate(values: BrokerValues, options: BrokersOptions): void {
  if (values['certificate'] !== undefined) tlsOptions(values, options);
}

function tlsOptions(values: BrokerValues, options: BrokersOptions): TlsOptions {
  const name = valueOf(values, 'certificate');
  const found = options.certificates?.(name);
  if (!found && name !== '') throw new RangeError('certificate "' + name + '": there is no such certificate');
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
