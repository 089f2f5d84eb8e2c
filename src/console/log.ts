import type { Clock, Log } from '../hal/index.js';
import { numberOption } from '../mqtt/options.js';
import { withoutSecrets } from './secrets.js';
import { printable } from './value.js';

/** One line of the log, under RouterOS's names. */
export interface LogLine {
  /** `10:19:15` in UTC, or since the start as long as the time of day is not known. */
  readonly time: string;
  /** `script,info` */
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
  /** Those that are kept, the oldest first. */
  readonly lines: readonly LogLine[];
  private readonly kept: LogLine[] = [];
  private readonly clock: Clock;
  private readonly capacity: number;
  private readonly next: Log | undefined;

  /** Throws a RangeError of one line that names the option and what is allowed. */
  constructor(clock: Clock, { capacity, next }: ConsoleLogOptions = {}) {
    this.lines = this.kept;
    this.clock = clock;
    this.capacity = numberOption(capacity, 'capacity of the log', 64, 1, 1000);
    this.next = next;
  }

  /** Adds a line of the device itself. */
  line(text: string): void {
    this.add('system,info', text);
  }

  /** Adds a line without its secrets, and with its topics as RouterOS has them: `script,info`, `system,error`. */
  add(topics: string, message: string): void {
    if (this.kept.length === this.capacity) this.kept.shift();
    const shown = withoutSecrets(message);
    const cut = shown.length > MAX_MESSAGE ? shown.slice(0, MAX_MESSAGE) + '...' : shown;
    this.kept.push({ time: this.timeText(), topics, message: cut });
    // A topic or a message of a stranger may be part of it.
    this.next?.line(printable(shown));
  }

  private timeText(): string {
    const unixTime = this.clock.unixTime();
    return new Date(unixTime > 0 ? unixTime : this.clock.now()).toISOString().slice(11, 19);
  }
}
