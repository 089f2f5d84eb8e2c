import type { BrokerModel } from './broker/broker-model.js';
import type { Device, DeviceObserver } from './device.js';
import type { EventHash } from './hash.js';
import type { Ledger } from './ledger/ledger.js';
import type { Internet, Server } from './network/internet.js';
import type { Air } from './radio/air.js';
import type { Chance } from './random.js';
import type { Scheduler } from './scheduler.js';
import type { EventKind } from './trace.js';
import type { SimulatedWorld } from './world.js';

/** A broker of the world, with the servers at its addresses. */
export interface BrokerPlace {
  readonly name: string;
  readonly model: BrokerModel;
  readonly servers: readonly Server[];
  /** To be called after a call of `model` from elsewhere than its connections: it may have a deadline now. */
  touch(): void;
}

/** A world that runs: all its parts, for faults, rules and tests. */
export interface Simulation {
  readonly world: SimulatedWorld;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly hash: EventHash;
  readonly internet: Internet;
  readonly air: Air;
  /** By their places in the world, as are the brokers. */
  readonly devices: readonly Device[];
  readonly brokers: readonly BrokerPlace[];
  readonly ledger: Ledger;
  /** When the run ends, milliseconds of the world; Infinity when that is not known. */
  readonly endsAt: number;
  /** Those who want to hear of the devices; put yours behind the others. */
  readonly deviceObservers: Partial<DeviceObserver>[];

  /** Milliseconds of the world. */
  now(): number;

  /** Adds an event to the hash, and to the trace when there is one. `text` is asked for only then. */
  note(kind: EventKind, who: number, text?: () => string): void;
}
