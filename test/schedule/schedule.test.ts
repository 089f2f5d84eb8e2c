import fc from 'fast-check';
import { Schedule } from '../../src/schedule/schedule.js';
import type { ScheduleWhen } from '../../src/schedule/schedule.js';
import { describe, expect, it } from 'vitest';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
/** 2026-01-01T00:00:00Z */
const MIDNIGHT = 1767225600000;

/** A schedule, its clock, and an owner that obeys its deadline. */
class Bench {
  time = 5000;
  /** The time of day is `time + base`; NaN: it is not known. */
  base = NaN;
  /** Of each job that ran: its name and when, in seconds since the start. */
  readonly runs: string[] = [];
  readonly told: string[] = [];
  random = 0;
  wakes = 0;
  readonly schedule: Schedule;
  private readonly from = this.time;

  constructor(capacity?: number) {
    this.schedule = new Schedule(
      { now: () => this.time, unixTime: () => (Number.isNaN(this.base) ? 0 : this.time + this.base) },
      { uint32: () => this.random },
      {
        onJobFailed: (name, message) => this.told.push(`${name} failed: ${message}`),
        onClockSet: (seconds) => this.told.push(`clock set by ${seconds}`),
        onJobNotRepeated: (name) => this.told.push(`${name} not repeated`),
      },
      capacity,
    );
  }

  add(name: string, when: ScheduleWhen): void {
    this.schedule.add(name, when, () => this.runs.push(`${name} ${(this.time - this.from) / 1000}`));
  }

  start(): this {
    this.schedule.start(this.time, { wake: () => void this.wakes++ });
    return this;
  }

  /** Sets the time of day. */
  set(unixTime: number): void {
    this.base = unixTime - this.time;
  }

  run(milliseconds: number): void {
    const end = this.time + milliseconds;
    while (this.schedule.deadline <= end) {
      this.time = Math.max(this.time, this.schedule.deadline);
      this.schedule.tick(this.time);
    }
    this.time = end;
  }
}

describe('an interval', () => {
  it('keeps its beat', () => {
    const b = new Bench();
    b.add('a', { kind: 'every', seconds: 10 });
    b.add('b', { kind: 'every', seconds: 15 });
    b.start().run(30 * SECOND);
    expect(b.runs).toEqual(['a 10', 'b 15', 'a 20', 'a 30', 'b 30']);
  });

  it('has jitter that does not add up', () => {
    const b = new Bench();
    b.random = 0x80000000;
    b.add('a', { kind: 'every', seconds: 10, jitter: 4 });
    b.start().run(35 * SECOND);
    expect(b.runs).toEqual(['a 12', 'a 22', 'a 32']);
  });

  it('makes up for missed runs once, and keeps its beat', () => {
    const b = new Bench();
    b.add('a', { kind: 'every', seconds: 10 });
    b.start();
    b.time += 47 * SECOND;
    b.schedule.tick(b.time);
    b.run(13 * SECOND);
    expect(b.runs).toEqual(['a 47', 'a 50', 'a 60']);
  });

  it('does not mind how the time of day is set', () => {
    const b = new Bench();
    b.add('a', { kind: 'every', seconds: 10 });
    b.start().run(15 * SECOND);
    b.set(MIDNIGHT);
    b.run(10 * SECOND);
    b.set(MIDNIGHT - 900 * DAY);
    b.run(10 * SECOND);
    expect(b.runs).toEqual(['a 10', 'a 20', 'a 30']);
  });
});

describe('jobs at the start and on an event', () => {
  it('run in the tick that follows, once', () => {
    const b = new Bench();
    b.add('hello', { kind: 'start' });
    b.add('report', { kind: 'event', name: 'connected' });
    b.schedule.event('connected');
    b.start();
    expect(b.runs).toEqual([]);
    b.run(0);
    b.schedule.event('connected');
    b.schedule.event('connected');
    b.schedule.event('other');
    expect([b.runs, b.wakes]).toEqual([['hello 0'], 2]);
    b.run(5 * SECOND);
    expect(b.runs).toEqual(['hello 0', 'report 0']);
    b.schedule.stopped();
    b.schedule.event('connected');
    b.start().run(SECOND);
    expect(b.runs).toEqual(['hello 0', 'report 0', 'hello 5']);
  });
});

