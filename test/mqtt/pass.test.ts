import { describe, expect, it } from 'vitest';
import { Counter, PacketType, Refusal, Session } from '../../src/mqtt/index.js';
import { pattern, utf8 } from './bench/bytes.js';
import { connack, packetsOf, puback, publish } from './bench/codec.js';
import { connected, Desk } from './bench/desk.js';
import { Recorder } from './bench/recorder.js';

const SENT = Counter.sent + PacketType.publish;

/** Publishes with QoS 0 after `pass`; returns what the transport would get at once. */
function passed(session: Session, topic: string, payload: Uint8Array): Uint8Array {
  expect(session.pass()).toBe(true);
  expect(session.publish(utf8(topic), payload, 0, false)).toBe(0);
  return session.output.slice(session.outputFrom, session.outputTo);
}

describe('a message that passes', () => {
  it('is encoded, counted, and not queued', () => {
    const { session } = connected();
    const bytes = passed(session, 'a/b', pattern(20));
    expect(packetsOf(bytes)).toMatchObject([{ topic: 'a/b', payload: Buffer.from(pattern(20)), qos: 0 }]);
    expect(session.passed(bytes.length, 7)).toBe(true);
    expect([session.unwritten, session.counter(SENT), session.next(7)]).toEqual([0, 1, false]);
  });

  it('puts off the PINGREQ as any other', () => {
    const { session } = connected({ keepAliveSeconds: 60 });
    session.receive(publish('t', 'x'), 0, publish('t', 'x').length, 20000);
    expect(session.deadline).toBe(45000);
    const bytes = passed(session, 'a', pattern(3));
    session.passed(bytes.length, 15000);
    expect(session.deadline).toBe(15000 + 45000);
  });

  it.each([0, 1, 5, 24])('is queued from where the transport stopped, after %d bytes', (count) => {
    const desk = connected({ stallTimeout: 3000 });
    const { session } = desk;
    const bytes = passed(session, 'a/b', pattern(20));
    expect(session.passed(count, 100)).toBe(false);
    expect([session.unwritten, session.counter(SENT), session.deadline]).toEqual([1, 0, 3100]);
    expect(desk.writeBytes()).toEqual(bytes.slice(count));
    expect([session.unwritten, session.counter(SENT)]).toEqual([0, 1]);
  });

  it('is written into the room of the transport behind the session, where it fits', () => {
    let buffer = new ArrayBuffer(0);
    const memory = { allocate: (size: number): ArrayBuffer => (buffer = new ArrayBuffer(size + 40)) };
    const session = new Session({ clientId: 'c' }, new Recorder(), memory);
    session.open(0);
    session.next(0);
    session.sent(session.outputTo, 0);
    session.receive(connack(), 0, 4, 0);
    passed(session, 'a/b', pattern(20));
    expect(session.output.byteOffset + session.outputFrom).toBe(buffer.byteLength - 40);
    const bytes = session.output.slice(session.outputFrom, session.outputTo);
    expect(session.passed(3, 0)).toBe(false);
    expect(session.next(0)).toBe(true);
    expect(session.output.slice(session.outputFrom, session.outputTo)).toEqual(bytes.slice(3));
    expect(session.sent(bytes.length - 3, 0)).toBe(true);
    expect(passed(session, 'a/b', pattern(50)).length).toBeGreaterThan(40);
    expect(session.outputTo).toBeLessThan(session.draftFrom);
  });

  it('passes nothing that waits', () => {
    const desk = connected();
    desk.publish('a', 'x', 0);
    expect(desk.session.pass()).toBe(false);
    desk.write();
    desk.give(publish('t', 'x', 1, 5));
    expect(desk.session.pass()).toBe(false);
    desk.write();
    expect(desk.subscribe('f')).toBe(0);
    expect(desk.session.pass()).toBe(false);
    expect(new Desk().session.pass()).toBe(false);
  });

  it('may pass messages that are written and not acknowledged', () => {
    const desk = connected();
    const packetId = desk.publish('a', 'x', 1);
    desk.write();
    const bytes = passed(desk.session, 'b', pattern(4));
    desk.session.passed(bytes.length, 0);
    expect(desk.session.inFlight).toBe(1);
    expect(desk.reconnect()).toMatchObject([{ topic: 'a', messageId: packetId }]);
  });

  it('waits for a PUBACK where packets go one at a time', () => {
    const desk = connected();
    desk.publish('a', 'x', 1);
    desk.write();
    desk.session.oneAtATime = true;
    expect(desk.session.pass()).toBe(false);
    desk.publish('b', 'y', 0);
    expect(desk.write()).toEqual([]);
    desk.give(puback(1));
    expect(desk.write()).toMatchObject([{ topic: 'b' }]);
    expect(desk.session.pass()).toBe(true);
  });

  it('is not awaited any more when the call that publishes threw', () => {
    const desk = connected();
    const { session } = desk;
    expect(session.pass()).toBe(true);
    expect(() => session.publish(utf8('t'), undefined as never, 0, false)).toThrow(TypeError);
    expect(desk.publish('b', 'x', 1)).toBe(1);
    expect(session.pass()).toBe(false);
    expect(desk.publish('c', 'x', 0)).toBe(0);
    expect(desk.write()).toMatchObject([{ topic: 'b' }, { topic: 'c' }]);
  });

  it('leaves nothing behind when it is refused', () => {
    const desk = connected({ transmitArenaSize: 64 });
    const { session } = desk;
    for (const [topic, payload, refusal] of [
      ['a/+', 4, Refusal.invalidTopic],
      ['', 4, Refusal.invalidTopic],
      ['a', 100, Refusal.tooLarge],
    ] as const) {
      expect(session.pass()).toBe(true);
      expect(session.publish(utf8(topic), pattern(payload), 0, false)).toBe(refusal);
      expect(desk.publish('b', 'x', 1)).toBeGreaterThan(0);
      expect(desk.write()).toMatchObject([{ topic: 'b', qos: 1 }]);
    }
  });
});
