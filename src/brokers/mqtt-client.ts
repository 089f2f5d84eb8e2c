import { ConnectionState } from '../connection/connection.js';
import type { IncomingMessage } from '../mqtt/parser.js';
import { decodeUtf8Lossy } from '../bytes/utf8.js';
import { quote } from '../settings/parse-value.js';
import type { BrokerObserver } from './broker-link.js';
import type { Broker } from './broker.js';
import { REFUSED, refusedText } from './subscriptions.js';

/** A message as its listeners get it. */
export interface ClientPacket {
  topic: string;
  payload: Uint8Array;
  qos: number;
  retain: boolean;
  dup: boolean;
}

/** The events of `MqttClient`, with the arguments of their listeners. */
export interface ClientEvents {
  /** The broker accepted the connection. */
  connect: (packet: { sessionPresent: boolean }) => void;
  /** A connection was lost, an attempt failed, or the client disconnected. */
  close: () => void;
  /** An attempt failed, or the connection was lost: an Error of one line. */
  error: (error: Error) => void;
  message: (topic: string, payload: Uint8Array, packet: ClientPacket) => void;
  /** An attempt to connect begins that is not the first one. */
  reconnect: () => void;
  /** The connection was lost. */
  offline: () => void;
}

export type ClientEvent = keyof ClientEvents;

interface Entry {
  event: ClientEvent;
  listener: (...values: never[]) => void;
  once: boolean;
}

/** The listeners of a client, called in the order in which they were added. */
class ClientListeners {
  private entries: Entry[] = [];

  /** `onThrow` gets what a listener throws. */
  constructor(private readonly onThrow: (event: ClientEvent, error: unknown) => void) {}

  add<E extends ClientEvent>(event: E, listener: ClientEvents[E], once: boolean): void {
    this.entries.push({ event, listener, once });
  }

  /** Removes the listener, the last one when it was added several times; legal when there is none. */
  remove<E extends ClientEvent>(event: E, listener: ClientEvents[E]): void {
    for (let i = this.entries.length - 1; i >= 0; i--) {
      const entry = this.entries[i]!;
      if (entry.event !== event || entry.listener !== listener) continue;
      this.entries = this.entries.filter((other) => other !== entry);
      return;
    }
  }

  has(event: ClientEvent): boolean {
    return this.entries.some((entry) => entry.event === event);
  }

  emit<E extends ClientEvent>(event: E, ...values: Parameters<ClientEvents[E]>): void {
    // Listeners may add and remove listeners: those present at the beginning are called.
    for (const entry of this.entries) {
      if (entry.event !== event) continue;
      if (entry.once) this.entries = this.entries.filter((other) => other !== entry);
      try {
        entry.listener(...(values as unknown as never[]));
      } catch (error) {
        this.onThrow(event, error);
      }
    }
  }
}

/** How to publish; both default to 0 and false. */
export interface ClientPublishOptions {
  qos?: number;
  retain?: boolean;
}

/** A topic filter and the QoS that was granted for it: 0, 1 or 2, or 0x80 for a refusal. */
export interface Grant {
  topic: string;
  qos: number;
}

type Callback = (error?: Error) => void;
/** A filter, several, or an object with the QoS of each. */
type Topics = string | string[] | Record<string, number | { qos?: number }>;

/**
 * A broker with the methods and events of an MQTT.js client, for application code that is written for that.
 *
 * Differences from MQTT.js:
 * - It is made of a `Broker`, which has the address and the password. It connects with the first `publish` or
 *   `subscribe`, with `auto-connect`, or with `broker.connect()`; without `auto-connect` it does not reconnect.
 * - A payload is a `Uint8Array`, not a `Buffer`. A message longer than the receive buffer causes no event.
 * - QoS is 0 or 1. There is no MQTT 5, no topic alias, and `end` has no options.
 * - A message of QoS 1 is kept until its PUBACK, over reconnections and restarts, within the bounds of
 *   `BrokersOptions.outgoing`; what is longer than `Broker.maxKeptLength` is not. One of QoS 0 is not queued while
 *   disconnected, as with `queueQoSZero: false`, but makes the client connect. At most `maxWaiting` callbacks wait.
 * - `error` without a listener is not thrown, but logged by the broker. `offline` is emitted when a connection is lost,
 *   not for each failed attempt. What a listener throws is logged too.
 * - A subscription of the client does not outlive a restart. `message` is emitted for all messages of the broker,
 *   whoever subscribed.
 * - `end` disconnects, and the client can be used again afterwards. With `force` it does not wait.
 */
export class MqttClient implements BrokerObserver {
  private readonly listeners: ClientListeners;
  private attempted: boolean;

  /** Throws a TypeError for options as in MQTT.js, which would have no effect: they are the broker's properties. */
  constructor(
    readonly broker: Broker,
    options?: undefined,
  ) {
    if (options !== undefined) throw new TypeError('MqttClient takes no options: set the properties of the broker');
    this.listeners = new ClientListeners((event, error) => {
      broker.notice('listener of "' + event + '" failed: ' + String((error as Error | undefined)?.message ?? error));
    });
    this.attempted = (broker.connection?.state ?? ConnectionState.stopped) !== ConnectionState.stopped;
    broker.observers.push(this);
  }

