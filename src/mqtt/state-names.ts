/*
 * Names for the states and events of state.ts, for diagrams and pages. A file of its own, since no board links it.
 */

/** By `SessionState`. */
export const sessionStateNames: readonly string[] = ['idle', 'connecting', 'connected', 'disconnecting'];

/** By `SessionEvent`. */
export const sessionEventNames: readonly string[] = [
  'open',
  'accepted',
  'refused',
  'packet',
  'disconnect',
  'disconnected',
  'failed',
];

/** By `MessageState`. */
export const messageStateNames: readonly string[] = [
  'done',
  'queued',
  'awaitingPuback',
  'awaitingPubrec',
  'pubrelQueued',
  'awaitingPubcomp',
  'setAside',
];

/** By `MessageEvent`. */
export const messageEventNames: readonly string[] = [
  'writtenQos0',
  'writtenQos1',
  'writtenQos2',
  'puback',
  'pubrec',
  'pubcomp',
  'connectionLost',
  'setAside',
  'dropped',
  'restored',
];
