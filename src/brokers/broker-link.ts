import { decodeUtf8Lossy } from '../bytes/utf8.js';
import { ConnectionState } from '../connection/connection.js';
import { Connection, FailureKind } from '../connection/connection.js';
import type { ConnectionFailure, ConnectionHandler, SetAsideMessage } from '../connection/index.js';
import type { Clock, NetworkPlatform, Timer, Timers } from '../hal/index.js';
import type { IncomingMessage } from '../mqtt/parser.js';
import { publishStream } from '../mqtt/payload-stream.js';
import type { PayloadSource } from '../mqtt/payload-stream.js';
import { Refusal } from '../mqtt/state.js';
import { refusalText } from '../mqtt/texts.js';
import { isSameTopic } from '../mqtt/topic-match.js';
import { quote } from '../settings/parse-value.js';
import { connectionOptions, placeOf, valueOf } from './broker-properties.js';
import type { BrokerConnectionOptions, BrokerValues } from './broker-properties.js';
import { OutgoingMessages } from './outgoing-messages.js';
import type { OutgoingOptions, OutgoingParts } from './outgoing-messages.js';
import { LogChannel } from '../telemetry/outbox/outbox.js';
import { REFUSED, refusedText } from './subscriptions.js';
import type { Subscription } from './subscriptions.js';

/** Hears what happens on a broker's connection. A call must not throw; `onMessage` lies on the hot path. */
export interface BrokerObserver {
  /** An attempt to connect begins. */
  onAttempt?(): void;

  onConnected?(sessionPresent: boolean): void;

  /** An attempt failed, or an open connection (`wasConnected`) was lost: one line for people, without secrets. */
  onFailed?(detail: string, wasConnected: boolean): void;

  /** Disconnected on request (`wasConnected`), or gave up. */
  onStopped?(wasConnected: boolean): void;

  /** A message of any subscription, or a piece of one; valid only until the call returns. */
  onMessage?(message: IncomingMessage): void;

  /** A message was skipped and acknowledged, because its topic does not fit the receive buffer; lengths in bytes. */
  onSkipped?(topicLength: number, total: number): void;

  /** `publishBytes` was refused for want of room, and room was freed since. It may be too little still. */
  onRoom?(): void;
}

/** What the links of all brokers have in common. */
export interface LinkOptions extends BrokerConnectionOptions {
  /** Milliseconds that a caller waits for the acknowledgement of a message or of a subscription. Default 30,000. */
  answerTimeout?: number;
  /** Calls of `publish` that may wait for room or for a PUBACK at once, per broker. Default 64. */
  maxWaiting?: number;
  outgoing?: OutgoingOptions;
}

/** One line that says what went wrong at which address, without secrets. */
function failureText(failure: ConnectionFailure): string {
  const { kind, detail, endpoint } = failure;
  if (kind === FailureKind.network || detail.startsWith(endpoint.host)) return detail;
  const host = endpoint.host.includes(':') ? '[' + endpoint.host + ']' : endpoint.host;
  return host + ':' + endpoint.port + ': ' + detail;
}

/** A payload in memory that is larger than a session's arena. */
class BytesSource implements PayloadSource {
  constructor(private readonly bytes: Uint8Array) {}

  read(offset: number, into: Uint8Array, from: number, to: number): number {
    const { bytes } = this;
    for (let at = from; at < to; at++) into[at] = bytes[offset + at - from]!;
    return to - from;
  }
}

/** A `Connection` waits a moment before it tries the next address. */
const BETWEEN_ADDRESSES = 1000;
/** A `Connection` drains for at most 5 s and closes within 2 s; this is a last resort. */
const STOP_TIMEOUT = 10000;

/**
 * One broker's connection as promises. Without `autoConnect` it tries each address once and then gives up, and a lost
 * connection stays down; with it, it keeps trying. Every promise has a deadline, and rejects with an Error of one line
 * that says what went wrong.
 */
