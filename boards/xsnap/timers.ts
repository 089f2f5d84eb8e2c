import type { Timer, Timers } from '../../src/hal/index.js';
import { Call, CallOffset } from './channel.js';
import type { Calls } from './calls.js';

/** Timers of the host. */
export class ChannelTimers implements Timers {
  private readonly callbacks: (() => void)[] = [];
  private readonly calls: Calls;

  constructor(calls: Calls) {
    this.calls = calls;
  }

  create(callback: () => void): Timer {
    return new ChannelTimer(this.calls, this.callbacks.push(callback) - 1);
  }

  /** The timer `index` is due. The host takes back what was due when a timer is started anew or stopped. */
  fired(index: number): void {
    this.callbacks[index]?.();
  }
}

class ChannelTimer implements Timer {
  private readonly calls: Calls;
  private readonly index: number;

  constructor(calls: Calls, index: number) {
    this.calls = calls;
    this.index = index;
  }

  start(milliseconds: number): void {
    this.calls.view.setFloat64(CallOffset.body, milliseconds, true);
    this.calls.issue(Call.startTimer, 0, 0, this.index, 8);
  }

  stop(): void {
    this.calls.issue(Call.stopTimer, 0, 0, this.index, 0);
  }
}
