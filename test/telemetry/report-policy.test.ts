import { describe, expect, it } from 'vitest';
import { Field, Reading, ReadingState, TagTable } from '../../src/tags/index.js';
import { checkReportPolicy, noteReport, reportCause, ReportCause } from '../../src/telemetry/index.js';

const policy = { minimumInterval: 1000, maximumInterval: 60000 };
const address = Uint8Array.of(1, 2, 3, 4, 5, 6);

function reading(temperature: number, events?: number): Reading {
  const made = new Reading();
  made.format = 1;
  made.state = ReadingState.ok;
  made.set(Field.temperature, temperature);
  if (events !== undefined) made.set(Field.events, events);
  return made;
}

/** A tag that was reported with `last` at 10,000 ms. */
function reported(last: Reading): { table: TagTable; stream: number } {
  const table = new TagTable({ capacity: 1 });
  const stream = table.stream(table.update(address, 0, 10000, -50), last.format);
  noteReport(table, stream, last, last.stateHash(), 10000);
  return { table, stream };
}

function cause(last: Reading, next: Reading, after: number, rules = policy): ReportCause {
  const { table, stream } = reported(last);
  return reportCause(rules, table, stream, next, next.stateHash(), 10000 + after);
}

describe('reportCause', () => {
  it('reports a tag when it is first heard, at any time, 0 included', () => {
    const table = new TagTable({ capacity: 1 });
    const stream = table.stream(table.update(address, 0, 0, -50), 1);
    const first = reading(20);
    expect(reportCause(policy, table, stream, first, first.stateHash(), 0)).toBe(ReportCause.first);
  });

  it('reports each format of a tag by itself', () => {
    const { table } = reported(reading(20));
    const beacon = new Reading();
    beacon.format = 2;
    const stream = table.stream(table.find(address, 0), 2);
    expect(reportCause(policy, table, stream, beacon, beacon.stateHash(), 10000)).toBe(ReportCause.first);
  });

  it.each([
    ['what is new waits for the minimum interval', 21, 999, ReportCause.none],
    ['what is new goes after it', 21, 1000, ReportCause.changed],
    ['what is the same does not', 20, 1000, ReportCause.none],
    ['what is the same waits for the maximum interval', 20, 59999, ReportCause.none],
    ['what is the same goes after it', 20, 60000, ReportCause.heartbeat],
    ['what is new is called so also then', 21, 60000, ReportCause.changed],
  ])('%s', (_, temperature, after, expected) => {
    expect(cause(reading(20), reading(temperature), after)).toBe(expected);
  });

  it('has no heartbeat when the maximum interval is 0', () => {
    expect(cause(reading(20), reading(20), 1e12, { minimumInterval: 0, maximumInterval: 0 })).toBe(ReportCause.none);
  });

  it('reports changed events at once, when they come and when they go', () => {
    expect(cause(reading(20, 0), reading(20, 2), 0)).toBe(ReportCause.events);
    expect(cause(reading(20, 2), reading(20, 0), 0)).toBe(ReportCause.events);
    expect(cause(reading(20, 2), reading(20, 2), 0)).toBe(ReportCause.none);
    expect(cause(reading(20), reading(20, 2), 0)).toBe(ReportCause.events);
  });

  it('does not take a reading without events for one in which they ended', () => {
    expect(cause(reading(20, 2), reading(20), 0)).toBe(ReportCause.none);
    const { table, stream } = reported(reading(20, 2));
    noteReport(table, stream, reading(20), 0, 11000);
    expect(table.reportedEvents[stream]).toBe(2);
  });

  it('changes nothing', () => {
    const { table, stream } = reported(reading(20));
    const before = structuredClone(table);
    const next = reading(25, 3);
    reportCause(policy, table, stream, next, next.stateHash(), 99999);
    expect(structuredClone(table)).toEqual(before);
  });
});

describe('checkReportPolicy', () => {
  it('takes what is allowed', () => {
    const none = { minimumInterval: 0, maximumInterval: 0 };
    const equal = { minimumInterval: 5, maximumInterval: 5 };
    for (const allowed of [policy, none, equal]) expect(checkReportPolicy(allowed)).toBe(allowed);
  });

  it.each([
    [-1, 0, 'minimum interval -1: allowed are milliseconds from 0'],
    [NaN, 0, 'minimum interval NaN: allowed are milliseconds from 0'],
    [1000, 999, 'maximum interval 999: allowed are milliseconds from the minimum interval 1000, or 0 for none'],
    [0, Infinity, 'maximum interval Infinity: allowed are milliseconds from the minimum interval 0, or 0 for none'],
  ])('refuses %d and %d', (minimumInterval, maximumInterval, message) => {
    expect(() => checkReportPolicy({ minimumInterval, maximumInterval })).toThrow(message);
  });
});
