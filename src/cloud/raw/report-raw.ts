import { HEX, writeHex } from '../../bytes/hex.js';
import { MAX_REPORT_LENGTH, reportLength, writeReport } from '../../telemetry/outbox/report-record.js';
import type { Report } from '../../telemetry/report/report.js';

/**
 * Writes reports as the records of the outbox, in hexadecimal: all that is known, in the fewest bytes, for a reader
 * that knows the layout in `src/telemetry/outbox/report-record.ts`. An advertisement itself is not kept, so it is not
 * there.
 */
export class RawReportWriter {
  private readonly record: Uint8Array;
  private readonly view: DataView;

  /** Sets room for a record aside. */
  constructor() {
    this.record = new Uint8Array(MAX_REPORT_LENGTH);
    this.view = new DataView(this.record.buffer);
  }

  /**
   * Writes a report of any kind to `into[from..to)` and returns its length in bytes, or -1 when it does not fit;
   * nothing is written then. Allocates nothing.
   */
  write(report: Report, into: Uint8Array, from: number, to: number): number {
    if (to > into.length) to = into.length;
    writeReport(report, this.view, 0);
    const end = writeHex(HEX, this.record, 0, reportLength(report), into, from, to);
    return end < 0 ? -1 : end - from;
  }
}
