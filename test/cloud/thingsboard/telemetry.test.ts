import { describe, expect, it } from 'vitest';
import { JsonValue } from '../../../src/bytes/json-reader.js';
import { Measure, SessionLimits } from '../../../src/cloud/thingsboard/session-limits.js';
import { countValues, writeTelemetry } from '../../../src/cloud/thingsboard/values.js';
import { encodeUtf8 } from '../../../src/mqtt/index.js';
import { ReportKind } from '../../../src/telemetry/index.js';
import { expectWholeOrRefused, MIKROTIK, payload, reportOf } from '../reports.js';
import type { Write } from '../reports.js';

function writer(report: ReturnType<typeof reportOf>, prefixed: boolean): Write {
  return (into, from, to) => {
    const at = writeTelemetry(report, prefixed, into, from, to);
    return at < 0 ? -1 : at - from;
  };
}

describe('telemetry of ThingsBoard', () => {
  it('has the time beside flat values, with an event for each key', () => {
    const report = reportOf(MIKROTIK);
    const { ts, values } = JSON.parse(payload(writer(report, false)).toString()) as {
      ts: number;
      values: { [key: string]: unknown };
    };
    expect(ts).toBe(1790000000000);
    for (const value of Object.values(values)) expect(['string', 'number', 'boolean']).toContain(typeof value);
    expect(Object.values(values)).toContain(true);
    expect(Object.keys(values)).toHaveLength(countValues(report));
    for (const name of ['address', 'format', 'id', 'time', 'events']) expect(values).not.toHaveProperty(name);
  });

  it('begins each key with the address where tags share a device', () => {
    const report = reportOf(MIKROTIK);
    const { values } = JSON.parse(payload(writer(report, true)).toString()) as { values: object };
    for (const key of Object.keys(values)) expect(key).toMatch(/^DC2C6E0FC03D_[a-zA-Z0-9]+$/);
  });

  it('is the values alone where the time is not known, and tells of presence', () => {
    const report = reportOf(MIKROTIK);
    report.kind = ReportKind.away;
    report.unixTime = 0;
    report.uptime = 5000;
    expect(JSON.parse(payload(writer(report, false)).toString())).toEqual({
      presence: 'away',
      rssi: -61,
      gatewayUptime: 5000,
    });
  });

  it('is whole or not there', () => {
    expectWholeOrRefused(writer(reportOf(MIKROTIK), true));
    expectWholeOrRefused(writer(reportOf(MIKROTIK), false));
  });
});

describe('SessionLimits', () => {
  function limits(text: string, isGateway = false): SessionLimits {
    const bytes = encodeUtf8(text);
    const value = new JsonValue();
    value.point(bytes, 0, bytes.length);
    const made = new SessionLimits();
    expect(made.read(value, isGateway, 0)).toBe(true);
    return made;
  }

  it('reads what the server answers, and keeps to four fifths of it', () => {
    const made = limits('{"maxPayloadSize":65536,"maxInflightMessages":100,"rateLimits":{"messages":"10:1,30:60"}}');
    expect([made.known, made.maxPayload, made.inFlight]).toEqual([true, 65536, 80]);
    let now = 0;
    const sent: number[] = [];
    for (let i = 0; i < 100; i++) {
      const free = made.freeAt(Measure.messages, 1, now);
      if (free > now) now = free;
      made.sent(Measure.messages, 1, now);
      sent.push(now);
    }
    for (const [from, window, most] of sent.flatMap((at) => [
      [at, 1000, 8],
      [at, 60000, 24],
    ]) as [number, number, number][]) {
      expect(sent.filter((at) => at >= from && at < from + window).length).toBeLessThanOrEqual(most);
    }
    // Not slower than it must be, but for the slots.
    expect(sent.at(-1)!).toBeLessThan(5 * 66000);
  });

  it('never waits for ever for what is more than a limit', () => {
    const made = limits('{"rateLimits":{"telemetryDataPoints":"10:1"}}');
    expect(made.freeAt(Measure.points, 50, 100)).toBe(100);
    made.sent(Measure.points, 50, 100);
    expect(made.freeAt(Measure.points, 1, 100)).toBeLessThanOrEqual(1300);
    expect(made.freeAt(Measure.messages, 1, 100)).toBe(100);
  });

  it('takes the rates of a gateway where there are some', () => {
    const both = '{"rateLimits":{"messages":"10:1"},"gatewayRateLimits":{"messages":"5:1"}}';
    for (const [isGateway, count] of [
      [false, 8],
      [true, 4],
    ] as const) {
      const made = limits(both, isGateway);
      made.sent(Measure.messages, count - 1, 0);
      expect(made.freeAt(Measure.messages, 1, 0)).toBe(0);
      made.sent(Measure.messages, 1, 0);
      expect(made.freeAt(Measure.messages, 1, 0)).toBeGreaterThan(0);
    }
  });

  it.each(['{}', '{"rateLimits":5}', '{"rateLimits":{"messages":"x:y,,:"}}', '{"error":"unknown"}'])(
    'takes %s for no limits',
    (text) => {
      const made = limits(text);
      made.sent(Measure.messages, 1000, 0);
      expect([made.freeAt(Measure.messages, 1, 0), made.inFlight, made.maxPayload]).toEqual([0, Infinity, Infinity]);
    },
  );
});
