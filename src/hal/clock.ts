/** Time as a board knows it. */
export interface Clock {
  /** Milliseconds from an arbitrary start. Never goes back, and does not jump when the time of day is set. */
  now(): number;

  /** Milliseconds since 1970-01-01T00:00:00Z, or 0 as long as the time of day is not known. */
  epoch(): number;
}

/** One-shot timers. */
export interface Timers {
  /** Makes a stopped timer. The callback is given once, so that arming it later allocates nothing. */
  create(callback: () => void): Timer;
}

/** One timer of `Timers`. */
export interface Timer {
  /** Calls back once after `milliseconds` (at least 0). A running timer starts anew. */
  start(milliseconds: number): void;

  /** Stops; no callback follows. Legal on a stopped timer. */
  stop(): void;
}
