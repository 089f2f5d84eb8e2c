import type { Log } from '../../hal/index.js';
import type { LogLines } from '../console/services.js';
import { printable } from '../console/table.js';

/** A board's log whose lines are also kept for `/log print`. */
export class RingLog implements Log {
  /** `next`, the log that people see, may be absent. */
  constructor(
    readonly lines: LogLines,
    private readonly next?: Log,
  ) {}

  line(text: string): void {
    this.add('system,info', text);
  }

  /** A line with its topics as RouterOS has them: `script,error`. */
  add(topics: string, text: string): void {
    this.lines.add(topics, text);
    // A topic or a message of a stranger may be part of it.
    this.next?.line(printable(text));
  }
}
