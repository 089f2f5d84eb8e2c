import type { Clock, Timers } from './clock.js';
import type { Entropy } from './entropy.js';
import type { Health } from './health.js';
import type { Log } from './log.js';
import type { Network } from './network.js';
import type { Resolver } from './resolver.js';
import type { Scanner } from './scanner.js';
import type { Store } from './store.js';
import type { Transport } from './transport.js';

/** What a session with a broker needs from a platform. */
export interface NetworkPlatform {
  clock: Clock;
  timers: Timers;
  entropy: Entropy;
  network: Network;
  resolver: Resolver;
  transport: Transport;
}

/** What a platform offers to a device. One folder under `boards`, or `sim`, implements it. */
export interface Board extends NetworkPlatform {
  /** For people, for example `esp32` or `sim`. */
  name: string;
  store: Store;
  /** Absent on a chip without Bluetooth. */
  scanner?: Scanner;
  /** Absent where nothing is known. */
  health?: Health;
  /** Absent where there is no console. */
  log?: Log;

  /**
   * Makes network parts for one broker more: a transport and a resolver of its own and a network that can be watched on
   * its own, with the board's clock, timers and entropy. Absent where the board can have one broker only.
   */
  makePlatform?(): NetworkPlatform;

  /** Lets a person find the device for so many seconds, by a light for example; absent where there is none. */
  identify?(seconds: number): void;

  /** Restarts the chip at once, when nothing else helps; absent where that makes no sense. */
  restart?(): void;
}
