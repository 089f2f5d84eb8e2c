/** Milliseconds of a window. */
const WINDOW = 10000;

/**
 * Events a second, over about the last ten seconds: those of the window that runs, and of the one before as far as it
 * reaches into the last ten seconds, taken to be spread evenly. Allocates nothing. Times are milliseconds of
 * `Clock.now`.
 */
export class ScanRate {
  /** Events since construction. */
  total = 0;

  private begin = 0;
  private current = 0;
  private previous = 0;
  /** When the measurement began: before a whole window is over, the rate is over what there is. */
  private since = 0;

  /** Begins to measure. */
  start(now: number): void {
    this.since = now;
    this.begin = now;
    this.current = 0;
    this.previous = 0;
  }

  /** An event. */
  note(now: number): void {
    if (now - this.begin >= WINDOW) this.roll(now);
    this.current++;
    this.total++;
  }

  /** Events a second; 0 in the first moment. */
  perSecond(now: number): number {
    if (now - this.begin >= WINDOW) this.roll(now);
    const passed = now - this.begin;
    const measured = now - this.since;
    const counted = this.current + (this.previous * (WINDOW - passed)) / WINDOW;
    const over = measured < WINDOW ? measured : WINDOW;
    return over > 0 ? (counted * 1000) / over : 0;
  }

  private roll(now: number): void {
    const windows = Math.floor((now - this.begin) / WINDOW);
    this.previous = windows === 1 ? this.current : 0;
    this.current = 0;
    this.begin += windows * WINDOW;
  }
}
