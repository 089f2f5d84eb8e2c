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
