import type { Timer } from '../../../../src/hal/index.js';
import { VirtualTime } from '../../../support/virtual-time.js';

/** What the SDK hands out for a timer. */
export interface TimerId {
  timer: Timer;
  repeat: number;
  freed: boolean;
}

/**
 * The SDK's module `timer` in virtual time, as modules/base/timer says: a timer whose interval is 0 is freed once it
 * was called, and a freed one is no timer any more.
 */
export class SdkTimerImitation {
  readonly time = new VirtualTime();
  made = 0;

  repeat(callback: (id: TimerId) => void, interval: number): TimerId {
    this.made++;
    const timer = this.time.create(() => {
      if (id.repeat > 0) timer.start(id.repeat);
      callback(id);
      if (id.repeat === 0) id.freed = true;
    });
    const id: TimerId = { timer, repeat: interval, freed: false };
    timer.start(interval);
    return id;
  }

  schedule(id: TimerId, delay?: number, repeat = 0): void {
    if (id.freed) throw new Error('invalid host object');
    if (delay === undefined) {
      id.timer.stop();
      // As in modTimerUnschedule of the chips.
      id.repeat = -1;
      return;
    }
    if (!(delay >= 0 && delay <= 0x7fffffff)) throw new Error(`a delay of ${delay} does not fit in 32 bits`);
    id.repeat = repeat;
    id.timer.start(delay);
  }
}
