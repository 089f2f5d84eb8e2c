/**
 * Rule 1: every state of a session and of an outgoing message, and every step from one to another, is in this file.
 *
 * A session is `idle` until its transport is open. `open` sends CONNECT and makes it `connecting`: nothing but
 * CONNECT is written, and nothing but CONNACK may come. An accepting CONNACK makes it `connected`: messages,
 * subscriptions and pings flow. `disconnect` makes it `disconnecting`: the packet that is half written is finished,
 * DISCONNECT follows, nothing else is written, and what arrives is still read and answered by no one. When DISCONNECT
 * is written the session is `idle` again. From every state a loss of the transport, a deadline that passed or a
 * violation by the broker leads to `idle`. What belongs to the connection is reset at the next `open`; what belongs
 * to the session (messages that are not acknowledged, subscriptions) stays.
 *
 * An outgoing message lies `queued` in the transmit arena. Once written, a QoS 0 message is `done`; a QoS 1 message
 * is `awaitingPuback` and `done` with its PUBACK. Nothing else frees it. When the connection is lost it is `queued`
 * again, in its old place. `done` means that its room is free as soon as all older messages are done too.
 *
 * QoS 2 has its places in the table (PUBREC, PUBREL, PUBCOMP); no event leads there yet, because QoS 2 is never sent.
 *
 * A step that is not in a table is illegal: as an event of the wire it closes the connection, as a call it is refused.
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
  /** Its room can be reused. */
  done = 0,
  queued = 1,
  awaitingPuback = 2,
  awaitingPubrec = 3,
  pubrelQueued = 4,
  awaitingPubcomp = 5,
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
}

/** No such step. */
export const enum Step {
  illegal = -1,
}

/** A row for each state: in four bits for each event, 1 more than the next state, or 0 where there is no step. */
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

/** As `SessionSteps`; from `done` there is no step. */
const enum MessageSteps {
  queued = ((MessageState.done + 1) << (4 * MessageEvent.writtenQos0)) |
    ((MessageState.awaitingPuback + 1) << (4 * MessageEvent.writtenQos1)) |
    ((MessageState.awaitingPubrec + 1) << (4 * MessageEvent.writtenQos2)) |
    ((MessageState.queued + 1) << (4 * MessageEvent.connectionLost)),
  awaitingPuback = ((MessageState.done + 1) << (4 * MessageEvent.puback)) |
    ((MessageState.queued + 1) << (4 * MessageEvent.connectionLost)),
  awaitingPubrec = ((MessageState.pubrelQueued + 1) << (4 * MessageEvent.pubrec)) |
    ((MessageState.queued + 1) << (4 * MessageEvent.connectionLost)),
  pubrelQueued = ((MessageState.awaitingPubcomp + 1) << (4 * MessageEvent.writtenQos2)) |
    ((MessageState.pubrelQueued + 1) << (4 * MessageEvent.connectionLost)),
  awaitingPubcomp = ((MessageState.done + 1) << (4 * MessageEvent.pubcomp)) |
    ((MessageState.pubrelQueued + 1) << (4 * MessageEvent.connectionLost)),
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
  return ((steps >> (4 * event)) & 15) - 1;
}
