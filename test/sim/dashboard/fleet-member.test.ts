import { beforeEach, describe, expect, it } from 'vitest';
import { ClockError } from '../../../sim/dashboard/clock-error.js';
import { FleetCoverage } from '../../../sim/dashboard/fleet-coverage.js';
import { FleetIds } from '../../../sim/dashboard/fleet-ids.js';
import { FleetMember } from '../../../sim/dashboard/fleet-member.js';
import { readStatus } from '../../../sim/dashboard/topics-device.js';
import type { ReportSeen } from '../../../sim/dashboard/topics-payload.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let now = 0;
let member: FleetMember;
let reports = 0;
const boots = 1;

beforeEach(() => {
  now = 1_790_000_000_000;
  reports = 0;
  member = new FleetMember('shed', now);
});

function status(told: object, retain = false): void {
  member.noteStatus(readStatus(JSON.stringify({ session: `${boots}-1`, ...told }))!, retain, now);
}

function health(told: object = {}): void {
  const uptime = Math.floor((now - 1_790_000_000_000) / SECOND);
  member.noteHealth(
    { uptime, time: now, scanner: 'scanning', advertisementsPerSecond: 5, outbox: 0, dropped: 0, ...told },
    now,
  );
}

function report(told: Partial<ReportSeen> = {}): void {
  member.noteReport(
    { address: 'AA:BB:CC:DD:EE:FF', id: `${boots}/${reports++}`, time: now, fields: [], ...told },
    true,
    now,
  );
}

/** What the view says; `since`: when it began to listen. */
function stuck(since = 0): string | undefined {
  member.judge(now, since);
  return member.state(now).stuck;
}

function stage(): string | undefined {
  member.judge(now, 0);
  return member.state(now).stage;
}

/** So many health reports a minute apart, each as `told` says. */
function minutes(
  count: number,
  told: (i: number) => object = () => ({}),
  perMinute: () => void = () => report(),
): void {
  for (let i = 0; i < count; i++) {
    now += MINUTE;
    perMinute();
    health(told(i));
  }
}

