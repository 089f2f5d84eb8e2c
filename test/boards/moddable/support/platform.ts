import type { Clock, Entropy, Log, Timers } from '../../../../src/hal/index.js';
import { VirtualTime } from '../../../support/virtual-time.js';

/** A log that remembers its lines. */
export class LineLog implements Log {
  readonly lines: string[] = [];

  line(text: string): void {
    this.lines.push(text);
  }
}

/** A clock in virtual time whose time of day is set by hand. */
export class DayClock implements Clock {
  private offset = -1;

  constructor(private readonly time: VirtualTime) {}

  now(): number {
    return this.time.now();
  }

  unixTime(): number {
    return this.offset < 0 ? 0 : this.offset + this.time.now();
  }

  set(seconds: number): void {
    this.offset = seconds * 1000 - this.time.now();
  }
}

/** What an adapter needs, in virtual time; waits are the longest that a backoff allows. */
export class VirtualBoard {
  readonly time = new VirtualTime();
  readonly clock = new DayClock(this.time);
  readonly timers: Timers = this.time;
  readonly log = new LineLog();
  readonly entropy: Entropy = { uint32: () => 0xffffffff };

  get lines(): string[] {
    return this.log.lines;
  }
}