export class BrokerLink implements ConnectionHandler {
  /** It keeps the session, and so its messages, from one TCP connection to the next. */
  connection: Connection | undefined;

  /** Messages given up, because the broker ends the connection whenever it gets one of them. */
  setAside = 0;
  /** QoS 1 messages that are kept until their PUBACK. */
  readonly outgoing: OutgoingMessages;

  private readonly options: LinkOptions;
  private readonly waits: WaitingCalls;
  private autoConnect = false;
  /** Addresses of the connection. */
  private addresses = 0;
  /** The connection was established, and no observer was told that it ended. */
  private established = false;
  /** Failed attempts since `begin`, and why. */
  private attempts = 0;
  private details = '';
  /** `stop` was requested and is not done. */
  private stopping = false;
  /** The options have changed: once stopped, the connection is replaced. */
  private stale = false;
  /** Connects again once stopped. */
  private again = false;
  private whenEnded: (() => void) | undefined;

  /**
   * `number` is the broker's; a new connection subscribes to `subscriptions`; `notice` takes one line for people.
   */
  constructor(
    number: number,
    private readonly platform: NetworkPlatform,
    parts: OutgoingParts & { options: LinkOptions },
    private values: BrokerValues,
    private readonly subscriptions: readonly Subscription[],
    private readonly observers: readonly BrokerObserver[],
    private readonly notice: (text: string) => void,
  ) {
    this.options = parts.options;
    this.outgoing = new OutgoingMessages(parts, platform, LogChannel.brokers + number, placeOf(values), notice);
    this.waits = new WaitingCalls(platform.clock, platform.timers, (call) => this.late(call));
  }

  get connected(): boolean {
    return !this.stopping && this.connection?.connected === true;
  }

  /** True keeps it connected from now on; false ends an attempt that nobody waits for. */
  setAutoConnect(on: boolean): void {
    this.autoConnect = on;
    if (on) {
      if (!this.stopping) this.begin();
      else if (!this.whenEnded) this.again = true;
    } else if (!this.connected && !this.stopping && !this.isAwaited) {
      this.again = false;
      this.connection?.close();
    }
  }

  /** Resolves when connected; at once when it is. */
  async connect(): Promise<void> {
    if (this.connected) return;
    const { endpoints } = connectionOptions(this.values, this.options);
    const timeout = endpoints.length * ((this.options.connectTimeout ?? 30000) + BETWEEN_ADDRESSES);
    const why = this.platform.network.up ? '' : ': the network is down';
    const done = this.waits.add(Awaited.connection, timeout, 'not connected' + within(timeout) + why);
    if (!this.stopping) this.begin();
    await done;
  }

  /** Resolves when disconnected, which waits at most 5 s for acknowledgements. */
  disconnect(reason: string): Promise<void> {
    const connection = this.connection;
    this.again = false;
    this.waits.reject(Awaited.connection, new Error(reason));
    if (!connection || connection.state === ConnectionState.stopped) return Promise.resolve();
    const done = this.waits.add(Awaited.disconnection, STOP_TIMEOUT, 'not disconnected' + within(STOP_TIMEOUT));
    this.stop(connection);
    return done;
  }

  /** Uses new options: at once when there is a connection, else for the next one. */
  reconfigure(values: BrokerValues): void {
    this.values = values;
    const connection = this.connection;
    if (!connection) return;
    this.stale = true;
    this.again ||= !this.stopping && connection.state !== ConnectionState.stopped;
    this.stop(connection);
  }

  /** `values` may name another place: kept messages do not go there. */
  move(values: BrokerValues): void {
    const place = placeOf(values);
    if (place !== this.outgoing.place) this.outgoing.move(place);
  }

