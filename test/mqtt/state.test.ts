import { describe, expect, it } from 'vitest';
import {
  ILLEGAL,
  MESSAGE_EVENTS,
  MESSAGE_STATES,
  MessageEvent,
  MessageState,
  nextMessageState,
  nextSessionState,
  SESSION_EVENTS,
  SESSION_STATES,
  SessionEvent,
  SessionState,
} from '../../src/mqtt/state.js';

const { idle, connecting, connected, disconnecting } = {
  idle: SessionState.idle,
  connecting: SessionState.connecting,
  connected: SessionState.connected,
  disconnecting: SessionState.disconnecting,
};
const x = ILLEGAL;

/** Rows are states; columns: open, accepted, refused, packet, disconnect, disconnected, failed. */
const sessionTable: number[][] = [
  [connecting, x, x, x, x, x, x],
  [x, connected, idle, x, idle, x, idle],
  [x, x, x, connected, disconnecting, x, idle],
  [x, x, x, disconnecting, x, idle, idle],
];

const { done, queued, awaitingPuback, awaitingPubrec, pubrelQueued, awaitingPubcomp } = {
  done: MessageState.done,
  queued: MessageState.queued,
  awaitingPuback: MessageState.awaitingPuback,
  awaitingPubrec: MessageState.awaitingPubrec,
  pubrelQueued: MessageState.pubrelQueued,
  awaitingPubcomp: MessageState.awaitingPubcomp,
};

/** Columns: writtenQos0, writtenQos1, writtenQos2, puback, pubrec, pubcomp, connectionLost. */
const messageTable: number[][] = [
  [x, x, x, x, x, x, x],
  [done, awaitingPuback, awaitingPubrec, x, x, x, queued],
  [x, x, x, done, x, x, queued],
  [x, x, x, x, pubrelQueued, x, queued],
  [x, x, awaitingPubcomp, x, x, x, pubrelQueued],
  [x, x, x, x, x, done, pubrelQueued],
];

function cells(table: number[][]): [state: number, event: number, next: number][] {
  return table.flatMap((row, state) => row.map((next, event): [number, number, number] => [state, event, next]));
}

describe('session states', () => {
  it('are all in the table', () => {
    expect([sessionTable.length, sessionTable[0]!.length]).toEqual([SESSION_STATES, SESSION_EVENTS]);
    expect([SessionState.disconnecting, SessionEvent.failed]).toEqual([SESSION_STATES - 1, SESSION_EVENTS - 1]);
  });

  it.each(cells(sessionTable))('state %i, event %i: %i', (state, event, next) => {
    expect(nextSessionState(state as SessionState, event as SessionEvent)).toBe(next);
  });
});

describe('message states', () => {
  it('are all in the table', () => {
    expect([messageTable.length, messageTable[0]!.length]).toEqual([MESSAGE_STATES, MESSAGE_EVENTS]);
    expect(MessageState.awaitingPubcomp).toBe(MESSAGE_STATES - 1);
    expect(MessageEvent.connectionLost).toBe(MESSAGE_EVENTS - 1);
  });

  it.each(cells(messageTable))('state %i, event %i: %i', (state, event, next) => {
    expect(nextMessageState(state as MessageState, event as MessageEvent)).toBe(next);
  });
});
