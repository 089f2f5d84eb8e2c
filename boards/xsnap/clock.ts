import type { Clock } from '../../src/hal/index.js';

/** The host's clocks as of the event that is being handled. */
export class ChannelClock implements Clock {
  private time = 0;
  private day = 0;

  now(): number {
    return this.time;
  }

  unixTime(): number {
    return this.day;
  }

  /** What the event says that it is. */
  set(now: number, unixTime: number): void {
    this.time = now;
    this.day = unixTime;
  }
}
