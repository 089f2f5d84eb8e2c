import type { Connection } from '../connection/index.js';
import type { Board, NetworkPlatform } from '../hal/index.js';
import type { IncomingMessage } from '../mqtt/index.js';
import type { PersistedPolicies } from '../settings/persisted-policies.js';
import type { RemoteConfiguration } from '../settings/remote-configuration.js';
import type { TagPresence, TagTable } from '../tags/index.js';
import type { HealthReport } from '../telemetry/index.js';

/** What a cloud is made for. */
export interface CloudDevice {
  readonly board: NetworkPlatform & Pick<Board, 'name' | 'store' | 'ciphers' | 'restart'>;
  /** The version of the firmware. */
  readonly firmware: string;
  /** What may be seen and changed of the configuration from afar; undefined: nothing. */
  readonly remote: RemoteConfiguration | undefined;
  /** The report policies of its tags, from the start of the parts on; undefined: it has none that can be set. */
  readonly policies?: Pick<PersistedPolicies, 'setTagPolicy'> | undefined;

  /** Restarts the device with nothing lost. Does nothing where `board` has no `restart`. */
  restart(): void;

  /** Tells people something that they should know: one line, without secrets. */
  notice(text: string): void;
}

/** What a `GatewayPart` may use of its gateway. */
export interface GatewayHost {
  readonly connection: Connection;
  /** The tags that are remembered; undefined without a scanner. */
  readonly tags: TagTable | undefined;
  /** Which of them are there; undefined where nobody wants to know. */
  readonly presence: TagPresence | undefined;

  /** A deadline may have become earlier, or a report that waited for this part may go. */
  wake(): void;
}

/** The return code of SUBACK for a filter that the broker refuses. */
export const REFUSED = 0x80;

/**
 * A part of a device that works over the connection of its gateway: what a cloud needs beside readings (a twin, births,
 * discovery), RPC, scheduled jobs. All times are milliseconds of `Clock.now`.
 */
export interface GatewayPart {
  /** When `tick` must be called at the latest; Infinity when nothing is due. */
  readonly deadline: number;

  /** The gateway starts; `host` stays the same over all starts. */
  start(now: number, host: GatewayHost): void;

  /** A deadline may be over. */
  tick(now: number): void;

  /** The broker accepted the connection. What is subscribed once stays so over reconnections. */
  connected?(now: number): void;

  /** The connection that `connected` told of is over, for whatever reason: the two come in turn. */
  disconnected?(now: number): void;

  /**
   * The broker answered for a filter, which may be another part's: `returnCode` is the QoS that it grants, or
   * `REFUSED`. Nothing arrives there then; it is asked for again, and people are told. A refusal is told once for a
   * connection, and the grant that follows it.
   */
  subscribed?(filter: Uint8Array, returnCode: number, now: number): void;

  /** A message, or a piece of one, arrived; it is valid until the call returns. */
  message?(message: IncomingMessage, now: number): void;

  /** The PUBLISH with this identifier, which may be another part's, was acknowledged or given up. */
  acknowledged?(packetId: number, now: number): void;

  /** What was refused for want of room may have room now. */
  room?(now: number): void;

  /** Writes its figures into a health report. */
  describe?(report: HealthReport, now: number): void;

  /** True while the gateway's end should wait for this part, at most until the drain time is over. */
  readonly busy?: boolean;

  /** The chip will restart: what must outlive that is written now. */
  persist?(now: number): void;

  /** The gateway has ended, after `disconnected`; nothing of the connection may be used. */
  stopped?(now: number): void;
}
