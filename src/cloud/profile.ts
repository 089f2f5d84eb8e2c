import type { HealthReport, Report } from '../telemetry/index.js';

/** What a cloud allows. */
export interface ProfileLimits {
  /** Bytes of a topic name. */
  topicLength: number;
  /** Bytes of a payload. */
  payloadLength: number;
  /** QoS 1 messages that may be unacknowledged at once. */
  inFlight: number;
  /** Keep alive in seconds. */
  keepAliveSeconds: number;
}

/** How a device's own state is put on one cloud: topics, payloads, limits. */
export interface CloudProfile {
  /** For configuration and people. */
  readonly name: string;
  readonly limits: ProfileLimits;

  /** Topic of the device's state, UTF-8: its birth, and its will. */
  readonly statusTopic: Uint8Array;
  readonly statusRetained: boolean;

  /** Topic of health reports, UTF-8. */
  readonly healthTopic: Uint8Array;

  /** Bytes of the longest topic. */
  readonly maxTopicLength: number;

  /**
   * Writes the payload of a health report to `into[from..to)` and returns its length, or -1 when it does not fit.
   * Allocates nothing.
   */
  writeHealth(report: HealthReport, into: Uint8Array, from: number, to: number): number;
}

/** How what is reported of tags is put there, too. A board without a scanner does without. */
export interface TagProfile extends CloudProfile {
  /**
   * Writes the topic for a report of any kind, UTF-8, to `into[from..to)` and returns its length, or -1 when it does
   * not fit. Allocates nothing.
   */
  writeTopic(report: Report, into: Uint8Array, from: number, to: number): number;

  /**
   * Writes the payload for a report of any kind to `into[from..to)` and returns its length, or -1 when it does not fit.
   * Allocates nothing.
   */
  writePayload(report: Report, into: Uint8Array, from: number, to: number): number;
}