describe('a gateway of a fleet', () => {
  it('is not stuck while all is well', () => {
    status({ status: 'online', board: 'esp32', firmware: '0.2.0' });
    minutes(30, (i) => ({ outbox: i % 3, rssi: -61, tags: 17 }));
    expect(stuck()).toBeUndefined();
    expect(member.state(now)).toEqual({
      name: 'shed',
      online: true,
      board: 'esp32',
      version: '0.2.0',
      lastHeard: now,
      uptime: 30 * MINUTE,
      outbox: 2,
      dropped: 0,
      tags: 17,
      rssi: -61,
      clockError: 0,
      duplicates: 0,
      readings: 30,
    });
  });

  it('is offline by its will, unless that came late', () => {
    status({ status: 'online', session: '7-2' });
    minutes(2);
    status({ status: 'offline', session: '7-1' });
    expect(stuck()).toBeUndefined();
    status({ status: 'offline', session: '7-2' });
    now += 5 * MINUTE + 30 * SECOND;
    expect(stuck()).toBe('offline for 5 min: its will, or its farewell, came');
    expect(stage()).toBe('offline');
    status({ status: 'online', session: '7-3' });
    expect(stuck()).toBeUndefined();
  });

  it('was offline before the view began', () => {
    status({ status: 'offline' }, true);
    now += MINUTE;
    expect(stuck()).toBe('offline since before this view began: its will, or its farewell, came');
  });

  it('is silent after three health reports that are missing', () => {
    status({ status: 'online' });
    minutes(10);
    now += 3 * MINUTE;
    expect(stuck()).toBeUndefined();
    now += SECOND;
    expect(stuck()).toBe('says that it is online, but nothing was heard for 3 min; a health report is due every 60 s');
    expect(stage()).toBe('silent');
    report();
    expect(stuck()).toBe('no health report for 3 min, though reports of tags come');
    health();
    expect(stuck()).toBeUndefined();
  });

  it('has the interval of its health reports learned, and one more after a reconnection does not count', () => {
    status({ status: 'online' });
    for (let i = 0; i < 8; i++) {
      now += 10 * MINUTE;
      health();
      if (i !== 6) continue;
      now += 2 * SECOND;
      health();
    }
    now += 29 * MINUTE;
    expect(stuck()).toBeUndefined();
    now += 2 * MINUTE;
    expect(stuck()).toMatch(/nothing was heard for 31 min; a health report is due every 10 min$/);
  });

  it('is not silent while the view did not listen, nor with health=0 while readings come', () => {
    status({ status: 'online' });
    minutes(10);
    now += HOUR;
    expect(stuck(now)).toBeUndefined();
    now += 4 * MINUTE;
    expect(stuck(now - 4 * MINUTE)).toMatch(/nothing was heard for 4 min/);

    member = new FleetMember('barn', now);
    status({ status: 'online' }, true);
    for (let i = 0; i < 10; i++) {
      now += MINUTE;
      report();
    }
    expect(stuck()).toBeUndefined();
    now += 4 * MINUTE;
    expect(stuck()).toBe('says that it is online, but nothing was heard for 4 min');
  });

  it('is stuck when nothing leaves its outbox, and when more comes in than leaves', () => {
    status({ status: 'online' });
    minutes(5);
    minutes(
      4,
      () => ({ outbox: 812 }),
      () => undefined,
    );
    expect(stuck()).toBe('812 reports wait, and none has come for 4 min');
    expect(stage()).toBe('sending');
    minutes(4, (i) => ({ outbox: 900 + 50 * i }));
    expect(stuck()).toBe('its outbox grows: 1050 reports wait, 150 more than 3 min ago');
    expect(stage()).toBe('outbox');
    minutes(1, () => ({ outbox: 1000, dropped: 12 }));
    expect(stuck()).toBe('12 reports dropped since the health report before');
    minutes(4, (i) => ({ outbox: 300 - 90 * i, dropped: 12 }));
    expect(stuck()).toBeUndefined();
  });

  it('is stuck when its scanner hears nothing', () => {
    status({ status: 'online' });
    minutes(3, () => ({ scanner: 'silent', scanRestarts: 2 }));
    expect(stuck()).toBe('its scanner is silent: it scans, and hears no advertisement');
    expect(stage()).toBe('scanner');
    minutes(1, () => ({ scanner: 'stopped' }));
    expect(stuck()).toBe('its scanner is stopped: it was told not to scan');
    minutes(2, () => ({ advertisementsPerSecond: 0 }));
    expect(stuck()).toBeUndefined();
    minutes(1, () => ({ advertisementsPerSecond: 0 }));
    expect(stuck()).toBe('it has heard no advertisement for 2 min');
    minutes(3, () => ({ scanner: 'paused' }));
    expect(stuck()).toBe('its scanner has been paused for 2 min');
  });

  it('is stuck without the time of day, and when that is wrong', () => {
    status({ status: 'online' });
    minutes(
      3,
      () => ({ time: undefined, scanner: 'silent' }),
      () => report({ time: undefined! }),
    );
    expect(stuck()).toBe(
      'its scanner is silent: it scans, and hears no advertisement; its clock is not set: its reports have no time',
    );
    minutes(
      3,
      () => ({ time: now - 2 * HOUR - 50 }),
      () => report({ time: now - 3 * HOUR }),
    );
    expect(stuck()).toBe('its clock is 2 h behind');
    expect(stage()).toBe('clock');
    expect(member.state(now).clockError).toBe(-2 * HOUR - 50);
  });

  it('says what is new of where it is stuck, once', () => {
    status({ status: 'online' });
    expect(member.judge(now, 0)).toBe('');
    status({ status: 'offline' });
    expect(member.judge(now, 0)).toBe('shed: offline for a few seconds: its will, or its farewell, came');
    member.isNew = false;
    now += 9 * SECOND;
    expect(member.judge(now, 0)).toBe('');
    expect(member.isNew).toBe(false);
    now += 5 * MINUTE;
    expect(member.judge(now, 0)).toBe('');
    expect(member.isNew).toBe(true);
    status({ status: 'online' });
    expect(member.judge(now, 0)).toBe('shed: works again');
  });

  it('has duplicates counted by id, also of a backlog, and not those that the broker had', () => {
    for (let i = 0; i < 100; i++) report();
    report({ id: '1/5' });
    report({ id: '0/5' });
    report({ id: 'x' });
    member.noteReport({ address: 'A', id: '1/5', fields: [] }, false, now);
    expect(member.state(now).duplicates).toBe(1);
    const other = new FleetMember('barn', now);
    other.noteReport({ address: 'A', fields: [] }, true, now);
    expect(other.state(now).duplicates).toBeUndefined();
  });

  it('has hours until its flash is worn, by what was programmed, then by the erasures that were seen', () => {
    const flash = { blocks: 256, free: 200, erasures: 1000, programmed: 256 * 4048 };
    member.noteOutbox({ flash }, now);
    expect(member.state(now).wearHours).toBeUndefined();
    health({ uptime: 7200 });
    member.noteOutbox({ flash }, now);
    // Each block was erased once in two hours.
    expect(member.state(now).wearHours).toBe(198_000);
    now += 10 * HOUR;
    member.noteOutbox({ flash: { ...flash, erasures: 1010, programmed: 12 * 256 * 4048 } }, now);
    expect(member.state(now).wearHours).toBe(98_990);
    // A restart: what it programmed is counted anew.
    member.noteOutbox({ flash: { ...flash, erasures: 1011, programmed: 0 } }, now);
    expect(member.state(now).wearHours).toBeUndefined();
    for (const odd of [3, null, 'x', {}, { flash: 3 }, { flash: { erasures: 'x' } }])
      member.noteOutbox(Object(odd) as object as never, now);
  });

  it('takes anything for a health report', () => {
    status({ status: 'online' });
    for (const odd of [
      {},
      { uptime: 'x', outbox: null, dropped: {}, scanner: 7, time: 'now' },
      { outbox: 1e308, time: 8e15 },
    ]) {
      member.noteHealth(odd, now);
      member.judge(now, 0);
      expect(() => JSON.stringify(member.state(now))).not.toThrow();
    }
  });
});

