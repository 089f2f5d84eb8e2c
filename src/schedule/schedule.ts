import type { Clock, Entropy } from '../hal/index.js';

/** When a job runs. */
export type ScheduleWhen =
  /** Every so many seconds, 1 to 2,592,000 (30 days), the first time one interval after the start. */
  | {
      kind: 'every';
      seconds: number;
      /** Delays each run by a random time of up to so many seconds, 0 (default) to `seconds`; delays do not add up. */
      jitter?: number;
    }
  /** Once, when the schedule starts. */
  | { kind: 'start' }
  /** Whenever `Schedule.event` is called with this name. */
  | { kind: 'event'; name: string }
  /** Once a day, at a time of day, while the time of day is known. */
  | {
      kind: 'daily';
      /** Seconds since midnight, 0 to 86399. */
      at: number;
      /** Seconds that local time is ahead of UTC, -50400 to 50400. Default 0. */
      offset?: number;
    };

/** A job as `Schedule.list` returns it. */
export interface ScheduledJob {
  name: string;
  when: ScheduleWhen;
  enabled: boolean;
  /** How often it ran, and how often it threw. */
  runs: number;
  failures: number;
  /** Milliseconds until the next run; Infinity while it waits for an event, a start, or the time of day. */
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
    throw new RangeError('job "' + name + '": the event name must not be empty');
  }
}

function within(job: string, what: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new RangeError('job "' + job + '": ' + what + ' must be from ' + min + ' to ' + max + ', got ' + value);
}

/** Hears what happens in a schedule. */
export interface ScheduleHandler {
  /** A job threw; it stays in the schedule. `message` is one line. */
  onJobFailed(name: string, message: string): void;

  /** The time of day was changed by `seconds` while there were daily jobs. */
  onClockSet?(seconds: number): void;

  /** The time of a daily job came a second time, because the clock was set back; it did not run again. */
  onJobNotRepeated?(name: string): void;
}

/** Milliseconds between two looks at the time of day, which may change at any moment, while there are daily jobs. */
const LOOK_INTERVAL = 60000;
const UINT32 = 4294967296;

const DAY = 86400000;
/** Milliseconds that the chip's clock and the network's may drift apart between two looks. */
const TOLERANCE = 2000;

/** What happened to a daily job since the last look. */
const enum DayEvent {
  none = 0,
  /** Its time came, or was jumped over. */
  due = 1,
  /** Its time came again, because the clock was set back; it has run already. */
  repeated = 2,
}

/**
 * Notices once a day that a time of day has come, also when the clock is set. A jump forward over the time counts as
 * the time itself, once for any number of days. After a jump back of up to a day the time does not count again; a
 * longer jump back means that the clock was wrong before, so it starts anew. A time that passed before the first look,
 * or before the time of day was known, does not count.
 */
class Daily {
  private readonly at: number;
  /** The day of the last run, counted from 1970, where a day begins at the time of the job; NaN: not known yet. */
  private ranDay = NaN;
  private lastDay = NaN;

  /** `at`: seconds since midnight; `offset`: seconds that local time is ahead of UTC. */
  constructor(at: number, offset: number) {
    this.at = (at - offset) * 1000;
  }

  /** Looks at the time of day, in milliseconds since 1970; 0: it is not known. */
  look(unixTime: number): DayEvent {
    if (!(unixTime > 0)) return DayEvent.none;
    const day = Math.floor((unixTime - this.at) / DAY);
    const lastDay = this.lastDay;
    this.lastDay = day;
    if (!(day >= this.ranDay - 1)) {
      this.ranDay = day;
      return DayEvent.none;
    }
    if (day > this.ranDay) {
      this.ranDay = day;
      return DayEvent.due;
    }
    return day > lastDay ? DayEvent.repeated : DayEvent.none;
  }

  /** Milliseconds from `unixTime` to the next run; Infinity when the time of day is not known. */
  next(unixTime: number): number {
    if (!(unixTime > 0)) return Infinity;
    const day = Math.floor((unixTime - this.at) / DAY);
    const next = day < this.ranDay ? this.ranDay + 1 : day + 1;
    return next * DAY + this.at - unixTime;
  }
}

/** Notices changes of the time of day. */
class ClockJump {
  private base = NaN;

