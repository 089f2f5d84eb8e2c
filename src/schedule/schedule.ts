import type { Clock, Entropy } from '../hal/index.js';
import { ClockJump, Daily, DayEvent } from './daily.js';

/** When a job runs. */
export type ScheduleWhen =
  /** Every so many seconds, 1 to 2,592,000 (30 days), the first time one interval after the start. */
  | {
      kind: 'every';
      seconds: number;
      /** Puts each run off by a random time of up to so many seconds, 0 (default) to `seconds`; it does not add up. */
      jitter?: number;
    }
  /** Once, when the schedule starts. */
  | { kind: 'start' }
  /** Whenever `Schedule.event` is called with this name. */
  | { kind: 'event'; name: string }
  /** Once a day, at a time of day; it needs the time of day to be known. */
  | {
      kind: 'daily';
      /** Seconds since midnight, 0 to 86399. */
      at: number;
      /** Seconds that local time is ahead of UTC, -50400 to 50400. Default 0. */
      offset?: number;
    };

/** A job as `Schedule.list` tells it. */
export interface ScheduledJob {
  name: string;
  when: ScheduleWhen;
  enabled: boolean;
  /** Times that it ran, and that it threw. */
  runs: number;
  failures: number;
  /** Milliseconds until the next run; Infinity when that waits for an event, a start, or the time of day. */
  due: number;
}

const enum Limit {
  seconds = 2592000,
  day = 86400,
  offset = 50400,
}

/** Throws a RangeError of one line that names the job, what is wrong, and what is allowed. */
export function checkWhen(name: string, when: ScheduleWhen): void {
  if (when.kind === 'every') {
    within(name, 'seconds', when.seconds, 1, Limit.seconds);
    within(name, 'jitter', when.jitter ?? 0, 0, when.seconds);
  } else if (when.kind === 'daily') {
    within(name, 'at', when.at, 0, Limit.day - 1);
    within(name, 'offset', when.offset ?? 0, -Limit.offset, Limit.offset);
  } else if (when.kind === 'event' && when.name === '') {
    throw new RangeError('job "' + name + '": the name of its event is empty');
  }
}

function within(job: string, what: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new RangeError('job "' + job + '": ' + what + ' ' + value + ': allowed are ' + least + ' to ' + most);
}

/** What a schedule tells its owner. */
export interface ScheduleHandler {
  /** A job threw; it stays in the schedule. `message` is one line. */
  onJobFailed(name: string, message: string): void;

  /** The time of day was set by `seconds` while daily jobs wait for it. */
  onClockSet?(seconds: number): void;

  /** The time of a daily job came a second time, since the clock was set back; it has not run again. */
  onJobNotRepeated?(name: string): void;
}

/** How often a schedule with daily jobs looks at the time of day, which may be set at any moment. Milliseconds. */
const LOOK = 60000;
const UINT32 = 4294967296;

/** A place of the table. */
class Entry {
  enabled = true;
  runs = 0;
  failures = 0;
  /** Milliseconds of `Clock.now`; Infinity: it waits for something else than time. */
  due = Infinity;
  /** Of an interval: when this run is due without its jitter. */
  base = 0;
  readonly daily: Daily | undefined;
  // What running needs, so that it need not compare `when.kind`, a text.
  /** Milliseconds; 0: it has no interval. */
  readonly interval: number;
  /** Milliseconds. */
  readonly jitter: number;
  /** The event that it waits for; undefined: it waits for none. */
  readonly event: string | undefined;
  readonly atStart: boolean;

  constructor(
    readonly name: string,
    readonly when: ScheduleWhen,
    readonly run: () => void,
  ) {
    if (when.kind === 'daily') this.daily = new Daily(when.at, when.offset ?? 0);
    this.interval = when.kind === 'every' ? when.seconds * 1000 : 0;
    this.jitter = when.kind === 'every' ? (when.jitter ?? 0) * 1000 : 0;
    this.event = when.kind === 'event' ? when.name : undefined;
    this.atStart = when.kind === 'start';
  }
}

