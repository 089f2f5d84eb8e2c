import type { Clock, Timer, Timers } from '../../../src/hal/index.js';

/** 2026-01-01T00:00:00Z in milliseconds since 1970. */
const START = 1767225600000;

/** A clock and a fixed number of timers that only `run` moves. All memory is taken at construction. */
export class VirtualTime implements Clock, Timers {
  private readonly timers: VirtualTimer[] = [];
  private used = 0;
  private milliseconds = 0;

  /** `count` is how many timers can be created. */
  constructor(count: number) {
    for (let i = 0; i < count; i++) this.timers.push(new VirtualTimer(this));
  }

  now(): number {
    return this.milliseconds;
  }

  unixTime(): number {
    return START + Math.floor(this.milliseconds);
  }

  /** Throws an Error when there are no more timers: the test has to make more. */
  create(callback: () => void): Timer {
    const timer = this.timers[this.used++];
    if (timer === undefined) throw new Error('no virtual timer is left');
    timer.callback = callback;
    return timer;
  }

  /** Lets `milliseconds` pass, and calls back what is due, in the order of time. */
  run(milliseconds: number): void {
    const end = this.milliseconds + milliseconds;
    for (;;) {
      let first = this.timers[0]!;
      for (let i = 1; i < this.used; i++) if (this.timers[i]!.due < first.due) first = this.timers[i]!;
      if (first.due > end) break;
      if (first.due > this.milliseconds) this.milliseconds = first.due;
      first.due = Infinity;
      first.callback();
    }
    this.milliseconds = end;
  }
}

class VirtualTimer implements Timer {
  callback: () => void = nothing;
  due = Infinity;

  constructor(private readonly clock: Clock) {}

  start(milliseconds: number): void {
    this.due = this.clock.now() + milliseconds;
  }

  stop(): void {
    this.due = Infinity;
  }
}

function nothing(): void {}
