import { decode, encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeReportCbor, writeReportJson } from '../../../src/cloud/index.js';
import { anyReport } from '../../telemetry/readings.js';
import { expectWholeOrRefused, MIKROTIK, payload, reportOf } from '../reports.js';
import type { Report } from '../../../src/telemetry/index.js';

/** In the order of the keys, not sorted. */
const IN_ORDER = { mapSorter: (): number => 0 };

const cbor = (report: Report): Buffer => payload((into, from, to) => writeReportCbor(report, into, from, to));
const json = (report: Report): unknown =>
  JSON.parse(payload((into, from, to) => writeReportJson(report, into, from, to)).toString());

describe('writeReportCbor', () => {
  it('writes a MikroTik tag', () => {
    expect(cbor(reportOf(MIKROTIK)).toString('hex')).toBe(
      'ab' +
        '67' +
        hex('address') +
        '71' +
        hex('DC:2C:6E:0F:C0:3D') +
        '66' +
        hex('format') +
        '68' +
        hex('mikrotik') +
        '64' +
        hex('rssi') +
        '383c' +
        '64' +
        hex('time') +
        '1b' +
        (1790000000000).toString(16).padStart(16, '0') +
        '6b' +
        hex('temperature') +
        'fb' +
        double(23.38) +
        '6d' +
        hex('accelerationX') +
        'fb' +
        double(-0.016) +
        '6d' +
        hex('accelerationY') +
        'fb' +
        double(0.023) +
        '6d' +
        hex('accelerationZ') +
        'fb' +
        double(-0.016) +
        '6e' +
        hex('batteryPercent') +
        '1864' +
        '66' +
        hex('uptime') +
        '1a000fe5f1' +
        '66' +
        hex('events') +
        '82' +
        '64' +
        hex('tilt') +
        '68' +
        hex('freeFall'),
    );
  });

  it('says what the JSON says, for any report', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const bytes = cbor(report);
        expect(decode(bytes, { strict: true })).toEqual(json(report));
        // Its encoder writes the shortest heads and floats, too.
        expect(bytes).toEqual(Buffer.from(encode(json(report), IN_ORDER)));
      }),
      { numRuns: 1000 },
    );
  });

  it('is whole or refused, at every size, and stays in its range', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expectWholeOrRefused((into, from, to) => writeReportCbor(report, into, from, to));
      }),
      { numRuns: 100 },
    );
  });
});

const hex = (text: string): string => Buffer.from(text).toString('hex');

function double(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}
