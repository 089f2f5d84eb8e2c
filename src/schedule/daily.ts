const DAY = 86400000;
/** So long the clock of the chip and the one of the network may drift apart between two looks. */
const TOLERANCE = 2000;

/** What became of the time of day since the last look. */
export const enum DayEvent {
  none = 0,
  /** The time of the job came, or was jumped over. */
  due = 1,
  /** The time of the job came again, since the clock was set back; it has run already. */
  repeated = 2,
}

/**
 * Notices when a time of day comes, once a day, also when the clock is set: a jump forward over the time counts as the
 * time itself, once however many days are jumped; after a jump back of up to a day the time that comes again does not
 * count. A jump back of more than that means that the clock was wrong before, so it begins anew. What came before the
 * first look, or before the time of day was known, does not count.
 */
export class Daily {
  private readonly at: number;
  /** Days since 1970, each of which begins at the time of the job, that it has run for last; NaN: not known yet. */
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

/** Notices that the time of day was set. */
export class ClockJump {
  private base = NaN;

  /** Milliseconds by which the time of day was set since the last look, 0 for less than two seconds; see `Clock`. */
  look(now: number, unixTime: number): number {
    if (!(unixTime > 0)) return 0;
    const base = unixTime - now;
    const jump = base - this.base;
    this.base = base;
    return jump > TOLERANCE || jump < -TOLERANCE ? jump : 0;
  }
}
