import type { Clock } from '../../src/hal/index.js';

/** The host's clocks as of the event that is being handled. */
export class ChannelClock implements Clock {
  private time = 0;
  private day = 0;

  now(): number {
    return this.time;
  }

  epoch(): number {
    return this.day;
  }

  /** What the event says that it is. */
  set(now: number, epoch: number): void {
    this.time = now;
    this.day = epoch;
  }
}
