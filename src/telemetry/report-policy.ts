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
