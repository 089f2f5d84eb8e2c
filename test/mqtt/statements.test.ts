import { encodeConnect } from '../../src/mqtt/packet.js';
import type { ConnectOptions } from '../../src/mqtt/options.js';
import { Counter } from '../../src/mqtt/layout.js';
import { publishStream } from '../../src/mqtt/payload-stream.js';
import { exportMessages, importMessages } from '../../src/mqtt/persistence.js';
import { CloseReason, Refusal } from '../../src/mqtt/state.js';
import { topicMatches } from '../../src/mqtt/topic-match.js';
import { hex, utf8 } from './bench/bytes.js';
import {
  connack,
  connects,
  names,
  packetsOf,
  pingresp,
  puback,
  publish,
  publishes,
  suback,
  subscribes,
  unsuback,
  unsubscribes,
} from './bench/codec.js';
import { connected, Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

const keep = { cleanSession: false };
const full: ConnectOptions = {
  clientId: 'id',
  will: { topic: 'wt', payload: 'wp', qos: 2, retain: true },
  username: 'user',
  password: 'pass',
};

/** The connect flags of CONNECT with these options (MQTT 3.1.1, 3.1.2.3). */
function flags(options: Partial<ConnectOptions>): number {
  return encodeConnect({ clientId: 'id', ...options })[9]!;
}

/** What follows the variable header of CONNECT. */
function connectPayload(options: Partial<ConnectOptions>): Uint8Array {
  return encodeConnect({ clientId: 'id', ...options }).slice(12);
}

function expectClosed(bytes: Uint8Array, reason: CloseReason): void {
  const desk = connected();
  desk.give(bytes);
  expect([desk.closed, desk.session.idle]).toEqual([reason, true]);
}

/** A session that waits for CONNACK. */
function waiting(options: Partial<ConnectOptions> = {}): Desk {
  const desk = new Desk(options);
  desk.open();
  desk.write();
  return desk;
}

/** Two messages written and not acknowledged, of which the second is then acknowledged. */
function twoMessages(cleanSession: boolean): Desk {
  const desk = connected({ cleanSession });
  desk.publish('first', '', 1);
  desk.publish('second', '', 1);
  desk.publish('third', '', 1);
  desk.write();
  desk.give(puback(2));
  return desk;
}

/** What binds a client with QoS 0 and 1 over TCP: all statements of that kind, in the order of Appendix B. */
const client: { [id: string]: () => void } = {
  'MQTT-1.5.3-1': () => {
    expectClosed(hex('30050003eda080'), CloseReason.malformedTopic);
    expect(connected().session.publish(hex('eda080'), new Uint8Array(0), 0, false)).toBe(Refusal.invalidTopic);
  },
  'MQTT-1.5.3-2': () => {
    expectClosed(hex('3003000100'), CloseReason.nulInTopic);
    expect(connected().publish('a\0')).toBe(Refusal.invalidTopic);
  },
  'MQTT-1.5.3-3': () => {
    const desk = connected();
    desk.give(hex('30050003efbbbf'));
    expect(desk.heard.pieces[0]!.topic).toBe('\ufeff');
  },
  'MQTT-2.2.2-1': () => {
    const desk = connected({ keepAliveSeconds: 4 });
    const first: number[] = [desk.wire[0]!];
    const firstByte = (): void => void first.push(desk.writeBytes()[0]!);
    desk.subscribe('a');
    firstByte();
    desk.give(suback(1, 0), publish('a', '', 1, 1));
    firstByte();
    desk.unsubscribe('a');
    firstByte();
    desk.now = 3000;
    desk.session.tick(desk.now);
    firstByte();
    desk.session.disconnect(desk.now);
    firstByte();
    expect(first).toEqual([0x10, 0x82, 0x40, 0xa2, 0xc0, 0xe0]);
  },
  'MQTT-2.2.2-2': () => expectClosed(hex('d100'), CloseReason.invalidFlags),
  'MQTT-2.3.1-1': () => {
    const desk = connected();
    desk.subscribe('a');
    desk.publish('a', '', 1);
    for (const packet of desk.write()) expect(packet.messageId).toBeGreaterThan(0);
    desk.give(suback(2, 0), suback(1, 0));
    desk.unsubscribe('a');
    for (const packet of desk.write()) expect(packet.messageId).toBeGreaterThan(0);
  },
  'MQTT-2.3.1-2': () => {
    const desk = connected();
    desk.publish('a', '', 1);
    desk.subscribe('a');
    desk.publish('a', '', 1);
    expect(new Set(desk.write().map(({ messageId }) => messageId)).size).toBe(3);
  },
  'MQTT-2.3.1-3': () => {
    const desk = twoMessages(false);
    expect(publishes(desk.reconnect(true)).map(({ messageId }) => messageId)).toEqual([1, 3]);
  },
  'MQTT-2.3.1-5': () => {
    const desk = connected();
    desk.publish('a', 'x');
    expect(desk.writeBytes()).toEqual(hex('30 04 0001 61 78'));
  },
  'MQTT-2.3.1-6': () => {
    const desk = connected();
    desk.give(publish('a', '', 1, 0x1234));
    expect(desk.writeBytes()).toEqual(hex('40 02 1234'));
  },
  'MQTT-3.1.0-1': () => {
    const desk = new Desk();
    desk.publish('a', '', 1);
    desk.open();
    expect(names(desk.write())).toBe('connect');
  },
  'MQTT-3.1.2-4': () => expect(publishes(twoMessages(false).reconnect(true))).toHaveLength(2),
  'MQTT-3.1.2-6': () => {
    const desk = twoMessages(true);
    desk.subscribe('a');
    desk.write();
    desk.give(suback(4, 0));
    const packets = desk.reconnect();
    expect(publishes(packets).map(({ dup }) => dup)).toEqual([false, false]);
    expect(subscribes(packets)).toHaveLength(1);
  },
  'MQTT-3.1.2-9': () => {
    expect(flags(full) & 4).toBe(4);
    expect(packetsOf(encodeConnect(full))).toMatchObject([{ will: { topic: 'wt', payload: Buffer.from('wp') } }]);
  },
  'MQTT-3.1.2-11': () => {
    expect(flags({}) & 0x3c).toBe(0);
    expect(connectPayload({})).toEqual(hex('0002 6964'));
  },
  'MQTT-3.1.2-13': () => expect(flags({}) & 0x18).toBe(0),
  'MQTT-3.1.2-14': () => {
    for (const qos of [0, 1, 2] as const) expect((flags({ will: { topic: 't', qos } }) >> 3) & 3).toBe(qos);
    expect(() => flags({ will: { topic: 't', qos: 3 as never } })).toThrow(RangeError);
  },
  'MQTT-3.1.2-15': () => expect(flags({}) & 0x20).toBe(0),
  'MQTT-3.1.2-18': () => {
    expect(flags({}) & 0x80).toBe(0);
    expect(connectPayload({})).toHaveLength(4);
  },
  'MQTT-3.1.2-19': () => {
    expect(flags({ username: 'u' }) & 0x80).toBe(0x80);
    expect(connectPayload({ username: 'u' })).toEqual(hex('0002 6964 0001 75'));
  },
  'MQTT-3.1.2-20': () => {
    expect(flags({ username: 'u' }) & 0x40).toBe(0);
    expect(connectPayload({ username: 'u' })).toHaveLength(7);
  },
  'MQTT-3.1.2-21': () => {
    expect(flags({ username: 'u', password: 'p' }) & 0x40).toBe(0x40);
    expect(connectPayload({ username: 'u', password: 'p' })).toEqual(hex('0002 6964 0001 75 0001 70'));
  },
  'MQTT-3.1.2-22': () => expect(() => flags({ password: 'p' })).toThrow('MQTT-3.1.2-22'),
  'MQTT-3.1.2-23': () => {
    const desk = connected({ keepAliveSeconds: 10 });
    expect(desk.session.deadline).toBeLessThan(10000);
    desk.now = desk.session.deadline;
    desk.session.tick(desk.now);
    expect(names(desk.write())).toBe('pingreq');
  },
  'MQTT-3.1.3-1': () => {
    expect(connectPayload(full)).toEqual(hex('0002 6964 0002 7774 0002 7770 0004 75736572 0004 70617373'));
  },
  'MQTT-3.1.3-2': () => {
    const desk = connected({ clientId: 'mine', ...keep });
    desk.session.lost();
    desk.open();
    expect(connects(desk.write())).toMatchObject([{ clientId: 'mine', clean: false }]);
  },
  'MQTT-3.1.3-3': () => expect(connectPayload(full).slice(0, 4)).toEqual(hex('0002 6964')),
  'MQTT-3.1.3-4': () => {
    expect(connectPayload({ clientId: 'ä' })).toEqual(hex('0002 c3a4'));
    expect(() => encodeConnect({ clientId: '\ud800' })).toThrow(RangeError);
  },
  'MQTT-3.1.3-7': () => {
    expect(flags({ clientId: '' }) & 2).toBe(2);
    expect(() => flags({ clientId: '', cleanSession: false })).toThrow('clientId must not be empty');
  },
  'MQTT-3.1.3-10': () => {
    expect(connectPayload({ will: { topic: 'ä' } }).slice(4)).toEqual(hex('0002 c3a4 0000'));
    expect(() => flags({ will: { topic: '\ud800' } })).toThrow(RangeError);
    expect(() => flags({ will: { topic: hex('ff') } })).toThrow(RangeError);
  },
  'MQTT-3.1.3-11': () => {
    expect(connectPayload({ username: 'ä' }).slice(4)).toEqual(hex('0002 c3a4'));
    expect(() => flags({ username: '\ud800' })).toThrow(RangeError);
  },
  'MQTT-3.3.1-1': () => expect(publishes(twoMessages(false).reconnect(true)).every(({ dup }) => dup)).toBe(true),
  'MQTT-3.3.1-2': () => {
    const desk = connected(keep);
    desk.publish('a', 'xyz');
    desk.write(4);
    for (const packet of publishes(desk.reconnect(true))) expect(packet.dup).toBe(false);
  },
  'MQTT-3.3.1-4': () => {
    expectClosed(hex('36 05 0001 61 0001'), CloseReason.qos3);
    expect(connected().publish('a', '', 3)).toBe(Refusal.invalidQos);
  },
  'MQTT-3.3.2-1': () => {
    const desk = connected();
    desk.publish('ä', 'x', 1);
    expect(desk.writeBytes().slice(2, 6)).toEqual(hex('0002 c3a4'));
  },
  'MQTT-3.3.2-2': () => {
    for (const topic of ['a/+', 'a/#']) expect(connected().publish(topic)).toBe(Refusal.invalidTopic);
    expectClosed(hex('300300012b'), CloseReason.wildcardInTopic);
  },
  'MQTT-3.3.4-1': () => {
    const desk = connected();
    desk.give(publish('a', '', 0), publish('a', '', 1, 7));
    expect(desk.write()).toMatchObject([{ cmd: 'puback', messageId: 7 }]);
  },
  'MQTT-3.8.1-1': () => {
    const desk = connected();
    desk.subscribe('a');
    expect(desk.writeBytes()[0]! & 15).toBe(2);
  },
  'MQTT-3.8.3-1': () => {
    const desk = connected();
    desk.subscribe('ä');
    expect(desk.writeBytes().slice(4)).toEqual(hex('0002 c3a4 00'));
    expect(connected().session.subscribe(hex('ff'), 0)).toBe(Refusal.invalidTopic);
  },
  'MQTT-3.8.3-3': () => {
    const desk = connected();
    expect(desk.writeBytes()).toHaveLength(0);
    desk.subscribe('a');
    expect(subscribes(desk.write())[0]!.subscriptions).toHaveLength(1);
  },
  'MQTT-3.10.1-1': () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    desk.give(suback(1, 0));
    desk.unsubscribe('a');
    expect(desk.writeBytes()[0]! & 15).toBe(2);
  },
  'MQTT-3.10.3-1': () => {
    const desk = connected();
    desk.subscribe('ä');
    desk.subscribe('b');
    desk.write();
    desk.give(suback(1, 0, 0));
    desk.unsubscribe('ä');
    desk.unsubscribe('b');
    expect(desk.writeBytes().slice(4)).toEqual(hex('0002 c3a4 0001 62'));
  },
  'MQTT-3.10.3-2': () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    desk.give(suback(1, 0));
    expect(desk.writeBytes()).toHaveLength(0);
    desk.unsubscribe('a');
    expect(unsubscribes(desk.write())[0]!.unsubscriptions).toHaveLength(1);
  },
  'MQTT-3.14.4-1': () => {
    const desk = connected();
    desk.session.disconnect(0);
    expect(desk.closed).toBeUndefined();
    desk.write();
    expect(desk.closed).toBe(CloseReason.requested);
  },
  'MQTT-3.14.4-2': () => {
    const desk = connected();
    desk.publish('a', '', 1);
    desk.subscribe('b');
    desk.session.disconnect(0);
    desk.give(publish('a', '', 1, 1));
    expect(names(desk.write())).toBe('disconnect');
    expect(desk.writeBytes()).toHaveLength(0);
  },
  'MQTT-4.1.0-1': () => {
    const desk = twoMessages(false);
    const into = new Uint8Array(100);
    const length = exportMessages(desk.session, into, 0);
    const rebooted = new Desk(keep);
    expect(importMessages(rebooted.session, into, 0, length)).toBe(2);
    expect(publishes(rebooted.connect(true))).toHaveLength(2);
  },
  'MQTT-4.1.0-2': () => {
    const desk = connected();
    desk.publish('a', '', 1);
    desk.write();
    desk.now = 3600000;
    expect(desk.session.inFlight).toBe(1);
    desk.give(puback(1));
    expect(desk.heard.acknowledged).toEqual([1]);
  },
  'MQTT-4.3.1-1': () => {
    const desk = connected();
    desk.publish('a', '', 0);
    expect(publishes(desk.write())).toMatchObject([{ qos: 0, dup: false }]);
  },
  'MQTT-4.3.2-1': () => {
    const desk = connected();
    desk.publish('a', '', 1);
    expect(publishes(desk.write())).toMatchObject([{ qos: 1, dup: false, messageId: 1 }]);
    expect([desk.publish('b', '', 1), desk.session.inFlight]).toEqual([2, 2]);
  },
  'MQTT-4.3.2-2': () => {
    const desk = connected();
    desk.give(publish('a', 'one', 1, 5));
    desk.write();
    desk.give(publish('a', 'two', 1, 5, { dup: true }));
    expect(names(desk.write())).toBe('puback');
    expect(desk.heard.pieces.map(({ payload }) => payload)).toEqual(['one', 'two']);
  },
  'MQTT-4.4.0-1': () => {
    for (const sessionPresent of [true, false]) {
      const again = publishes(twoMessages(false).reconnect(sessionPresent));
      expect(again.map(({ topic, messageId }) => topic + messageId)).toEqual(['first1', 'third3']);
    }
  },
  'MQTT-4.5.0-2': () => {
    const desk = new Desk({ receiveBufferSize: 16 });
    desk.connect();
    desk.give(publish('unasked', '', 1, 1), publish('t'.repeat(50), 'skipped', 1, 2));
    expect(desk.write().map(({ messageId }) => messageId)).toEqual([1, 2]);
  },
  'MQTT-4.6.0-1': () => {
    expect(publishes(twoMessages(false).reconnect(true)).map(({ topic }) => topic)).toEqual(['first', 'third']);
  },
  'MQTT-4.6.0-2': () => {
    const desk = connected();
    desk.give(publish('a', '', 1, 9), publish('a', '', 1, 2), publish('a', '', 1, 5));
    expect(desk.write().map(({ messageId }) => messageId)).toEqual([9, 2, 5]);
  },
  'MQTT-4.7.1-1': () => {
    expect(connected().publish('+')).toBe(Refusal.invalidTopic);
    expect(connected().subscribe('+')).toBe(0);
    expect(() => flags({ will: { topic: '#' } })).toThrow(RangeError);
  },
  'MQTT-4.7.1-2': () => {
    for (const filter of ['a#', '#/a', 'a/#/b']) expect(connected().subscribe(filter)).toBe(Refusal.invalidTopic);
    for (const filter of ['#', 'a/#']) expect(connected().subscribe(filter)).toBe(0);
  },
  'MQTT-4.7.1-3': () => {
    for (const filter of ['a+', '+a', 'a/+b/c']) expect(connected().subscribe(filter)).toBe(Refusal.invalidTopic);
    for (const filter of ['+', 'a/+', '+/a/+']) expect(connected().subscribe(filter)).toBe(0);
  },
  'MQTT-4.7.3-1': () => {
    expect([connected().publish(''), connected().subscribe('')]).toEqual([Refusal.invalidTopic, Refusal.invalidTopic]);
    expectClosed(hex('3003000061'), CloseReason.emptyTopic);
  },
  'MQTT-4.7.3-2': () => {
    expect([connected().publish('\0'), connected().subscribe('\0')]).toEqual([
      Refusal.invalidTopic,
      Refusal.invalidTopic,
    ]);
    expectClosed(hex('3003000100'), CloseReason.nulInTopic);
  },
  'MQTT-4.7.3-3': () => {
    const desk = connected({ transmitArenaSize: 70000 });
    expect([desk.publish('a'.repeat(65536)), desk.publish('a'.repeat(65535))]).toEqual([Refusal.invalidTopic, 0]);
    expect(desk.subscribe('a'.repeat(65536))).toBe(Refusal.invalidTopic);
  },
  'MQTT-4.8.0-1': () => {
    expectClosed(connack(), CloseReason.secondConnack);
    expectClosed(hex('34 05 0001 61 0001'), CloseReason.qos2);
  },
  'MQTT-4.8.0-2': () => {
    // The one error of ours while a packet is under way: it cannot be finished, so the connection ends.
    const desk = connected();
    publishStream(desk.session, utf8('a'), { read: () => -1 }, 10, 0, false);
    desk.write();
    expect(desk.closed).toBe(CloseReason.payloadSourceFailed);
  },
  'MQTT-7.0.0-2': () => {
    const desk = new Desk(full);
    desk.open();
    expect(names(desk.write())).toBe('connect');
    desk.give(connack());
    expect(desk.writeBytes()).toHaveLength(0);
  },
  'MQTT-7.1.2-1': () => {
    const desk = connected();
    for (const byte of publish('a', 'payload')) desk.give(new Uint8Array([byte]));
    expect(desk.heard.pieces).toMatchObject([{ topic: 'a', payload: 'payload' }]);
  },
};