/**
 * Named jobs at their times. Intervals are counted on `Clock.now`, which never jumps, so setting the time of day moves
 * none of them; daily jobs follow the time of day through its jumps, see `Daily`. A run that was missed, because the
 * device was busy or asleep, is made up for once, and the interval keeps its beat. A job runs inside `tick` alone,
 * never inside `event` or `add`. Running a job allocates nothing, unless the job does.
 *
 * It is a `GatewayPart`: it has no timer, and times are milliseconds of `Clock.now`.
 */
export class Schedule {
  /** When `tick` must be called at the latest; Infinity when nothing is due. */
  deadline = Infinity;

  private readonly clock: Clock;
  private readonly entropy: Entropy;
  private readonly handler: ScheduleHandler;
  private readonly entries: (Entry | undefined)[];
  private readonly jump = new ClockJump();
  private dailyCount = 0;
  private running = false;
  private host: { wake(): void } | undefined;

  /** `capacity`: jobs that it can have, 1 to 64. Throws a RangeError when that is not allowed. */
  constructor(clock: Clock, entropy: Entropy, handler: ScheduleHandler, capacity = 8) {
    if (!(capacity >= 1 && capacity <= 64 && capacity % 1 === 0)) {
      throw new RangeError('schedule capacity ' + capacity + ': allowed are whole numbers from 1 to 64');
    }
    this.clock = clock;
    this.entropy = entropy;
    this.handler = handler;
    this.entries = new Array<Entry | undefined>(capacity).fill(undefined);
  }

  /**
   * Adds a job; `run` is kept. Legal before the start and after. Throws a RangeError of one line when the name is empty
   * or taken, the table is full, or `when` is not allowed.
   */
  add(name: string, when: ScheduleWhen, run: () => void): void {
    if (name === '') throw new RangeError('job: its name is empty');
    if (this.find(name) >= 0) throw new RangeError('job "' + name + '": there is one of this name already');
    checkWhen(name, when);
    const place = this.entries.indexOf(undefined);
    if (place < 0)
      throw new RangeError('job "' + name + '": the schedule has ' + this.entries.length + ' jobs and no more');
    const entry = new Entry(name, when, run);
    this.entries[place] = entry;
    if (entry.daily) this.dailyCount++;
    if (this.running) this.begin(entry, this.clock.now(), false);
  }

  /** False when there is no such job. */
  remove(name: string): boolean {
    const place = this.find(name);
    if (place < 0) return false;
    if (this.entries[place]!.daily) this.dailyCount--;
    this.entries[place] = undefined;
    return true;
  }

  /** Lets a job run, or not; its interval begins anew when it may. False when there is no such job. */
  enable(name: string, enabled: boolean): boolean {
    const entry = this.entries[this.find(name)];
    if (!entry) return false;
    if (entry.enabled === enabled) return true;
    entry.enabled = enabled;
    if (!enabled) entry.due = Infinity;
    else if (this.running) this.begin(entry, this.clock.now(), false);
    return true;
  }

  /** The jobs, in the order of the table. Allocates. */
  list(): ScheduledJob[] {
    const now = this.clock.now();
    const jobs: ScheduledJob[] = [];
    for (const entry of this.entries) {
      if (!entry) continue;
      const { name, when, enabled, runs, failures, daily } = entry;
      let due = daily && this.running && enabled ? daily.next(this.clock.unixTime()) : entry.due - now;
      if (due < 0) due = 0;
      jobs.push({ name, when, enabled, runs, failures, due });
    }
    return jobs;
  }

  /** Something happened: the jobs that wait for it run at the next `tick`, once for all that happened until then. */
  event(name: string): void {
    if (!this.running) return;
    const now = this.clock.now();
    for (let i = 0; i < this.entries.length; i++) {
      const entry = this.entries[i];
      if (entry?.enabled && entry.event === name) this.wakeAt(entry, now);
    }
  }