  /**
   * A message was kept. Without a connection one is made with `force`; or the calls that wait for the PUBACK are told
   * that there is none. With `autoConnect` the next attempt comes by itself; that of another call serves this one too.
   */
  reach(force: boolean): void {
    if (this.connected) return;
    const state = this.connection ? this.connection.state : ConnectionState.stopped;
    const tries = state >= ConnectionState.resolving && state <= ConnectionState.handshaking;
    if (!this.platform.network.up) this.outgoing.settle('the network is down');
    if (this.autoConnect && tries) return;
    if (this.autoConnect && (state === ConnectionState.waiting || state === ConnectionState.noNetwork)) {
      this.outgoing.settle('not connected; reconnecting');
    } else if (force) this.connect().catch((error: Error) => this.outgoing.settle(error.message, this.isIdle));
    else if (!this.isAwaited) this.outgoing.settle('not connected', this.isIdle);
  }

  /** A call waits for a connection. */
  private get isAwaited(): boolean {
    return this.waits.count(Awaited.connection) > 0;
  }

  /** There is no connection, and none comes by itself. */
  private get isIdle(): boolean {
    const isStopped = !this.connection || this.connection.state === ConnectionState.stopped;
    return isStopped && !this.again && !this.isAwaited;
  }

  /** Disconnects for good; `whenEnded` is called when the platform is free for another broker. */
  end(reason: string, whenEnded: () => void): void {
    this.autoConnect = false;
    this.again = false;
    this.stale = true;
    this.whenEnded = whenEnded;
    this.outgoing.end();
    this.waits.reject(Awaited.connection, new Error(reason));
    if (this.connection) this.stop(this.connection);
    else this.stopped(0);
  }

  /** After `end`: closes without DISCONNECT, and has called `whenEnded` when it returns. */
  endAtOnce(): void {
    this.connection?.close();
  }

  /**
   * Publishes without keeping the message. Resolves with QoS 0 when the session has the message, with QoS 1 when the
   * broker has.
   */
  publish(topic: Uint8Array, payload: Uint8Array, qos: number, retain: boolean): Promise<void> {
    const maxWaiting = this.options.maxWaiting ?? 64;
    const waiting = this.waits.count(Awaited.acknowledgement) + this.waits.count(Awaited.room);
    if (waiting >= maxWaiting) {
      return Promise.reject(new Error('message refused: ' + waiting + ' messages are waiting, which is the limit'));
    }
    const send = (): number => this.send(topic, payload, qos, retain);
    // After others that wait, to keep the order.
    const result = this.waits.count(Awaited.room) > 0 ? Refusal.full : send();
    if (result === 0) return Promise.resolve();
    if (result > 0) return this.answer(Awaited.acknowledgement, 'no PUBACK', { key: result });
    if (result !== Refusal.full && result !== Refusal.streaming) return Promise.reject(new Error(refusalText(result)));
    return this.answer(Awaited.room, 'no room in the transmit buffer', { send });
  }

  /** Resolves with SUBACK, whatever it says: see `Subscription.grantedQos`. */
  subscribe(filter: Uint8Array, qos: number): Promise<void> {
    const result = this.connected ? this.connection!.subscribe(filter, qos) : Refusal.notConnected;
    if (result < 0) return Promise.reject(new Error(refusalText(result)));
    return this.answer(Awaited.subscription, 'no SUBACK', { filter });
  }

  /**
   * Resolves with UNSUBACK. Without a connection the session sends it with the next one, and this resolves at once;
   * except for a filter that is not `known`, which only the broker can know: that rejects.
   */
  unsubscribe(filter: Uint8Array, known: boolean): Promise<void> {
    const connected = known || this.connected;
    const result = connected ? (this.connection?.unsubscribe(filter) ?? Refusal.notConnected) : Refusal.notConnected;
    if (result < 0 && !known) return Promise.reject(new Error(refusalText(result)));
    if (result < 0 || !this.connected) return Promise.resolve();
    return this.answer(Awaited.unsubscription, 'no UNSUBACK', { filter });
  }

  // ConnectionHandler

