import { CloseReason } from './close-reason.js';
import { sizeOption } from './session-options.js';
import type { SessionOptions } from './session-options.js';

/** A point in time that never comes. */
export const NEVER = Infinity;

/** What a session waits for. When its time has passed, the connection is closed with the reason in `REASONS`. */
export const enum Deadline {
  connack = 0,
  /** Moved by nothing once PINGREQ is written. */
  pingresp = 1,
  suback = 2,
  /** Any byte taken by the transport. */
  stall = 3,
  /** DISCONNECT written. */
  closing = 4,
}
const COUNT = 5;

const REASONS = new Uint8Array([
  CloseReason.connackTimeout,
  CloseReason.pingrespTimeout,
  CloseReason.subackTimeout,
  CloseReason.transmitStalled,
  CloseReason.closingTimeout,
]);

/**
 * The times of a session: its deadlines, and keep alive.
 *
 * PINGREQ is due when either direction has been idle for three quarters of the keep alive: at three quarters, a radio
 * that sleeps still meets the broker's limit of one and a half. Sending alone does not put it off, since bytes into a
 * dead connection prove nothing; receiving alone does not either, since the broker counts what it receives.
 */
export class Deadlines {
  /** Times of the last bytes in each direction. */
  lastSent = 0;
  lastReceived = 0;
  /** From the moment PINGREQ is queued until PINGRESP. */
  pinging = false;
  /** PINGREQ waits to be written. */
  pingQueued = false;
  /** The caller does not read: the broker's answers cannot be heard, so only sending is watched. */
  held = false;

  private pingInterval = NEVER;
  private readonly timeouts = new Float64Array(COUNT);
  private readonly times = new Float64Array(COUNT).fill(NEVER);

  /** Throws a RangeError that names the option for a time outside its limits. */
  constructor(options: SessionOptions) {
    this.timeouts[Deadline.connack] = sizeOption(options, 'connackTimeout');
    this.timeouts[Deadline.pingresp] = sizeOption(options, 'pingrespTimeout');
    this.timeouts[Deadline.suback] = sizeOption(options, 'subackTimeout');
    this.timeouts[Deadline.stall] = sizeOption(options, 'stallTimeout');
    this.timeouts[Deadline.closing] = sizeOption(options, 'closingTimeout');
  }

  /** For a new connection; keep alive 0 is off. */
  reset(now: number, keepAliveSeconds: number): void {
    this.clearAll();
    this.pingInterval = keepAliveSeconds === 0 ? NEVER : keepAliveSeconds * 750;
    this.lastSent = now;
    this.lastReceived = now;
    this.pinging = false;
    this.pingQueued = false;
    this.held = false;
  }

  arm(deadline: Deadline, now: number): void {
    this.times[deadline] = now + this.timeouts[deadline]!;
  }

  clear(deadline: Deadline): void {
    this.times[deadline] = NEVER;
  }

  clearAll(): void {
    this.times.fill(NEVER);
  }

  isArmed(deadline: Deadline): boolean {
    return this.times[deadline] !== NEVER;
  }

  /** The earliest of the deadlines. */
  get first(): number {
    let first = NEVER;
    for (let i = 0; i < COUNT; i++) if (this.times[i]! < first) first = this.times[i]!;
    return first;
  }

  /** When PINGREQ is due on an established connection. */
  get pingDue(): number {
    if (this.pinging || this.pingQueued) return NEVER;
    const since = this.held || this.lastSent < this.lastReceived ? this.lastSent : this.lastReceived;
    return since + this.pingInterval;
  }

  /** The reason to close the connection at `now`, or `CloseReason.none`. */
  overdue(now: number): CloseReason {
    for (let i = 0; i < COUNT; i++) if (this.times[i]! <= now) return REASONS[i]!;
    return CloseReason.none;
  }

  /** PINGREQ was queued. */
  pingreqQueued(): void {
    this.pinging = true;
    this.pingQueued = true;
  }

  /** PINGREQ was written. */
  pingreqSent(now: number): void {
    this.pingQueued = false;
    if (this.held) this.pinging = false;
    else this.arm(Deadline.pingresp, now);
  }

  /** PINGRESP came. One that came before PINGREQ was written answers nothing. */
  pingrespReceived(): void {
    if (this.pingQueued) return;
    this.pinging = false;
    this.clear(Deadline.pingresp);
  }

  /** The caller stops reading, or reads again. */
  hold(held: boolean, now: number): void {
    this.held = held;
    this.pinging = false;
    this.lastReceived = now;
    this.clear(Deadline.pingresp);
    this.clear(Deadline.suback);
  }
}
