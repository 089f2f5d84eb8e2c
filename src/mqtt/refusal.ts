/** Why a call of the session was refused. All are negative, so that they never look like a packet identifier. */
export const enum Refusal {
  /** No room now, in the arena or in a table; `onRoom` follows. */
  full = -1,
  /** Would not fit an empty arena, or passes a limit of the protocol. */
  tooLarge = -2,
  /** A QoS 0 message is only taken while connected. */
  notConnected = -3,
  /** See `checkTopicName` and `checkTopicFilter`. */
  invalidTopic = -4,
  /** Only 0 and 1 are offered. */
  invalidQos = -5,
  /** The call does not fit the state: opened twice, or closing. */
  wrongState = -6,
  /** A streamed message is still under way. */
  streaming = -7,
  /** Bytes given to `importMessages` are not what `exportMessages` writes. */
  malformed = -8,
  /** No such subscription. */
  unknown = -9,
}
