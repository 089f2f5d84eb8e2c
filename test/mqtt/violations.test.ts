import { Counter } from '../../src/mqtt/layout.js';
import { CloseReason } from '../../src/mqtt/state.js';
import { hex, join } from './bench/bytes.js';
import { connack, pingresp, puback, publish, suback, unsuback } from './bench/codec.js';
import { connected, Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

/** What a broker sends to a connected session, and why that ends the connection. */
const rows: [what: string, bytes: Uint8Array, reason: CloseReason][] = [
  ['a second CONNACK', connack(), CloseReason.secondConnack],
  ['a second CONNACK that refuses', connack(false, 5), CloseReason.secondConnack],
  ['flags of PUBACK', hex('41020001'), CloseReason.invalidFlags],
  ['flags of SUBACK', hex('9203000100'), CloseReason.invalidFlags],
  ['flags of UNSUBACK', hex('b2020001'), CloseReason.invalidFlags],
  ['flags of PINGRESP', hex('d800'), CloseReason.invalidFlags],
  ['a PINGRESP with a body', hex('d00100'), CloseReason.invalidLength],
  ['a PUBACK of one byte', hex('400101'), CloseReason.invalidLength],
  ['a PUBACK with a byte too many', hex('4003000100'), CloseReason.invalidLength],
  ['a SUBACK without codes', hex('90020001'), CloseReason.invalidLength],
  ['an UNSUBACK with a byte too many', hex('b003000100'), CloseReason.invalidLength],
  ['a PUBLISH without a topic', hex('300100'), CloseReason.invalidLength],
  ['a topic that passes the end of its PUBLISH', hex('3003000561'), CloseReason.invalidLength],
  ['five bytes of length', hex('30ffffffff7f'), CloseReason.lengthTooLong],
  ['CONNECT', hex('1000'), CloseReason.unexpectedPacket],
  ['PUBREC', hex('50020001'), CloseReason.unexpectedPacket],
  ['PUBREL', hex('62020001'), CloseReason.unexpectedPacket],
  ['PUBCOMP', hex('70020001'), CloseReason.unexpectedPacket],
  ['SUBSCRIBE', hex('8206000100016100'), CloseReason.unexpectedPacket],
  ['UNSUBSCRIBE', hex('a2050001000161'), CloseReason.unexpectedPacket],
  ['PINGREQ', hex('c000'), CloseReason.unexpectedPacket],
  ['DISCONNECT', hex('e000'), CloseReason.unexpectedPacket],
  ['type 0', hex('0000'), CloseReason.unexpectedPacket],
  ['type 15', hex('f000'), CloseReason.unexpectedPacket],
  ['identifier 0 in a PUBLISH', hex('3205000161 0000'), CloseReason.zeroPacketId],
  ['identifier 0 in a PUBACK', puback(0), CloseReason.zeroPacketId],
  ['identifier 0 in a SUBACK', suback(0, 0), CloseReason.zeroPacketId],
  ['identifier 0 in an UNSUBACK', unsuback(0), CloseReason.zeroPacketId],
  ['QoS 3', hex('3605000161 0001'), CloseReason.qos3],
  ['QoS 2', hex('3405000161 0001'), CloseReason.qos2],
  ['DUP with QoS 0', hex('3803000161'), CloseReason.dupWithQos0],
  ['an empty topic', hex('3003000061'), CloseReason.emptyTopic],
  ['a topic that is not UTF-8', hex('30030001ff'), CloseReason.malformedTopic],
  ['a surrogate in a topic', hex('30050003eda080'), CloseReason.malformedTopic],
  ['U+0000 in a topic', hex('3003000100'), CloseReason.nulInTopic],
  ['+ in a topic', hex('300300012b'), CloseReason.wildcardInTopic],
  ['# in a topic', hex('3003000123'), CloseReason.wildcardInTopic],
];

/** What a broker sends instead of a good CONNACK. */
const early: [what: string, bytes: Uint8Array, reason: CloseReason][] = [
  ['PINGRESP first', pingresp, CloseReason.firstPacketNotConnack],
  ['PUBLISH first', publish('a', 'x'), CloseReason.firstPacketNotConnack],
  ['a large PUBLISH first', publish('a', new Uint8Array(1000)), CloseReason.firstPacketNotConnack],
  ['PUBACK first', puback(1), CloseReason.firstPacketNotConnack],
  ['SUBACK first', suback(1, 0), CloseReason.firstPacketNotConnack],
  ['UNSUBACK first', unsuback(1), CloseReason.firstPacketNotConnack],
  ['DISCONNECT first', hex('e000'), CloseReason.unexpectedPacket],
  ['flags of CONNACK', hex('22020000'), CloseReason.invalidFlags],
  ['a CONNACK of one byte', hex('200100'), CloseReason.invalidLength],
  ['a CONNACK of three bytes', hex('2003000000'), CloseReason.invalidLength],
  ['a CONNACK with reserved flags', hex('20020200'), CloseReason.invalidConnack],
  ['a CONNACK with all flags', hex('2002ff00'), CloseReason.invalidConnack],
  ['a CONNACK with code 6', connack(false, 6), CloseReason.invalidConnack],
  ['a CONNACK with code 255', connack(false, 255), CloseReason.invalidConnack],
  ['Session Present with Clean Session', connack(true), CloseReason.unexpectedSessionPresent],
];

function expectViolation(desk: Desk, reason: CloseReason): void {
  expect(desk.heard.closed).toEqual([reason]);
  expect(desk.session.counter(Counter.malformed)).toBe(1);
  expect([desk.session.idle, desk.session.connected, desk.session.deadline]).toEqual([true, false, Infinity]);
  expect(desk.writeBytes()).toHaveLength(0);
}

describe('a broker that breaks the protocol [MQTT-4.8.0-1]', () => {
  it.each(rows)('with %s', (_, bytes, reason) => {
    const desk = connected();
    desk.give(bytes);
    expectViolation(desk, reason);
  });

  it.each(rows)('with %s, byte by byte', (_, bytes, reason) => {
    const desk = connected();
    for (const byte of bytes) desk.give(new Uint8Array([byte]));
    expectViolation(desk, reason);
  });

  it.each(rows)('with %s while we disconnect', (_, bytes, reason) => {
    const desk = connected();
    desk.session.disconnect(0);
    desk.give(bytes);
    expectViolation(desk, reason);
  });

  it.each(early)('with %s, instead of CONNACK', (_, bytes, reason) => {
    const desk = new Desk({ receiveBufferSize: 64 });
    desk.open();
    desk.write();
    desk.give(bytes);
    expectViolation(desk, reason);
  });

  it('with Session Present in a refusal [MQTT-3.2.2-4]', () => {
    const desk = new Desk({ cleanSession: false });
    desk.open();
    desk.write();
    desk.give(connack(true, 2));
    expectViolation(desk, CloseReason.unexpectedSessionPresent);
  });

  it('is not answered any more', () => {
    const desk = connected();
    desk.give(join(publish('a', 'x', 1, 1), hex('0000')));
    expect(desk.writeBytes()).toHaveLength(0);
  });

  it('gets a new chance', () => {
    const desk = connected();
    desk.give(hex('0000'));
    desk.connect();
    desk.give(publish('a', 'x'));
    expect(desk.heard.pieces).toHaveLength(1);
  });
});

describe('what is no violation', () => {
  it.each([
    ['PUBACK of an unknown identifier', puback(77)],
    ['SUBACK of an unknown identifier', suback(77, 0)],
    ['UNSUBACK of an unknown identifier', unsuback(77)],
    ['PINGRESP out of the blue', pingresp],
    ['DUP with QoS 1', publish('a', '', 1, 1, { dup: true })],
    ['a topic that nobody subscribed to', publish('$SYS/x', '')],
    ['a length with more bytes than needed', hex('d08000')],
  ])('%s', (_, bytes) => {
    const desk = connected();
    desk.give(bytes);
    expect([desk.session.connected, desk.session.counter(Counter.malformed)]).toEqual([true, 0]);
  });
});
