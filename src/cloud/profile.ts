import type { Connection } from '../connection/index.js';
import type { HealthReport, Report } from '../telemetry/index.js';
import type { BatchWriter } from './batch.js';

/** Where and how a kind of message is published. */
export interface Publication {
  /** UTF-8. */
  readonly topic: Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

/** What a device says of itself when it connects. Texts are UTF-8; an empty one is not known. */
export interface DeviceStatus {
  /**
   * The number of the connection, ASCII, `session[0..sessionLength)`: `12-3` for the third attempt since the twelfth
   * start. A will has the number of the birth it belongs to.
   */
  readonly session: Uint8Array;
  readonly sessionLength: number;
  /** Starts of the device; 0: not known. */
  readonly boots: number;
  /** Attempts to connect since the start. */
  readonly attempts: number;
  readonly firmware: Uint8Array;
  readonly board: Uint8Array;
  readonly restartReason: Uint8Array;
  readonly notice: Uint8Array;
  /** The time of day in milliseconds since 1970; 0: not known. */
  readonly unixTime: number;
}

/** How a device's own state is put on one cloud: topics and payloads. Writing allocates nothing. */
export interface CloudProfile {
  /** The value of the configuration key `cloud`. */
  readonly name: string;

  /** Published as the first thing after each CONNACK; undefined: this cloud has no use for it. */
  readonly birth: Publication | undefined;
  /** The will, which is also published before a planned DISCONNECT; undefined: none. */
  readonly will: Publication | undefined;
  /** Undefined: this cloud has no place for health reports. */
  readonly health: Publication | undefined;

  /** Writes the birth to `into[from..to)` and returns its length, or -1 when it does not fit. */
  writeBirth(status: DeviceStatus, into: Uint8Array, from: number, to: number): number;

  /** The same for the will: at most 96 bytes. */
  writeWill(status: DeviceStatus, into: Uint8Array, from: number, to: number): number;

  /** The same for a health report. */
  writeHealth(report: HealthReport, into: Uint8Array, from: number, to: number): number;
}

/** How what is reported of tags is put there, too. A board without a scanner does without. */
export interface TagProfile extends CloudProfile {
  /** QoS of reports. 0: a report counts as delivered when it is handed to the connection. */
  readonly qos: 0 | 1;

  /** Bytes of the longest topic that `writeTopic` writes. */
  readonly maxTopicLength: number;

  /** Present where one message can have several reports. Its reports go to the topic of the first one. */
  readonly batch?: BatchWriter;

  /** Milliseconds that a reading may wait for others to fill a message; with `batch`. Events do not wait. */
  readonly batchWait?: number;

  /**
   * Messages that a report becomes; 0: this cloud has no place for it, and it leaves the outbox
   * without one, counted as `notCarried`. Those of one report
   * are published one after another, each with `part` 0, 1, ….
   */
  messages(report: Report): number;

  /** Data points that a report becomes: values with a name. Default: all that there is to say of it. */
  points?(report: Report): number;

  /** True when message `part` of a report is to be retained. */
  retains(report: Report, part: number): boolean;

  /** Writes the topic of message `part`, UTF-8, to `into[from..to)`; returns its length, or -1 when it does not fit. */
  writeTopic(report: Report, part: number, into: Uint8Array, from: number, to: number): number;

  /** Writes the payload of message `part` in the same way. */
  writePayload(report: Report, part: number, into: Uint8Array, from: number, to: number): number;

  /**
   * Called before a report is published: sends what the cloud must have seen first (the birth of a tag, its
   * discovery). False: it has no room for that now; the report waits, and this is asked again when there is room,
   * after an acknowledgement, and after `GatewayHost.wake`.
   */
  introduce?(report: Report, connection: Connection, now: number): boolean;

  /** Message `part` of a report was handed to the connection, as `writeTopic` and `writePayload` wrote it last. */
  sent?(report: Report, part: number): void;
}
