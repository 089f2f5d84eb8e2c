import type { Clock, Network, NetworkPlatform, Resolver, ResolverHandler, Timer } from '../hal/board.js';
import { TransportFailure } from '../hal/transport.js';
import type { Endpoint, Transport, TransportHandler } from '../hal/transport.js';
import type { ConnectOptions } from '../mqtt/options.js';
import type { IncomingMessage } from '../mqtt/parser.js';
import { Session } from '../mqtt/session.js';
import type { SessionOptions } from '../mqtt/options.js';
import type { SessionHandler } from '../mqtt/session.js';
import { Counter } from '../mqtt/layout.js';
import { PacketType } from '../mqtt/packet.js';
import { copyOf, drop, firstUnacknowledged, restore, setAside } from '../mqtt/set-aside.js';
import { CloseReason } from '../mqtt/state.js';
import { closeReasonText, returnCodeText } from '../mqtt/texts.js';
import { Backoff } from './backoff.js';
import type { BackoffOptions } from './backoff.js';
import { messageOf, Suspect, Verdict } from './suspect.js';
import type { SetAsideMessage } from './suspect.js';

/** A broker of a connection. */
export interface BrokerEndpoint extends Endpoint {
  /** True: CONNECT goes there without user name and password, which are for other brokers. */
  withoutCredentials?: boolean;
}

/**
 * A rate limit on PUBLISH packets, for example `Pacer`. All times are milliseconds of `Clock.now`. Called for each
 * packet, so it must not allocate.
 */
export interface PublishPace {
  /** How many PUBLISH packets may be written now; Infinity is no limit. */
  messagesLeft(now: number): number;

  /** How many bytes of PUBLISH packets may be written now, including headers and topics. */
  bytesLeft(now: number): number;

  /** True when nothing was written for so long that a packet longer than the limit may be written. */
  isFresh(now: number): boolean;

  /** Reports what was written, including redelivered messages. */
  written(now: number, messages: number, bytes: number): void;

  /** The time after `now` at which more may be written. */
  nextChance(now: number): number;
}

/** Options of a session, its brokers, and the times of a connection. */
export interface ConnectionOptions extends SessionOptions {
  /** Brokers in order of preference; when one fails, the next is tried. At least one. */
  endpoints: BrokerEndpoint[];
  backoff?: BackoffOptions;
  /** Least milliseconds from one CONNECT to the next, whatever the reason. Default 0. */
  connectInterval?: number;
  /** A connection that lasts this many milliseconds resets the backoff. Default 30,000. */
  stableTime?: number;
  /** Milliseconds to find a host's address. Default 10,000. */
  resolveTimeout?: number;
  /** Milliseconds to connect to one address of the host, the TLS handshake included. Default 30,000. */
  connectTimeout?: number;
  /** Milliseconds that `stop` and `reconnect` wait for acknowledgements. Default 5,000. */
  drainTimeout?: number;
  /** Rate limits; every message published over this connection keeps to all of them. Default: none. */
  paces?: readonly PublishPace[];
}

/** The names of the options above that are times. */
type TimeOption = 'connectInterval' | 'stableTime' | 'resolveTimeout' | 'connectTimeout' | 'drainTimeout';

/** The option's value or its default. Throws a RangeError that names the option and its limits. */
function timeOption(options: ConnectionOptions, name: TimeOption, defaultValue: number): number {
  const value = options[name] ?? defaultValue;
  if (!(value >= 0 && value <= 3600000)) {
    throw new RangeError(name + ' must be 0 to 3600000 milliseconds, got ' + value);
  }
  return value;
}

/** Throws a RangeError for an endpoint without a host, or with a port outside 1 to 65535. */
function checkEndpoints(endpoints: Endpoint[]): void {
  if (endpoints.length === 0) throw new RangeError('endpoints must name at least one broker');
  endpoints.forEach((endpoint, i) => {
    if (!endpoint.host) throw new RangeError('endpoints[' + i + '].host must not be empty');
    const port = endpoint.port;
    if (!(port >= 1 && port <= 65535 && port % 1 === 0)) {
      throw new RangeError('endpoints[' + i + '].port must be an integer from 1 to 65535, got ' + port);
    }
  });
}

