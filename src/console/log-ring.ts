import type { LogLines } from './bindings.js';

/** One line that was kept. */
interface Line {
  readonly time: string;
  readonly topics: string;
  readonly message: string;
}

/** The longest message that is kept, in UTF-16 units; the rest is cut off. */
const MAX_MESSAGE = 512;

/** The last lines of the log, for `/log print`. */
export class LogRing implements LogLines {
  /** Lines that were overwritten. */
  lost = 0;
  private readonly lines: Line[] = [];
  private readonly capacity: number;
  private readonly clock: { now(): number; unixTime(): number };

  /** Keeps `capacity` lines, 1 to 1000. Throws a RangeError for others. */
  constructor(clock: { now(): number; unixTime(): number }, capacity = 64) {
    if (!(capacity >= 1 && capacity <= 1000)) throw new RangeError('log lines ' + capacity + ': allowed are 1 to 1000');
    this.clock = clock;
    this.capacity = Math.floor(capacity);
  }

  get count(): number {
    return this.lines.length;
  }

  /** `10:19:15` in UTC, or since the start as long as the time of day is not known. */
  time(index: number): string {
    return this.lines[index]?.time ?? '';
  }

  /** `script,info` */
  topics(index: number): string {
    return this.lines[index]?.topics ?? '';
  }

  message(index: number): string {
    return this.lines[index]?.message ?? '';
  }

  /** Adds a line, with its topics as RouterOS has them: `script,info`, `system,error`. */
  add(topics: string, message: string): void {
    if (this.lines.length === this.capacity) {
      this.lines.shift();
      this.lost++;
    }
    const cut = message.length > MAX_MESSAGE ? message.slice(0, MAX_MESSAGE) + '...' : message;
    this.lines.push({ time: this.timeText(), topics, message: cut });
  }

  private timeText(): string {
    const unixTime = this.clock.unixTime();
    return new Date(unixTime > 0 ? unixTime : this.clock.now()).toISOString().slice(11, 19);
  }
}