  onAttempt(): void {
    for (const observer of this.observers) observer.onAttempt?.();
  }

  onConnected(sessionPresent: boolean): void {
    this.attempts = 0;
    this.details = '';
    this.established = true;
    this.outgoing.connected();
    if (!sessionPresent) for (const subscription of this.subscriptions) subscription.grantedQos = undefined;
    for (const observer of this.observers) observer.onConnected?.(sessionPresent);
    this.waits.resolve(Awaited.connection);
  }

  onMessage(message: IncomingMessage): void {
    const { observers } = this;
    for (let i = 0; i < observers.length; i++) observers[i]!.onMessage?.(message);
  }

  onSetAside({ packetId, topic, size }: SetAsideMessage): void {
    this.setAside++;
    const what = 'message of ' + size + ' bytes to ' + quote(decodeUtf8Lossy(topic));
    const text = what + ' set aside: the broker ends the connection whenever it gets it';
    this.notice(text);
    this.outgoing.gaveUp(packetId, text);
    this.waits.acknowledged(packetId, new Error(text));
  }

  onSkipped(topicLength: number, total: number): void {
    for (const observer of this.observers) observer.onSkipped?.(topicLength, total);
  }

  onAcknowledged(packetId: number): void {
    this.outgoing.acknowledged(packetId);
    this.waits.acknowledged(packetId);
  }

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    const subscription = this.subscriptions.find((each) => isSameTopic(each.filter, filter));
    const wasRefused = subscription?.grantedQos === REFUSED;
    if (subscription) subscription.grantedQos = returnCode;
    const awaited = this.waits.answered(Awaited.subscription, filter);
    if (!subscription || awaited) return;
    if (returnCode === REFUSED) this.notice(refusedText(subscription.topic));
    else if (wasRefused) this.notice('subscription to ' + quote(subscription.topic) + ' granted by the broker');
  }

  onUnsubscribed(filter: Uint8Array): void {
    this.waits.answered(Awaited.unsubscription, filter);
  }

  onRoom(): void {
    this.waits.room();
    this.outgoing.room();
    const observers = this.observers;
    for (let i = 0; i < observers.length; i++) observers[i]!.onRoom?.();
  }

  onFailed(failure: ConnectionFailure): void {
    const detail = failureText(failure);
    this.established = false;
    if (failure.wasConnected) this.outgoing.disconnected();
    const retrying = failure.retryIn < Infinity && this.autoConnect ? '; retrying' : '';
    this.notice((failure.wasConnected ? 'connection lost: ' : 'connection failed: ') + detail + retrying);
    for (const observer of this.observers) observer.onFailed?.(detail, failure.wasConnected);
    let gaveUp = failure.wasConnected;
    if (!gaveUp && failure.kind !== FailureKind.network) {
      this.details += (this.details === '' ? '' : '; ') + detail;
      this.attempts++;
      gaveUp = this.attempts >= this.addresses;
      if (gaveUp) {
        this.outgoing.settle(this.details, !this.autoConnect);
        this.waits.reject(Awaited.connection, new Error(this.details));
        this.details = '';
      }
    }
    if (this.autoConnect || !gaveUp) return;
    this.outgoing.settle('connection lost: ' + detail, true);
    this.waits.rejectAnswers(new Error('connection lost: ' + detail));
    this.connection?.close();
  }

  onStopped(unacknowledged: number): void {
    this.stopped(unacknowledged);
  }

  private stopped(unacknowledged: number): void {
    const forgotten = this.stale && this.connection !== undefined;
    const reason = unacknowledged > 0 ? 'disconnected before the broker answered' : 'disconnected';
    this.stopping = false;
    this.stale = false;
    this.outgoing.disconnected();
    if (forgotten) {
      const lost = this.outgoing.detach(this.connection!.session);
      this.connection = undefined;
      if (lost > 0) this.notice('unacknowledged messages dropped: ' + lost);
    }
    this.outgoing.settle(reason, this.isIdle);
    this.waits.rejectAnswers(new Error(reason));
    for (const observer of this.observers) observer.onStopped?.(this.established);
    this.established = false;
    this.waits.resolve(Awaited.disconnection);
    const whenEnded = this.whenEnded;
    this.whenEnded = undefined;
    if (whenEnded) return whenEnded();
    const again = this.again || this.isAwaited;
    this.again = false;
    if (again) this.begin();
  }

  /** Begins to connect; ends a wait between attempts. */
  private begin(): void {
    const before = this.connection;
    if (before?.connected) return;
    try {
      this.connection = before ?? this.make();
    } catch (error) {
      if (!this.isAwaited) this.notice((error as Error).message);
      this.outgoing.settle((error as Error).message, true);
      this.waits.reject(Awaited.connection, error as Error);
      return;
    }
    const { state } = this.connection;
    if (state === ConnectionState.stopped || state === ConnectionState.waiting) {
      this.attempts = 0;
      this.details = '';
    }
    if (state === ConnectionState.waiting) this.connection.reconnect();
    else this.connection.start();
  }

  private make(): Connection {
    const options = connectionOptions(this.values, this.options);
    const connection = new Connection(options, this.platform, this);
    this.addresses = options.endpoints.length;
    this.outgoing.attach(connection, valueOf(this.values, 'clean-session') === 'no');
    for (const { filter, qos } of this.subscriptions) connection.subscribe(filter, qos);
    return connection;
  }

  private stop(connection: Connection): void {
    if (connection.state === ConnectionState.stopped) return this.stopped(connection.session.inFlight);
    this.stopping = true;
    this.outgoing.pause();
    connection.stop();
  }

  private send(topic: Uint8Array, payload: Uint8Array, qos: number, retain: boolean): number {
    const connection = this.connection;
    if (!connection || !this.connected) return Refusal.notConnected;
    const result = connection.publish(topic, payload, qos, retain);
    if (result !== Refusal.tooLarge) return result;
    const streamed = publishStream(connection.session, topic, new BytesSource(payload), payload.length, qos, retain);
    connection.flush();
    return streamed;
  }

  private answer(awaited: Awaited, lateText: string, of: WaitingFor): Promise<void> {
    const timeout = this.options.answerTimeout ?? 30000;
    return this.waits.add(awaited, timeout, lateText + within(timeout), of);
  }

  /** A call's deadline has passed. Without `autoConnect` nobody else needs the attempt. */
  private late(call: WaitingCall): void {
    if (call.awaited === Awaited.disconnection) this.connection?.close();
    if (call.awaited !== Awaited.connection || this.autoConnect || this.connected) return;
    if (this.isAwaited || this.stopping) return;
    this.outgoing.settle(call.lateText, true);
    this.connection?.close();
  }
}