/** The states of a connection. Every state except `stopped`, `noNetwork` and `connected` has a deadline. */
export const enum ConnectionState {
  /** Not started, or stopped. */
  stopped = 0,
  /** Waits for the network interface to come up. */
  noNetwork = 1,
  /** Waits before the next attempt. */
  waiting = 2,
  /** Resolves the host name. */
  resolving = 3,
  /** TCP and TLS. */
  connecting = 4,
  /** CONNECT is sent; waits for CONNACK. */
  handshaking = 5,
  connected = 6,
  /** Waits for acknowledgements before DISCONNECT. */
  draining = 7,
  /** DISCONNECT is being written. */
  closing = 8,
}

const names = [
  'stopped',
  'no network',
  'waiting',
  'resolving',
  'connecting',
  'handshaking',
  'connected',
  'draining',
  'closing',
];

/** One or two words for people. */
export function connectionStateText(state: ConnectionState): string {
  return names[state] ?? 'unknown state ' + state;
}

const NO_PACES: readonly PublishPace[] = Object.freeze([]);
const PUBLISHED: Counter = Counter.sent + PacketType.publish;

function withoutCredentials(options: ConnectOptions): ConnectOptions {
  const anonymous = Object.assign({}, options);
  delete anonymous.username;
  delete anonymous.password;
  return anonymous;
}

/** The step at which an attempt or a connection failed. */
export const enum FailureKind {
  /** The network interface is down. */
  network = 1,
  /** The host name has no address, or no name server answered in time. */
  resolve = 2,
  /** TCP: connection refused, host unreachable, or timed out. */
  connect = 3,
  /** TLS: bad certificate, wrong name, or an alert. */
  tls = 4,
  /** The broker answered CONNECT with a refusal: see `returnCode`. */
  refused = 5,
  /** An open connection ended: see `closeReason`. */
  session = 6,
}

/** A failure and what follows from it. */
export interface ConnectionFailure {
  kind: FailureKind;
  /** One line for people, without secrets. */
  detail: string;
  endpoint: Endpoint;
  /** True when the connection was established before. */
  wasConnected: boolean;
  /** The session's reason; `CloseReason.none` when there was no session yet. */
  closeReason: CloseReason;
  /** The CONNACK return code with `refused`, else 0. */
  returnCode: number;
  /** Milliseconds until the next attempt; Infinity when there is none. */
  retryIn: number;
}

/** The events of a connection, including those of its session. A handler may call any method of the connection. */
export interface ConnectionHandler extends Omit<SessionHandler, 'onClosed' | 'onSkipped'> {
  /**
   * A QoS 1 message was dropped from the session, because the broker closes the connection at it: it closed three in a
   * row with this message as the oldest one without a PUBACK. The next connection left the message out; there the
   * broker acknowledged another message, or kept the connection for `stableTime`.
   */
  onSetAside?(message: SetAsideMessage): void;

  /** See `SessionHandler.onSkipped`. */
  onSkipped?(topicLength: number, total: number): void;

  /** An attempt begins: the network is up, and the broker's name is resolved next. */
  onAttempt?(): void;

  /**
   * The connection ended, for any reason. Called once for each `onConnected`, before `onFailed` or `onStopped`, or
   * before the attempt that `reconnect` requested.
   */
  onDisconnected?(): void;

  /** An attempt failed, or an open connection ended unexpectedly. The connection tries again by itself. */
  onFailed(failure: ConnectionFailure): void;

  /** `stop` or `close` is done. `unacknowledged` QoS 1 messages are still in the session. */
  onStopped(unacknowledged: number): void;
}

/** What to do when the session has ended. */
const enum Intent {
  /** The end was not requested: try again. */
  none,
  reconnect,
  stop,
}

/**
 * Connects one session to a broker and keeps it connected: resolves the host name, opens the transport, checks every
 * deadline, backs off, fails over to the next broker, and drains before it stops.
 *
 * It is itself the handler of its session, transport and resolver, because an object or closure for each would cost
 * memory on a chip; only these call the methods that begin with `on`.
 */
export class Connection implements SessionHandler, TransportHandler, ResolverHandler {
  /** For reading counters and saving messages. Publish through the connection. */
  readonly session: Session;

