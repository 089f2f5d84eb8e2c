import type { Connection } from '../../connection/connection.js';
import type { ConnectionFailure, ConnectionOptions } from '../../connection/index.js';
import type { IncomingMessage } from '../../mqtt/incoming-message.js';

/** What a link tells its broker, and asks of it. */
export interface LinkOwner {
  /** For the next connection. Throws a RangeError of one line. */
  connectionOptions(): ConnectionOptions;
  /** Asks `connection`, which is new, for what is subscribed. */
  resubscribe(connection: Connection): void;

  onMessage(message: IncomingMessage): void;
  onAttempt(): void;
  onConnected(sessionPresent: boolean): void;
  /** An attempt failed, or the connection was lost: one line for people. */
  onFailed(failure: ConnectionFailure, detail: string): void;
  /**
   * `disconnect`, or giving up, is done; `wasConnected` unless `onFailed` has told that the connection was lost.
   * `unacknowledged` messages are forgotten when `forgotten`.
   */
  onStopped(unacknowledged: number, forgotten: boolean, wasConnected: boolean): void;
  /** It cannot even be tried: one line for people. */
  onNotice(text: string): void;
}

/** Times in milliseconds, and how many calls may wait to publish. */
export interface LinkLimits {
  /** For one address. */
  connectTimeout: number;
  answerTimeout: number;
  maxWaiting: number;
}
