import type { Connection } from '../connection/connection.js';
import type { ConnectionFailure, ConnectionOptions } from '../connection/index.js';
import type { Clock, NetworkPlatform } from '../hal/index.js';
import type { IncomingMessage } from '../mqtt/parser.js';
import { Refusal } from '../mqtt/state.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { BrokerLink } from './broker-link.js';
import type { LinkOwner } from './broker-link.js';
import { shownValue, valueOf } from './broker-properties.js';
import type { BrokerValues } from './broker-properties.js';
import { connectionOptions } from './broker-settings.js';
import type { BrokersOptions } from './broker-settings.js';
import { MessageDispatcher } from './message-dispatcher.js';
import type { ReceivedMessages } from './received-messages.js';
import { checkQos, filterBytes, SubscriptionList, topicBytes } from './subscription-list.js';
import type { MessageHandler, MessageReceiver, Subscription } from './subscription-list.js';

/** Hears what happens on a broker's connection. A call must not throw; `onMessage` lies on the hot path. */
export interface BrokerObserver {
  /** An attempt to connect begins. */
  onAttempt?(): void;

  onConnected?(sessionPresent: boolean): void;

  /** An attempt failed, or an open connection (`wasConnected`) was lost: one line for people, without secrets. */
  onFailed?(detail: string, wasConnected: boolean): void;

  /** Disconnected as asked for (`wasConnected`), or given up. */
  onStopped?(wasConnected: boolean): void;

  /** A message of any subscription, or a piece of one; valid only until the call returns. */
  onMessage?(message: IncomingMessage): void;
}

/** How to publish. */
export interface PublishOptions {
  /** 0 or 1. Default 0. */
  qos?: number;
  retain?: boolean;
  /** Connects first when not connected; false: that is refused. Default true. */
  force?: boolean;
  /** Disconnects once the message is acknowledged (QoS 1) or written (QoS 0). */
  disconnectAfter?: boolean;
}

/** How to subscribe. */
export interface SubscribeOptions {
  /** 0 or 1. Default 0. */
  qos?: number;
  /** Connects first when not connected; false: that is refused. Default true. */
  force?: boolean;
  /** There from the first message on, retained ones included; see `Subscription`. */
  handler?: MessageHandler;
  receiver?: MessageReceiver;
  /** False: the subscription is forgotten at a restart. Default true. */
  stored?: boolean;
}

/** What a broker needs of `Brokers`. */
export interface BrokerOwner {
  readonly options: BrokersOptions;
  readonly received: ReceivedMessages;
  readonly clock: Clock;
  notice(text: string): void;
  /** Stores the broker as it is. Throws a RangeError of one line. */
  save(broker: Broker): void;
}

/**
 * A broker, with RouterOS's properties and commands. Promises reject with an Error of one line that says what went
 * wrong, and always settle.
 *
 * A message of QoS 1 whose promise was rejected although it had been sent (no PUBACK in time, connection lost) stays in
 * the session, and is sent again with the next connection: at least once, as MQTT says.
 */
export class Broker implements LinkOwner {
  readonly subscriptions: readonly Subscription[];
  /** Its counters: `dropped`, `skipped`, `failed`, `running`, `waiting`. */
  readonly messages: MessageDispatcher;
  /** All of them hear all that happens. */
  readonly observers: BrokerObserver[] = [];

  private readonly list: SubscriptionList;
  private readonly link: BrokerLink;
  private removed = false;

