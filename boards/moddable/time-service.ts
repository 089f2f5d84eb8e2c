import { Backoff } from '../../src/connection/backoff.js';
import type { Clock, Entropy, Log, Network, Timer, Timers } from '../../src/hal/index.js';

/** Hears how a query for the time of day ended; nothing comes after that. It is called from the event loop. */
export interface TimeHandler {
  /** Whole seconds since 1970. */
  onTime(seconds: number): void;

  /** `detail` is one line for people. `isRefused`: the server wants to be left alone, for long. */
  onNoTime(detail: string, isRefused: boolean): void;
}

/** A query for the time of day to one server. */
export interface TimeQuery {
  /** The timer that it was lent has expired. */
  wake(): void;

  /** Nothing is told after it. Legal only while the query lasts. */
  close(): void;
}

/**
 * Asks `host`, a host name or an IPv4 address, and gives up after some time. `timer` is stopped; it is lent until the
 * query is over, because the SDK never frees one that rests. `handler` is called later, never from within.
 */
export type AskTime = (host: string, timer: Timer, entropy: Entropy, handler: TimeHandler) => TimeQuery;

/** What a `TimeService` needs from its board. */
export interface TimePlatform {
  clock: Clock;
  timers: Timers;
  entropy: Entropy;
  log: Log;
  network: Network;
}

const DAY = 86400000;
/** Milliseconds for which a server is not asked that refused. Its name may lead to another one then. */
const REST = 3600000;
/** 2024-01-01T00:00:00Z in seconds: an earlier answer is a server's fault. */
const EARLIEST = 1704067200;

/**
 * The time of day from SNTP (RFC 4330): asks the servers in turn as soon as the network is up, again after 5 s at most,
 * doubling to 10 minutes, when none answered, and once a day afterwards. One that wants to be left alone has an hour.
 *
 * It is the network of what needs the time: where certificates are verified (`required`), the network counts as up only
 * when the time is known, because a certificate of 2025 is not valid in 1970.
 */
export class TimeService implements Network, TimeHandler {
  /** Answers that set the time. */
  synchronizations = 0;
  /** What the last server that failed said; empty after an answer. */
  detail = '';

  private readonly clock: Clock;
  private readonly entropy: Entropy;
  private readonly log: Log;
  private readonly network: Network;
  private readonly timer: Timer;
  private readonly backoff: Backoff;
  private listener: ((up: boolean) => void) | undefined;
  private query: TimeQuery | undefined;
  private server = 0;
  /** Servers that refused, a bit for each, and until when none of them is asked. From the 33rd on they share bits. */
  private resting = 0;
  private restsUntil = 0;
  private wasUp = false;

  /** `servers`: host names, at least one where the time is `required`. `setTime` takes seconds since 1970. */
  constructor(
    private readonly askTime: AskTime,
    private readonly setTime: (seconds: number) => void,
    private readonly servers: string[],
    private readonly required: boolean,
    platform: TimePlatform,
  ) {
    this.clock = platform.clock;
    this.entropy = platform.entropy;
    this.log = platform.log;
    this.network = platform.network;
    this.timer = platform.timers.create(() => this.wake());
    this.backoff = new Backoff({ minimum: 5000, maximum: 600000 }, platform.entropy);
  }

  /** True when the network below is up, and the time is known or not required. */
  get up(): boolean {
    return this.network.up && (!this.required || this.clock.unixTime() !== 0);
  }

  watch(listener: ((up: boolean) => void) | undefined): void {
    this.listener = listener;
  }

  /** Begins to follow the network below. Call it before that one is started. */
  start(): void {
    this.network.watch((up) => this.networkChanged(up));
    if (this.network.up) this.networkChanged(true);
  }

  private networkChanged(up: boolean): void {
    this.close();
    this.server = 0;
    this.timer.stop();
    // From a timer, so that the listener hears of the network first, and never from within `start`.
    if (up && this.servers.length > 0) this.timer.start(0);
    this.tell();
  }

  private tell(): void {
    const up = this.up;
    if (up === this.wasUp) return;
    this.wasUp = up;
    this.listener?.(up);
  }

  private wake(): void {
    if (this.query !== undefined) return this.query.wake();
    this.server = this.nextServer(this.server);
    if (this.server === this.servers.length) return this.wait();
    this.query = this.askTime(this.servers[this.server]!, this.timer, this.entropy, this);
  }

  /** The first server from `from` on that may be asked; their number where there is none. */
  private nextServer(from: number): number {
    if (this.clock.now() >= this.restsUntil) this.resting = 0;
    while (from < this.servers.length && (this.resting & (1 << from)) !== 0) from++;
    return from;
  }

  onTime(seconds: number): void {
    const host = this.servers[this.server]!;
    if (!(seconds >= EARLIEST)) return this.onNoTime(host + ': ' + seconds + ' s since 1970 is in the past', false);
    const first = this.clock.unixTime() === 0;
    this.query = undefined;
    this.setTime(seconds);
    this.synchronizations++;
    this.detail = '';
    this.server = 0;
    this.backoff.reset();
    this.timer.start(DAY);
    if (first) this.log.line('time: ' + new Date(seconds * 1000).toISOString() + ' from ' + host);
    this.tell();
  }

  onNoTime(detail: string, isRefused: boolean): void {
    this.query = undefined;
    this.detail = detail;
    if (isRefused) {
      this.resting |= 1 << this.server;
      this.restsUntil = this.clock.now() + REST;
    }
    this.server = this.nextServer(this.server + 1);
    if (this.server < this.servers.length) this.timer.start(0);
    else this.wait();
  }

  /** Until the next round, which is not before there is somebody to ask. */
  private wait(): void {
    this.server = 0;
    const rest = this.nextServer(0) < this.servers.length ? 0 : this.restsUntil - this.clock.now();
    const wait = Math.max(this.backoff.next(), rest);
    this.timer.start(wait);
    const what = this.clock.unixTime() === 0 ? 'time: not known' : 'time: not corrected';
    const blocked = this.required && this.clock.unixTime() === 0 ? ', so TLS waits' : '';
    this.log.line(what + blocked + '; ' + this.detail + '; next attempt in ' + Math.ceil(wait / 1000) + ' s');
  }

  private close(): void {
    const query = this.query;
    this.query = undefined;
    if (query !== undefined) query.close();
  }
}
