import { ConnectionState } from '../connection/connection.js';
import { Connection, FailureKind } from '../connection/connection.js';
import type { ConnectionFailure, ConnectionHandler, ConnectionOptions } from '../connection/index.js';
import type { NetworkPlatform } from '../hal/index.js';
import type { IncomingMessage } from '../mqtt/parser.js';
import { publishStream } from '../mqtt/payload-stream.js';
import type { PayloadSource } from '../mqtt/payload-stream.js';
import { Refusal } from '../mqtt/state.js';
import { refusalText } from '../mqtt/texts.js';
import { Awaited, WaitingCalls } from './waiting-calls.js';
import type { WaitingCall } from './waiting-calls.js';

/** What a link tells its broker, and asks of it. */
export interface LinkOwner {
  /** For the next connection. Throws a RangeError of one line. */
  connectionOptions(): ConnectionOptions;
  /** Asks `connection`, which is new, for what is subscribed. */
  resubscribe(connection: Connection): void;

  onMessage(message: IncomingMessage): void;
  onAttempt(): void;
  onConnected(sessionPresent: boolean): void;
  /** An attempt failed, or the connection was lost: one line for people. */
  onFailed(failure: ConnectionFailure, detail: string): void;
  /**
   * `disconnect`, or giving up, is done; `wasConnected` unless `onFailed` has told that the connection was lost.
   * `unacknowledged` messages are forgotten when `forgotten`.
   */
  onStopped(unacknowledged: number, forgotten: boolean, wasConnected: boolean): void;
  /** It cannot even be tried: one line for people. */
  onNotice(text: string): void;
}

/** Times in milliseconds, and how many calls may wait to publish. */
export interface LinkLimits {
  /** For one address. */
  connectTimeout: number;
  answerTimeout: number;
  maxWaiting: number;
}

/** One line that says at which address what went wrong; without secrets. */
export function failureText(failure: ConnectionFailure): string {
  const { kind, detail, endpoint } = failure;
  if (kind === FailureKind.network || detail.startsWith(endpoint.host)) return detail;
  const host = endpoint.host.includes(':') ? '[' + endpoint.host + ']' : endpoint.host;
  return host + ':' + endpoint.port + ': ' + detail;
}

/** A payload that lies in memory and is larger than a session's arena. */
export class BytesSource implements PayloadSource {
  constructor(private readonly bytes: Uint8Array) {}

  read(offset: number, into: Uint8Array, from: number, to: number): number {
    const { bytes } = this;
    for (let at = from; at < to; at++) into[at] = bytes[offset + at - from]!;
    return to - from;
  }
}

/** Beside its own steps a `Connection` waits a moment before it turns to the next address. */
const BETWEEN_ADDRESSES = 1000;
/** `Connection` drains for 5 s at most and closes in 2; this is for one that does not. */
const STOP_TIMEOUT = 10000;

/**
 * One broker's connection as promises. Without `autoConnect` it tries each address once and then gives up, and a
 * connection that is lost stays down; with it, it goes on trying. Every promise has a deadline, and rejects with an
 * Error of one line that says what went wrong.
 */
export class BrokerLink implements ConnectionHandler {
  /** The session's messages stay with it from one connection to the next. */
  connection: Connection | undefined;

  private readonly waits: WaitingCalls;
  private autoConnect = false;
  /** Addresses of the connection. */
  private addresses = 0;
  /** The connection was established, and nobody was told that it is over. */
  private established = false;
  /** Attempts that failed since `begin`, and why. */
  private attempts = 0;
  private details = '';
  /** `stop` was asked for and is not done. */
  private stopping = false;
  /** The connection is to be made anew, with other options, once it is stopped. */
  private stale = false;
  /** Once it is stopped: connect again. */
  private again = false;
  private whenEnded: (() => void) | undefined;

  constructor(
    private readonly platform: NetworkPlatform,
    private readonly limits: LinkLimits,
    private readonly owner: LinkOwner,
  ) {
    this.waits = new WaitingCalls(platform.clock, platform.timers, (call) => this.late(call));
  }

