import { expect, it } from 'vitest';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import { topicBytes, WholePayload } from '../../sim/whole-payload.js';

const BYTES = Buffer.from('0123456789');

/** A piece of `BYTES`, where the receive buffer has it behind a topic. */
function piece(offset: number, length: number, total = BYTES.length): IncomingMessage {
  const buffer = Buffer.concat([
    Buffer.from('..shed/door'),
    BYTES.subarray(offset, offset + length),
    Buffer.from('..'),
  ]);
  const head = { topic: buffer, topicFrom: 2, topicTo: 11, qos: 0, retain: false, dup: false, packetId: 0 };
  return { ...head, payload: buffer, payloadFrom: 11, payloadTo: 11 + length, offset, total };
}

it('is there with the last piece, as a copy', () => {
  const whole = new WholePayload(100);
  expect(whole.take(piece(0, 4))).toBeUndefined();
  expect(whole.take(piece(4, 5))).toBeUndefined();
  const last = piece(9, 1);
  const payload = whole.take(last)!;
  last.payload.fill(0);
  expect(payload.toString()).toBe('0123456789');
  expect(whole.take(piece(0, 10))!.toString()).toBe('0123456789');
});

it('may be empty', () => {
  expect(new WholePayload(100).take(piece(0, 0, 0))).toEqual(Buffer.alloc(0));
});

it('keeps the first bytes of one that is too long, wherever the pieces end', () => {
  for (const longest of [0, 3, 4, 7, 9, 10]) {
    const whole = new WholePayload(longest);
    expect(whole.take(piece(0, 4))).toBeUndefined();
    expect(whole.take(piece(4, 4))).toBeUndefined();
    expect(whole.take(piece(8, 2))!.toString()).toBe('0123456789'.slice(0, longest));
  }
});

it('has nothing of a message of which the rest never came', () => {
  const whole = new WholePayload(100);
  expect(whole.take(piece(0, 9))).toBeUndefined();
  expect(whole.take(piece(0, 2, 2))!.toString()).toBe('01');
});

it('has a topic that stays', () => {
  const message = piece(0, 1);
  const topic = topicBytes(message);
  message.topic.fill(0);
  expect(topic.toString()).toBe('shed/door');
});
