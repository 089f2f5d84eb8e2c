/** The interfaces that a board implements. Nothing here exists at run time but the named numbers. */
export type {
  Board,
  Clock,
  Entropy,
  Health,
  Log,
  Network,
  NetworkPlatform,
  Resolver,
  ResolverHandler,
  Timer,
  Timers,
} from './board.js';
export { AEAD_NONCE, AEAD_TAG, AeadMode } from './ciphers.js';
export type { Aead, Ciphers } from './ciphers.js';
export type { Flash } from './flash.js';
export type { Advertisement, Scanner, ScannerHandler, ScanOptions } from './scanner.js';
export type { Store } from './store.js';
export { TransportFailure } from './transport.js';
export type { Endpoint, TlsOptions, Transport, TransportHandler } from './transport.js';