/** What a call waits for. */
const enum Awaited {
  connection = 1,
  disconnection = 2,
  /** PUBACK: `key` is the packet identifier. */
  acknowledgement = 3,
  /** Room in the session: `send` tries again. */
  room = 4,
  /** SUBACK: `filter` is the topic filter. */
  subscription = 5,
  /** UNSUBACK: `filter` is the topic filter. */
  unsubscription = 6,
}

/** Which answer a call waits for. */
interface WaitingFor {
  key?: number;
  filter?: Uint8Array;
  /** Of a call that waits for room: tries again, and returns a packet identifier, 0 or a `Refusal`. */
  send?: () => number;
}

/** A call that waits. */
interface WaitingCall extends WaitingFor {
  awaited: Awaited;
  deadline: number;
  /** The text of the Error when the deadline has passed. */
  lateText: string;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** The calls of one broker that wait for something, each with a deadline. */
class WaitingCalls {
  private readonly calls: WaitingCall[] = [];
  private readonly timer: Timer;
  private readonly clock: Clock;
  /** When the timer will fire. */
  private wakeAt = Infinity;

  /** `onLate` is called after a call was rejected because its deadline has passed. */
  constructor(
    clock: Clock,
    timers: Timers,
    private readonly onLate: (call: WaitingCall) => void,
  ) {
    this.clock = clock;
    this.timer = timers.create(() => this.wake());
  }

