/**
 * Rule 1: every state of a session and of an outgoing message, and every transition, is in this file.
 *
 * A session is `idle` until its transport is open. `open` sends CONNECT and makes it `connecting`: nothing but CONNECT
 * is written, and nothing but CONNACK may come. An accepting CONNACK makes it `connected`: messages, subscriptions and
 * pings flow. `disconnect` makes it `disconnecting`: a partly written packet is finished, DISCONNECT follows, and
 * nothing else is written; packets that arrive are read but not answered. When DISCONNECT is written the session is
 * `idle` again. From every state, the loss of the transport, a missed deadline or a protocol violation by the broker
 * leads to `idle`. The state of the connection is reset at the next `open`; the state of the session (unacknowledged
 * messages, subscriptions) is kept.
 *
 * An outgoing message is `queued` in the transmit arena. Once written, a QoS 0 message is `done`; a QoS 1 message is
 * `awaitingPuback` and `done` with its PUBACK. Nothing else frees it. When the connection is lost it is `queued` again,
 * in its old place. `done` means that its room is free as soon as all older messages are done too. A message at which
 * the broker seems to close the connection is `setAside` for one connection: the messages after it are sent. If this
 * shows that the message was the cause, it is dropped; otherwise it is `queued` again, at the latest with the next
 * connection.
 *
 * The table has states for QoS 2 (PUBREC, PUBREL, PUBCOMP); no event leads to them yet, because QoS 2 is never sent.
 *
 * A transition that is not in a table is illegal: a packet that causes one closes the connection, and a call is
 * refused.
 */

export const enum SessionState {
  idle = 0,
  connecting = 1,
  connected = 2,
  disconnecting = 3,
}

export const enum SessionEvent {
  /** The transport is open. */
  open = 0,
  /** CONNACK with return code 0. */
  accepted = 1,
  /** CONNACK with another return code. */
  refused = 2,
  /** Any other packet. */
  packet = 3,
  /** The application ends the connection. */
  disconnect = 4,
  /** DISCONNECT is written. */
  disconnected = 5,
  /** The transport is gone, a deadline passed, or the broker broke the protocol. */
  failed = 6,
}

export const enum MessageState {
  /** Its room in the arena can be reused. */
  done = 0,
  queued = 1,
  awaitingPuback = 2,
  awaitingPubrec = 3,
  pubrelQueued = 4,
  awaitingPubcomp = 5,
  setAside = 6,
}

export const enum MessageEvent {
  /** The last byte of a packet without identifier was written. */
  writtenQos0 = 0,
  /** The last byte of a QoS 1 PUBLISH was written. */
  writtenQos1 = 1,
  /** The last byte of a QoS 2 PUBLISH or of a PUBREL was written. */
  writtenQos2 = 2,
  puback = 3,
  pubrec = 4,
  pubcomp = 5,
  connectionLost = 6,
  /** It must not be sent on this connection. */
  setAside = 7,
  /** It will never be sent. */
  dropped = 8,
  /** It must be sent on this connection after all. */
  restored = 9,
}

/** Transitions as the difference between two states; the table has the same transitions. */
export const enum MessageStep {
  /** Nearly every QoS 1 message takes this one. */
  writtenQos1 = MessageState.awaitingPuback - MessageState.queued,
  setAside = MessageState.setAside - MessageState.queued,
}

/** There is no such transition. */
export const enum Step {
  illegal = -1,
}

/** A row for each state, with four bits for each event: the next state plus 1, or 0 where there is no transition. */
const enum SessionSteps {
  idle = (SessionState.connecting + 1) << (4 * SessionEvent.open),
  connecting = ((SessionState.connected + 1) << (4 * SessionEvent.accepted)) |
    ((SessionState.idle + 1) << (4 * SessionEvent.refused)) |
    ((SessionState.idle + 1) << (4 * SessionEvent.disconnect)) |
    ((SessionState.idle + 1) << (4 * SessionEvent.failed)),
  connected = ((SessionState.connected + 1) << (4 * SessionEvent.packet)) |
    ((SessionState.disconnecting + 1) << (4 * SessionEvent.disconnect)) |
    ((SessionState.idle + 1) << (4 * SessionEvent.failed)),
  disconnecting = ((SessionState.disconnecting + 1) << (4 * SessionEvent.packet)) |
    ((SessionState.idle + 1) << (4 * SessionEvent.disconnected)) |
    ((SessionState.idle + 1) << (4 * SessionEvent.failed)),
}