describe('a daily job', () => {
  /** At 03:00. */
  function daily(unixTime: number): Bench {
    const b = new Bench();
    b.add('d', { kind: 'daily', at: 3 * 3600 });
    b.set(unixTime);
    return b.start();
  }

  it('runs at its time, each day', () => {
    const b = daily(MIDNIGHT);
    b.run(2 * DAY);
    expect(b.runs).toEqual(['d 10800', 'd 97200']);
    expect(b.told).toEqual([]);
  });

  it('follows local time', () => {
    const b = new Bench();
    b.add('d', { kind: 'daily', at: 3600, offset: 7200 });
    b.set(MIDNIGHT);
    b.start().run(DAY);
    expect(b.runs).toEqual(['d 82800']);
  });

  it('waits until the time of day is known, and has missed nothing before', () => {
    const b = daily(NaN);
    b.run(5 * HOUR);
    b.set(MIDNIGHT + 4 * HOUR);
    b.run(22 * HOUR);
    expect(b.runs).toEqual([]);
    b.run(2 * HOUR);
    expect(b.runs).toHaveLength(1);
    expect(b.told).toEqual([]);
  });

  it('runs once when the clock is set over its time, and says that it was set', () => {
    const b = daily(MIDNIGHT + 2 * HOUR);
    b.run(10 * SECOND);
    b.set(MIDNIGHT + 3 * HOUR + 1800 * SECOND);
    b.run(60 * SECOND);
    expect(b.runs).toHaveLength(1);
    expect(b.told).toEqual(['clock set by 5390']);
    b.run(2 * HOUR);
    expect(b.runs).toHaveLength(1);
    b.set(MIDNIGHT + 40 * DAY + 5 * HOUR);
    b.run(60 * SECOND);
    expect(b.runs).toHaveLength(2);
  });

  it('does not run twice when the clock is set back, and says so', () => {
    const b = daily(MIDNIGHT + 2 * HOUR);
    b.run(HOUR + 10 * SECOND);
    expect(b.runs).toHaveLength(1);
    b.set(MIDNIGHT + 2 * HOUR);
    b.run(2 * HOUR);
    expect(b.runs).toHaveLength(1);
    expect(b.told).toEqual(['clock set by -3610', 'd not repeated']);
    b.run(DAY);
    expect(b.runs).toHaveLength(2);
  });

  it('runs again the next day when the clock was far ahead', () => {
    const b = daily(MIDNIGHT + 900 * DAY);
    b.run(DAY);
    expect(b.runs).toHaveLength(1);
    b.set(MIDNIGHT);
    b.run(DAY);
    expect(b.runs).toHaveLength(2);
  });

  it('runs once a day, whatever small steps the clock makes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2 * HOUR, max: 2 * HOUR }), { maxLength: 20 }), (steps) => {
        const b = daily(MIDNIGHT + 12 * HOUR);
        for (const step of steps) {
          b.base += step;
          b.run(6 * HOUR);
        }
        // Home again on the true time, at noon.
        b.set(MIDNIGHT + 12 * HOUR + b.time - 5000);
        b.run(DAY);
        const days = Math.floor((b.time - 5000) / DAY);
        expect(b.runs.length).toBeGreaterThanOrEqual(days);
        expect(b.runs.length).toBeLessThanOrEqual(days + 1);
      }),
    );
  });
});