  private readonly handler: ConnectionHandler;
  private readonly clock: Clock;
  private readonly network: Network;
  private readonly resolver: Resolver;
  private readonly transport: Transport;
  private readonly timer: Timer;
  private readonly backoff: Backoff;
  private endpoints: BrokerEndpoint[];
  /** The fields of CONNECT, with credentials. */
  private connectOptions: ConnectOptions;
  private readonly connectInterval: number;
  private readonly stableTime: number;
  private readonly resolveTimeout: number;
  private readonly connectTimeout: number;
  private readonly drainTimeout: number;
  private readonly paces: readonly PublishPace[];
  /** When the packets that the rate limits hold back may be written. */
  private heldUntil = Infinity;

  private current: ConnectionState = ConnectionState.stopped;
  private intent: Intent = Intent.none;
  private endpointIndex = 0;
  /** Failures in a row, over all endpoints. */
  private failures = 0;
  private connectedAt = 0;
  /** When the next CONNECT may be sent. */
  private connectAfter = -Infinity;
  /** Created when the broker first closes a connection; most connections never need it. */
  private suspect: Suspect | undefined;
  /** Whether the broker closed the connection, as far as the transport can tell. */
  private endedByBroker = false;
  /** Addresses of the host that have not been tried yet. */
  private further: readonly string[] | undefined = undefined;
  /** The deadline of the state; the session has its own. */
  private deadline = Infinity;
  /** When the timer will fire. */
  private wakeAt = Infinity;
  /** A call of the session is in progress; nothing is written until it returns. */
  private busy = false;
  private wasConnected = false;
  private isPaused = false;
  /** The transport took less than it was offered; `onWritable` follows. */
  private full = false;
  /** Bytes wait in the transport until the session has written something. */
  private unread = false;
  /** The kind of failure when an open session ends: `session`, unless TLS or the network was the cause. */
  private closeKind: FailureKind = FailureKind.session;
  /** The detail that the transport gave when it closed. */
  private closeDetail = '';

  /** Throws a RangeError that names the option and its limits. */
  constructor(options: ConnectionOptions, platform: NetworkPlatform, handler: ConnectionHandler) {
    checkEndpoints(options.endpoints);
    this.handler = handler;
    this.clock = platform.clock;
    this.network = platform.network;
    this.resolver = platform.resolver;
    this.transport = platform.transport;
    this.timer = platform.timers.create(() => this.wake());
    this.backoff = new Backoff(options.backoff ?? {}, platform.entropy);
    this.endpoints = options.endpoints;
    this.connectOptions = options;
    this.connectInterval = timeOption(options, 'connectInterval', 0);
    this.stableTime = timeOption(options, 'stableTime', 30000);
    this.resolveTimeout = timeOption(options, 'resolveTimeout', 10000);
    this.connectTimeout = timeOption(options, 'connectTimeout', 30000);
    this.drainTimeout = timeOption(options, 'drainTimeout', 5000);
    this.paces = options.paces ?? NO_PACES;
    this.session = new Session(options, this, platform.transport);
  }

  get state(): ConnectionState {
    return this.current;
  }

  get connected(): boolean {
    return this.session.connected;
  }

  /** The broker in use, or the next to try. */
  get endpoint(): BrokerEndpoint {
    return this.endpoints[this.endpointIndex]!;
  }

  /**
   * Connects, beginning with the first broker and a reset backoff, and stays connected until `stop` or `close`. Does
   * nothing when already started.
   */
  start(): void {
    if (this.current !== ConnectionState.stopped) return;
    this.intent = Intent.none;
    this.endpointIndex = 0;
    this.failures = 0;
    this.backoff.reset();
    this.network.watch((up) => this.networkChanged(up));
    this.attempt();
  }

  /**
   * Stops in an orderly way: waits until everything is acknowledged or `drainTimeout` has passed, sends DISCONNECT, and
   * closes. Without a connection it stops at once. `onStopped` follows, unless `reconnect` is called first.
   */
  stop(): void {
    this.leave(Intent.stop);
  }

  /**
   * Drains, disconnects and connects again without waiting. `options`, for example new credentials, replace the fields
   * of CONNECT. Throws a RangeError when `options` are invalid; then nothing is changed.
   */
  reconnect(options?: ConnectOptions): void {
    if (options) this.configure(options);
    this.leave(Intent.reconnect);
  }

  /** Like `reconnect`, but to the next broker of the list. */
  turnToNext(): void {
    this.endpointIndex = (this.endpointIndex + 1) % this.endpoints.length;
    this.leave(Intent.reconnect);
  }

