/** The interfaces that a board implements. Nothing here exists at run time but the named numbers. */
export type { Board, NetworkPlatform } from './board.js';
export type { Clock, Timer, Timers } from './clock.js';
export type { Entropy } from './entropy.js';
export type { Health } from './health.js';
export type { Log } from './log.js';
export type { Network } from './network.js';
export type { Resolver, ResolverHandler } from './resolver.js';
export type { Advertisement, ScanOptions, Scanner, ScannerHandler } from './scanner.js';
export type { Store } from './store.js';
export { TransportFailure } from './transport.js';
export type { Endpoint, TlsOptions, Transport, TransportHandler } from './transport.js';
