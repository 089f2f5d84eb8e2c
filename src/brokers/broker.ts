import type { Connection } from '../connection/connection.js';
import type { Clock, NetworkPlatform, Store } from '../hal/index.js';
import type { IncomingMessage } from '../mqtt/parser.js';
import { Refusal } from '../mqtt/state.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import type { FlashLog } from '../telemetry/outbox/flash-log.js';
import { readJsonRecord, writeJsonRecord } from '../settings/store-record.js';
import { quote } from '../settings/parse-value.js';
import { BrokerLink } from './broker-link.js';
import type { BrokerObserver, LinkOptions } from './broker-link.js';
import { shownValue, valueOf } from './broker-properties.js';
import type { BrokerValues } from './broker-properties.js';
import { MessageDispatcher } from './message-dispatcher.js';
import type { ReceivedMessages } from './message-ring.js';
import type { Delivery } from './outgoing-messages.js';
import { checkQos, filterBytes, REFUSED, refusedText, SubscriptionList, topicBytes } from './subscriptions.js';
import type { MessageHandler, MessageReceiver, ScriptRunner, Subscription } from './subscriptions.js';

/** What all brokers of a device have in common. */
export interface BrokerOptions extends LinkOptions {
  /** Bytes of the queue of each broker for messages that wait for their handler, 64 to 1048576. Default 2048. */
  queueCapacity?: number;
  /** Messages in that queue, 1 to 65535; without a limit, also handlers that run at once. Default 64. */
  queueEntries?: number;
  /** Runs an on-message script. Absent: scripts are kept, but do not run. */
  runScript?: ScriptRunner;
}

/** How to publish. */
export interface PublishOptions {
  /** 0 or 1. Default 0. */
  qos?: number;
  retain?: boolean;
  /** Connects first when not connected. Default true. With false QoS 0 rejects then, and QoS 1 is kept. */
  force?: boolean;
  /** Disconnects once the message is acknowledged (QoS 1) or written (QoS 0). */
  disconnectAfter?: boolean;
  /** Seconds after which a message that is kept is not sent any more, 1 to 4294967. Default: never. */
  expiry?: number;
  /**
   * True: with QoS 1 the promise waits for the PUBACK, however long, while there is a connection or one comes by
   * itself: with `auto-connect`, or because a call connects. Otherwise it says that the message is kept. Default false.
   */
  patient?: boolean;
}

/** How to subscribe. */
export interface SubscribeOptions {
  /** 0 or 1. Default 0. */
  qos?: number;
  /** Connects first when not connected; false rejects instead. Default true. */
  force?: boolean;
  /** Set before SUBSCRIBE is sent, so that it receives retained messages too; see `Subscription`. */
  handler?: MessageHandler;
  receiver?: MessageReceiver;
  /** False: the subscription does not outlive a restart. Default true. */
  persisted?: boolean;
}

/** What the brokers of a device share. */
export interface SharedParts {
  readonly options: BrokerOptions;
  readonly received: ReceivedMessages;
  readonly clock: Clock;
  readonly store: Store;
  readonly log: FlashLog | undefined;
  /** Takes one line for people. */
  readonly notice: (text: string) => void;
}

/** A subscription as it is persisted. */
export interface PersistedSubscription {
  topic: string;
  qos: number;
  onMessage: string;
}

/** A broker as it is persisted. */
export interface PersistedBroker {
  values: BrokerValues;
  subscriptions: PersistedSubscription[];
}

/** A longer record is not one of ours, and is not read into memory. */
const MAX_RECORD_LENGTH = 32768;

/** The store's key for broker `number`. */
export function storeKey(number: number): string {
  return 'mqtt-broker-' + number;
}

/** Persists broker `number`. Throws a RangeError of one line when the store has no room. */
export function writeBroker(store: Store, number: number, broker: PersistedBroker): void {
  writeJsonRecord(store, storeKey(number), 'broker with its scripts', broker, MAX_RECORD_LENGTH);
}

/**
 * Reads broker `number`, whose values are unchecked; undefined when there is none. Throws an Error of a few words,
 * without any of its content, when it cannot be read.
 */
