/**
 * Where a session's numbers lie in its one array of 32-bit words. A number costs four bytes there; as a property of an
 * object it would cost a slot of sixteen, and a table in an array of its own seven slots.
 */
export const enum Word {
  /** The counters come first: see `Counter`. */
  counters = 0,

  // The transmit arena.

  /** Bytes of its ring; the control packets lie behind it. */
  ring = 43,
  /** The range that `TransmitArena.next` found. */
  from,
  to,
  /** QoS 1 messages in the arena: queued, or written and not acknowledged. */
  inFlight,
  maxInFlight,
  /** Index in the words of the oldest record. */
  head,
  /** Records in use. */
  count,
  /** The table of records is `words[records..recordsEnd)`. */
  records,
  recordsEnd,
  /** Behind the newest packet in the ring. */
  tail,
  /** Records before this one, counted from the head, are written. */
  cursor,
  /** Bytes of the record at the cursor that are written. */
  partial,
  lastId,

  // The control packets.

  /** What waits to be written is `bytes[controlFrom..controlTo)`. */
  controlFrom,
  controlTo,
  /** Begin of the packet that `controlFrom` lies in. */
  controlPacket,

  // The subscriptions.

  /** Identifier of the request under way, 0 when there is none. */
  pendingId,
  filtersPerPacket,

  /** Milliseconds, by `Deadline`. */
  timeouts,
  /** One mark a topic filter; the records lie behind them. */
  marks = 66,
}

/** The words of a record of the transmit arena. */
export const enum RecordWord {
  /** The packet identifier, and 65536 times the `MessageState`. */
  state = 0,
  /** The packet is `bytes[start..end)`. */
  start = 1,
  end = 2,
  /** When its last byte was written, in milliseconds modulo 2^32. */
  writtenAt = 3,
  /** Words in a record. */
  size = 4,
}

/**
 * Index in the times of a session. The first five are what it waits for: when such a time has passed, the connection is
 * closed with the reason that has the same place behind `CloseReason.connackTimeout`.
 */
export const enum SessionTime {
  connack = 0,
  /** Moved by nothing once PINGREQ is written. */
  pingresp = 1,
  suback = 2,
  /** Any byte taken by the transport. */
  stall = 3,
  /** DISCONNECT written. */
  closing = 4,

  /** When the last bytes went in each direction. */
  lastSent = 5,
  lastReceived = 6,
  /** Milliseconds of silence after which PINGREQ is due. */
  pingInterval = 7,
}

/** How many there are. */
export const enum SessionTimes {
  /** That are waited for: the first ones. */
  deadlines = 5,
  all = 8,
}

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