  /** Waits at most `milliseconds`; then rejects with an Error of `lateText`. */
  add(awaited: Awaited, milliseconds: number, lateText: string, of: WaitingFor = {}): Promise<void> {
    const now = this.clock.now();
    return new Promise((resolve, reject) => {
      this.calls.push({ ...of, awaited, deadline: now + milliseconds, lateText, resolve, reject });
      this.arm(now);
    });
  }

  count(awaited: Awaited): number {
    return this.calls.filter((call) => call.awaited === awaited).length;
  }

  /** Resolves those that wait for this. */
  resolve(awaited: Awaited): void {
    this.end((call) => call.awaited === awaited, undefined);
  }

  /** Rejects those that wait for this. */
  reject(awaited: Awaited, error: Error): void {
    this.end((call) => call.awaited === awaited, error);
  }

  /** Rejects those that need a connection. */
  rejectAnswers(error: Error): void {
    this.end((call) => call.awaited >= Awaited.acknowledgement, error);
  }

  /** The PUBACK for `packetId` came, or never will (`error`). Allocates nothing when nobody waits for it. */
  acknowledged(packetId: number, error?: Error): void {
    for (let i = 0; i < this.calls.length; i++) {
      const call = this.calls[i]!;
      if (call.awaited !== Awaited.acknowledgement || call.key !== packetId) continue;
      this.remove(i);
      return error ? call.reject(error) : call.resolve();
    }
  }

  /** The broker answered for `filter`. False when no call waited for that. */
  answered(awaited: Awaited, filter: Uint8Array): boolean {
    return this.end((call) => call.awaited === awaited && isSameTopic(call.filter!, filter), undefined);
  }

  /** There is room: tries again, in order, until there is none. Allocates nothing when nobody waits. */
  room(): void {
    for (let i = 0; i < this.calls.length;) {
      const call = this.calls[i]!;
      if (call.awaited !== Awaited.room) {
        i++;
        continue;
      }
      const result = call.send!();
      if (result === Refusal.full || result === Refusal.streaming) return;
      if (result > 0) {
        call.awaited = Awaited.acknowledgement;
        call.key = result;
        i++;
        continue;
      }
      this.remove(i);
      if (result < 0) call.reject(new Error(refusalText(result)));
      else call.resolve();
    }
  }

  private remove(index: number): void {
    this.calls.splice(index, 1);
    if (this.calls.length > 0) return;
    this.wakeAt = Infinity;
    this.timer.stop();
  }

  private end(which: (call: WaitingCall) => boolean, error: Error | undefined): boolean {
    const ended = this.calls.filter(which);
    for (const call of ended) {
      this.remove(this.calls.indexOf(call));
      if (error) call.reject(error);
      else call.resolve();
    }
    return ended.length > 0;
  }

  private wake(): void {
    this.wakeAt = Infinity;
    const now = this.clock.now();
    for (const call of this.calls.filter(({ deadline }) => deadline <= now)) {
      this.remove(this.calls.indexOf(call));
      call.reject(new Error(call.lateText));
      this.onLate(call);
    }
    this.arm(now);
  }

  /** Only ever sets the timer to an earlier time: one that fires too early does no harm. */
  private arm(now: number): void {
    let next = Infinity;
    for (const { deadline } of this.calls) if (deadline < next) next = deadline;
    if (next >= this.wakeAt) return;
    this.wakeAt = next;
    this.timer.start(next > now ? next - now : 0);
  }
}

function within(milliseconds: number): string {
  return ' within ' + Math.ceil(milliseconds / 1000) + ' s';
}