export function readBroker(store: Store, number: number): PersistedBroker | undefined {
  const broker = readJsonRecord(store, storeKey(number), MAX_RECORD_LENGTH);
  if (broker === undefined || isBroker(broker)) return broker;
  throw new Error('it does not describe a broker');
}

function isBroker(value: unknown): value is PersistedBroker {
  if (!isObject(value) || !isObject(value['values']) || !Array.isArray(value['subscriptions'])) return false;
  for (const name of Object.keys(value['values'])) if (typeof value['values'][name] !== 'string') return false;
  return value['subscriptions'].every(
    (entry: unknown) =>
      isObject(entry) &&
      typeof entry['topic'] === 'string' &&
      typeof entry['qos'] === 'number' &&
      typeof entry['onMessage'] === 'string',
  );
}

const DELIVERED: Delivery = Object.freeze({ delivered: true, reason: '' });
/** Seconds: what a record of a message can hold, in milliseconds. */
const MAX_EXPIRY = 4294967;

/** 0: never. Throws a RangeError. */
function checkExpiry(seconds: number | undefined): number {
  if (seconds === undefined) return 0;
  if (seconds >= 1 && seconds <= MAX_EXPIRY && seconds % 1 === 0) return seconds;
  throw new RangeError('expiry must be an integer from 1 to ' + MAX_EXPIRY + ' seconds, got ' + String(seconds));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A broker, with RouterOS's properties and commands. Promises reject with an Error of one line that says what went
 * wrong, and always settle.
 *
 * A message of QoS 1 whose promise was rejected although it had been sent (no PUBACK in time, connection lost) stays in
 * the session, and is sent again with the next connection: at least once, as MQTT says.
 */
export class Broker implements BrokerObserver {
  readonly subscriptions: readonly Subscription[];
  /** Its counters: `dropped`, `skipped`, `failed`, `running`, `waiting`. */
  readonly messages: MessageDispatcher;
  /** All of them hear everything that happens; the first is the broker itself. */
  readonly observers: BrokerObserver[] = [this];

  private readonly list: SubscriptionList;
  private readonly link: BrokerLink;
  private removed = false;

  /** Made by `Brokers.add`. */
  constructor(
    /** Unique among all brokers. */
    readonly number: number,
    /** The properties; for `Brokers` alone. */
    public values: BrokerValues,
    private readonly platform: NetworkPlatform,
    private readonly shared: SharedParts,
  ) {
    const { options } = shared;
    const { maxSubscriptions = 16, queueCapacity = 2048, queueEntries = 64, runScript } = options;
    const notice = (text: string): void => this.notice(text);
    this.list = new SubscriptionList(
      maxSubscriptions,
      () => this.persist(),
      (filter, qos) => this.link.connection?.subscribe(filter, qos),
    );
    this.subscriptions = this.list.all;
    this.messages = new MessageDispatcher(this.subscriptions, { queueCapacity, queueEntries, runScript, notice });
    this.link = new BrokerLink(number, platform, shared, values, this.subscriptions, this.observers, notice);
    this.applyValues();
  }

  get name(): string {
    return valueOf(this.values, 'name');
  }

  get connected(): boolean {
    return this.link.connected;
  }

  /** The connection, for its session's counters; undefined before the first one. Publish through the broker. */
  get connection(): Connection | undefined {
    return this.link.connection;
  }

  /** Messages given up, because the broker ends the connection whenever it gets one of them; the log names each. */
  get setAside(): number {
    return this.link.setAside;
  }

  /** A property for people, secrets as stars; also `connected`. Throws a RangeError when there is no such property. */
  property(name: string): string {
    if (name === 'connected') return this.connected ? 'yes' : 'no';
    return shownValue(this.values, name);
  }

  /** Connects; tries each address once. With `auto-connect` it keeps trying after the promise was rejected. */
  async connect(): Promise<void> {
    if (this.removed) throw new Error('broker ' + quote(this.name) + ' was removed');
    await this.named(this.link.connect());
  }

  /** Disconnects, until `connect`, a command with `force`, or a restart with `auto-connect`. */
  async disconnect(): Promise<void> {
    await this.named(this.link.disconnect('disconnected on request'));
  }

  /**
   * Publishes. QoS 0 resolves when the session has the message, and rejects when there is no connection and none can
   * be made. A message of QoS 1 is kept until the broker has acknowledged it, over reconnections and, with a log on
   * flash, over restarts: it resolves with its PUBACK, or says that the message is kept, when there is no connection,
   * none can be made, or the broker does not answer in time (`answerTimeout`). It rejects when the message will not be
   * sent: the queue is full, a newer message took its place, the broker does not take it, or was removed.
   *
   * One of QoS 1 that is longer than `maxKeptLength` is sent while connected only, on its own: it is not kept, and may
   * overtake others.
   */
  async publish(topic: string, message: string | Uint8Array, options: PublishOptions = {}): Promise<Delivery> {
    const bytes = topicBytes(topic);
    const payload = typeof message === 'string' ? encodeUtf8(message) : message;
    const qos = checkQos(options.qos);
    const expiry = checkExpiry(options.expiry);
    const retain = options.retain === true;
    if (this.removed) throw new Error('broker ' + quote(this.name) + ' was removed');
    let delivery: Delivery;
    if (qos === 1 && bytes.length + payload.length <= this.maxKeptLength) {
      delivery = await this.named(this.keep(bytes, payload, retain, expiry, options));
    } else {
      await this.ready(options.force);
      await this.named(this.link.publish(bytes, payload, qos, retain));
      delivery = DELIVERED;
    }
    if (options.disconnectAfter === true && delivery.delivered) await this.disconnect();
    return delivery;
  }

  /** Bytes of the longest message of QoS 1 that is kept, topic and payload. */
  get maxKeptLength(): number {
    return this.link.outgoing.maxMessageLength;
  }

  /** Messages of QoS 1 that are kept: those that wait, and those that were sent and are not acknowledged. */
  get kept(): number {
    return this.link.outgoing.count;
  }

  /** Messages of QoS 1 that were kept and then dropped; the log tells why. */
  get dropped(): number {
    return this.link.outgoing.dropped;
  }

  /**
   * Publishes at once, without allocation, and without keeping the message: for firmware. The arguments are those of
   * `Session.publish`. Returns the packet identifier with QoS 1, 0 with QoS 0, or a `Refusal`, which is `notConnected`
   * before the first connection. `BrokerObserver.onRoom` follows `Refusal.full`.
   */
  publishBytes(topic: Uint8Array, payload: Uint8Array, qos: number, retain: boolean): number {
    return this.link.connection?.publish(topic, payload, qos, retain) ?? Refusal.notConnected;
  }

  /** Subscribes; a subscribed topic gets the new QoS. Resolves with SUBACK; rejects when the broker refuses. */
  async subscribe(topic: string, options: SubscribeOptions = {}): Promise<void> {
    const code = await this.request(topic, options);
    if (code === REFUSED) throw new Error('broker ' + quote(this.name) + ': ' + refusedText(topic));
  }

  /** As `subscribe`, but resolves with the code of SUBACK: the granted QoS, 0, 1 or 2, or 0x80 for a refusal. */
  async request(topic: string, options: SubscribeOptions = {}): Promise<number> {
    const filter = filterBytes(topic);
    const qos = checkQos(options.qos);
    await this.ready(options.force);
    const known = this.list.find(topic);
    // In the list from now on: retained messages come together with SUBACK.
    const subscription = known ?? this.list.add(topic, filter, qos, '', options.persisted !== false);
    if (options.handler) subscription.handler = options.handler;
    if (options.receiver) subscription.receiver = options.receiver;
    try {
      await this.named(this.link.subscribe(filter, qos));
    } catch (error) {
      if (!known) this.forget(subscription);
      throw error;
    }
    if (subscription.grantedQos === REFUSED) {
      if (!known) this.forget(subscription);
      return REFUSED;
    }
    const changed = !known || known.qos !== qos;
    subscription.setQos(qos);
    if (changed && subscription.persisted) this.persist();
    return subscription.grantedQos ?? qos;
  }

  /**
   * Ends a subscription, also one of an earlier process with the same session, which only the broker knows. Resolves
   * with UNSUBACK. Without a connection it resolves at once, but rejects for a filter that only the broker can know.
   */
  async unsubscribe(topic: string): Promise<void> {
    const subscription = this.list.find(topic);
    const filter = subscription?.filter ?? filterBytes(topic);
    if (subscription) this.list.remove(subscription);
    const answered = this.named(this.link.unsubscribe(filter, subscription !== undefined));
    try {
      if (subscription?.persisted) this.persist();
    } finally {
      await answered;
    }
  }

  /** The subscription with this topic filter. */
  find(topic: string): Subscription | undefined {
    return this.list.find(topic);
  }

  // For `Brokers`

  /** Writes the messages that are kept in memory to the log: the chip will restart. */
  flush(): void {
    this.link.outgoing.flush();
  }

  /** Takes over `values`, which are valid; reconnects when that is needed. */
  change(values: BrokerValues): void {
    const before = this.values;
    this.values = values;
    this.applyValues();
    const local = ['name', 'auto-connect', 'parallel-scripts-limit'];
    this.link.move(values);
    const names = [...Object.keys(before), ...Object.keys(values)];
    if (names.some((name) => !local.includes(name) && before[name] !== values[name])) this.link.reconfigure(values);
    const automatic = valueOf(values, 'auto-connect');
    if (automatic !== valueOf(before, 'auto-connect')) this.link.setAutoConnect(automatic === 'yes');
  }

  /** Connects when `auto-connect` is on. */
  begin(): void {
    if (valueOf(this.values, 'auto-connect') === 'yes') this.link.setAutoConnect(true);
  }

  /** Adds a persisted subscription. Throws a RangeError when it is invalid. */
  addPersisted({ topic, qos, onMessage }: PersistedSubscription): void {
    this.list.add(topic, filterBytes(topic), checkQos(qos), onMessage, true);
  }

  /** Persists it, with other `values` where given. Throws a RangeError of one line. */
  persist(values: BrokerValues = this.values): void {
    if (this.removed) return;
    const persisted = this.subscriptions.filter((subscription) => subscription.persisted);
    const subscriptions = persisted.map(({ topic, qos, onMessage }) => ({ topic, qos, onMessage }));
    writeBroker(this.shared.store, this.number, { values, subscriptions });
  }

  /** Disconnects; `whenEnded` is called with the platform when it is free for another broker. */
  remove(whenEnded: (platform: NetworkPlatform) => void): void {
    this.removed = true;
    this.messages.clear();
    this.link.end('broker ' + quote(this.name) + ' was removed', () => whenEnded(this.platform));
  }

  /** After `remove`: waits for no acknowledgement any more. `whenEnded` is called within this call. */
  leaveAtOnce(): void {
    this.link.endAtOnce();
  }

  /** For `MqttClient` and its own link: one line for people, with the broker's name before it. */
  notice(text: string): void {
    this.shared.notice('broker ' + quote(this.name) + ': ' + text);
  }

  // BrokerObserver

  onMessage(message: IncomingMessage): void {
    const shared = this.shared;
    shared.received.add(this.number, message, shared.clock.unixTime());
    this.messages.dispatch(message);
  }

  onSkipped(topicLength: number, total: number): void {
    const { received, clock } = this.shared;
    received.addSkipped(this.number, topicLength, total, clock.unixTime());
  }

  private applyValues(): void {
    const limit = valueOf(this.values, 'parallel-scripts-limit');
    this.messages.name = this.name;
    this.messages.setLimit(limit === 'off' ? 0 : Number(limit));
  }

  /** Nobody waits for UNSUBACK; the session must not ask for the filter again. */
  private forget(subscription: Subscription): void {
    this.list.remove(subscription);
    this.link.unsubscribe(subscription.filter, true).catch(() => undefined);
  }

  private async keep(
    topic: Uint8Array,
    payload: Uint8Array,
    retain: boolean,
    expiry: number,
    { force, patient }: PublishOptions,
  ): Promise<Delivery> {
    const delivery = this.link.outgoing.publish(topic, payload, retain, expiry, patient === true);
    this.link.reach(force !== false);
    return delivery;
  }

  private async ready(force: boolean | undefined): Promise<void> {
    if (this.connected) return;
    if (force === false) throw new Error('broker ' + quote(this.name) + ' is not connected and force=no');
    await this.connect();
  }

  /** Puts the broker's name before the text of an error. */
  private async named<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      throw new Error('broker ' + quote(this.name) + ': ' + (error as Error).message);
    }
  }
}