  /** Made by `Brokers.add`. `number` is its own among all brokers. */
  constructor(
    private readonly owner: BrokerOwner,
    readonly number: number,
    /** For `Brokers` alone. */
    public values: BrokerValues,
    private readonly platform: NetworkPlatform,
  ) {
    const { options } = owner;
    this.list = new SubscriptionList(
      options.maxSubscriptions ?? 16,
      () => owner.save(this),
      (filter, qos) => this.link.connection?.subscribe(filter, qos),
    );
    this.subscriptions = this.list.all;
    this.messages = new MessageDispatcher(this.subscriptions, {
      queueCapacity: options.queueCapacity ?? 2048,
      queueEntries: options.queueEntries ?? 64,
      runScript: options.runScript,
      onNotice: (text) => owner.notice(text),
    });
    const { connectTimeout = 30000, answerTimeout = 30000, maxWaiting = 64 } = options;
    this.link = new BrokerLink(platform, { connectTimeout, answerTimeout, maxWaiting }, this);
    this.applyValues();
  }

  get name(): string {
    return valueOf(this.values, 'name');
  }

  get connected(): boolean {
    return this.link.connected;
  }

  /** The connection with its session's counters; undefined before the first one. Publish through the broker. */
  get connection(): Connection | undefined {
    return this.link.connection;
  }

  /** A property for people, secrets as stars; also `connected`. Throws a RangeError when there is no such property. */
  property(name: string): string {
    if (name === 'connected') return this.connected ? 'yes' : 'no';
    return shownValue(this.values, name);
  }

  /** Connects; tries each address once. With `auto-connect` it goes on trying after the promise was rejected. */
  async connect(): Promise<void> {
    if (this.removed) throw new Error('broker "' + this.name + '" was removed');
    await this.named(this.link.connect());
  }

  /** Disconnects in order, and stays so until `connect`, a command with `force`, or a restart with `auto-connect`. */
  async disconnect(): Promise<void> {
    await this.named(this.link.disconnect('disconnected on request'));
  }

  /** Publishes. Resolves when the session has the message (QoS 0), or the broker has acknowledged it (QoS 1). */
  async publish(topic: string, message: string | Uint8Array, options: PublishOptions = {}): Promise<void> {
    const bytes = topicBytes(topic);
    const payload = typeof message === 'string' ? encodeUtf8(message) : message;
    const qos = checkQos(options.qos);
    await this.ready(options.force);
    await this.named(this.link.publish(bytes, payload, qos, options.retain === true));
    if (options.disconnectAfter === true) await this.disconnect();
  }

  /**
   * Publishes at once, without memory: for firmware. The arguments are those of `Session.publish`. Returns the packet
   * identifier with QoS 1, 0 with QoS 0, or a `Refusal`; `Refusal.notConnected` also before the first connection.
   */
  publishBytes(topic: Uint8Array, payload: Uint8Array, qos: number, retain: boolean): number {
    return this.link.connection?.publish(topic, payload, qos, retain) ?? Refusal.notConnected;
  }

  /** Subscribes; a topic that is subscribed gets the new QoS. Resolves with the broker's consent. */
  async subscribe(topic: string, options: SubscribeOptions = {}): Promise<void> {
    const filter = filterBytes(topic);
    const qos = checkQos(options.qos);
    await this.ready(options.force);
    const known = this.list.find(topic);
    // In the list from now on: what is retained comes together with the consent.
    const subscription = known ?? this.list.add(topic, filter, qos, options.stored !== false);
    if (options.handler) subscription.handler = options.handler;
    if (options.receiver) subscription.receiver = options.receiver;
    try {
      await this.named(this.link.subscribe(filter, qos));
    } catch (error) {
      if (!known) {
        this.list.remove(subscription);
        // Nobody waits for it; the session must not ask for it again.
        this.link.unsubscribe(filter).catch(() => undefined);
      }
      throw error;
    }
    const changed = !known || known.qos !== qos;
    subscription.grantedQos = qos;
    if (changed && subscription.stored) this.owner.save(this);
  }

  /** Ends a subscription. Rejects when there is none; without a connection it resolves at once. */
  async unsubscribe(topic: string): Promise<void> {
    const subscription = this.list.get(topic);
    this.list.remove(subscription);
    const answered = this.named(this.link.unsubscribe(subscription.filter));
    try {
      if (subscription.stored) this.owner.save(this);
    } finally {
      await answered;
    }
  }

