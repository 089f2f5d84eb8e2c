import type { Clock, Timer, Timers } from '../../src/hal/index.js';

/** A clock and timers that only `run` moves. */
export class VirtualTime implements Clock, Timers {
  private milliseconds = 0;
  private readonly armed = new Map<VirtualTimer, number>();

  /** Begins at `start` milliseconds. */
  constructor(start = 0) {
    this.milliseconds = start;
  }

  now(): number {
    return this.milliseconds;
  }

  unixTime(): number {
    return 0;
  }

  create(callback: () => void): Timer {
    return new VirtualTimer(callback, this.armed, this);
  }

  /** Timers that run. */
  get pending(): number {
    return this.armed.size;
  }

  /** Lets `milliseconds` pass and calls what is due, in order. */
  run(milliseconds: number): void {
    const end = this.milliseconds + milliseconds;
    for (;;) {
      let first: VirtualTimer | undefined;
      let at = Infinity;
      for (const [timer, due] of this.armed) {
        if (due < at) {
          first = timer;
          at = due;
        }
      }
      if (first === undefined || at > end) {
        break;
      }
      this.milliseconds = Math.max(this.milliseconds, at);
      this.armed.delete(first);
      first.callback();
    }
    this.milliseconds = end;
  }
}

class VirtualTimer implements Timer {
  constructor(
    readonly callback: () => void,
    private readonly armed: Map<VirtualTimer, number>,
    private readonly clock: Clock,
  ) {}

  start(milliseconds: number): void {
    this.armed.set(this, this.clock.now() + milliseconds);
  }

  stop(): void {
    this.armed.delete(this);
  }
}