  get connected(): boolean {
    return this.broker.connected;
  }

  on<E extends ClientEvent>(event: E, listener: ClientEvents[E]): this {
    this.listeners.add(event, listener, false);
    return this;
  }

  once<E extends ClientEvent>(event: E, listener: ClientEvents[E]): this {
    this.listeners.add(event, listener, true);
    return this;
  }

  off<E extends ClientEvent>(event: E, listener: ClientEvents[E]): this {
    this.listeners.remove(event, listener);
    return this;
  }

  /**
   * `callback` comes when the session has the message (QoS 0) or the broker has acknowledged it (QoS 1), however long
   * that takes; with an error when the message will not be sent, or when there is no connection and none comes by
   * itself: then the message is kept, and the error says so.
   */
  publish(
    topic: string,
    payload: string | Uint8Array,
    options?: ClientPublishOptions | Callback,
    callback?: Callback,
  ): this {
    const then = typeof options === 'function' ? options : callback;
    const { qos, retain } = typeof options === 'function' || !options ? {} : options;
    const patient = then !== undefined;
    const { broker } = this;
    const published = broker.publish(topic, payload, { qos: qos ?? 0, retain: retain ?? false, patient });
    const done = published.then(({ delivered, reason }) => {
      if (patient && !delivered) throw new Error('broker ' + quote(broker.name) + ': message kept: ' + reason);
    });
    this.settle(done, then);
    return this;
  }

  /** `callback` gets the first error, or null, and what the broker answered, by topic. */
  subscribe(
    topics: Topics,
    options?: { qos?: number } | ((error: Error | null, granted?: Grant[]) => void),
    callback?: (error: Error | null, granted?: Grant[]) => void,
  ): this {
    const then = typeof options === 'function' ? options : callback;
    const qos = typeof options === 'function' ? 0 : (options?.qos ?? 0);
    const granted: Grant[] = [];
    const all = requests(topics, qos).map(async (request) => {
      const code = await this.broker.request(request.topic, { qos: request.qos, persisted: false });
      granted.push({ topic: request.topic, qos: code });
    });
    const done = Promise.allSettled(all).then((results) => {
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason as Error;
      const refused = granted.find((grant) => grant.qos === REFUSED);
      if (refused) throw new Error(refusedText(refused.topic));
    });
    this.settle(done, then && ((error) => then(error ?? null, granted)));
    return this;
  }

  unsubscribe(topics: string | string[], callback?: Callback): this {
    const all = (typeof topics === 'string' ? [topics] : topics).map((topic) => this.broker.unsubscribe(topic));
    this.settle(
      Promise.all(all).then(() => {}),
      callback,
    );
    return this;
  }

  /** Disconnects, once what was published is acknowledged, or at once with `force`. */
  end(force?: boolean | Callback, callback?: Callback): this {
    const then = typeof force === 'function' ? force : callback;
    const done = this.broker.disconnect();
    if (force === true) this.broker.connection?.close();
    this.settle(done, then);
    return this;
  }

  // BrokerObserver

  onAttempt(): void {
    if (this.attempted) this.listeners.emit('reconnect');
    this.attempted = true;
  }

  onConnected(sessionPresent: boolean): void {
    this.listeners.emit('connect', { sessionPresent });
  }

  onFailed(detail: string, wasConnected: boolean): void {
    this.listeners.emit('error', new Error(detail));
    this.listeners.emit('close');
    if (wasConnected) this.listeners.emit('offline');
  }

  onStopped(wasConnected: boolean): void {
    this.attempted = false;
    if (wasConnected) this.listeners.emit('close');
  }

  onMessage(message: IncomingMessage): void {
    const { payloadFrom, payloadTo, qos, retain, dup } = message;
    if (payloadTo - payloadFrom !== message.total || !this.listeners.has('message')) return;
    const topic = decodeUtf8Lossy(message.topic.subarray(message.topicFrom, message.topicTo));
    // Not `slice`, which copies nothing when the bytes are a Buffer of Node.
    const payload = new Uint8Array(message.payload.subarray(payloadFrom, payloadTo));
    this.listeners.emit('message', topic, payload, { topic, payload, qos, retain, dup });
  }

  private settle(promise: Promise<unknown>, callback: Callback | undefined): void {
    promise.then(
      () => callback?.(),
      (error: unknown) => {
        if (callback) callback(error as Error);
        else if (this.listeners.has('error')) this.listeners.emit('error', error as Error);
        else this.broker.notice((error as Error).message);
      },
    );
  }
}

function requests(topics: Topics, qos: number): Grant[] {
  if (typeof topics === 'string') return [{ topic: topics, qos }];
  if (Array.isArray(topics)) return topics.map((topic) => ({ topic, qos }));
  return Object.keys(topics).map((topic) => {
    const of = topics[topic]!;
    return { topic, qos: typeof of === 'number' ? of : (of.qos ?? qos) };
  });
}
