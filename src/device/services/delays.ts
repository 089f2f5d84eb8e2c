import type { Timer, Timers } from '../../hal/index.js';

class Delay {
  readonly timer: Timer;
  resolve: () => void = () => {};
  reject: (error: Error) => void = () => {};

  constructor(timers: Timers, over: (delay: Delay) => void) {
    this.timer = timers.create(() => over(this));
  }
}

/** Promises that resolve after a time. Their timers are used again, because a board never gives one back. */
export class Delays {
  private readonly free: Delay[] = [];
  private readonly running: Delay[] = [];

  constructor(private readonly timers: Timers) {}

  /** Rejects with an Error when `end` comes before. */
  wait(milliseconds: number): Promise<void> {
    const delay = this.free.pop() ?? new Delay(this.timers, (done) => this.release(done).resolve());
    this.running.push(delay);
    return new Promise((resolve, reject) => {
      delay.resolve = resolve;
      delay.reject = reject;
      delay.timer.start(milliseconds);
    });
  }

  /** Ends all that run. */
  end(): void {
    for (const delay of this.running.slice()) {
      delay.timer.stop();
      this.release(delay).reject(new Error('the device stops'));
    }
  }

  private release(delay: Delay): Delay {
    this.running.splice(this.running.indexOf(delay), 1);
    this.free.push(delay);
    return delay;
  }
}