  /**
   * Sets the fields of CONNECT for the next connection; the credentials are left out for brokers with
   * `withoutCredentials`. Throws a RangeError when `options` are invalid; then nothing is changed.
   */
  configure(options: ConnectOptions): void {
    this.session.configure(this.endpoint.withoutCredentials ? withoutCredentials(options) : options);
    this.connectOptions = options;
  }

  /**
   * Replaces the brokers for the next `start`. Call it only while the connection is stopped. Throws a RangeError when
   * one is invalid; then nothing is changed.
   */
  moveTo(endpoints: BrokerEndpoint[]): void {
    checkEndpoints(endpoints);
    this.endpoints = endpoints;
    this.endpointIndex = 0;
  }

  /** Closes at once, without DISCONNECT, so the broker publishes the will. `onStopped` is called before it returns. */
  close(): void {
    if (this.current === ConnectionState.stopped) return;
    this.intent = Intent.stop;
    if (this.session.idle) this.finish();
    else this.session.lost();
  }

  /** See `Session.publish`. */
  publish(topic: Uint8Array, payload: Uint8Array, qos: number, retain: boolean): number {
    const passes = qos === 0 && this.mayPass();
    return this.after(this.session.publish(topic, payload, qos, retain), passes);
  }

  /** See `Session.publishRange`. */
  publishRange(
    topic: Uint8Array,
    topicFrom: number,
    topicTo: number,
    payload: Uint8Array,
    payloadFrom: number,
    payloadTo: number,
    qos: number,
    retain: boolean,
  ): number {
    const passes = qos === 0 && this.mayPass();
    return this.after(
      this.session.publishRange(topic, topicFrom, topicTo, payload, payloadFrom, payloadTo, qos, retain),
      passes,
    );
  }

  /** Writes packets that were queued directly on the session, for example with `publishStream`. */
  flush(): void {
    this.pump();
  }

  /** See `Session.sourceReady`. */
  sourceReady(): void {
    this.session.sourceReady(this.clock.now());
    this.pump();
  }

  /** See `Session.subscribe`. */
  subscribe(filter: Uint8Array, qos: number): number {
    return this.after(this.session.subscribe(filter, qos), false);
  }

  /** See `Session.unsubscribe`. */
  unsubscribe(filter: Uint8Array): number {
    return this.after(this.session.unsubscribe(filter), false);
  }

  /** See `Session.forget`. */
  forget(filter: Uint8Array): boolean {
    return this.session.forget(filter);
  }

  /** True between `pause` and `resume`. */
  get paused(): boolean {
    return this.isPaused;
  }

  /**
   * Stops reading, so that TCP flow control holds the broker back while the application is busy. The connection is kept
   * alive.
   */
  pause(): void {
    if (!this.session.connected) return;
    this.isPaused = true;
    const now = this.clock.now();
    this.session.pause(now);
    this.arm(now);
  }