describe('the ids of reports', () => {
  it('are remembered for fresh ones and a backlog at once, in bounded memory', () => {
    const ids = new FleetIds();
    for (let i = 0; i < 12_000; i++) {
      expect(ids.note(`4/${20_000 + i}`)).toBe(false);
      expect(ids.note(`4/${i}`)).toBe(false);
    }
    for (let i = 0; i < 12_000; i += 7) expect(ids.note(`4/${i}`)).toBe(true);
    expect(ids.note('5/3')).toBe(false);
    expect(ids.note('five/3')).toBeUndefined();
    for (let boot = 0; boot < 100; boot++) ids.note(`${boot}/0`);
    expect(ids.note('4/0')).toBe(false);
  });
});

describe('the coverage of tags', () => {
  it('has those that hear a tag best, in order, and forgets tags that were not heard for longest', () => {
    const coverage = new FleetCoverage(3);
    for (let i = 0; i < 20; i++) coverage.note('A', `gw-${i}`, -90 + i, 1000 + i);
    const [update] = coverage.takeChanges();
    expect(update!.tags).toHaveLength(1);
    expect(update!.tags[0]!.gateways.map(({ name }) => name)).toEqual(['gw-19', 'gw-18', 'gw-17', 'gw-16', 'gw-15']);
    expect(coverage.takeChanges()).toEqual([]);
    for (const address of ['B', 'A', 'C', 'D']) coverage.note(address, 'gw-1', -50, 2000);
    const updates = coverage.takeChanges();
    expect(updates.flatMap(({ tags }) => tags.map((tag) => tag.address))).toEqual(['A', 'C', 'D']);
    expect(updates.flatMap(({ removed }) => removed ?? [])).toEqual(['B']);
    expect(coverage.all().flatMap(({ tags }) => tags.map((tag) => tag.address))).toEqual(['A', 'C', 'D']);
  });

  it('has the mean of the signal strength, and leaves out who has not heard the tag for an hour', () => {
    const coverage = new FleetCoverage(10);
    coverage.note('A', 'near', -50, 0);
    coverage.note('A', 'far', -80, 10);
    coverage.note('A', 'near', -70, 20);
    expect(coverage.all()[0]!.tags[0]!.gateways).toEqual([
      { name: 'near', rssi: -55, at: 20, readings: 2 },
      { name: 'far', rssi: -80, at: 10, readings: 1 },
    ]);
    coverage.note('A', 'near', -70, HOUR + 15);
    expect(coverage.all()[0]!.tags[0]!.gateways.map(({ name }) => name)).toEqual(['near']);
  });
});

describe('the error of a clock', () => {
  it('is that of the message with the least delay of the last ten minutes', () => {
    const clock = new ClockError();
    expect(clock.ahead(0)).toBeUndefined();
    clock.note(5000, 2000);
    clock.note(2000, 9000);
    expect(clock.ahead(10_000)).toBe(3000);
    // The clock was set.
    for (let at = MINUTE; at < 25 * MINUTE; at += MINUTE) clock.note(at - 20, at);
    expect(clock.ahead(25 * MINUTE)).toBe(-20);
    expect(clock.ahead(3 * HOUR)).toBeUndefined();
  });
});
