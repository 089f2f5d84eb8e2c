import type { PaceLimits } from './pace-limits.js';

const enum Measure {
  messages = 0,
  bytes = 1,
  points = 2,
}
const MEASURES = 3;

/** A second has so many slots; with the one that has just begun, the window is one longer. */
const SLOTS = 16;
const WINDOW = SLOTS + 1;
const SLOT_MILLISECONDS = 1000 / SLOTS;

/**
 * Keeps what is sent below limits in every second, wherever that begins. It has no timer and delays nothing itself: the
 * owner asks `allows` before each message, and when that is false, again at `deadline`.
 *
 * Time is cut into slots of 1/16 s. What was sent in the current one and the 16 before it, which cover any second that
 * ends now, is never more than the limit. So a long replay runs at 16/17 of the limit. A token bucket that filled at
 * the limit would send a bucket more than that in some seconds.
 *
 * A message that alone is beyond a limit may leave when nothing else was sent for a second: else it would never leave.
 * All times are milliseconds of `Clock.now`. Allocates nothing after construction.
 */
export class Pacer {
  /** When `allows` can be true again, after it was false for want of time; else -Infinity. */
  deadline = -Infinity;
  /** Messages that may be unacknowledged at once; Infinity when any number may. */
  readonly inFlight: number;

  /** Limits by `Measure`, Infinity where there is none. */
  private readonly limits: Float64Array;
  /** What was sent in each slot of the window, by `Measure`, and the sums. */
  private readonly slots = new Uint32Array(WINDOW * MEASURES);
  private readonly sums = new Uint32Array(MEASURES);
  /** Number of the slot of the latest time, counted from time 0. */
  private current = 0;

  /** Throws a RangeError that names the limit unless all are at least 1. */
  constructor(limits: PaceLimits) {
    this.limits = new Float64Array([
      checkLimit('messagesPerSecond', limits.messagesPerSecond),
      checkLimit('bytesPerSecond', limits.bytesPerSecond),
      checkLimit('pointsPerSecond', limits.pointsPerSecond),
    ]);
    this.inFlight = checkLimit('inFlight', limits.inFlight);
  }

  /** Data points that may leave in any second; Infinity when any number may. */
  get pointsPerSecond(): number {
    return this.limits[Measure.points]!;
  }

  /** True when a message with so many bytes and data points may leave now. Sets `deadline`. */
  allows(now: number, bytes: number, points: number): boolean {
    this.advance(now);
    let wait = this.slotsUntil(Measure.messages, 1);
    const forBytes = this.slotsUntil(Measure.bytes, bytes);
    if (forBytes > wait) wait = forBytes;
    const forPoints = this.slotsUntil(Measure.points, points);
    if (forPoints > wait) wait = forPoints;
    this.deadline = wait === 0 ? -Infinity : (this.current + wait) * SLOT_MILLISECONDS;
    return wait === 0;
  }

  /** `messages` left, with so many bytes and data points in all. */
  sent(now: number, messages: number, bytes: number, points: number): void {
    this.advance(now);
    this.add(Measure.messages, messages);
    this.add(Measure.bytes, bytes);
    this.add(Measure.points, points);
  }

  // `PublishPace`: what goes over the wire has no points.

  /** Messages that may leave now. */
  messagesLeft(now: number): number {
    this.advance(now);
    return this.left(Measure.messages);
  }

  bytesLeft(now: number): number {
    this.advance(now);
    return this.left(Measure.bytes);
  }

  /** True when nothing left for a second. */
  isFresh(now: number): boolean {
    this.advance(now);
    return this.sums[Measure.bytes] === 0;
  }

  written(now: number, messages: number, bytes: number): void {
    this.sent(now, messages, bytes, 0);
  }

  nextChance(now: number): number {
    this.advance(now);
    const wait = this.slotsUntil(Measure.messages, 1);
    return (this.current + (wait > 1 ? wait : 1)) * SLOT_MILLISECONDS;
  }

  private left(measure: Measure): number {
    const left = this.limits[measure]! - this.sums[measure]!;
    return left > 0 ? left : 0;
  }

  private add(measure: Measure, amount: number): void {
    this.slots[(this.current % WINDOW) * MEASURES + measure]! += amount;
    this.sums[measure]! += amount;
  }

  /** In how many slots `amount` more is within the limit; 0: now. */
  private slotsUntil(measure: Measure, amount: number): number {
    const limit = this.limits[measure]!;
    let sum = this.sums[measure]!;
    let wait = 0;
    while (sum > 0 && sum + amount > limit) {
      wait++;
      sum -= this.slots[((this.current + wait) % WINDOW) * MEASURES + measure]!;
    }
    return wait;
  }

  /** Empties the slots that are older than the window. */
  private advance(now: number): void {
    const slot = Math.floor(now / SLOT_MILLISECONDS);
    let passed = slot - this.current;
    if (passed <= 0) return;
    if (passed > WINDOW) passed = WINDOW;
    this.current = slot;
    for (let i = 0; i < passed; i++) {
      const at = ((slot - i) % WINDOW) * MEASURES;
      for (let measure = 0; measure < MEASURES; measure++) {
        this.sums[measure]! -= this.slots[at + measure]!;
        this.slots[at + measure] = 0;
      }
    }
  }
}

function checkLimit(name: string, limit: number | undefined): number {
  if (limit === undefined) return Infinity;
  if (!(limit >= 1)) throw new RangeError(name + ' must be at least 1, got ' + limit);
  return limit;
}