  /** Milliseconds by which the time of day was changed since the last look; 0 for less than two seconds. */
  look(now: number, unixTime: number): number {
    if (!(unixTime > 0)) return 0;
    const base = unixTime - now;
    const jump = base - this.base;
    this.base = base;
    return jump > TOLERANCE || jump < -TOLERANCE ? jump : 0;
  }
}

/** A job in the table. */
class Entry {
  enabled = true;
  runs = 0;
  failures = 0;
  /** Milliseconds of `Clock.now`; Infinity when it does not wait for a time. */
  due = Infinity;
  /** Of an interval: when this run is due, without jitter. */
  base = 0;
  readonly daily: Daily | undefined;
  // The parts of `when`, because comparing `when.kind`, a string, would allocate in `tick`.
  /** Milliseconds; 0 for none. */
  readonly interval: number;
  /** Milliseconds. */
  readonly jitter: number;
  /** The event that it waits for, if any. */
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
 * Runs named jobs. Intervals are measured with `Clock.now`, which never jumps, so setting the time of day does not move
 * them; daily jobs follow the time of day through its jumps, see `Daily`. After runs were missed, because the device
 * was busy or asleep, one run makes up for all of them, and the interval keeps its beat. A job only runs inside `tick`,
 * never inside `event` or `add`. Running a job does not allocate, unless the job does.
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

  /** For at most `capacity` jobs, 1 to 64. Throws a RangeError for any other capacity. */
  constructor(clock: Clock, entropy: Entropy, handler: ScheduleHandler, capacity = 8) {
    if (!(capacity >= 1 && capacity <= 64 && capacity % 1 === 0)) {
      throw new RangeError('schedule capacity must be an integer from 1 to 64, got ' + capacity);
    }
    this.clock = clock;
    this.entropy = entropy;
    this.handler = handler;
    this.entries = new Array<Entry | undefined>(capacity).fill(undefined);
  }

  /**
   * Adds a job, before the start or after it. Throws a RangeError of one line when the name is empty or taken, the
   * table is full, or `when` is out of range.
   */
  add(name: string, when: ScheduleWhen, run: () => void): void {
    if (name === '') throw new RangeError('the name of a job must not be empty');
    if (this.find(name) >= 0) throw new RangeError('a job named "' + name + '" already exists');
    checkWhen(name, when);
    const place = this.entries.indexOf(undefined);
    if (place < 0) throw new RangeError('job "' + name + '" not added: the limit is ' + this.entries.length + ' jobs');
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

  /** Enables or disables a job; when enabled its interval starts anew. False when there is no such job. */
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

  /** Makes the jobs that wait for the event due at the next `tick`; several events before it cause one run. */
  event(name: string): void {
    if (!this.running) return;
    const now = this.clock.now();
    for (let i = 0; i < this.entries.length; i++) {
      const entry = this.entries[i];
      if (entry?.enabled && entry.event === name) this.wakeAt(entry, now);
    }
  }

  // GatewayPart

  /** Makes jobs of the kind `start` due at once, and starts intervals. */
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

  /** Sets what the first run waits for; `isStart` when the schedule starts. */
  private begin(entry: Entry, now: number, isStart: boolean): void {
    const { daily, interval } = entry;
    entry.due = Infinity;
    if (entry.atStart && isStart) this.wakeAt(entry, now);
    if (interval > 0) {
      entry.base = now + interval;
      this.wakeAt(entry, entry.base + this.random(entry.jitter));
    }
    if (!daily) return;
    // A time that passed before this does not count.
    const unixTime = this.clock.unixTime();
    daily.look(unixTime);
    this.jump.look(now, unixTime);
    this.wake(now + this.untilLook(daily));
  }

  /** Sets the run after the one that is about to begin. */
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

  /** An integer from 0 to below `range`. */
  private random(range: number): number {
    return range > 0 ? Math.floor((this.entropy.uint32() / UINT32) * range) : 0;
  }

  /** Milliseconds to the next run of a daily job, or to the next look at the clock. */
  private untilLook(daily: Daily): number {
    const next = daily.next(this.clock.unixTime());
    return next < LOOK_INTERVAL ? next : LOOK_INTERVAL;
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
