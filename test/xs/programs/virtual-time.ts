import type { Clock, Timer, Timers } from '../../../src/hal/index.js';

/** 2026-01-01T00:00:00Z in milliseconds since 1970. */
const START = 1767225600000;

/** A clock and a fixed number of timers that only `run` moves. All memory is taken at construction. */
export class VirtualTime implements Clock, Timers {
  private readonly timers: VirtualTimer[] = [];
  private used = 0;
  private milliseconds = 0;
  /** No timer is due before; looked for when it comes, so that what is measured does not pay for the clock. */
  private nextDue = Infinity;

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
    while (this.nextDue <= end) this.callFirst(end);
    this.milliseconds = end;
  }

  /** A timer was started, and is due then. */
  started(due: number): void {
    if (due < this.nextDue) this.nextDue = due;
  }

  /** Calls the timer that is due first, if it is by `end`, and notes when the next one is. */
  private callFirst(end: number): void {
    let first = this.timers[0]!;
    for (let i = 1; i < this.used; i++) if (this.timers[i]!.due < first.due) first = this.timers[i]!;
    this.nextDue = first.due;
    if (first.due > end) return;
    if (first.due > this.milliseconds) this.milliseconds = first.due;
    first.due = Infinity;
    first.callback();
  }
}

class VirtualTimer implements Timer {
  callback: () => void = nothing;
  due = Infinity;

  constructor(private readonly time: VirtualTime) {}

  start(milliseconds: number): void {
    this.due = this.time.now() + milliseconds;
    this.time.started(this.due);
  }

  stop(): void {
    this.due = Infinity;
  }
}

function nothing(): void {}
