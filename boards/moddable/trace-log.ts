import type { Log } from '../../src/hal/index.js';

/** The console that xsbug and the serial port show. */
export class TraceLog implements Log {
  /** `trace`: the SDK's global function of that name. */
  constructor(private readonly trace: (text: string) => void) {}

  line(text: string): void {
    this.trace(text);
    this.trace('\n');
  }
}
