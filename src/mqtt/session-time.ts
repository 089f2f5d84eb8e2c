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
