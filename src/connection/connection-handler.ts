import type { SessionHandler } from '../mqtt/session-handler.js';
import type { ConnectionFailure } from './connection-failure.js';

/**
 * What a connection tells its owner: the events of the session, and what becomes of the connection.
 * A handler may call anything of the connection.
 */
export interface ConnectionHandler extends Omit<SessionHandler, 'onClosed'> {
  /** An attempt begins: the network is up, and the broker's address is asked for next. */
  onAttempt?(): void;

  /** An attempt failed, or an open connection ended unasked. The connection tries again by itself. */
  onFailed(failure: ConnectionFailure): void;

  /** `stop` or `close` is done. `unacknowledged` QoS 1 messages are still in the session. */
  onStopped(unacknowledged: number): void;
}
