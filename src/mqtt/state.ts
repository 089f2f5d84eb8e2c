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
export const ILLEGAL = 255;

export const SESSION_STATES = 4;
export const SESSION_EVENTS = 7;
export const MESSAGE_STATES = 6;
export const MESSAGE_EVENTS = 7;

/** Rows of state, event, next state. */
// prettier-ignore
const sessionSteps = new Uint8Array([
  SessionState.idle, SessionEvent.open, SessionState.connecting,
  SessionState.connecting, SessionEvent.accepted, SessionState.connected,
  SessionState.connecting, SessionEvent.refused, SessionState.idle,
  SessionState.connecting, SessionEvent.disconnect, SessionState.idle,
  SessionState.connecting, SessionEvent.failed, SessionState.idle,
  SessionState.connected, SessionEvent.packet, SessionState.connected,
  SessionState.connected, SessionEvent.disconnect, SessionState.disconnecting,
  SessionState.connected, SessionEvent.failed, SessionState.idle,
  SessionState.disconnecting, SessionEvent.packet, SessionState.disconnecting,
  SessionState.disconnecting, SessionEvent.disconnected, SessionState.idle,
  SessionState.disconnecting, SessionEvent.failed, SessionState.idle,
]);

// prettier-ignore
const messageSteps = new Uint8Array([
  MessageState.queued, MessageEvent.writtenQos0, MessageState.done,
  MessageState.queued, MessageEvent.writtenQos1, MessageState.awaitingPuback,
  MessageState.queued, MessageEvent.writtenQos2, MessageState.awaitingPubrec,
  MessageState.queued, MessageEvent.connectionLost, MessageState.queued,
  MessageState.awaitingPuback, MessageEvent.puback, MessageState.done,
  MessageState.awaitingPuback, MessageEvent.connectionLost, MessageState.queued,
  MessageState.awaitingPubrec, MessageEvent.pubrec, MessageState.pubrelQueued,
  MessageState.awaitingPubrec, MessageEvent.connectionLost, MessageState.queued,
  MessageState.pubrelQueued, MessageEvent.writtenQos2, MessageState.awaitingPubcomp,
  MessageState.pubrelQueued, MessageEvent.connectionLost, MessageState.pubrelQueued,
  MessageState.awaitingPubcomp, MessageEvent.pubcomp, MessageState.done,
  MessageState.awaitingPubcomp, MessageEvent.connectionLost, MessageState.pubrelQueued,
]);

function tabulate(steps: Uint8Array, states: number, events: number): Uint8Array {
  const table = new Uint8Array(states * events).fill(ILLEGAL);
  for (let i = 0; i < steps.length; i += 3) table[steps[i]! * events + steps[i + 1]!] = steps[i + 2]!;
  return table;
}

const sessionTable = tabulate(sessionSteps, SESSION_STATES, SESSION_EVENTS);
const messageTable = tabulate(messageSteps, MESSAGE_STATES, MESSAGE_EVENTS);

/** The state after `event`, or ILLEGAL. */
export function nextSessionState(state: SessionState, event: SessionEvent): SessionState | typeof ILLEGAL {
  return sessionTable[state * SESSION_EVENTS + event]!;
}

/** The state after `event`, or ILLEGAL. */
export function nextMessageState(state: MessageState, event: MessageEvent): MessageState | typeof ILLEGAL {
  return messageTable[state * MESSAGE_EVENTS + event]!;
}
