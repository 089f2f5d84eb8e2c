import type { IncomingMessage } from '../../mqtt/incoming-message.js';

/** Hears what happens on a broker's connection. A call must not throw; `onMessage` lies on the hot path. */
export interface BrokerObserver {
  /** An attempt to connect begins. */
  onAttempt?(): void;

  onConnected?(sessionPresent: boolean): void;

  /** An attempt failed, or an open connection (`wasConnected`) was lost: one line for people, without secrets. */
  onFailed?(detail: string, wasConnected: boolean): void;

  /** Disconnected as asked for (`wasConnected`), or given up. */
  onStopped?(wasConnected: boolean): void;

  /** A message of any subscription, or a piece of one; valid only until the call returns. */
  onMessage?(message: IncomingMessage): void;
}
