import type { Clock, Log } from '../hal/index.js';
import { withoutSecrets } from './secrets.js';
import { printable } from './value.js';

/** One line of the log. */
interface Line {
  readonly time: string;
  readonly topics: string;
  readonly message: string;
}

/** UTF-16 units of the longest message; the rest is cut off. */
const MAX_MESSAGE = 512;

export interface ConsoleLogOptions {
  /** Lines that are kept, 1 to 1000. Default 64. */
  capacity?: number;
  /** Gets each line as well: the board's log, which people see. */
  next?: Log | undefined;
}

/** A board's log whose last lines are kept for `/log print`. */
export class ConsoleLog implements Log {
  private readonly lines: Line[] = [];
  private readonly clock: Clock;
  private readonly capacity: number;
  private readonly next: Log | undefined;

  /** Throws a RangeError of one line that names the option and what is allowed. */
  constructor(clock: Clock, { capacity = 64, next }: ConsoleLogOptions = {}) {
    if (!(capacity >= 1 && capacity <= 1000 && capacity % 1 === 0)) {
      throw new RangeError('capacity of the log must be an integer from 1 to 1000, got ' + capacity);
    }
    this.clock = clock;
    this.capacity = capacity;
    this.next = next;
  }

  /** Lines that are kept, the oldest first. */
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

  /** Adds a line of the device itself. */
  line(text: string): void {
    this.add('system,info', text);
  }

  /** Adds a line without its secrets, and with its topics as RouterOS has them: `script,info`, `system,error`. */
  add(topics: string, message: string): void {
    if (this.lines.length === this.capacity) this.lines.shift();
    const shown = withoutSecrets(message);
    const cut = shown.length > MAX_MESSAGE ? shown.slice(0, MAX_MESSAGE) + '...' : shown;
    this.lines.push({ time: this.timeText(), topics, message: cut });
    // A topic or a message of a stranger may be part of it.
    this.next?.line(printable(shown));
  }

  private timeText(): string {
    const unixTime = this.clock.unixTime();
    return new Date(unixTime > 0 ? unixTime : this.clock.now()).toISOString().slice(11, 19);
  }
}
