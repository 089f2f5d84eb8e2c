import type { Endpoint } from '../hal/transport.js';
import type { CloseReason } from '../mqtt/close-reason.js';

/** At what an attempt or a connection failed. */
export const enum FailureKind {
  /** The network interface is down. */
  network = 1,
  /** The host's name has no address, or nobody said so in time. */
  resolve = 2,
  /** TCP: nothing listens, unreachable, too slow. */
  connect = 3,
  /** TLS: certificate, name, alert. */
  tls = 4,
  /** The broker answered CONNECT with a refusal: see `returnCode`. */
  refused = 5,
  /** An open connection ended: see `closeReason`. */
  session = 6,
}

/** A failure and what follows from it. */
export interface ConnectionFailure {
  kind: FailureKind;
  /** One line for people, without secrets. */
  detail: string;
  endpoint: Endpoint;
  /** True when the connection was established before. */
  wasConnected: boolean;
  /** The session's reason; `CloseReason.none` when there was no session yet. */
  closeReason: CloseReason;
  /** The CONNACK return code with `refused`, else 0. */
  returnCode: number;
  /** Milliseconds until the next attempt; Infinity when there is none. */
  retryIn: number;
}