  /** Reads again after `pause`. */
  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    const now = this.clock.now();
    this.session.resume(now);
    this.arm(now);
    this.transport.resume();
  }

  // ResolverHandler

  onResolved(address: string, further?: readonly string[]): void {
    if (this.current !== ConnectionState.resolving) return;
    this.further = further;
    this.connect(address);
  }

  onUnresolved(detail: string): void {
    if (this.current === ConnectionState.resolving) this.fail(FailureKind.resolve, detail, CloseReason.none);
  }

  // TransportHandler

  onOpen(): void {
    if (this.current !== ConnectionState.connecting) return;
    this.full = false;
    this.unread = false;
    this.closeDetail = '';
    this.enter(ConnectionState.handshaking, Infinity);
    this.connectAfter = this.clock.now() + this.connectInterval;
    this.busy = true;
    try {
      this.session.open(this.clock.now());
      this.session.oneAtATime = this.suspectId > 0;
      if (this.suspect?.aside) setAside(this.session, this.suspectId);
    } finally {
      this.busy = false;
    }
    this.pump();
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    for (;;) {
      if (this.isPaused) return at - from;
      this.busy = true;
      let consumed: number;
      try {
        consumed = this.session.receive(bytes, at, to, this.clock.now());
      } finally {
        this.busy = false;
      }
      at += consumed;
      this.pump();
      if (this.session.idle) return to - from;
      if (at === to) return at - from;
      if (consumed === 0) {
        this.unread = !this.isPaused;
        return at - from;
      }
    }
  }

  onWritable(): void {
    this.full = false;
    this.pump();
    if (!this.isPaused) this.transport.resume();
  }

  onClose(cause: TransportFailure, detail: string): void {
    const isTls = cause === TransportFailure.tls;
    if (this.session.idle) {
      if (isTls) return this.fail(FailureKind.tls, detail, CloseReason.none);
      return this.connectFailed(detail);
    }
    // With TLS 1.3 a broker refuses a client certificate after the handshake.
    if (isTls) this.closeKind = FailureKind.tls;
    this.closeDetail = detail;
    this.endedByBroker = cause === TransportFailure.ended || cause === TransportFailure.reset;
    this.session.lost();
  }

  // SessionHandler

  onConnected(sessionPresent: boolean): void {
    this.connectedAt = this.clock.now();
    this.wasConnected = true;
    this.enter(ConnectionState.connected, this.suspect?.aside ? this.stableTime : Infinity);
    this.handler.onConnected(sessionPresent);
  }

  onMessage(message: IncomingMessage): void {
    this.handler.onMessage(message);
  }

  onSkipped(topicLength: number, total: number): void {
    this.handler.onSkipped?.(topicLength, total);
  }

  onAcknowledged(packetId: number): void {
    const suspect = this.suspect;
    if (suspect && suspect.packetId > 0) this.judge(suspect, suspect.acknowledged(packetId));
    this.handler.onAcknowledged(packetId);
  }

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    this.handler.onSubscribed(filter, returnCode);
  }

  onUnsubscribed(filter: Uint8Array): void {
    this.handler.onUnsubscribed(filter);
  }

  onRoom(): void {
    this.handler.onRoom();
  }

  onClosed(reason: CloseReason): void {
    const byBroker = this.endedByBroker && reason === CloseReason.transportLost;
    if (byBroker) {
      this.suspect ??= new Suspect();
      // Another client may have taken over this client identifier; then the session at the broker is not ours.
      this.session.resubscribe();
    }
    this.suspect?.ended(firstUnacknowledged(this.session), byBroker);
    if (this.intent !== Intent.none) return this.finish();
    if (reason === CloseReason.refused) {
      const detail = closeReasonText(reason) + ': ' + returnCodeText(this.session.returnCode);
      return this.fail(FailureKind.refused, detail, reason);
    }
    const told = reason === CloseReason.transportLost && this.closeDetail !== '';
    this.fail(this.closeKind, told ? this.closeDetail : closeReasonText(reason), reason);
  }

  private attempt(): void {
    this.closeKind = FailureKind.session;
    this.closeDetail = '';
    this.endedByBroker = false;
    if (!this.network.up) return this.enter(ConnectionState.noNetwork, Infinity);
    const early = this.connectAfter - this.clock.now();
    if (early > 0) return this.enter(ConnectionState.waiting, early);
    this.enter(ConnectionState.resolving, this.resolveTimeout);
    if (this.endpoints.some((endpoint) => endpoint.withoutCredentials)) this.configure(this.connectOptions);
    this.handler.onAttempt?.();
    this.resolver.resolve(this.endpoint.host, this);
  }

  private connect(address: string): void {
    this.enter(ConnectionState.connecting, this.connectTimeout);
    this.transport.open(address, this.endpoint, this);
  }

  /**
   * Tries the host's next address; without one the endpoint has failed. A TLS failure concerns the host, so no other
   * address is tried.
   */
  private connectFailed(detail: string): void {
    if (this.closeDetail === '') this.closeDetail = detail;
    else this.closeDetail += '; ' + detail;
    const further = this.further;
    if (!further || further.length === 0) return this.fail(FailureKind.connect, this.closeDetail, CloseReason.none);
    this.further = further.slice(1);
    this.transport.close();
    this.connect(further[0]!);
  }

  private networkChanged(up: boolean): void {
    if (up) {
      if (this.current === ConnectionState.noNetwork) this.enter(ConnectionState.waiting, this.backoff.short());
    } else if (this.current !== ConnectionState.stopped && this.current !== ConnectionState.noNetwork) {
      this.closeKind = FailureKind.network;
      this.closeDetail = 'the network is down';
      if (this.session.idle) this.fail(FailureKind.network, this.closeDetail, CloseReason.none);
      else this.session.lost();
    }
  }

  private leave(intent: Intent): void {
    if (this.current === ConnectionState.stopped) {
      if (intent === Intent.reconnect) this.start();
      return;
    }
    this.intent = intent;
    if (this.current === ConnectionState.draining || this.current === ConnectionState.closing) return;
    if (this.session.idle) return this.finish();
    if (!this.session.connected) return this.session.lost();
    this.enter(ConnectionState.draining, this.drainTimeout);
    this.pump();
  }

  /** True if the next QoS 0 message can be written to the transport without being queued. */
  private mayPass(): boolean {
    return (
      this.current === ConnectionState.connected &&
      !this.busy &&
      !this.full &&
      this.paces.length === 0 &&
      this.session.pass()
    );
  }

  private after(result: number, passes: boolean): number {
    if (result < 0) return result;
    if (passes) this.pass();
    else this.pump();
    return result;
  }

  /** Writes the message that the session has encoded but not queued. */
  private pass(): void {
    const session = this.session;
    const now = this.clock.now();
    const taken = this.transport.write(session.output, session.outputFrom, session.outputTo);
    this.busy = true;
    try {
      this.full = !session.passed(taken, now);
    } finally {
      this.busy = false;
    }
    if (this.full) this.arm(now);
  }

  /** Writes the session's output until the transport is full. */
  private pump(): void {
    if (this.busy) return;
    const session = this.session;
    const now = this.clock.now();
    let wrote = false;
    this.busy = true;
    try {
      const isPaced = this.paces.length > 0;
      if (this.current === ConnectionState.draining) this.disconnectWhenDrained(now);
      while (!this.full && (isPaced ? this.nextInPace(now) : session.next(now))) {
        const messages = isPaced ? session.counter(PUBLISHED) : 0;
        const bytes = isPaced ? session.publishedBytes : 0;
        const taken = this.transport.write(session.output, session.outputFrom, session.outputTo);
        this.full = !session.sent(taken, now);
        wrote = true;
        if (isPaced) this.noteWritten(now, messages, bytes);
        if (this.current === ConnectionState.draining) this.disconnectWhenDrained(now);
      }
    } finally {
      this.busy = false;
    }
    if (wrote && this.unread && !this.isPaused) {
      this.unread = false;
      this.transport.resume();
    }
    this.arm(now);
  }

  /** Like `Session.next`, within the rate limits. */
  private nextInPace(now: number): boolean {
    const { session, paces } = this;
    this.heldUntil = Infinity;
    let messages = Infinity;
    let bytes = Infinity;
    let isFresh = true;
    for (let i = 0; i < paces.length; i++) {
      messages = Math.min(messages, paces[i]!.messagesLeft(now));
      bytes = Math.min(bytes, paces[i]!.bytesLeft(now));
      isFresh = paces[i]!.isFresh(now) && isFresh;
    }
    session.allow(messages, bytes, isFresh);
    if (session.next(now)) return true;
    if (session.held) {
      this.heldUntil = 0;
      for (let i = 0; i < paces.length; i++) this.heldUntil = Math.max(this.heldUntil, paces[i]!.nextChance(now));
    }
    return false;
  }

  /** Reports to the rate limits what was written since the session had these counts. */
  private noteWritten(now: number, messages: number, bytes: number): void {
    const { session, paces } = this;
    messages = (session.counter(PUBLISHED) - messages) >>> 0;
    bytes = (session.publishedBytes - bytes) >>> 0;
    if (messages > 0) for (let i = 0; i < paces.length; i++) paces[i]!.written(now, messages, bytes);
  }

  private disconnectWhenDrained(now: number): void {
    if (this.session.drained) this.disconnect(now);
  }

  private disconnect(now: number): void {
    this.enter(ConnectionState.closing, Infinity);
    this.session.disconnect(now);
  }

  private wake(): void {
    this.wakeAt = Infinity;
    const now = this.clock.now();
    if (this.deadline <= now) this.overdue(now);
    this.session.tick(now);
    this.pump();
  }

  /** The deadline of the state has passed. */
  private overdue(now: number): void {
    this.deadline = Infinity;
    switch (this.current) {
      case ConnectionState.waiting:
        return this.attempt();
      case ConnectionState.resolving: {
        const detail = 'no address for ' + this.endpoint.host + ' after ' + this.resolveTimeout + ' ms';
        return this.fail(FailureKind.resolve, detail, CloseReason.none);
      }
      case ConnectionState.connecting: {
        return this.connectFailed('connection timed out after ' + this.connectTimeout + ' ms');
      }
      case ConnectionState.connected:
        // The trial of a suspect has lasted long enough; with other messages in flight their PUBACK decides.
        if (this.suspect && this.session.inFlight === 1) this.judge(this.suspect, this.suspect.verdict);
        return;
      case ConnectionState.draining:
        return this.disconnect(now);
    }
  }

  /** Its packet identifier, or 0. */
  private get suspectId(): number {
    return this.suspect ? this.suspect.packetId : 0;
  }

  /** Ends the trial of a suspect. */
  private judge(suspect: Suspect, verdict: Verdict): void {
    const { packetId } = suspect;
    // A message cannot be inserted in the middle of a packet; then the next PUBACK decides.
    if (verdict === Verdict.innocent && !restore(this.session, packetId)) return;
    if (verdict !== Verdict.none) suspect.judged();
    this.session.oneAtATime = suspect.packetId > 0;
    if (verdict !== Verdict.guilty) return;
    const packet = copyOf(this.session, packetId);
    if (packet === undefined || !drop(this.session, packetId)) return;
    this.handler.onSetAside?.(messageOf(packet, packetId));
  }

  private enter(state: ConnectionState, timeout: number): void {
    const now = this.clock.now();
    this.current = state;
    this.deadline = now + timeout;
    this.arm(now);
  }

  /** The timer is only ever set to an earlier time, because one that fires too early does no harm. */
  private arm(now: number): void {
    let next = this.session.deadline;
    if (this.deadline < next) next = this.deadline;
    if (this.heldUntil < next) next = this.heldUntil;
    if (next >= this.wakeAt) return;
    this.wakeAt = next;
    this.timer.start(next > now ? next - now : 0);
  }

  /** An attempt failed or a connection ended: chooses when and where to try next. */
  private fail(kind: FailureKind, detail: string, closeReason: CloseReason): void {
    const endpoint = this.endpoint;
    const wasConnected = this.wasConnected;
    const wasStable = this.release();
    let retryIn = Infinity;
    if (kind === FailureKind.network) {
      this.enter(ConnectionState.noNetwork, Infinity);
    } else {
      if (wasStable) {
        retryIn = this.backoff.next();
      } else {
        this.failures++;
        this.endpointIndex = (this.endpointIndex + 1) % this.endpoints.length;
        retryIn = this.failures % this.endpoints.length === 0 ? this.backoff.next() : this.backoff.short();
      }
      const early = this.connectAfter - this.clock.now();
      if (early > retryIn) retryIn = early;
      this.enter(ConnectionState.waiting, retryIn);
    }
    const returnCode = kind === FailureKind.refused ? this.session.returnCode : 0;
    const entered = this.current;
    if (wasConnected) this.handler.onDisconnected?.();
    // The handler has started or stopped the connection.
    if (this.current !== entered) return;
    this.handler.onFailed({ kind, detail, endpoint, wasConnected, closeReason, returnCode, retryIn });
  }

  /** The session has ended as `stop`, `close` or `reconnect` requested. */
  private finish(): void {
    const intent = this.intent;
    this.intent = Intent.none;
    const { wasConnected } = this;
    this.release();
    if (intent === Intent.reconnect) {
      this.current = ConnectionState.waiting;
      this.deadline = Infinity;
      if (wasConnected) this.handler.onDisconnected?.();
      if (this.current === ConnectionState.waiting) this.attempt();
      return;
    }
    this.current = ConnectionState.stopped;
    this.deadline = Infinity;
    this.wakeAt = Infinity;
    this.timer.stop();
    this.network.watch(undefined);
    if (wasConnected) this.handler.onDisconnected?.();
    if (this.current === ConnectionState.stopped) this.handler.onStopped(this.session.inFlight);
  }

  /** Closes the transport and cancels an attempt in progress. Returns true if the connection was stable. */
  private release(): boolean {
    this.isPaused = false;
    this.resolver.cancel();
    this.transport.close();
    const wasStable = this.wasConnected && this.clock.now() - this.connectedAt >= this.stableTime;
    this.wasConnected = false;
    if (wasStable) {
      this.backoff.reset();
      this.failures = 0;
    }
    return wasStable;
  }
}