  /** The subscription with this topic filter. */
  find(topic: string): Subscription | undefined {
    return this.list.find(topic);
  }

  // For `Brokers`

  /** Takes over `values`, which are valid; connects anew when that is needed. */
  change(values: BrokerValues): void {
    const before = this.values;
    this.values = values;
    this.applyValues();
    const local = ['name', 'auto-connect', 'parallel-scripts-limit'];
    const names = [...Object.keys(before), ...Object.keys(values)];
    if (names.some((name) => !local.includes(name) && before[name] !== values[name])) this.link.reconfigure();
    const automatic = valueOf(values, 'auto-connect');
    if (automatic !== valueOf(before, 'auto-connect')) this.link.setAutoConnect(automatic === 'yes');
  }

  /** Begins to connect when `auto-connect` is on. */
  begin(): void {
    if (valueOf(this.values, 'auto-connect') === 'yes') this.link.setAutoConnect(true);
  }

  /** A subscription as it was stored. Throws a RangeError for one that is not allowed. */
  restore(topic: string, qos: number, script: string): void {
    this.list.add(topic, filterBytes(topic), checkQos(qos), true).script = script;
  }

  /** Disconnects in order; `whenEnded` is called with the platform when that is free for another. */
  remove(whenEnded: (platform: NetworkPlatform) => void): void {
    this.removed = true;
    this.messages.clear();
    this.link.end('broker "' + this.name + '" was removed', () => whenEnded(this.platform));
  }

  // LinkOwner

  connectionOptions(): ConnectionOptions {
    return connectionOptions(this.values, this.owner.options);
  }

  resubscribe(connection: Connection): void {
    for (const { filter, qos } of this.subscriptions) connection.subscribe(filter, qos);
  }

  onMessage(message: IncomingMessage): void {
    const owner = this.owner;
    owner.received.store(this.number, message, owner.clock.unixTime());
    for (let i = 0; i < this.observers.length; i++) this.observers[i]!.onMessage?.(message);
    this.messages.dispatch(message);
  }

  onAttempt(): void {
    for (const observer of this.observers) observer.onAttempt?.();
  }

  onConnected(sessionPresent: boolean): void {
    for (const observer of this.observers) observer.onConnected?.(sessionPresent);
  }

  onFailed(failure: ConnectionFailure, detail: string): void {
    const next =
      failure.retryIn < Infinity && valueOf(this.values, 'auto-connect') === 'yes' ? '; it is tried again' : '';
    this.notice((failure.wasConnected ? 'the connection was lost: ' : 'no connection: ') + detail + next);
    for (const observer of this.observers) observer.onFailed?.(detail, failure.wasConnected);
  }

  onStopped(unacknowledged: number, forgotten: boolean, wasConnected: boolean): void {
    if (forgotten && unacknowledged > 0) {
      this.notice('messages that were not acknowledged are given up: ' + unacknowledged);
    }
    for (const observer of this.observers) observer.onStopped?.(wasConnected);
  }

  onNotice(text: string): void {
    this.notice(text);
  }

  private notice(text: string): void {
    this.owner.notice('broker "' + this.name + '": ' + text);
  }

  private applyValues(): void {
    const limit = valueOf(this.values, 'parallel-scripts-limit');
    this.messages.name = this.name;
    this.messages.setLimit(limit === 'off' ? 0 : Number(limit));
  }

  private async ready(force: boolean | undefined): Promise<void> {
    if (this.connected) return;
    if (force === false) throw new Error('broker "' + this.name + '" is not connected, and force is no');
    await this.connect();
  }

  /** The promise, with the broker's name in its error. */
  private async named(promise: Promise<void>): Promise<void> {
    try {
      await promise;
    } catch (error) {
      throw new Error('broker "' + this.name + '": ' + (error as Error).message);
    }
  }
}