  get connected(): boolean {
    return !this.stopping && this.connection?.connected === true;
  }

  /** True switches on going on trying, and connects; false ends an attempt that nobody waits for. */
  setAutoConnect(on: boolean): void {
    this.autoConnect = on;
    if (on) {
      if (!this.stopping) this.begin();
      else if (!this.whenEnded) this.again = true;
    } else if (!this.connected && !this.stopping && this.waits.count(Awaited.connection) === 0) {
      this.again = false;
      this.connection?.close();
    }
  }

  /** Resolves when connected; at once when it is. */
  connect(): Promise<void> {
    if (this.connected) return Promise.resolve();
    const addresses = this.owner.connectionOptions().endpoints.length;
    const most = addresses * (this.limits.connectTimeout + BETWEEN_ADDRESSES);
    const why = this.platform.network.up ? '' : ': the network is down';
    const done = this.waits.add(Awaited.connection, most, 'no connection in ' + Math.ceil(most / 1000) + ' s' + why);
    if (!this.stopping) this.begin();
    return done;
  }

  /** Resolves when disconnected: what was published is acknowledged, or 5 s have passed. */
  disconnect(reason: string): Promise<void> {
    const connection = this.connection;
    this.again = false;
    this.waits.reject(Awaited.connection, new Error(reason));
    if (!connection || connection.state === ConnectionState.stopped) return Promise.resolve();
    const done = this.waits.add(
      Awaited.disconnection,
      STOP_TIMEOUT,
      'not disconnected in ' + STOP_TIMEOUT / 1000 + ' s',
    );
    this.stop(connection);
    return done;
  }

  /** Uses new options: now, when there is a connection, else for the next one. */
  reconfigure(): void {
    const connection = this.connection;
    if (!connection) return;
    this.stale = true;
    this.again ||= !this.stopping && connection.state !== ConnectionState.stopped;
    this.stop(connection);
  }

  /** Disconnects for good; `whenEnded` is called when the platform is free for another. */
  end(reason: string, whenEnded: () => void): void {
    this.autoConnect = false;
    this.again = false;
    this.stale = true;
    this.whenEnded = whenEnded;
    this.waits.reject(Awaited.connection, new Error(reason));
    if (this.connection) this.stop(this.connection);
    else this.stopped(0);
  }

  /** Resolves with QoS 0 when the session has the message, with QoS 1 when the broker has. */
  publish(topic: Uint8Array, payload: Uint8Array, qos: number, retain: boolean): Promise<void> {
    const { answerTimeout, maxWaiting } = this.limits;
    const waiting = this.waits.count(Awaited.acknowledgement) + this.waits.count(Awaited.room);
    if (waiting >= maxWaiting) {
      return Promise.reject(new Error(waiting + ' publications wait already: allowed are ' + maxWaiting));
    }
    const send = (): number => this.send(topic, payload, qos, retain);
    // Behind others that wait, so that the order is kept.
    const result = this.waits.count(Awaited.room) > 0 ? Refusal.full : send();
    const seconds = ' in ' + Math.ceil(answerTimeout / 1000) + ' s';
    if (result === 0) return Promise.resolve();
    if (result > 0)
      return this.waits.add(Awaited.acknowledgement, answerTimeout, 'no PUBACK' + seconds, { key: result });
    if (result !== Refusal.full && result !== Refusal.streaming) return Promise.reject(new Error(refusalText(result)));
    return this.waits.add(Awaited.room, answerTimeout, 'no room for the message' + seconds, { send });
  }

  /** Resolves with the broker's consent. */
  subscribe(filter: Uint8Array, qos: number): Promise<void> {
    const result = this.connected ? this.connection!.subscribe(filter, qos) : Refusal.notConnected;
    if (result < 0) return Promise.reject(new Error(refusalText(result)));
    return this.answer(Awaited.subscription, 'no SUBACK', filter);
  }