/** What is addressed to the server and a client obeys, checks or mirrors. [MQTT-6.0.0-4] is about WebSocket. */
const server: { [id: string]: () => void } = {
  'MQTT-3.1.0-2': () => {
    const desk = connected();
    desk.sleep(10000);
    expect(names(packetsOf(desk.wire))).toBe('connect');
  },
  'MQTT-3.1.2-3': () => expect(flags(full) & 1).toBe(0),
  'MQTT-3-8.3-4': () => {
    const desk = connected();
    desk.subscribe('a', 1);
    expect(desk.writeBytes().at(-1)).toBe(1);
    expect([2, 3, 4].map((qos) => connected().subscribe('a', qos))).toEqual(Array(3).fill(Refusal.invalidQos));
  },
  'MQTT-3.14.1-1': () => {
    const desk = connected();
    desk.session.disconnect(0);
    expect(desk.writeBytes()).toEqual(hex('e000'));
  },
  'MQTT-3.1.4-5': () => {
    const desk = waiting();
    desk.publish('a', '', 1);
    expect(desk.writeBytes()).toHaveLength(0);
    desk.give(connack(false, 5));
    expect([desk.writeBytes().length, desk.session.inFlight]).toEqual([0, 1]);
  },
  'MQTT-3.2.0-1': () => {
    const desk = waiting();
    desk.give(pingresp);
    expect(desk.closed).toBe(CloseReason.firstPacketNotConnack);
  },
  'MQTT-3.2.2-1': () => {
    const desk = waiting({ cleanSession: true });
    desk.give(connack(true));
    expect(desk.closed).toBe(CloseReason.unexpectedSessionPresent);
  },
  'MQTT-3.2.2-2': () => {
    const desk = connected(keep);
    desk.subscribe('a');
    desk.write();
    desk.give(suback(1, 0));
    expect(names(desk.reconnect(true))).toBe('');
  },
  'MQTT-3.2.2-3': () => {
    const desk = connected(keep);
    desk.subscribe('a');
    desk.write();
    desk.give(suback(1, 0));
    expect(names(desk.reconnect(false))).toBe('subscribe');
  },
  'MQTT-3.2.2-4': () => {
    const desk = waiting(keep);
    desk.give(connack(true, 3));
    expect(desk.closed).toBe(CloseReason.unexpectedSessionPresent);
  },
  'MQTT-3.2.2-5': () => {
    const desk = waiting();
    desk.give(connack(false, 4));
    expect([desk.closed, desk.session.returnCode]).toEqual([CloseReason.refused, 4]);
  },
  'MQTT-2.3.1-4': () => {
    const desk = connected();
    desk.publish('mine', '', 1);
    desk.write();
    desk.give(publish('theirs', '', 1, 1, { dup: true }));
    expect([names(desk.write()), desk.session.inFlight]).toEqual(['puback', 1]);
  },
  'MQTT-2.3.1-7': () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    desk.give(suback(9, 0));
    expect(desk.heard.granted).toEqual([]);
    desk.give(suback(1, 0));
    expect(desk.heard.granted).toEqual([['a', 0]]);
  },
  'MQTT-3.3.2-3': () => {
    const desk = connected();
    desk.give(publish('no/filter', 'x'));
    expect([desk.heard.pieces.length, desk.session.connected]).toEqual([1, true]);
  },
  'MQTT-3.8.4-2': () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    desk.give(suback(2, 0));
    expect([desk.heard.granted.length, desk.session.counter(Counter.unknownAcknowledgements)]).toEqual([0, 1]);
  },
  'MQTT-3.8.4-5': () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    desk.give(suback(1, 0, 0));
    expect(desk.closed).toBe(CloseReason.invalidSuback);
  },
  'MQTT-3.8.4-6': () => {
    const desk = connected();
    desk.subscribe('a', 1);
    desk.write();
    desk.give(suback(1, 0));
    expect(desk.heard.granted).toEqual([['a', 0]]);
  },
  'MQTT-3.9.3-1': () => {
    const desk = connected();
    desk.subscribe('a', 1);
    desk.subscribe('b', 1);
    desk.write();
    desk.give(suback(1, 0x80, 1));
    expect(desk.heard.granted).toEqual([
      ['a', 0x80],
      ['b', 1],
    ]);
  },
  'MQTT-3.9.3-2': () => {
    for (const code of [3, 0x7f, 0x81, 0xff]) {
      const desk = connected();
      desk.subscribe('a', 1);
      desk.write();
      desk.give(suback(1, code));
      expect(desk.closed).toBe(CloseReason.invalidSuback);
    }
  },
  'MQTT-3.10.4-4': () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    desk.give(suback(1, 0));
    desk.unsubscribe('a');
    desk.write();
    desk.give(unsuback(9));
    expect(desk.heard.unsubscribed).toEqual([]);
    desk.give(unsuback(2));
    expect(desk.heard.unsubscribed).toEqual(['a']);
  },
  'MQTT-3.12.4-1': () => {
    const desk = connected({ keepAliveSeconds: 10, pingrespTimeout: 1000 });
    desk.now = 7500;
    desk.session.tick(desk.now);
    desk.write();
    desk.session.tick(8500);
    expect(desk.closed).toBe(CloseReason.pingrespTimeout);
  },
  'MQTT-4.7.2-1': () => {
    const matches = (filter: string, topic: string): boolean =>
      topicMatches(utf8(filter), 0, filter.length, utf8(topic), 0, topic.length);
    expect([matches('#', '$SYS/x'), matches('+/x', '$SYS/x'), matches('$SYS/#', '$SYS/x')]).toEqual([
      false,
      false,
      true,
    ]);
  },
};

describe('statements that bind a client with QoS 0 and 1', () => {
  it('are 64', () => {
    expect(Object.keys(client)).toHaveLength(64);
  });

  for (const [id, check] of Object.entries(client)) it('[' + id + ']', check);
});

describe('statements to a server that a client obeys, checks or mirrors', () => {
  it('are 22 without WebSocket', () => {
    expect(Object.keys(server)).toHaveLength(22);
  });

  for (const [id, check] of Object.entries(server)) it('[' + id + ']', check);
});
