import { RSSI_UNKNOWN } from '../../../src/tags/index.js';
import { Report, ReportKind } from '../../../src/telemetry/index.js';
import { writeReportJson } from '../../../src/cloud/index.js';
import { describe, expect, it } from 'vitest';

const ADDRESS = '"address":"00:00:00:00:00:00"';

function json(report: Report): string {
  const into = new Uint8Array(200);
  const length = writeReportJson(report, into, 10, 200);
  return String.fromCharCode(...into.slice(10, 10 + length));
}

function away(): Report {
  return Object.assign(new Report(), {
    kind: ReportKind.away,
    unixTime: 1790000060000,
    lastSeen: 1790000000000,
    rssi: -61,
  });
}

describe('writeReportJson of presence', () => {
  it('writes that a tag is away, and since when', () => {
    expect(json(away())).toBe(
      '{"presence":"away",' + ADDRESS + ',"rssi":-61,"time":1790000060000,"lastSeen":1790000000000}',
    );
  });

  it('writes that a tag arrived', () => {
    const report = Object.assign(new Report(), { kind: ReportKind.arrived, unixTime: 1790000000000, rssi: -70 });
    expect(json(report)).toBe('{"presence":"arrived",' + ADDRESS + ',"rssi":-70,"time":1790000000000}');
  });

  it('leaves out what is not known', () => {
    expect(json(Object.assign(away(), { unixTime: 0, lastSeen: 0, rssi: RSSI_UNKNOWN }))).toBe(
      '{"presence":"away",' + ADDRESS + '}',
    );
  });

  it('tells the uptime of the gateway where the time is not known', () => {
    const report = Object.assign(away(), { unixTime: 0, uptime: 90000, lastSeen: 30000 });
    expect(json(report)).toBe(
      '{"presence":"away",' + ADDRESS + ',"rssi":-61,"gatewayUptime":90000,"lastSeenUptime":30000}',
    );
  });

  it('is whole or refused, at every size, and stays in its range', () => {
    const whole = json(away()).length;
    for (let room = 0; room <= whole + 1; room++) {
      const into = new Uint8Array(whole + 20);
      expect(writeReportJson(away(), into, 7, 7 + room)).toBe(room < whole ? -1 : whole);
      expect(into.slice(0, 7).every((byte) => byte === 0)).toBe(true);
      expect(into.slice(7 + room).every((byte) => byte === 0)).toBe(true);
    }
    expect(writeReportJson(away(), new Uint8Array(20), 0, 1000)).toBe(-1);
  });
});
