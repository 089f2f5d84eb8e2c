import type { CloudProfile } from '../cloud/index.js';
import type { ScanOptions } from '../hal/index.js';
import type { KeyTable, TagTableOptions } from '../tags/index.js';
import type { OutboxOptions, ReportPolicy } from '../telemetry/index.js';

/** What the tag side of a gateway is made of. */
export interface TagReporterOptions {
  /** Topics and payloads of the readings. */
  profile: CloudProfile;
  policy: ReportPolicy;
  /** Default: all the time (100 ms of every 100 ms), passive. */
  scan?: ScanOptions;
  tags?: TagTableOptions;
  /** Keys of tags that encrypt. Default: none. */
  keys?: KeyTable;
  outbox?: OutboxOptions;
  /**
   * Readings that were not acknowledged within this many seconds to twice that are saved in the board's store, and
   * again every so many seconds as long as the outage lasts; they are sent after a restart. 0 (default): never.
   * See `SavedOutbox` for what this costs and what can be lost.
   */
  persistSeconds?: number;
  /**
   * Seconds without an advertisement after which the scan is restarted, then the radio, then the chip; see
   * `ScanWatchdog`. 0 (default): never.
   */
  silentSeconds?: number;
}

/** The scan options that count when none are given. */
export const DEFAULT_SCAN: ScanOptions = { intervalMilliseconds: 100, windowMilliseconds: 100, active: false };
