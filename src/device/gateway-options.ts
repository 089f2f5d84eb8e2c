import type { CloudProfile } from '../cloud/index.js';
import type { ConnectionOptions } from '../connection/index.js';
import type { ScanOptions } from '../hal/index.js';
import type { OutboxOptions, ReportPolicy } from '../telemetry/index.js';
import type { TagTableOptions } from '../tags/index.js';

/** What a gateway is made of. */
export interface GatewayOptions {
  /** Where and how to connect. The gateway adds the will, from its profile. */
  connection: Omit<ConnectionOptions, 'will'>;
  profile: CloudProfile;
  policy: ReportPolicy;
  /** Default: all the time (100 ms of every 100 ms), passive. */
  scan?: ScanOptions;
  tags?: TagTableOptions;
  outbox?: OutboxOptions;
  /** Bytes of the longest payload; what is longer is dropped and counted. Default 1024. */
  maxPayload?: number;
  /** Milliseconds that `stop` gives the outbox to empty itself. Default 5,000. */
  drainTimeout?: number;
}

/** QoS of readings and of the status: at least once. */
export const READING_QOS = 1;

/** The scan options that count when none are given. */
export const DEFAULT_SCAN: ScanOptions = { intervalMilliseconds: 100, windowMilliseconds: 100, active: false };
