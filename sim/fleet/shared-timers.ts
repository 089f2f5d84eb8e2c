import type { Timer, Timers } from '../../src/hal/index.js';
import { Scheduler, Task } from '../virtual/scheduler.js';
import { Histogram } from './histogram.js';

/** After so many milliseconds of calling back, sockets come first. */
const SLICE = 10;

/**
 * The timers of all devices of a thread over one of Node's, which costs several times as much for each. They fire in
 * the order of their times, never early.
 */
export class SharedTimers implements Timers {
  /** How late they fired. */
  readonly lag = new Histogram();

  private readonly scheduler = new Scheduler();
  private timeout: NodeJS.Timeout | undefined;
  /** When that will fire. */
  private wakeAt = Infinity;
  private firing = false;

  create(callback: () => void): Timer {
    return new SharedTimer(this, callback);
  }

  plan(task: Task, milliseconds: number): void {
    this.scheduler.plan(task, performance.now() + Math.max(0, milliseconds));
    this.arm();
  }

  cancel(task: Task): void {
    this.scheduler.cancel(task);
  }

  /** Ends all of them. */
  close(): void {
    clearTimeout(this.timeout);
    this.firing = true;
  }

  private arm(): void {
    const { nextAt } = this.scheduler;
    if (this.firing || nextAt >= this.wakeAt) return;
    clearTimeout(this.timeout);
    this.wakeAt = nextAt;
    // Node waits whole milliseconds; upwards, since one that is early would find nothing to do.
    this.timeout = setTimeout(this.fire, Math.min(Math.ceil(Math.max(0, nextAt - performance.now())), 0x7fff_ffff));
  }

  private readonly fire = (): void => {
    const { scheduler, lag } = this;
    const began = performance.now();
    let now = began;
    this.firing = true;
    try {
      while (scheduler.nextAt <= now && now - began < SLICE) {
        lag.record(now - scheduler.nextAt);
        scheduler.step();
        now = performance.now();
      }
    } finally {
      this.firing = false;
      this.wakeAt = Infinity;
    }
    if (scheduler.nextAt > now) return this.arm();
    this.wakeAt = -Infinity;
    setImmediate(this.fire);
  };
}

class SharedTimer extends Task implements Timer {
  constructor(
    private readonly timers: SharedTimers,
    callback: () => void,
  ) {
    super(callback);
  }

  start(milliseconds: number): void {
    this.timers.plan(this, milliseconds);
  }

  stop(): void {
    this.timers.cancel(this);
  }
}
