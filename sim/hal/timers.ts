import type { Timer, Timers } from '../../src/hal/index.js';

/** The longest delay that setTimeout takes; it would turn a longer one into 1 ms. */
const LONGEST_DELAY = 0x7fff_ffff;

/** Timers over setTimeout. A running timer keeps the process alive. */
export class NodeTimers implements Timers {
  create(callback: () => void): Timer {
    return new NodeTimer(callback);
  }
}

/** A timer that runs: calls back once after `milliseconds`, however many, unless `stop` is called first. */
export function startTimer(milliseconds: number, callback: () => void): Timer {
  const timer = new NodeTimer(callback);
  timer.start(milliseconds);
  return timer;
}

class NodeTimer implements Timer {
  private timeout: NodeJS.Timeout | undefined;
  private remaining = 0;

  constructor(private readonly callback: () => void) {}

  start(milliseconds: number): void {
    this.remaining = Math.max(0, milliseconds);
    this.arm();
  }

  stop(): void {
    clearTimeout(this.timeout);
    this.timeout = undefined;
  }

  private arm(): void {
    clearTimeout(this.timeout);
    const delay = Math.min(this.remaining, LONGEST_DELAY);
    this.remaining -= delay;
    this.timeout = setTimeout(this.onTimeout, delay);
  }

  private readonly onTimeout = (): void => {
    this.timeout = undefined;
    if (this.remaining > 0) this.arm();
    else this.callback();
  };
}
