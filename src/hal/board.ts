import type { Ciphers } from './ciphers.js';
import type { Flash } from './flash.js';
import type { Scanner } from './scanner.js';
import type { Store } from './store.js';
import type { Transport } from './transport.js';

/** Time as a board knows it. */
export interface Clock {
  /** Milliseconds from an arbitrary start. Never goes back, and does not jump when the time of day is set. */
  now(): number;

  /** Milliseconds since 1970-01-01T00:00:00Z, or 0 as long as the time of day is not known. */
  unixTime(): number;
}

/** One-shot timers. */
export interface Timers {
  /** Makes a stopped timer. The callback is given once, so that arming it later allocates nothing. */
  create(callback: () => void): Timer;
}

/** One timer of `Timers`. */
export interface Timer {
  /** Calls back once after `milliseconds` (at least 0). A running timer starts anew. */
  start(milliseconds: number): void;

  /** Stops; no callback follows. Legal on a stopped timer. */
  stop(): void;
}

/** Random numbers for jitter and identifiers. */
export interface Entropy {
  /** An unsigned 32-bit number, from the hardware's source where there is one. */
  uint32(): number;
}

/** How much a device says on its log. */
export const enum LogLevel {
  off = 0,
  error = 1,
  info = 2,
  debug = 3,
}

/** The console of a board, for people. */
export interface Log {
  /** Prints one line. Never called on the hot path; `text` holds no secret. */
  line(text: string): void;
}

/** The network interface below the transports: Wi-Fi on a board. */
export interface Network {
  /** True while the interface has an address. */
  readonly up: boolean;

  /**
   * Names the one listener for changes of `up`, called from the event loop; `undefined` ends listening.
   */
  watch(listener: ((up: boolean) => void) | undefined): void;
}

/**
 * Host names to IP addresses.
 *
 * Rules for an implementer: one question at a time; the answer comes from the event loop, never inside
 * `resolve`; an IP address given as host is answered with itself; after `cancel` nothing is answered.
 */
export interface Resolver {
  /** Asks for an address of `host`. A second call cancels the first. */
  resolve(host: string, handler: ResolverHandler): void;

  /** Forgets the question. */
  cancel(): void;
}

/** Hears the answer of a `Resolver`. */
export interface ResolverHandler {
  /** An address, and `further` ones of the same host, in the order in which to try them. */
  onResolved(address: string, further?: readonly string[]): void;

  /** No address was found. `detail` is one line for people. */
  onUnresolved(detail: string): void;
}

/** What a board knows of itself. Reading costs no memory on a chip. What is optional is absent where none can tell. */
export interface Health {
  /** Free bytes of the engine's chunk heap, or -1 when the platform does not tell. */
  freeChunkBytes(): number;

  /** Free bytes of the engine's slot heap, or -1 when the platform does not tell. */
  freeSlotBytes(): number;

  /** Signal strength of the network in dBm (negative), or 0 when there is none or it is not known. */
  rssi(): number;

  /** Why the chip started, for people: `power on`, `watchdog`, `software`. */
  readonly restartReason: string;

  /** The hardware, for people: `esp32`. */
  readonly model?: string;

  /** What tells this one from others of its model. */
  readonly serial?: string;

  /** The most bytes of the chunk heap that were ever seen in use, or -1. */
  peakChunkBytes?(): number;

  /** The most bytes of the slot heap that were ever seen in use, or -1. */
  peakSlotBytes?(): number;

  /** Free bytes of the memory beside the engine's heaps, from which sockets and TLS take theirs; or -1. */
  freeMemory?(): number;

  /** Bytes of memory in use, or -1. */
  usedMemory?(): number;

  /** Bytes of the largest piece that can still be taken from that memory, or -1. */
  largestFreeBlock?(): number;

  /** How busy the processor was since the last call, in per cent, 0 to 100; or -1. */
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

/** What a platform offers to a device. One folder under `boards`, or `sim`, implements it. */
export interface Board extends NetworkPlatform {
  /** For people, for example `esp32` or `sim`. */
  name: string;
  /** What the device needs to survive: settings, counters. */
  store: Store;
  /**
   * What people write: scripts, jobs, brokers, a name. It never takes keys or bytes that `store` needs. Absent where
   * nobody writes any: on a board without a console.
   */
  userStore?: Store;
  /**
   * Where the outbox keeps what must outlive a power cut: a partition that nobody else uses. Absent on a board without
   * one; then readings are kept in memory only.
   */
  flash?: Flash;
  /** Absent on a chip without Bluetooth. */
  scanner?: Scanner;
  /** Absent on a board that links none. */
  ciphers?: Ciphers;
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
