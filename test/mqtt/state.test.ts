import { describe, expect, it } from 'vitest';
import {
  MessageEvent,
  MessageState,
  MessageStep,
  nextMessageState,
  nextSessionState,
  SessionEvent,
  SessionState,
  Step,
} from '../../src/mqtt/state.js';

const { idle, connecting, connected, disconnecting } = {
  idle: SessionState.idle,
  connecting: SessionState.connecting,
  connected: SessionState.connected,
  disconnecting: SessionState.disconnecting,
};
const x = Step.illegal;

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
    expect(sessionTable.length - 1).toBe(SessionState.disconnecting);
    expect(sessionTable[0]!.length - 1).toBe(SessionEvent.failed);
  });

  it.each(cells(sessionTable))('state %i, event %i: %i', (state, event, next) => {
    expect(nextSessionState(state as SessionState, event as SessionEvent)).toBe(next);
  });
});

describe('message states', () => {
  it('are all in the table', () => {
    expect(messageTable.length - 1).toBe(MessageState.awaitingPubcomp);
    expect(messageTable[0]!.length - 1).toBe(MessageEvent.connectionLost);
  });

  it('have the steps that are taken without the table as it says', () => {
    expect(queued + MessageStep.writtenQos1).toBe(nextMessageState(queued, MessageEvent.writtenQos1));
    expect(nextMessageState(awaitingPuback, MessageEvent.puback)).toBe(done);
    expect(nextMessageState(queued, MessageEvent.writtenQos0)).toBe(done);
    expect(nextMessageState(queued, MessageEvent.connectionLost)).toBe(queued);
    expect(nextMessageState(awaitingPuback, MessageEvent.connectionLost)).toBe(queued);
    const setAside = MessageState.setAside;
    expect(queued + MessageStep.setAside).toBe(nextMessageState(queued, MessageEvent.setAside));
    expect(setAside - MessageStep.setAside).toBe(nextMessageState(setAside, MessageEvent.restored));
    expect(setAside - MessageStep.setAside).toBe(nextMessageState(setAside, MessageEvent.connectionLost));
    expect(nextMessageState(setAside, MessageEvent.dropped)).toBe(done);
    for (const state of [SessionState.connected, SessionState.disconnecting]) {
      expect(nextSessionState(state, SessionEvent.packet)).toBe(state);
    }
  });

  it.each(cells(messageTable))('state %i, event %i: %i', (state, event, next) => {
    expect(nextMessageState(state as MessageState, event as MessageEvent)).toBe(next);
  });
});
