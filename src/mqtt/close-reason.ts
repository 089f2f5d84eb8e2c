/** Why a connection was closed. The texts for people are in close-reason-text.ts. */
export const enum CloseReason {
  none = 0,

  /** `disconnect()` was called and DISCONNECT was written. */
  requested = 1,
  /** The transport ended; `Connection` knows more. */
  transportLost = 2,
  /** CONNACK with a return code other than 0; see `returnCode`. */
  refused = 3,

  connackTimeout = 10,
  pingrespTimeout = 11,
  /** No SUBACK or UNSUBACK in time. */
  subackTimeout = 12,
  /** Bytes wait to be written, and none could be for too long. */
  transmitStalled = 13,
  /** DISCONNECT could not be written in time. */
  closingTimeout = 14,
  /** The source of a streamed payload gave up in the middle of a packet. */
  payloadSourceFailed = 15,

  // From here on the broker broke the protocol [MQTT-4.8.0-1]; see `isViolation`.

  /** [MQTT-3.2.0-1] */
  firstPacketNotConnack = 20,
  secondConnack = 21,
  /** Reserved bits of the fixed header [MQTT-2.2.2-2]. */
  invalidFlags = 22,
  /** A remaining length that the packet type cannot have. */
  invalidLength = 23,
  /** A fifth byte of remaining length (MQTT 3.1.1, 2.2.3). */
  lengthTooLong = 24,
  /** A packet that only clients send, or that belongs to QoS 2. */
  unexpectedPacket = 25,
  zeroPacketId = 26,
  /** QoS 3 [MQTT-3.3.1-4]. */
  qos3 = 27,
  /** QoS 2, which this client never asks for. */
  qos2 = 28,
  /** DUP with QoS 0 [MQTT-3.3.1-2]. */
  dupWithQos0 = 29,
  emptyTopic = 30,
  /** [MQTT-1.5.3-1] */
  malformedTopic = 31,
  /** [MQTT-1.5.3-2] */
  nulInTopic = 32,
  /** [MQTT-3.3.2-2] */
  wildcardInTopic = 33,
  /** Not one code a filter [MQTT-3.8.4-5], not 0, 1, 2 or 0x80 [MQTT-3.9.3-2], or above what was asked. */
  invalidSuback = 34,
  /** Reserved bits of the acknowledge flags, or an unknown return code (MQTT 3.1.1, 3.2.2). */
  invalidConnack = 35,
  /** Session Present with Clean Session [MQTT-3.2.2-1], or with a refusal [MQTT-3.2.2-4]. */
  unexpectedSessionPresent = 36,
}

/** True when the broker broke the protocol. */
export function isViolation(reason: CloseReason): boolean {
  return reason >= CloseReason.firstPacketNotConnack;
}
