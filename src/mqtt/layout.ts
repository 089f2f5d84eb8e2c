/** For `Session.counter`: what happened since the session was made, or since `resetCounters`. They wrap at 2^32. */
export const enum Counter {
  /** Packets written, by type: add the `PacketType`. */
  sent = 0,
  /** Packets received, by type: add the `PacketType`. */
  received = sent + 16,
  /** PUBLISH packets that were queued again at the start of a connection. */
  redelivered = received + 16,
  /** Calls that were refused (see `Refusal`). */
  refused,
  /** Received messages whose topic did not fit the receive buffer. */
  skipped,
  /** Connections closed because the broker violated the protocol. */
  malformed,
  /** Acknowledgements for an unknown packet identifier. */
  unknownAcknowledgements,
  /** Connections opened, the first one included. */
  connections,
  /** Calls of `receive` from inside a handler. */
  reentered,
  /** Topic filters refused by SUBACK, counted each time. */
  filtersRefused,

  // From the last byte of a PUBLISH to its PUBACK, in milliseconds; the mean is the sum divided by the count.

  latencyMinimum,
  latencyMaximum,
  latencySum,
  latencyCount,

  /** How many counters there are. */
  count,
}

/**
 * The deadlines of a session. When one has passed, the connection is closed with the `CloseReason` that has the same
 * index, counted from `connackTimeout`.
 */
export const enum Deadline {
  connack = 0,
  pingresp,
  suback,
  /** Restarts with each byte that the transport takes. */
  stall,
  /** DISCONNECT must be written. */
  closing,

  /** How many deadlines there are. */
  count,
}

/** The times of a session that follow its deadlines. */
export const enum Timestamp {
  /** When the last bytes went in each direction. */
  lastSent = Deadline.count,
  lastReceived,
  /** Milliseconds of silence after which PINGREQ is due. */
  pingInterval,
  /** When the oldest message that waits for its PUBACK was written. */
  awaitingSince,
  /** Until then, a packet that begins to arrive may have been queued by the broker before our request. */
  backlogEnd,
  /** When a refused filter is subscribed to again. */
  retryAt,

  /** How many times there are, the deadlines included. */
  count,
}

/**
 * The indices of a session's numbers in its one array of 32-bit words. A number costs 4 bytes there. As a property of
 * an object it would cost a slot of 16 bytes, and a table in an array of its own 7 slots.
 */
export const enum Layout {
  // The counters come first: see `Counter`.

  // The transmit arena.

  /** Bytes of its ring; the control packets follow it. */
  ring = Counter.count,
  /** The range that `TransmitArena.next` found. */
  from,
  to,
  /** QoS 1 messages in the arena: queued, or written and not acknowledged. */
  inFlight,
  /** QoS 1 messages that are written and not acknowledged. */
  awaitingPuback,
  maxInFlight,
  /** Index in the words of the oldest record. */
  head,
  /** Records in use. */
  count,
  /** The table of records is `words[records..recordsEnd)`. */
  records,
  recordsEnd,
  /** 1: a packet is written only when no message waits for its PUBACK. */
  oneAtATime,
  /** 1: the following limits of `Session.allow` apply. */
  paced,
  /** PUBLISH packets, and their bytes, that may be written now. */
  allowedMessages,
  allowedBytes,
  /** 1: the first of them may have any size. */
  allowedSize,
  /** 1: a packet waits because of these limits. */
  held,
  /** Bytes of the PUBLISH packets that were written while `paced`; wraps. */
  publishedBytes,
  /** Behind the newest packet in the ring. */
  tail,
  /** Records before this one, counted from the head, are written. */
  cursor,
  /** Bytes of the record at the cursor that are written. */
  partial,
  lastId,
  /** Records that were imported, until the first connection; nothing else is in the arena then. */
  imported,

  // The control packets.

  /** The control packets that wait to be written are `bytes[controlFrom..controlTo)`. */
  controlFrom,
  controlTo,
  /** Start of the packet that contains `controlFrom`. */
  controlPacket,
  /** End of the control packets' room; the caller's draft follows: see `Session.draft`. */
  draft,
  /** End of the draft; the transport's own bytes follow. */
  end,

  // The subscriptions.

  /** Identifier of the request in progress, 0 when there is none. */
  pendingId,
  /** 0: no filter waits to be sent, so the table need not be searched. */
  mayBeDue,
  filtersPerPacket,
  /** Milliseconds before a refused filter is asked for again: at first, and at most. */
  retryMinimum,
  retryMaximum,
  /** State of the generator that spreads these waits. */
  jitter,

  /** Of the last CONNACK. */
  returnCode,

  /** Milliseconds, by `Deadline`. */
  timeouts,
  probeTimeout = timeouts + Deadline.count,
  backlogTimeout,
  pubackTimeout,
  /** `pubackTimeout`, doubled after each end that it caused. */
  pubackPatience,
  /** Bytes per second. */
  minReceiveRate,

  /** `FilterLayout.size` words for each topic filter; the records follow. */
  subscriptions,
}

/** The words of a topic filter. Word 0 is its state: see `FilterState` and `FilterFlag`. */
export const enum FilterLayout {
  /** When it is asked for again after a refusal, in milliseconds modulo 2^32. */
  retryAt = 1,
  /** Words of a filter. */
  size,
}

/**
 * The words of a record of the transmit arena. Word 0 is the packet identifier, and 65536 times the `MessageState`; a
 * packet without an identifier has that of the last packet before it that has one, so identifiers grow along the
 * records, and one is found without a search.
 */
export const enum RecordLayout {
  /** The packet is `bytes[start..end)`. */
  start = 1,
  end,
  /** When its last byte was written, in milliseconds modulo 2^32. */
  writtenAt,
  /** Words in a record. */
  size,
}
