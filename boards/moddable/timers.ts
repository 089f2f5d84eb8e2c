import type { Timer, Timers } from '../../src/hal/index.js';

/** The part of the SDK's module `timer` that is used here. `Id` is what the SDK takes a timer for. */
export interface SdkTimer<Id> {
  /** Makes a timer that calls back every `interval` milliseconds. */
  repeat(callback: (id: Id) => void, interval: number): Id;

  /** Calls back after `delay` milliseconds, and then every `repeat`; without them the timer rests. */
  schedule(id: Id, delay?: number, repeat?: number): void;
}

/** The longest time that the SDK's timers take: signed 32 bits. */
const LONGEST = 0x7fffffff;

/** One-shot timers over the SDK's repeating ones, which can be armed again without a new object. */
export class ModdableTimers<Id> implements Timers {
  constructor(private readonly timer: SdkTimer<Id>) {}

  create(callback: () => void): Timer {
    return new OneShot(this.timer, callback);
  }
}

class OneShot<Id> implements Timer {
  private readonly id: Id;

  constructor(
    private readonly timer: SdkTimer<Id>,
    callback: () => void,
  ) {
    this.id = timer.repeat((id) => {
      timer.schedule(id);
      callback();
    }, LONGEST);
    timer.schedule(this.id);
  }

  start(milliseconds: number): void {
    // The SDK frees a timer whose interval is 0 once it was called; and on Linux it loses track of one whose delay and
    // interval differ.
    const delay = milliseconds >= 1 ? (milliseconds < LONGEST ? milliseconds : LONGEST) : 1;
    this.timer.schedule(this.id, delay, delay);
  }

  stop(): void {
    this.timer.schedule(this.id);
  }
}
