import type { Ciphers } from './ciphers.js';
import type { Flash } from './flash.js';
import type { Scanner } from './scanner.js';
import type { Store } from './store.js';
import type { Transport } from './transport.js';

/** The clocks of a board. */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary start. They do not jump when the time of day is set. */
  now(): number;

  /** Milliseconds since 1970-01-01T00:00:00Z, or 0 as long as the time of day is not known. */
  unixTime(): number;
}

/** One-shot timers. */
export interface Timers {
  /** Creates a stopped timer. The callback is passed here, so that starting the timer later allocates nothing. */
  create(callback: () => void): Timer;
}

/** One timer of `Timers`. */
export interface Timer {
  /** Calls back once after `milliseconds` (at least 0). Restarts a running timer. */
  start(milliseconds: number): void;

  /** Stops the timer; no callback follows. Legal on a stopped timer. */
  stop(): void;
}

/** Random numbers for jitter and identifiers. */
export interface Entropy {
  /** A random unsigned 32-bit number, from a hardware source if the chip has one. */
  uint32(): number;
}

/** How much a device writes to its log. */
export const enum LogLevel {
  off = 0,
  error = 1,
  info = 2,
  debug = 3,
}

/** The log of a board, for people. */
export interface Log {
  /** Prints one line. Never called on the hot path; `text` holds no secret. */
  line(text: string): void;
}

/** The network interface below the transports: Wi-Fi on a board. */
export interface Network {
  /** True while the interface has an address. */
  readonly up: boolean;

  /** Sets the only listener for changes of `up`, called from the event loop; `undefined` removes it. */
  watch(listener: ((up: boolean) => void) | undefined): void;
}

/**
 * Resolves host names to IP addresses.
 *
 * Rules for an implementer: one query at a time; the answer comes from the event loop, never inside
 * `resolve`; an IP address given as host is answered with itself; after `cancel` nothing is answered.
 */
export interface Resolver {
  /** Resolves `host`. A second call cancels the first. */
  resolve(host: string, handler: ResolverHandler): void;

  /** Cancels the query; no callback follows. */
  cancel(): void;
}

/** The events of a `Resolver`. */
export interface ResolverHandler {
  /** The host's address, and `further` addresses of the same host in the order in which to try them. */
  onResolved(address: string, further?: readonly string[]): void;

  /** No address was found. `detail` is one line for people. */
  onUnresolved(detail: string): void;
}

/**
 * The state of a board. Reading it allocates nothing on a chip. An optional member is absent where the platform cannot
 * provide it.
 */
export interface Health {
  /** Free bytes of the engine's chunk heap, or -1 if unknown. */
  freeChunkBytes(): number;

  /** Free bytes of the engine's slot heap, or -1 if unknown. */
  freeSlotBytes(): number;

  /** Signal strength of the network in dBm (negative), or 0 if unknown. */
  rssi(): number;

  /** Why the chip started, for people: `power on`, `watchdog`, `software`. */
  readonly restartReason: string;

  /** The hardware, for people: `esp32`. */
  readonly model?: string;

  /** Distinguishes this device from others of its model. */
  readonly serial?: string;

  /** Peak bytes in use of the chunk heap, or -1 if unknown. */
  peakChunkBytes?(): number;

  /** Peak bytes in use of the slot heap, or -1 if unknown. */
  peakSlotBytes?(): number;

  /** Free bytes of the memory outside the engine's heaps, which sockets and TLS use; -1 if unknown. */
  freeMemory?(): number;

  /** Bytes of memory in use, or -1 if unknown. */
  usedMemory?(): number;

  /** Bytes of the largest free block of that memory, or -1 if unknown. */
  largestFreeBlock?(): number;

  /** Processor load since the last call in per cent, 0 to 100, or -1 if unknown. */
  load?(): number;
}

/** What a session with a broker needs from a platform. */
export interface NetworkPlatform {
  clock: Clock;
  timers: Timers;
  entropy: Entropy;
  network: Network;
  resolver: Resolver;
  transport: Transport;
}

/** What a platform provides to a device. Each folder under `boards` implements it, and so does `sim`. */
export interface Board extends NetworkPlatform {
  /** For people, for example `esp32` or `sim`. */
  name: string;
  /** Settings and counters without which the device cannot work. */
  store: Store;
  /**
   * What people write at a console: scripts, jobs, brokers, a name. It must not use up keys or bytes that `store`
   * needs. Absent on a board without a console.
   */
  userStore?: Store;
  /**
   * The partition in which the outbox keeps readings through a power cut; nothing else uses it. Absent on a board
   * without one; then readings are kept in memory only.
   */
  flash?: Flash;
  /** Absent on a chip without Bluetooth. */
  scanner?: Scanner;
  /** Absent on a board that links no ciphers. */
  ciphers?: Ciphers;
  /** Absent where the platform knows nothing of its state. */
  health?: Health;
  /** Absent where there is no console. */
  log?: Log;

  /**
   * Creates the network parts for one more broker: a transport, a resolver and a network with a listener of its own,
   * and the board's clock, timers and entropy. Absent if the board can have only one broker.
   */
  makePlatform?(): NetworkPlatform;

  /** Shows for so many seconds which device this is, for example with a light; absent if the board has none. */
  identify?(seconds: number): void;

  /** Restarts the chip at once; absent where that makes no sense. */
  restart?(): void;
}
