import type { TagProfile } from '../cloud/index.js';
import type { AdvertisementFilterOptions, AdvertisementRing, KeyTable, TagPresenceOptions } from '../tags/index.js';
import type { DistanceOptions, OutboxOptions, ReportRule } from '../telemetry/index.js';
import type { ScanProfile } from './scan-profile.js';

/** What the tag side of a gateway is made of. */
export interface TagReporterOptions {
  /** Topics and payloads of the reports. */
  profile: TagProfile;
  /** When what is reported, the default first; see `PolicyTable`. */
  rules: readonly ReportRule[];
  /** Default: all the time, passive. */
  scan?: ScanProfile;
  /** Tags that are remembered, 1 to 4096. Default 64. */
  tagCapacity?: number;
  /** Keys of tags that encrypt. Default: none. */
  keys?: KeyTable;
  /** Which advertisements are decoded. Default: all. */
  filter?: AdvertisementFilterOptions;
  /** Only tags that have a policy or a key of their own. Default false. */
  configuredOnly?: boolean;
  /** Keeps what the filter lets through, for people. Default: nothing is kept. */
  ring?: AdvertisementRing;
  /** Absent: nobody is told that a tag arrived or is away. */
  presence?: TagPresenceOptions;
  distance?: DistanceOptions;
  outbox?: OutboxOptions;
  /**
   * Reports that were not acknowledged within this many seconds to twice that are saved in the board's store, and
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
