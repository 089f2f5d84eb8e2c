import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkReport,
  MAX_REPORT_LENGTH,
  readReport,
  Report,
  ReportKind,
  reportLength,
  writeReport,
} from '../../../src/telemetry/index.js';
import { RSSI_UNKNOWN } from '../../../src/tags/index.js';
import { anyReport, content, parts } from '../readings.js';

function record(report: Report): Uint8Array {
  const bytes = new Uint8Array(reportLength(report));
  writeReport(report, bytes, new DataView(bytes.buffer), 0);
  return bytes;
}

/** Read into a report that has room for an advertisement of `size` bytes. */
function read(bytes: Uint8Array, size: number): Report {
  expect(checkReport(bytes, 0, bytes.length)).toBe(true);
  const report = new Report(size);
  report.advertisementLength = size;
  readReport(bytes, new DataView(bytes.buffer), 0, report);
  return report;
}

const kept = (report: Report): number[] => [...report.advertisement.subarray(0, report.advertisementLength)];

/** A report, and the same with an advertisement. */
const anyKept = fc.tuple(anyReport, fc.uint8Array({ minLength: 1, maxLength: 255 })).map(([report, bytes]) => {
  const other = Object.assign(new Report(255), report, { advertisement: bytes, advertisementLength: bytes.length });
  return { report, other, bytes };
});

describe('the record of a report', () => {
  it('is read back as the same report, with its advertisement', () => {
    fc.assert(
      fc.property(anyKept, ({ report, other, bytes }) => {
        for (const each of [report, other]) {
          const back = read(record(each), 255);
          expect(parts(back)).toEqual(parts(each));
          const isReading = each.kind === ReportKind.reading;
          if (isReading) expect(content(back.reading)).toEqual(content(each.reading));
          expect(kept(back)).toEqual(each === other && isReading ? [...bytes] : []);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('says what the report says that it was written from', () => {
    // As a gateway makes them: a mean and a time with more digits, what is left of the report before.
    const more = fc.record({
      mean: fc.double({ noNaN: true, min: -120, max: 20 }),
      distance: fc.oneof(fc.constant(0), fc.double({ noNaN: true, min: 0.001, max: 1e6 })),
      // Doubles near 2^48 are 1/32 apart: more would round the largest time up to what 48 bits do not hold.
      fraction: fc.double({ noNaN: true, min: 0, max: 0.9 }),
      timeEstimated: fc.boolean(),
    });
    fc.assert(
      fc.property(anyKept, more, ({ report, other }, { mean, distance, fraction, timeEstimated }) => {
        for (const each of [report, other]) {
          if (each.rssiMean !== RSSI_UNKNOWN) each.rssiMean = mean;
          if (each.lastSeen > 0) each.lastSeen += fraction;
          Object.assign(each, { distance, timeEstimated });
          const back = read(record(each), 255);
          expect({ ...parts(back), estimated: back.timeEstimated }).toEqual({ ...parts(each), estimated: false });
          if (each.kind !== ReportKind.reading) continue;
          expect(content(back.reading)).toEqual(content(each.reading));
          expect(back.reading.fieldCount).toBe(each.reading.fieldCount);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is no longer than it may be, and ends where it says', () => {
    fc.assert(
      fc.property(anyKept, ({ report, other }) => {
        for (const each of [report, other]) {
          const length = reportLength(each);
          const most = MAX_REPORT_LENGTH + (each.advertisementLength > 0 ? 1 + each.advertisementLength : 0);
          expect(length).toBeLessThanOrEqual(most);
          const bytes = new Uint8Array(length + 9);
          expect(writeReport(each, bytes, new DataView(bytes.buffer), 7)).toBe(7 + length);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is the same as ever without one, and is read where there is no room for it', () => {
    fc.assert(
      fc.property(anyKept, ({ report, other, bytes }) => {
        const length = reportLength(report);
        expect(length).toBeLessThanOrEqual(MAX_REPORT_LENGTH);
        if (report.kind !== ReportKind.reading) {
          expect(record(other)).toEqual(record(report));
          return;
        }
        expect(reportLength(other)).toBe(length + 1 + bytes.length);
        const head = record(other).subarray(1, length);
        expect(head).toEqual(record(report).subarray(1));
        const back = read(record(other), bytes.length - 1);
        expect([content(back.reading), kept(back)]).toEqual([content(report.reading), []]);
      }),
      { numRuns: 100 },
    );
  });

  it('is refused when it is cut or too long', () => {
    fc.assert(
      fc.property(anyKept, fc.nat(), ({ other }, seed) => {
        const bytes = record(other);
        expect(checkReport(bytes, 0, seed % bytes.length)).toBe(false);
        expect(checkReport(Uint8Array.of(...bytes, 0), 0, bytes.length + 1)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});
