import type { PublishOutcome } from '../broker/observer.js';

/** A PUBLISH that came to a broker. */
export interface ReceivedMessage {
  /** Milliseconds of the world. */
  readonly time: number;
  /** The broker's place in the world. */
  readonly broker: number;
  readonly client: string;
  /** Counts the connections of this broker. */
  readonly connection: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly dup: boolean;
  readonly retain: boolean;
  readonly packetId: number;
  readonly outcome: PublishOutcome;
}

/** A fault that has begun. */
export interface FaultAccount {
  readonly kind: string;
  readonly detail: string;
  /** When it ended, milliseconds of the world; Infinity while it lasts. */
  to: number;
}

/** What one tag did, and what became of it. */
export interface TagAccount {
  readonly name: string;
  /** Advertisements that the tag sent; that a device's firmware was handed. */
  sent: number;
  heard: number;
}

/**
 * The books of a simulation. Every part writes down here what it saw, and the rules compare: what each tag sent, what
 * each device heard, took and dropped, and what the brokers received.
 */
export class Ledger {
  readonly tags: TagAccount[] = [];
  readonly received: ReceivedMessage[] = [];
  /** Connections that brokers accepted, by client. */
  readonly connects = new Map<string, number>();
  /** Lines of the devices' logs. */
  lines = 0;
  /** Faults that have begun, in their order. */
  readonly faults: FaultAccount[] = [];
  /** Faults that have begun and not ended. */
  activeFaults = 0;
  /** When a fault last began or ended, or a device without power gets it back; milliseconds of the world. */
  disturbedAt = 0;
  /** Rules that were broken, in the order in which that was found out. */
  readonly broken: BrokenRule[] = [];

  /** Something goes wrong until `time`. */
  disturbed(time: number): void {
    this.disturbedAt = Math.max(this.disturbedAt, time);
  }

  break(rule: string, time: number, detail: string, stack?: string): void {
    this.broken.push({ rule, time, detail, ...(stack !== undefined && { stack }) });
  }
}

/** A rule that did not hold. */
export interface BrokenRule {
  /** Its name, such as `panic`. */
  readonly rule: string;
  /** Milliseconds of the world. */
  readonly time: number;
  readonly detail: string;
  /** Where the firmware threw, as far as the engine tells; not the same on another engine. */
  readonly stack?: string;
}