/** Like `SessionSteps`, with three bits for each event; there is no transition from `done`. */
const enum MessageSteps {
  queued = ((MessageState.done + 1) << (3 * MessageEvent.writtenQos0)) |
    ((MessageState.awaitingPuback + 1) << (3 * MessageEvent.writtenQos1)) |
    ((MessageState.awaitingPubrec + 1) << (3 * MessageEvent.writtenQos2)) |
    ((MessageState.queued + 1) << (3 * MessageEvent.connectionLost)) |
    ((MessageState.setAside + 1) << (3 * MessageEvent.setAside)),
  setAside = ((MessageState.queued + 1) << (3 * MessageEvent.connectionLost)) |
    ((MessageState.done + 1) << (3 * MessageEvent.dropped)) |
    ((MessageState.queued + 1) << (3 * MessageEvent.restored)),
  awaitingPuback = ((MessageState.done + 1) << (3 * MessageEvent.puback)) |
    ((MessageState.queued + 1) << (3 * MessageEvent.connectionLost)),
  awaitingPubrec = ((MessageState.pubrelQueued + 1) << (3 * MessageEvent.pubrec)) |
    ((MessageState.queued + 1) << (3 * MessageEvent.connectionLost)),
  pubrelQueued = ((MessageState.awaitingPubcomp + 1) << (3 * MessageEvent.writtenQos2)) |
    ((MessageState.pubrelQueued + 1) << (3 * MessageEvent.connectionLost)),
  awaitingPubcomp = ((MessageState.done + 1) << (3 * MessageEvent.pubcomp)) |
    ((MessageState.pubrelQueued + 1) << (3 * MessageEvent.connectionLost)),
}

/** The state after `event`, or `Step.illegal`. */
export function nextSessionState(state: SessionState, event: SessionEvent): SessionState | Step.illegal {
  let steps: number = SessionSteps.idle;
  if (state === SessionState.connecting) steps = SessionSteps.connecting;
  else if (state === SessionState.connected) steps = SessionSteps.connected;
  else if (state === SessionState.disconnecting) steps = SessionSteps.disconnecting;
  return ((steps >> (4 * event)) & 15) - 1;
}

/** The state after `event`, or `Step.illegal`. */
export function nextMessageState(state: MessageState, event: MessageEvent): MessageState | Step.illegal {
  let steps: number = 0;
  if (state === MessageState.queued) steps = MessageSteps.queued;
  else if (state === MessageState.awaitingPuback) steps = MessageSteps.awaitingPuback;
  else if (state === MessageState.awaitingPubrec) steps = MessageSteps.awaitingPubrec;
  else if (state === MessageState.pubrelQueued) steps = MessageSteps.pubrelQueued;
  else if (state === MessageState.awaitingPubcomp) steps = MessageSteps.awaitingPubcomp;
  else if (state === MessageState.setAside) steps = MessageSteps.setAside;
  return ((steps >> (3 * event)) & 7) - 1;
}

/** Why a connection was closed. The texts for people are in close-reason-text.ts. */
export const enum CloseReason {
  none = 0,

  /** `disconnect()` was called and DISCONNECT was written. */
  requested = 1,
  /** The transport closed; `Connection` knows why. */
  transportLost = 2,
  /** CONNACK with a return code other than 0; see `returnCode`. */
  refused = 3,

  connackTimeout = 10,
  pingrespTimeout = 11,
  /** No SUBACK or UNSUBACK in time. */
  subackTimeout = 12,
  /** Bytes wait to be written, and the transport took none for too long. */
  transmitStalled = 13,
  /** DISCONNECT could not be written in time. */
  closingTimeout = 14,
  /** The source of a streamed payload failed in the middle of a packet. */
  payloadSourceFailed = 15,
  /** A QoS 1 message got no PUBACK for too long. */
  pubackTimeout = 16,

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
  /**
   * The number of return codes differs from that of the filters [MQTT-3.8.4-5], or a code is not 0, 1, 2 or 0x80
   * [MQTT-3.9.3-2].
   */
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

/** Why a call of the session was refused. All are negative, so that they never look like a packet identifier. */
export const enum Refusal {
  /** No room now, in the arena or in a table; `onRoom` follows. */
  full = -1,
  /** Would not fit an empty arena, or exceeds a limit of the protocol. */
  tooLarge = -2,
  /** A QoS 0 message is accepted only while connected. */
  notConnected = -3,
  /** See `checkTopicName` and `checkTopicFilter`. */
  invalidTopic = -4,
  /** Only QoS 0 and 1 are supported. */
  invalidQos = -5,
  /** The call is not allowed in this state: `open` while open, or `publish` while closing. */
  wrongState = -6,
  /** A streamed message is still in progress. */
  streaming = -7,
  /** The bytes given to `importMessages` were not written by `exportMessages`. */
  malformed = -8,
}