  /** Resolves with the broker's answer; at once when there is no connection. */
  unsubscribe(filter: Uint8Array): Promise<void> {
    const result = this.connection?.unsubscribe(filter) ?? Refusal.unknown;
    if (result < 0 || !this.connected) return Promise.resolve();
    return this.answer(Awaited.unsubscription, 'no UNSUBACK', filter);
  }

  // ConnectionHandler

  onAttempt(): void {
    this.owner.onAttempt();
  }

  onConnected(sessionPresent: boolean): void {
    this.attempts = 0;
    this.details = '';
    this.established = true;
    this.owner.onConnected(sessionPresent);
    this.waits.resolve(Awaited.connection);
  }

  onMessage(message: IncomingMessage): void {
    this.owner.onMessage(message);
  }

  onAcknowledged(packetId: number): void {
    this.waits.acknowledged(packetId);
  }

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    const refused = returnCode === 0x80 ? new Error('the broker refused the subscription') : undefined;
    this.waits.answered(Awaited.subscription, filter, refused);
  }

  onUnsubscribed(filter: Uint8Array): void {
    this.waits.answered(Awaited.unsubscription, filter, undefined);
  }

  onRoom(): void {
    this.waits.room();
  }

  onFailed(failure: ConnectionFailure): void {
    const detail = failureText(failure);
    this.established = false;
    this.owner.onFailed(failure, detail);
    let gaveUp = failure.wasConnected;
    if (!gaveUp && failure.kind !== FailureKind.network) {
      this.details += (this.details === '' ? '' : '; ') + detail;
      this.attempts++;
      gaveUp = this.attempts >= this.addresses;
      if (gaveUp) this.waits.reject(Awaited.connection, new Error(this.details));
      if (gaveUp) this.details = '';
    }
    if (this.autoConnect || !gaveUp) return;
    this.waits.rejectAnswers(new Error('the connection was lost: ' + detail));
    this.connection?.close();
  }

  onStopped(unacknowledged: number): void {
    this.stopped(unacknowledged);
  }

  private stopped(unacknowledged: number): void {
    const forgotten = this.stale;
    this.stopping = false;
    if (forgotten) this.connection = undefined;
    this.stale = false;
    this.waits.rejectAnswers(
      new Error(unacknowledged > 0 ? 'disconnected before the broker answered' : 'disconnected'),
    );
    this.owner.onStopped(unacknowledged, forgotten, this.established);
    this.established = false;
    this.waits.resolve(Awaited.disconnection);
    const whenEnded = this.whenEnded;
    this.whenEnded = undefined;
    if (whenEnded) return whenEnded();
    const again = this.again || this.waits.count(Awaited.connection) > 0;
    this.again = false;
    if (again) this.begin();
  }

  /** Begins to connect, or tries at once what would be tried later. */
  private begin(): void {
    const before = this.connection;
    if (before?.connected) return;
    try {
      this.connection = before ?? this.make();
    } catch (error) {
      if (this.waits.count(Awaited.connection) === 0) this.owner.onNotice((error as Error).message);
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
    const options = this.owner.connectionOptions();
    const connection = new Connection(options, this.platform, this);
    this.addresses = options.endpoints.length;
    this.owner.resubscribe(connection);
    return connection;
  }

  private stop(connection: Connection): void {
    if (connection.state === ConnectionState.stopped) return this.stopped(connection.session.inFlight);
    this.stopping = true;
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

  private answer(awaited: Awaited, lateText: string, filter: Uint8Array): Promise<void> {
    const { answerTimeout } = this.limits;
    return this.waits.add(awaited, answerTimeout, lateText + ' in ' + Math.ceil(answerTimeout / 1000) + ' s', {
      filter,
    });
  }

  /** A caller waited in vain. Without `autoConnect` nobody else wants the attempt. */
  private late(call: WaitingCall): void {
    if (call.awaited === Awaited.disconnection) this.connection?.close();
    if (call.awaited !== Awaited.connection || this.autoConnect || this.connected) return;
    if (this.waits.count(Awaited.connection) === 0 && !this.stopping) this.connection?.close();
  }
}
