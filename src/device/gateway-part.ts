import type { IncomingMessage } from '../mqtt/index.js';
import type { HealthReport } from '../telemetry/index.js';
import type { Gateway } from './gateway.js';

/**
 * A part of a device that works over the connection of its gateway: RPC, scheduled jobs. All times are
 * milliseconds of `Clock.now`. The gateway calls; a part calls back only `connection` and `wakeByDeadline` of the
 * gateway that it was started with.
 */
export interface GatewayPart {
  /** When `tick` must be called at the latest; Infinity when nothing is due. */
  readonly deadline: number;

  /** The gateway starts. */
  start(now: number, gateway: Gateway): void;

  /** A deadline may be over. */
  tick(now: number): void;

  /** The broker accepted the connection. What is subscribed once stays so over reconnections. */
  connected?(now: number): void;

  /** The connection was lost, or an attempt failed. */
  disconnected?(now: number): void;

  /** A message, or a piece of one, arrived; it is valid until the call returns. */
  message?(message: IncomingMessage, now: number): void;

  /** The broker acknowledged the PUBLISH with this identifier, which may be another part's. */
  acknowledged?(packetId: number, now: number): void;

  /** What was refused for want of room may have room now. */
  room?(now: number): void;

  /** Writes its figures into a health report. */
  describe?(report: HealthReport): void;

  /** True while the gateway's end should wait for this part, at most until the drain time is over. */
  readonly busy?: boolean;

  /** The gateway has ended; nothing of the connection may be used. */
  stopped?(now: number): void;
}
