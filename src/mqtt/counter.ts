/** Index in `Session.counters`: what happened since the session was made. They only grow, and wrap at 2^32. */
export const enum Counter {
  /** Packets written, by type: add the `PacketType`. */
  sent = 0,
  /** Packets received, by type: add the `PacketType`. */
  received = 16,
  /** PUBLISH packets that were to be written again at the begin of a connection. */
  redelivered = 32,
  /** Calls that were refused (see `Refusal`). */
  refused = 33,
  /** Received messages whose topic did not fit the receive buffer. */
  skipped = 34,
  /** Connections closed because the broker broke the protocol. */
  malformed = 35,
  /** Acknowledgements for an unknown packet identifier. */
  unknownAcknowledgements = 36,
  /** Connections opened, the first one included. */
  connections = 37,
  /** Calls of `receive` from inside a handler. */
  reentered = 38,

  // From the last byte of a PUBLISH to its PUBACK, in milliseconds; the mean is the sum by the count.

  latencyMinimum = 39,
  latencyMaximum = 40,
  latencySum = 41,
  latencyCount = 42,
}
