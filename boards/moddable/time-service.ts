import { Backoff } from '../../src/connection/backoff.js';
import type { Clock, Entropy, Log, Network, Timer, Timers } from '../../src/hal/index.js';

/** How the SDK's `sntp` answers: 1 seconds since 1970, 2 it asks once more, -1 an error in words; then it is closed. */
export type SntpCallback = (message: number, value?: number | string) => undefined;

/** The SDK's module `sntp`. */
export interface SdkSntp {
  /** Asks `host` up to five times in 25 s. Throws when there is no socket. */
  new (options: { host: string }, callback: SntpCallback): { close(): void };
}

/** What a `TimeService` needs from its board. */
export interface TimePlatform {
  clock: Clock;
  timers: Timers;
  entropy: Entropy;
  log: Log;
  network: Network;
}

const enum SntpMessage {
  time = 1,
  error = -1,
}

const DAY = 86400000;
/** 2024-01-01T00:00:00Z in seconds: an earlier answer is a server's fault. */
const EARLIEST = 1704067200;

/**
 * The time of day from SNTP (RFC 4330): asks the servers in turn as soon as the network is up, again after 5 s at most,
 * doubling to 10 minutes, when none answered, and once a day afterwards.
 *
 * It is the network of what needs the time: where certificates are verified (`required`), the network counts as up only
 * when the time is known, because a certificate of 2025 is not valid in 1970.
 */
export class TimeService implements Network {
  /** Answers that set the time. */
  synchronizations = 0;
  /** What the last server that failed said; empty after an answer. */
  detail = '';

  private readonly clock: Clock;
  private readonly log: Log;
  private readonly network: Network;
  private readonly timer: Timer;
  private readonly backoff: Backoff;
  private listener: ((up: boolean) => void) | undefined;
  private query: { close(): void } | undefined;
  /** Makes an answer to an earlier question no answer. */
  private question = 0;
  private server = 0;
  private wasUp = false;

  /** `servers`: host names, at least one where the time is `required`. `setTime` takes seconds since 1970. */
  constructor(
    private readonly sntp: SdkSntp,
    private readonly setTime: (seconds: number) => void,
    private readonly servers: string[],
    private readonly required: boolean,
    platform: TimePlatform,
  ) {
    this.clock = platform.clock;
    this.log = platform.log;
    this.network = platform.network;
    this.timer = platform.timers.create(() => this.ask());
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

  private ask(): void {
    this.close();
    const question = this.question;
    const host = this.servers[this.server]!;
    try {
      const query = new this.sntp({ host }, (message, value) => {
        if (question !== this.question) return;
        if (message === SntpMessage.time) this.answered(value as number);
        else if (message === SntpMessage.error) this.failed(host + ': ' + value);
      });
      // The SDK closes a query that is over; it may be over before its constructor is.
      if (question === this.question) this.query = query;
    } catch (error) {
      this.failed(host + ': ' + (error as Error).message);
    }
  }

  private answered(seconds: number): void {
    const host = this.servers[this.server]!;
    if (!(seconds >= EARLIEST)) return this.failed(host + ': ' + seconds + ' s since 1970 is in the past');
    this.over();
    const first = this.clock.unixTime() === 0;
    this.setTime(seconds);
    this.synchronizations++;
    this.detail = '';
    this.server = 0;
    this.backoff.reset();
    this.timer.start(DAY);
    if (first) this.log.line('time: ' + new Date(seconds * 1000).toISOString() + ' from ' + host);
    this.tell();
  }

  private failed(detail: string): void {
    this.over();
    this.detail = detail;
    this.server++;
    if (this.server < this.servers.length) return this.timer.start(0);
    this.server = 0;
    const wait = this.backoff.next();
    this.timer.start(wait);
    const what = this.clock.unixTime() === 0 ? 'time: not known' : 'time: not corrected';
    const blocked = this.required && this.clock.unixTime() === 0 ? ', so TLS waits' : '';
    this.log.line(what + blocked + '; ' + detail + '; next attempt in ' + Math.ceil(wait / 1000) + ' s');
  }

  /** The SDK closes the query itself when its callback returns. */
  private over(): void {
    this.question++;
    this.query = undefined;
  }

  private close(): void {
    const query = this.query;
    this.over();
    query?.close();
  }
}
