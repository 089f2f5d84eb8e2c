import { Field } from '../tags/field.js';
import type { Reading } from '../tags/reading.js';
import type { TagTable } from '../tags/tag-table.js';

/** How often a tag's readings are reported. */
export interface ReportPolicy {
  /** Milliseconds between reports of one format of one tag, at least 0. Changed events do not wait for it. */
  minimumInterval: number;
  /**
   * Milliseconds after which a reading is reported although it is the same as the last one; 0 for never. At least
   * the minimum interval.
   */
  maximumInterval: number;
}

/** Why a reading is to be reported, or `none`. */
export const enum ReportCause {
  none = 0,
  /** The tag was not heard before, or not with this format. */
  first = 1,
  /** Event flags differ from those last reported. */
  events = 2,
  /** It says something else than the last report, whose minimum interval is over. */
  changed = 3,
  /** The maximum interval is over. */
  heartbeat = 4,
}

/** A policy from its intervals. Throws a RangeError that names what is not allowed. */
export function checkReportPolicy(policy: ReportPolicy): ReportPolicy {
  const { minimumInterval, maximumInterval } = policy;
  if (!(minimumInterval >= 0 && minimumInterval < Infinity)) {
    throw new RangeError('minimum interval ' + minimumInterval + ': allowed are milliseconds from 0');
  }
  if (maximumInterval !== 0 && !(maximumInterval >= minimumInterval && maximumInterval < Infinity)) {
    throw new RangeError(
      'maximum interval ' +
        maximumInterval +
        ': allowed are milliseconds from the minimum interval ' +
        minimumInterval +
        ', or 0 for none',
    );
  }
  return policy;
}

/**
 * Says whether `reading`, heard at `now` (ms of `Clock.now`), is to be reported. `stream` is the one of its tag and
 * format (`TagTable.stream`), and `stateHash` its `Reading.stateHash()`. Changes nothing: `noteReport` does, when the
 * report was stored. Allocates nothing.
 */
export function reportCause(
  policy: ReportPolicy,
  table: TagTable,
  stream: number,
  reading: Reading,
  stateHash: number,
  now: number,
): ReportCause {
  if (table.reports[stream] === 0) return ReportCause.first;
  if (reading.has(Field.events) && reading.get(Field.events) !== table.reportedEvents[stream]) {
    return ReportCause.events;
  }
  const since = now - table.lastReported[stream]!;
  if (since < policy.minimumInterval) return ReportCause.none;
  if (stateHash !== table.reportedHash[stream]) return ReportCause.changed;
  return policy.maximumInterval > 0 && since >= policy.maximumInterval ? ReportCause.heartbeat : ReportCause.none;
}

/** Notes in the table that `reading` was reported at `now`; arguments as for `reportCause`. */
export function noteReport(table: TagTable, stream: number, reading: Reading, stateHash: number, now: number): void {
  table.reported(stream, now, reading.has(Field.events) ? reading.get(Field.events) : -1, stateHash);
}
