import type { Clock } from '../../src/hal/index.js';

/** The part of the SDK's module `time` that is used here. */
export interface SdkTime {
  /** Milliseconds: 32 bits on a chip, where they wrap after 49.7 days; since 1970 on a desktop. */
  readonly ticks: number;
}

/** 2024-01-01T00:00:00Z. A chip whose time was not set is decades behind: at 1970 or 1995. */
const EARLIEST = 1704067200000;

/** The SDK's ticks, counted on across their wrap. `now` must be called once in 24 days, which every timer does. */
export class ModdableClock implements Clock {
  private last: number;
  private elapsed = 0;

  constructor(private readonly time: SdkTime) {
    this.last = time.ticks;
  }

  now(): number {
    const ticks = this.time.ticks;
    const step = (ticks - this.last) | 0;
    this.last = ticks;
    // A desktop's ticks follow its time of day, which somebody may set back.
    if (step > 0) this.elapsed += step;
    return this.elapsed;
  }

  unixTime(): number {
    const now = Date.now();
    return now < EARLIEST ? 0 : now;
  }
}
