import type { Report } from '../telemetry/report/report.js';
import type { BatchWriter } from './batch.js';

const NOWHERE = new Uint8Array(0);

/**
 * Several reports as one list in one message. A subclass says how a report is written and how the list begins and ends.
 * Nothing but the constructor allocates.
 */
export abstract class ListBatch implements BatchWriter {
  readonly maxReports: number;

  /** Reports in the message so far. */
  protected count = 0;
  protected into: Uint8Array = NOWHERE;
  /** The list begins at `from`; the next report goes to `at`, and none beyond `to`. */
  protected from = 0;
  protected at = 0;
  protected to = 0;

  /** `maxReports`: 1 to 255. */
  constructor(maxReports: number) {
    this.maxReports = maxReports;
  }

  begin(report: Report, into: Uint8Array, from: number, to: number): boolean {
    this.into = into;
    this.from = from;
    // A byte before the reports, and one behind them.
    this.at = from + 1;
    this.to = (to > into.length ? into.length : to) - 1;
    this.count = 0;
    return this.add(report);
  }

  add(report: Report): boolean {
    if (this.count >= this.maxReports) return false;
    const end = this.put(report);
    if (end < 0) return false;
    this.at = end;
    this.count++;
    return true;
  }

  abstract end(): number;

  /** Writes a report, with what parts it from the one before, to `at`; returns the next index, or -1. */
  protected abstract put(report: Report): number;
}

/** A list in JSON; what is in it is up to a subclass. */
export abstract class JsonListBatch extends ListBatch {
  end(): number {
    this.into[this.from] = 0x5b;
    this.into[this.at] = 0x5d;
    return this.at + 1 - this.from;
  }
}
