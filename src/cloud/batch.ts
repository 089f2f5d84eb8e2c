import { configurationKey, KeyKind } from '../settings/configuration-keys.js';
import type { ConfigurationKey } from '../settings/configuration-keys.js';
import type { Report } from '../telemetry/index.js';

/** The keys of a cloud that takes several reports in one message: how many at most, and how long one may wait. */
export const BATCH_KEYS: readonly ConfigurationKey[] = Object.freeze([
  configurationKey('batch', KeyKind.integer, 1, 255, 1),
  configurationKey('batchSeconds', KeyKind.decimal, 0, 3600, 5),
]);

/**
 * Puts several reports into one message. The queue calls `begin` with the first report, `add` with each further one
 * until that returns false or its own limits of count and age are reached, then `end`. A report that is not taken stays
 * in the outbox, for the next message. Nothing is allocated.
 */
export interface BatchWriter {
  /** Reports in one message, at most. */
  readonly maxReports: number;

  /**
   * Begins a message with `report` in `into[from..to)`. False when it does not fit even alone (bytes of the range may
   * have been written then).
   */
  begin(report: Report, into: Uint8Array, from: number, to: number): boolean;

  /** Adds a report. False when it does not fit, or belongs on another topic; the message is as it was before, then. */
  add(report: Report): boolean;

  /** Ends the message and returns its length in bytes; there is always room for what that takes. */
  end(): number;
}
