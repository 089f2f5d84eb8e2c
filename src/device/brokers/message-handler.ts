import type { IncomingMessage } from '../../mqtt/incoming-message.js';

/**
 * Hears messages as bytes, on the hot path: it must not allocate to keep that free of cost. A message longer than the
 * receive buffer comes in pieces. Both are valid only until the call returns; see `IncomingMessage`.
 */
export interface MessageReceiver {
  onMessage(message: IncomingMessage): void;
}

/**
 * Hears whole messages as text; bytes of the payload that are not UTF-8 are U+FFFD. While its promise is open it counts
 * as running.
 */
export type MessageHandler = (topic: string, payload: string) => void | Promise<void>;

/** Runs the on-message text `source` of a subscription of the broker named `broker`. */
export type ScriptRunner = (source: string, topic: string, payload: string, broker: string) => void | Promise<void>;
