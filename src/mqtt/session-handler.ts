import type { CloseReason } from './close-reason.js';
import type { IncomingMessage } from './incoming-message.js';

/**
 * What a session tells its owner. Calls come from inside `receive`, `sent`, `tick`, `disconnect` and `lost`.
 * A handler may publish, subscribe and disconnect: that only queues. It must not call `receive` or `open`. It must not
 * throw: the error passes through the call of the session, and the connection has to be ended with `lost`.
 */
export interface SessionHandler {
  /** CONNACK accepted the connection. Subscriptions are taken care of, whatever `sessionPresent` is. */
  onConnected(sessionPresent: boolean): void;

  /** A message, or a piece of one. QoS 1 is acknowledged after the call for its last piece. */
  onMessage(message: IncomingMessage): void;

  /** The PUBACK for `packetId` came. */
  onAcknowledged(packetId: number): void;

  /** SUBACK: `returnCode` is the granted QoS, or 0x80 when the broker refused the filter. */
  onSubscribed(filter: Uint8Array, returnCode: number): void;

  onUnsubscribed(filter: Uint8Array): void;

  /** A call was refused with `Refusal.full` or `streaming`, and room was freed since. It may be too little still. */
  onRoom(): void;

  /** The connection is over; the owner closes the transport. Called once a connection. */
  onClosed(reason: CloseReason): void;
}
