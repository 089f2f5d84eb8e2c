import { setTimeout as sleep } from 'node:timers/promises';

/** Something with a virtual clock. */
export interface Paced {
  /** Milliseconds of its clock. */
  now(): number;
  /** Lets all happen up to and including `time`. */
  runUntil(time: number): Promise<void>;
  /** Where its time ends; Infinity: nowhere. */
  readonly endsAt: number;
}

/** Real time; a test has its own. */
export interface RealTime {
  /** Milliseconds, from any moment on. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export const REAL_TIME: RealTime = {
  now: () => performance.now(),
  sleep: async (milliseconds) => {
    await sleep(milliseconds);
  },
};

/** Real time between two looks at the clock. */
const TURN_MILLISECONDS = 40;
/** Milliseconds of the virtual clock in a turn: the first one, and the most. */
const FIRST_TURN = 1000;
const LONGEST_TURN = 3_600_000;
/** Real time that is made up for at most, when the computer slept or was too slow. */
const CATCH_UP_MILLISECONDS = 1000;

/**
 * Lets a virtual clock go as fast as real time, or so many times as fast. Between turns, events of Node come through.
 */
export class Pacer {
  private stopped = false;
  private factor: number;
  /** From where time is counted: the same moment on both clocks. */
  private real: number;
  private virtual: number;
  private turnLength = FIRST_TURN;

  /** `speed`: 0 pauses, Infinity is as fast as it goes. */
  constructor(
    private readonly paced: Paced,
    speed: number,
    private readonly realTime: RealTime = REAL_TIME,
  ) {
    this.factor = speed;
    this.real = realTime.now();
    this.virtual = paced.now();
  }

  get speed(): number {
    return this.factor;
  }

  set speed(speed: number) {
    this.factor = speed;
    this.restart();
  }

  /** Counts from now on, by what the virtual clock says: it was set. */
  restart(): void {
    this.real = this.realTime.now();
    this.virtual = this.paced.now();
  }

  /** `run` returns after its turn. */
  stop(): void {
    this.stopped = true;
  }

  /** Runs until the end of the virtual time, or `stop`. `turned` is called after each turn, every 40 ms or so. */
  async run(turned: () => void): Promise<void> {
    const { paced, realTime } = this;
    while (!this.stopped && paced.now() < paced.endsAt) {
      const due = await this.turn();
      turned();
      // When it is ahead, time has to pass; else signals have to come through.
      await realTime.sleep(paced.now() < due ? 0 : TURN_MILLISECONDS);
    }
  }

  /** Returns the virtual time that it ought to be. */
  private async turn(): Promise<number> {
    const { paced, realTime } = this;
    const began = realTime.now();
    const due = this.dueAt(began);
    await paced.runUntil(Math.min(paced.endsAt, due, paced.now() + this.turnLength));
    const took = realTime.now() - began;
    if (took < TURN_MILLISECONDS / 2) this.turnLength = Math.min(2 * this.turnLength, LONGEST_TURN);
    else if (took > TURN_MILLISECONDS) this.turnLength = Math.max(1, this.turnLength / 2);
    return due;
  }

  private dueAt(real: number): number {
    const { factor } = this;
    // Infinity times no time at all is no number.
    if (factor === 0 || factor === Infinity) return factor === 0 ? this.virtual : Infinity;
    const most = this.paced.now() + factor * CATCH_UP_MILLISECONDS;
    const due = this.virtual + (real - this.real) * factor;
    if (due <= most) return due;
    this.real = real;
    this.virtual = most;
    return most;
  }
}
