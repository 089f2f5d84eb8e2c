import { LogLevel } from '../hal/board.js';
import type { Log } from '../hal/board.js';

/** A board's log that says as much as it is told to. */
export class LevelLog implements Log {
  level: LogLevel = LogLevel.info;

  private readonly log: Log | undefined;

  constructor(log: Log | undefined) {
    this.log = log;
  }

  /** What people should know when all goes well. */
  line(text: string): void {
    if (this.level >= LogLevel.info) this.log?.line(text);
  }

  /** What went wrong, or was asked for. */
  error(text: string): void {
    if (this.level >= LogLevel.error) this.log?.line(text);
  }

  /** What happens all the time. Check `debugging` before making the text. */
  debug(text: string): void {
    if (this.debugging) this.log?.line(text);
  }

  get debugging(): boolean {
    return this.level >= LogLevel.debug;
  }
}
