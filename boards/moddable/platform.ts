import type { Entropy } from '../../src/hal/board.js';
import type { Clock, Log, Timer, Timers } from '../../src/hal/index.js';

/** The part of the SDK's module `time` that is used here. */
export interface SdkTime {
  /** Milliseconds: 32 bits on a chip, where they wrap after 49.7 days; since 1970 on a desktop. */
  readonly ticks: number;
}

/** 2024-01-01T00:00:00Z. A chip whose time was not set is decades behind: at 1970 or 1995. */
const EARLIEST = 1704067200000;

/** The SDK's ticks, counted on across their wrap. `now` must be called once in 24 days, which every timer does. */
export class ModdableClock implements Clock {
  private last: number;
  private elapsed = 0;

  constructor(private readonly time: SdkTime) {
    this.last = time.ticks;
  }

  now(): number {
    const ticks = this.time.ticks;
    const step = (ticks - this.last) | 0;
    this.last = ticks;
    // A desktop's ticks follow its time of day, which somebody may set back.
    if (step > 0) this.elapsed += step;
    return this.elapsed;
  }

  unixTime(): number {
    const now = Date.now();
    return now < EARLIEST ? 0 : now;
  }
}

/** The part of the SDK's module `timer` that is used here. `Id` is what the SDK takes a timer for: an object. */
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

/** A timer of the SDK, which keeps what is put on it. */
type Owned<Id> = Id & { owner: OneShot<Id> };

class OneShot<Id> implements Timer {
  private readonly id: Owned<Id>;

  constructor(
    private readonly timer: SdkTimer<Id>,
    readonly callback: () => void,
  ) {
    // One function for all timers, in ROM on a chip: a closure takes 9 slots more than what it finds its timer by.
    this.id = timer.repeat(expired as (id: Id) => void, LONGEST) as Owned<Id>;
    this.id.owner = this;
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

function expired<Id>({ owner }: Owned<Id>): void {
  owner.stop();
  owner.callback();
}

/**
 * Random numbers from a function such as `Math.random`. That is the hardware's source on ESP32 and ESP8266
 * (xs/platforms/esp/xsHost.h of the Moddable SDK). On the SDK's Linux target it is rand(), the same after each start:
 * there `seed` must differ, for example the time of day.
 */
export class RandomEntropy implements Entropy {
  /** `random` returns a number from 0 up to 1, of at least 16 bits. */
  constructor(
    private readonly random: () => number,
    private seed = 0,
  ) {}

  uint32(): number {
    // A linear congruential generator (Numerical Recipes, section 7.1) carries the seed on.
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) | 0;
    const high = (this.random() * 0x10000) << 16;
    return (high ^ (this.random() * 0x10000) ^ this.seed) >>> 0;
  }
}

/** The console that xsbug and the serial port show. */
export class TraceLog implements Log {
  /** `trace`: the SDK's global function of that name. */
  constructor(private readonly trace: (text: string) => void) {}

  line(text: string): void {
    this.trace(text);
    this.trace('\n');
  }
}
