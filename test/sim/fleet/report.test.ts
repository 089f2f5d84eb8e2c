import { describe, expect, it } from 'vitest';
import { noDevices } from '../../../sim/fleet/figures.js';
import type { FinalFigures, FleetFigures } from '../../../sim/fleet/fleet.js';
import { Histogram } from '../../../sim/fleet/histogram.js';
import { isReport, joinReports, limits, makeReport, reportJson, reportLines } from '../../../sim/fleet/report.js';

function record(...times: number[]): ReturnType<Histogram['toRecord']> {
  const histogram = new Histogram();
  for (const time of times) histogram.record(time);
  return histogram.toRecord();
}

function figures(seconds: number, acknowledged: number, delay = 1): FleetFigures {
  const loop = { delay: record(delay), busy: 0.1 };
  return {
    seconds,
    devices: { ...noDevices(), devices: 3, connected: 3, connects: 3, readings: acknowledged + 1, acknowledged },
    connectsBySecond: [2, 0, 1],
    acknowledgement: record(1, 2, 30),
    lag: record(2),
    loop,
    subscriber: {
      ...{ connected: true, interruptions: 0, received: acknowledged, duplicates: 2, unreadable: 0 },
      delivery: record(5),
      loop,
    },
    cpuSeconds: 3,
    memory: 1e8,
  };
}

function final(received: number[], delay = 1): FinalFigures {
  const made = Uint32Array.of(10, 20, 31);
  return {
    ...figures(12, 60, delay),
    ...{ made, received: Uint32Array.from(received), memoryForDevices: 3 * 20480, collectedForDevices: 3 * 10240 },
    deaths: [],
  };
}

const report = makeReport(figures(2, 10), figures(10, 50), final([10, 18, 30]));

describe('makeReport', () => {
  it('counts what was not received as lost, device by device, and the rate since all had begun', () => {
    expect(report.check).toMatchObject({ lost: 3, losers: 2, duplicates: 2, received: 60 });
    expect(report.readingsPerSecond).toBe(5);
    expect(report).toMatchObject({ devices: 3, connected: 3, acknowledged: 60, readings: 61 });
    expect(report.memoryPerDevice).toBe(20480);
    expect(report.cpuPerDevice).toBe(100);
  });

  it('does not let what one device received too often hide what another lost', () => {
    expect(makeReport(figures(2, 10), figures(10, 50), final([12, 18, 31])).check).toMatchObject({
      lost: 2,
      losers: 1,
    });
  });

  it('has in JSON what was published, acknowledged and lost, with percentiles', () => {
    expect(reportJson(report)).toMatchObject({
      acknowledged: 60,
      lost: 3,
      acknowledgementMilliseconds: { count: 3, p50: expect.closeTo(2, 1) as number, max: 30 },
      limitedByLoadGenerator: [],
    });
  });

  it('says which threads died, whose devices count as not connected', () => {
    const died = makeReport(figures(2, 10), figures(10, 50), { ...final([10, 20, 31]), deaths: ['a thread died'] });
    expect(reportLines(died)).toContain('THREAD DIED: a thread died');
    expect(reportJson(joinReports([report, died]))).toMatchObject({ deaths: ['a thread died'] });
  });

  it('marks what the load generator limits itself', () => {
    const late = makeReport(figures(2, 10), figures(10, 50, 400), final([10, 20, 31], 400));
    expect(limits(late)).toEqual([
      'the event loop of the devices was late (p99 400 ms)',
      'the event loop of the subscriber was late (p99 400 ms)',
    ]);
    expect(reportLines(late).at(-1)).toMatch(/^LIMITED BY THE LOAD GENERATOR: /);
    expect(reportLines(report).join('\n')).not.toMatch(/LIMITED/);
  });
});

describe('joinReports', () => {
  it('adds up, with percentiles of all', () => {
    const other = { ...report, devices: 1, seconds: 20, acknowledgement: record(1000), memoryPerDevice: 40960 };
    const joined = joinReports([report, other]);
    expect(joined).toMatchObject({ devices: 4, acknowledged: 120, seconds: 20, connectsBySecond: [4, 0, 2] });
    expect(joined.check).toMatchObject({ lost: 6, losers: 4 });
    expect(joined.memoryPerDevice).toBe(25600);
    expect(Histogram.sum([joined.acknowledgement]).max).toBe(1000);
    expect(Histogram.sum([joined.acknowledgement]).count).toBe(4);
  });

  it('says nothing of losses when a shard has not looked for them', () => {
    const { check: _, ...unchecked } = report;
    expect(joinReports([report, unchecked]).check).toBeUndefined();
  });
});

describe('isReport', () => {
  it('takes what a shard sends, and nothing that would not add up', () => {
    const sent = JSON.parse(JSON.stringify(report)) as Record<string, unknown>;
    expect(isReport(sent)).toBe(true);
    for (const key of Object.keys(sent)) {
      if (key === 'check') continue;
      expect([key, isReport({ ...sent, [key]: 'x' })]).toEqual([key, false]);
    }
    expect(isReport({ ...sent, check: { lost: 1 } })).toBe(false);
    expect(isReport({ ...sent, acknowledgement: { sum: 1, max: 1, buckets: [[99999, 1]] } })).toBe(false);
    for (const value of [undefined, null, 5, 'x', [], {}]) expect(isReport(value)).toBe(false);
  });
});
