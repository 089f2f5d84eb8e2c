import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RawReportWriter } from '../../../src/cloud/raw/report-raw.js';
import { checkReport, readReport } from '../../../src/telemetry/outbox/report-record.js';
import { Report } from '../../../src/telemetry/index.js';
import { fromHex } from '../../tags/hex.js';
import { anyReport, content, parts } from '../../telemetry/readings.js';
import { expectWholeOrRefused, MIKROTIK, payload, reportOf } from '../reports.js';

describe('RawReportWriter', () => {
  it('writes what is read back as the same report', () => {
    const writer = new RawReportWriter();
    fc.assert(
      fc.property(anyReport, (report) => {
        const bytes = fromHex(payload((into, from, to) => writer.write(report, into, from, to)).toString());
        expect(checkReport(bytes, 0, bytes.length)).toBe(true);
        const read = new Report();
        readReport(bytes, new DataView(bytes.buffer, bytes.byteOffset), 0, read);
        expect(parts(read)).toEqual(parts(report));
        if (report.kind === 0) expect(content(read.reading)).toEqual(content(report.reading));
      }),
      { numRuns: 300 },
    );
  });

  it('is whole or refused, at every size, and stays in its range', () => {
    const writer = new RawReportWriter();
    expectWholeOrRefused((into, from, to) => writer.write(reportOf(MIKROTIK), into, from, to));
  });
});