describe('the table', () => {
  it('lists what there is', () => {
    const b = new Bench();
    b.add('a', { kind: 'every', seconds: 10 });
    b.add('d', { kind: 'daily', at: 60 });
    b.add('e', { kind: 'event', name: 'x' });
    b.set(MIDNIGHT);
    b.start().run(12 * SECOND);
    b.schedule.enable('e', false);
    expect(b.schedule.list()).toEqual([
      { name: 'a', when: { kind: 'every', seconds: 10 }, enabled: true, runs: 1, failures: 0, due: 8000 },
      { name: 'd', when: { kind: 'daily', at: 60 }, enabled: true, runs: 0, failures: 0, due: 48000 },
      { name: 'e', when: { kind: 'event', name: 'x' }, enabled: false, runs: 0, failures: 0, due: Infinity },
    ]);
  });

  it('adds, removes and disables while it runs', () => {
    const b = new Bench();
    b.start().run(5 * SECOND);
    expect(b.schedule.deadline).toBe(Infinity);
    b.add('a', { kind: 'every', seconds: 10 });
    b.add('late', { kind: 'start' });
    expect(b.wakes).toBe(1);
    b.run(10 * SECOND);
    expect(b.schedule.enable('a', false)).toBe(true);
    b.run(20 * SECOND);
    b.schedule.enable('a', true);
    b.run(10 * SECOND);
    expect(b.runs).toEqual(['a 15', 'a 45']);
    expect([b.schedule.remove('a'), b.schedule.remove('a'), b.schedule.enable('a', true)]).toEqual([
      true,
      false,
      false,
    ]);
    b.run(60 * SECOND);
    expect(b.runs).toHaveLength(2);
  });

  it('lets a job remove itself and add another', () => {
    const b = new Bench();
    b.schedule.add('once', { kind: 'every', seconds: 1 }, () => {
      b.schedule.remove('once');
      b.add('next', { kind: 'every', seconds: 2 });
    });
    b.start().run(5 * SECOND);
    expect(b.runs).toEqual(['next 3', 'next 5']);
  });

  it('reports the errors of a job, which goes on', () => {
    const b = new Bench();
    b.schedule.add('bad', { kind: 'every', seconds: 1 }, () => {
      throw new Error('no sensor');
    });
    b.add('good', { kind: 'every', seconds: 1 });
    b.start().run(2 * SECOND);
    expect(b.told).toEqual(['bad failed: no sensor', 'bad failed: no sensor']);
    expect(b.runs).toEqual(['good 1', 'good 2']);
    expect(b.schedule.list()[0]).toMatchObject({ runs: 2, failures: 2 });
  });

  it.each([
    ['', { kind: 'start' }, 'the name of a job must not be empty'],
    ['a', { kind: 'start' }, 'a job named "a" already exists'],
    ['b', { kind: 'every', seconds: 0 }, 'job "b": seconds must be from 1 to 2592000, got 0'],
    ['b', { kind: 'every', seconds: 10, jitter: 11 }, 'job "b": jitter must be from 0 to 10, got 11'],
    ['b', { kind: 'daily', at: 86400 }, 'job "b": at must be from 0 to 86399, got 86400'],
    ['b', { kind: 'daily', at: 0, offset: NaN }, 'job "b": offset must be from -50400 to 50400, got NaN'],
    ['b', { kind: 'event', name: '' }, 'job "b": the event name must not be empty'],
  ] as [string, ScheduleWhen, string][])('refuses %j with %j', (name, when, message) => {
    const b = new Bench();
    b.add('a', { kind: 'start' });
    expect(() => b.add(name, when)).toThrow(new RangeError(message));
    expect(b.schedule.list()).toHaveLength(1);
  });

  it('has its capacity and no more', () => {
    const b = new Bench(2);
    b.add('a', { kind: 'start' });
    b.add('b', { kind: 'start' });
    expect(() => b.add('c', { kind: 'start' })).toThrow('job "c" not added: the limit is 2 jobs');
    b.schedule.remove('a');
    b.add('c', { kind: 'start' });
    expect(() => new Bench(0)).toThrow('schedule capacity must be an integer from 1 to 64, got 0');
  });
});
