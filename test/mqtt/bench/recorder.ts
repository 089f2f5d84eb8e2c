import type { IncomingMessage } from '../../../src/mqtt/parser.js';
import type { SessionHandler } from '../../../src/mqtt/session.js';
import type { CloseReason } from '../../../src/mqtt/state.js';
import { textOf } from './bytes.js';

/** A copy of an `IncomingMessage`, for after the handler. The payload is one character a byte. */
export interface Piece {
  topic: string;
  payload: string;
  offset: number;
  total: number;
  qos: number;
  retain: boolean;
  dup: boolean;
  packetId: number;
}

export function copyOf(message: IncomingMessage): Piece {
  return {
    topic: textOf(message.topic, message.topicFrom, message.topicTo),
    payload: Buffer.from(message.payload.subarray(message.payloadFrom, message.payloadTo)).toString('latin1'),
    offset: message.offset,
    total: message.total,
    qos: message.qos,
    retain: message.retain,
    dup: message.dup,
    packetId: message.packetId,
  };
}

/** Writes down what a session tells its owner; a test may also react, with the `on…` fields of `react`. */
export class Recorder implements SessionHandler {
  /** The names of the calls with their arguments, in order. */
  readonly calls: string[] = [];
  readonly pieces: Piece[] = [];
  readonly acknowledged: number[] = [];
  readonly granted: [filter: string, returnCode: number][] = [];
  readonly unsubscribed: string[] = [];
  readonly sessionPresent: boolean[] = [];
  readonly closed: CloseReason[] = [];
  readonly skipped: [topicLength: number, total: number][] = [];
  rooms = 0;

  constructor(readonly react: Partial<SessionHandler> = {}) {}

  onConnected(sessionPresent: boolean): void {
    this.calls.push('connected ' + sessionPresent);
    this.sessionPresent.push(sessionPresent);
    this.react.onConnected?.(sessionPresent);
  }

  onMessage(message: IncomingMessage): void {
    const piece = copyOf(message);
    this.calls.push('message ' + JSON.stringify(piece));
    this.pieces.push(piece);
    this.react.onMessage?.(message);
  }

  onSkipped(topicLength: number, total: number): void {
    this.calls.push('skipped ' + topicLength + ' ' + total);
    this.skipped.push([topicLength, total]);
    this.react.onSkipped?.(topicLength, total);
  }

  onAcknowledged(packetId: number): void {
    this.calls.push('acknowledged ' + packetId);
    this.acknowledged.push(packetId);
    this.react.onAcknowledged?.(packetId);
  }

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    this.calls.push('subscribed ' + textOf(filter) + ' ' + returnCode);
    this.granted.push([textOf(filter), returnCode]);
    this.react.onSubscribed?.(filter, returnCode);
  }

  onUnsubscribed(filter: Uint8Array): void {
    this.calls.push('unsubscribed ' + textOf(filter));
    this.unsubscribed.push(textOf(filter));
    this.react.onUnsubscribed?.(filter);
  }

  onRoom(): void {
    this.calls.push('room');
    this.rooms++;
    this.react.onRoom?.();
  }

  onClosed(reason: CloseReason): void {
    this.calls.push('closed ' + reason);
    this.closed.push(reason);
    this.react.onClosed?.(reason);
  }
}
