import fc from 'fast-check';
import sparkplug from 'sparkplug-payload';
import { describe, expect, it } from 'vitest';
import {
  beginPayload,
  endPayload,
  putBooleanMetric,
  putReportMetrics,
  putStringMetric,
  putIntegerMetric,
} from '../../../src/cloud/sparkplug/payload.js';
import { writeReportJson } from '../../../src/cloud/index.js';
import { eventNames, Field } from '../../../src/tags/index.js';
import { Report, ReportKind } from '../../../src/telemetry/index.js';
import { encodeUtf8 } from '../../../src/mqtt/index.js';
import { anyReport } from '../../telemetry/readings.js';
import { expectWholeOrRefused, MIKROTIK, payload, reportOf } from '../reports.js';
import type { Write } from '../reports.js';

const { decodePayload, encodePayload } = sparkplug.get('spBv1.0')!;
const NOW = 1790000005000;

/** As the package reads it: 64-bit numbers become numbers. */
interface Metric {
  name?: string;
  alias: number;
  timestamp: number;
  type: string;
  value: unknown;
  isHistorical?: boolean;
}

interface Payload {
  timestamp: number;
  seq?: number;
  metrics: Metric[];
}

/** Reads it with Eclipse Tahu's package, and with Long as numbers. */
function read(bytes: Uint8Array): Payload {
  return JSON.parse(
    JSON.stringify(decodePayload(bytes), (_key, value: unknown) => {
      const long = value as { toNumber?: () => number; low?: number; high?: number; unsigned?: boolean } | null;
      if (long === null || typeof long !== 'object' || long.low === undefined) return value;
      const high = long.unsigned ? long.high! >>> 0 : long.high!;
      return high * 2 ** 32 + (long.low >>> 0);
    }),
  ) as Payload;
}

function data(report: Report, isBirth: boolean, isHistorical: boolean): Write {
  return (into, from, to) => {
    if (to > into.length) to = into.length;
    let at = beginPayload(NOW, into, from, to);
    at = putReportMetrics(report, 512, isBirth, isHistorical, NOW, into, at, to);
    at = endPayload(7, into, at, to);
    return at < 0 ? -1 : at - from;
  };
}

