import type { CloudProfile } from '../cloud/index.js';
import type { ConnectionOptions } from '../connection/index.js';
import type { ScanOptions } from '../hal/index.js';
import type { OutboxOptions, ReportPolicy } from '../telemetry/index.js';
import type { KeyTable, TagTableOptions } from '../tags/index.js';

/** What a gateway is made of. On a board without a scanner, what concerns tags and readings has no effect. */
export interface GatewayOptions {
  /** Where and how to connect. The gateway adds the will, from its profile. */
  connection: Omit<ConnectionOptions, 'will'>;
  profile: CloudProfile;
  policy: ReportPolicy;
  /** Default: all the time (100 ms of every 100 ms), passive. */
  scan?: ScanOptions;
  tags?: TagTableOptions;
  /** Keys of tags that encrypt. Default: none. */
  keys?: KeyTable;
  outbox?: OutboxOptions;
  /** Bytes of the longest payload; what is longer is dropped and counted. Default 1024, without a scanner 512. */
  maxPayload?: number;
  /** Milliseconds that `stop` gives the outbox to empty itself. Default 5,000. */
  drainTimeout?: number;
  /** Seconds between health reports, 0 (default) for none. */
  healthSeconds?: number;
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

/** QoS of readings and of the status: at least once. */
export const READING_QOS = 1;

/** QoS of health reports: the next one replaces one that is lost. */
export const HEALTH_QOS = 0;

/** The scan options that count when none are given. */
export const DEFAULT_SCAN: ScanOptions = { intervalMilliseconds: 100, windowMilliseconds: 100, active: false };
