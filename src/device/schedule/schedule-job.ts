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