describe('a payload of Sparkplug B', () => {
  it('has the metrics of an edge node', () => {
    const bytes = payload((into, from, to) => {
      let at = beginPayload(NOW, into, from, to);
      at = putIntegerMetric(encodeUtf8('bdSeq'), 0, 200, NOW, into, at, to);
      at = putBooleanMetric(encodeUtf8('Node Control/Rebirth'), 0, false, NOW, into, at, to);
      const text = encodeUtf8('größe '.repeat(30));
      at = putStringMetric(encodeUtf8('Properties/Firmware'), 5, text, 0, text.length, NOW, into, at, to);
      return endPayload(0, into, at, to) - from;
    });
    expect(read(bytes)).toMatchObject({
      timestamp: NOW,
      seq: 0,
      metrics: [
        { name: 'bdSeq', type: 'Int64', timestamp: NOW, value: 200 },
        { name: 'Node Control/Rebirth', type: 'Boolean', timestamp: NOW, value: false },
        { name: 'Properties/Firmware', type: 'String', timestamp: NOW, value: 'größe '.repeat(30) },
      ],
    });
  });

  it('has no sequence number in a death certificate', () => {
    const bytes = payload((into, from, to) => {
      const at = putIntegerMetric(encodeUtf8('bdSeq'), 0, 3, NOW, into, beginPayload(NOW, into, from, to), to);
      return endPayload(-1, into, at, to) - from;
    });
    expect(read(bytes).seq).toBeUndefined();
  });

  it('is byte for byte what sparkplug-payload writes', () => {
    const metric = { name: 'bdSeq', type: 'Int64', value: 200, timestamp: NOW } as const;
    const expected = encodePayload({ timestamp: NOW, metrics: [metric], seq: 255 });
    const bytes = payload((into, from, to) => {
      const at = putIntegerMetric(encodeUtf8('bdSeq'), 0, 200, NOW, into, beginPayload(NOW, into, from, to), to);
      return endPayload(255, into, at, to) - from;
    });
    expect(bytes).toEqual(Buffer.from(expected));
  });

  it('names the metrics of a tag in its birth', () => {
    const { metrics } = read(payload(data(reportOf(MIKROTIK), true, false)));
    expect(metrics.map(({ name, type, value }) => [name, type, value])).toEqual([
      ['format', 'String', 'mikrotik'],
      ['state', 'String', 'ok'],
      ['rssi', 'Int64', -61],
      ['temperature', 'Double', 23.38],
      ['accelerationX', 'Double', -0.016],
      ['accelerationY', 'Double', 0.023],
      ['accelerationZ', 'Double', -0.016],
      ['batteryPercent', 'Int64', 100],
      ['uptime', 'Double', 1041905],
      ['reedSwitch', 'Boolean', false],
      ['tilt', 'Boolean', true],
      ['freeFall', 'Boolean', true],
      ['impactX', 'Boolean', false],
      ['impactY', 'Boolean', false],
      ['impactZ', 'Boolean', false],
    ]);
    expect(metrics.every(({ timestamp, isHistorical }) => timestamp === 1790000000000 && !isHistorical)).toBe(true);
  });

  it('has the aliases of the birth in its data, and says what is historical', () => {
    const birth = read(payload(data(reportOf(MIKROTIK), true, false)));
    const stored = read(payload(data(reportOf(MIKROTIK), false, true)));
    expect(stored.metrics.map(({ alias, value }) => [alias, value])).toEqual(
      birth.metrics.map(({ alias, value }) => [alias, value]),
    );
    expect(new Set(birth.metrics.map(({ alias }) => alias)).size).toBe(birth.metrics.length);
    expect(stored.metrics.every(({ name, isHistorical }) => !name && isHistorical)).toBe(true);
  });

  it('keeps the type of a button that has a number of its own, and takes the time of now where there is none', () => {
    const report = new Report();
    report.reading.set(Field.button, 99);
    report.reading.set(Field.button2, 1);
    const { metrics } = read(payload(data(report, true, false)));
    expect(metrics.slice(-2)).toMatchObject([
      { name: 'button', type: 'String', value: '99', timestamp: NOW },
      { name: 'button2', type: 'String', value: 'press', timestamp: NOW },
    ]);
  });

  it('has no metrics of a tag that arrived or is away', () => {
    const report = Object.assign(reportOf(MIKROTIK), { kind: ReportKind.away });
    expect(read(payload(data(report, true, false)))).toEqual({ timestamp: NOW, seq: 7, metrics: [] });
  });

  it('says what the JSON says, for any reading', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        report.kind = ReportKind.reading;
        const { metrics } = read(payload(data(report, true, false)));
        const json = payload((into, from, to) => writeReportJson(report, into, from, to)).toString();
        const { address: _address, time, ...expected } = JSON.parse(json) as { [name: string]: unknown };
        const events = expected.events as string[] | undefined;
        delete expected.events;
        for (const name of events === undefined ? [] : eventNames) expected[name] = events!.includes(name);
        expected.state ??= 'ok';
        for (const name of Object.keys(expected)) {
          if (name.startsWith('button') && name !== 'buttonPressed') expected[name] = String(expected[name]);
        }
        expect(Object.fromEntries(metrics.map(({ name, value }) => [name, value]))).toEqual(expected);
        expect(metrics.every(({ timestamp }) => timestamp === (time ?? NOW))).toBe(true);
        const later = read(payload(data(report, false, false))).metrics;
        expect(later.map(({ alias, value }) => [alias, value])).toEqual(
          metrics.map(({ alias, value }) => [alias, value]),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('is whole or refused, at every size, and stays in its range', () => {
    fc.assert(
      fc.property(anyReport, fc.boolean(), (report, isBirth) => {
        expectWholeOrRefused(data(report, isBirth, true));
      }),
      { numRuns: 50 },
    );
  });
});
