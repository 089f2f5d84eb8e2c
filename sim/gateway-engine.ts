import type { ConnectionFailure } from '../src/connection/index.js';
import type { Endpoint } from '../src/hal/index.js';

/** The numbers of a gateway since its start. */
export interface GatewayCounts {
  advertisements: number;
  /** Reports: readings that the policy wanted, and what presence tells. So in what follows. */
  readings: number;
  published: number;
  acknowledged: number;
  /** For which the cloud has no message. */
  notCarried: number;
  inFlight: number;
  /** Readings that wait in the outbox. */
  waiting: number;
  /** Of those that are not acknowledged: readings that the store has since an orderly end. */
  persisted: number;
  /** Readings that were dropped by a rule of the outbox. */
  dropped: number;
  /** Connections that the broker accepted. */
  connects: number;
}

/** Readings dropped, by the name of the rule. */
export interface DropCounts {
  [rule: string]: number;
}

/** The memory of an engine in slots, the unit of its heap (16 bytes each on a chip), and what its work costs. */
export interface EngineMeter {
  /** What the started firmware holds after a garbage collection, beside `engineSlots`. */
  slots: number;
  /** The most that it held after any event, with the garbage that was not collected yet. */
  peakSlots: number;
  /** What the engine's built-ins and the loaded modules take; on a chip these are in ROM. */
  engineSlots: number;
  /**
   * Steps of the interpreter for all that the firmware did since its start, divided by the readings published:
   * advertisements that led to none, connections and timers are in it. The same work gives the same number on any
   * machine. 0 before the first reading.
   */
  computePerReading: number;
}

/** A gateway that runs on some engine. */
export interface GatewayEngine {
  readonly name: 'node' | 'xs';
  /** The broker in use, or to be tried next. */
  readonly endpoint: Endpoint;
  /** As of the last event that the gateway has handled. */
  readonly counts: GatewayCounts;
  /** Of `GatewayCounts.dropped`: how many by which rule, as docs/outbox.md names them; those that are 0 left out. */
  readonly drops: DropCounts;
  start(): void;
  /** Ends in order; `onStopped` follows. */
  stop(): void;
  /** Collects garbage, and resolves with what is in use; undefined when the engine has no meter, or died. */
  measure(): Promise<EngineMeter | undefined>;
  /** Gives back what the engine has of the computer. Legal at any time, and twice. */
  end(): Promise<void>;
}

/** Hears what a gateway does. Bytes are valid until the call returns. */
export interface GatewayEngineHandler {
  onConnected(endpoint: Endpoint): void;
  onFailed(failure: ConnectionFailure): void;
  /** `address` has 6 bytes, most significant first; `format` is a number of `formatName`. */
  onTag(address: Uint8Array, rssi: number, format: number): void;
  onPublished(packetId: number, payload: Uint8Array): void;
  onLog(line: string): void;
  onStopped(): void;
  /** The engine died; nothing follows. `problem` is one line for people. */
  onDied(problem: string): void;
}