  // GatewayPart

  /** Jobs of the kind `start` are due at once, and intervals begin. */
  start(now: number, host?: { wake(): void }): void {
    this.host = host;
    this.running = true;
    this.deadline = Infinity;
    for (let i = 0; i < this.entries.length; i++) {
      const entry = this.entries[i];
      if (entry?.enabled) this.begin(entry, now, true);
    }
  }

  stopped(): void {
    this.running = false;
    this.deadline = Infinity;
    for (let i = 0; i < this.entries.length; i++) if (this.entries[i]) this.entries[i]!.due = Infinity;
  }

  /** Runs what is due. */
  tick(now: number): void {
    if (!this.running) return;
    const unixTime = this.dailyCount > 0 ? this.clock.unixTime() : 0;
    const jump = this.jump.look(now, unixTime);
    if (jump !== 0) this.handler.onClockSet?.(Math.round(jump / 1000));
    for (let i = 0; i < this.entries.length; i++) {
      const entry = this.entries[i];
      if (!entry?.enabled) continue;
      if (entry.daily) this.tickDaily(entry, entry.daily, unixTime);
      else if (entry.due <= now) {
        this.advance(entry, now);
        this.execute(entry);
      }
    }
    this.rearm(now);
  }

  private tickDaily(entry: Entry, daily: Daily, unixTime: number): void {
    const event = daily.look(unixTime);
    if (event === DayEvent.due) this.execute(entry);
    else if (event === DayEvent.repeated) this.handler.onJobNotRepeated?.(entry.name);
  }

  /** Sets what the next run waits for; `isStart` at the start of the schedule alone. */
  private begin(entry: Entry, now: number, isStart: boolean): void {
    const { daily, interval } = entry;
    entry.due = Infinity;
    if (entry.atStart && isStart) this.wakeAt(entry, now);
    if (interval > 0) {
      entry.base = now + interval;
      this.wakeAt(entry, entry.base + this.random(entry.jitter));
    }
    if (!daily) return;
    // What came before does not count.
    const unixTime = this.clock.unixTime();
    daily.look(unixTime);
    this.jump.look(now, unixTime);
    this.wake(now + this.untilLook(daily));
  }

  /** A run is about to be: sets the one after it. */
  private advance(entry: Entry, now: number): void {
    const { interval } = entry;
    entry.due = Infinity;
    if (interval === 0) return;
    entry.base += interval;
    if (entry.base <= now) entry.base += Math.ceil((now - entry.base + 1) / interval) * interval;
    entry.due = entry.base + this.random(entry.jitter);
  }

  private execute(entry: Entry): void {
    entry.runs++;
    try {
      entry.run();
    } catch (error) {
      entry.failures++;
      this.handler.onJobFailed(entry.name, error instanceof Error ? error.message : String(error));
    }
  }

  /** From 0 to below `range`. */
  private random(range: number): number {
    return range > 0 ? Math.floor((this.entropy.uint32() / UINT32) * range) : 0;
  }

  /** The next run of a daily job, or when to look whether the clock was set. */
  private untilLook(daily: Daily): number {
    const next = daily.next(this.clock.unixTime());
    return next < LOOK ? next : LOOK;
  }

  private rearm(now: number): void {
    let first = Infinity;
    for (let i = 0; i < this.entries.length; i++) {
      const entry = this.entries[i];
      if (!entry?.enabled) continue;
      const due = entry.daily ? now + this.untilLook(entry.daily) : entry.due;
      if (due < first) first = due;
    }
    this.deadline = first;
  }

  private wakeAt(entry: Entry, due: number): void {
    entry.due = due;
    this.wake(due);
  }

  private wake(due: number): void {
    if (due >= this.deadline) return;
    this.deadline = due;
    this.host?.wake();
  }

  private find(name: string): number {
    for (let i = 0; i < this.entries.length; i++) if (this.entries[i]?.name === name) return i;
    return -1;
  }
}
