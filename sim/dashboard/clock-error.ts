/** How long an observation counts, at least; at most twice as long. */
const WINDOW = 600_000;

/**
 * How far the clock of a device is ahead of ours: the time in a message against its arrival. A message takes time, and
 * one that waited in an outbox a long one, so the least delay of the last ten minutes counts. Two windows of fixed size
 * take turns. Milliseconds.
 */
export class ClockError {
  private before = -Infinity;
  private current = -Infinity;
  private since = -Infinity;

  /** A message with the time `told` arrived at `now`. */
  note(told: number, now: number): void {
    this.turn(now);
    this.current = Math.max(this.current, told - now);
  }

  /** Ahead of ours; negative: behind, the delay of messages included. Undefined when no message told a time of late. */
  ahead(now: number): number | undefined {
    this.turn(now);
    const ahead = Math.max(this.before, this.current);
    return ahead === -Infinity ? undefined : ahead;
  }

  private turn(now: number): void {
    if (now - this.since < WINDOW) return;
    this.before = now - this.since < 2 * WINDOW ? this.current : -Infinity;
    this.current = -Infinity;
    this.since = now;
  }
}
