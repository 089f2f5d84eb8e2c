import type { CloudProfile } from '../cloud/index.js';
import type { ConnectionOptions } from '../connection/index.js';
import type { DeviceIdentity } from './status-messages.js';

/** What a gateway is made of, beside its tag side and its parts. */
export interface GatewayOptions {
  /** Where and how to connect. The gateway adds the will, from its profile. */
  connection: Omit<ConnectionOptions, 'will'>;
  profile: CloudProfile;
  /** What the device says of itself. Default: the board's name. */
  identity?: DeviceIdentity;
  /** Bytes of the longest payload; what is longer is dropped and counted. Default 1024, without a scanner 512. */
  maxPayload?: number;
  /** Milliseconds that `stop` gives the outbox to empty itself. Default 5,000. */
  drainTimeout?: number;
  /** Seconds between health reports, 0 (default) for none. */
  healthSeconds?: number;
}

/** QoS of readings and of the status: at least once. */
export const READING_QOS = 1;

/** QoS of health reports: the next one replaces one that is lost. */
export const HEALTH_QOS = 0;
