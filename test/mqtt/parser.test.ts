import { Parser, ParserEvent } from '../../src/mqtt/parser.js';
import { CloseReason } from '../../src/mqtt/state.js';
import { hex, join, pattern, utf8 } from './bench/bytes.js';
import { connack, encode, pingresp, puback, publish, suback, unsuback } from './bench/codec.js';
import { copyOf } from './bench/recorder.js';
import { describe, expect, it } from 'vitest';

/** What a parser says about `bytes`, offered in pieces that end at `cuts`. */
function events(bytes: Uint8Array, size = 64, cuts: number[] = []): string[] {
  const parser = new Parser(new Uint8Array(size));
  const found: string[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    for (;;) {
      const event = parser.next(bytes, from, to);
      expect(parser.position).toBeGreaterThanOrEqual(from);
      expect(parser.position).toBeLessThanOrEqual(to);
      from = parser.position;
      if (event === ParserEvent.needMore) {
        expect(from).toBe(to);
        break;
      }
      if (event === ParserEvent.fault) return [...found, 'fault ' + parser.fault];
      found.push(describeEvent(parser, event));
    }
  }
  return found;
}

function describeEvent(parser: Parser, event: ParserEvent): string {
  if (event === ParserEvent.packet) {
    const body = parser.payload.subarray(parser.payloadFrom, parser.payloadTo);
    return 'packet ' + parser.type + ' ' + Buffer.from(body).toString('hex');
  }
  if (event === ParserEvent.puback) return 'puback ' + parser.packetId.toString(16);
  if (event === ParserEvent.skipped) return 'skipped ' + parser.qos + ' ' + parser.packetId;
  return 'message ' + JSON.stringify(copyOf(parser));
}

/** A PUBLISH with any first byte, topic and rest. */
function rawPublish(first: number, topic: Uint8Array, rest: Uint8Array): Uint8Array {
  const length = 2 + topic.length + rest.length;
  return join(new Uint8Array([first, length, topic.length >> 8, topic.length & 255]), topic, rest);
}

describe('Parser takes', () => {
  it.each([
    ['CONNACK', connack(true, 5), 'packet 2 0105'],
    ['PUBACK', puback(0x1234), 'puback 1234'],
    ['SUBACK', suback(1, 0, 1, 0x80), 'packet 9 0001000180'],
    ['UNSUBACK', unsuback(65535), 'packet 11 ffff'],
    ['PINGRESP', pingresp, 'packet 13 '],
  ])('%s', (_, bytes, expected) => {
    expect(events(bytes)).toEqual([expected]);
  });

  it('several packets in one piece', () => {
    expect(events(join(pingresp, puback(1), pingresp))).toEqual(['packet 13 ', 'puback 1', 'packet 13 ']);
  });

  it('a PUBACK in each state of the stream alike', () => {
    for (const cut of [1, 2, 3]) {
      const parser = new Parser(new Uint8Array(16));
      const bytes = puback(0x1234);
      expect(parser.next(bytes, 0, cut)).toBe(ParserEvent.needMore);
      expect([parser.next(bytes, cut, 4), parser.packetId, parser.position]).toEqual([ParserEvent.puback, 0x1234, 4]);
    }
  });

  it('a remaining length with more bytes than needed', () => {
    expect(events(hex('40 8200 0007'))).toEqual(['puback 7']);
  });

  it('a PUBLISH with an empty payload', () => {
    expect(JSON.parse(events(publish('a', ''))[0]!.slice(8))).toMatchObject({ topic: 'a', payload: '', total: 0 });
  });

  it('U+FEFF in a topic as it is [MQTT-1.5.3-3]', () => {
    expect(JSON.parse(events(publish('\ufeffa', ''))[0]!.slice(8)).topic).toBe('\ufeffa');
  });

  it('the flags of a PUBLISH', () => {
    const [event] = events(publish('a', 'x', 1, 9, { dup: true, retain: true }));
    expect(JSON.parse(event!.slice(8))).toMatchObject({ qos: 1, dup: true, retain: true, packetId: 9 });
  });
});

describe('Parser rejects', () => {
  const none = new Uint8Array(0);
  const a = utf8('a');
  const rows: [what: string, bytes: Uint8Array, reason: CloseReason][] = [
    ['flags of CONNACK', hex('21 02 0000'), CloseReason.invalidFlags],
    ['flags of PUBACK', hex('42 02 0001'), CloseReason.invalidFlags],
    ['flags of SUBACK', hex('92 03 000100'), CloseReason.invalidFlags],
    ['flags of UNSUBACK', hex('b8 02 0001'), CloseReason.invalidFlags],
    ['flags of PINGRESP', hex('d1 00'), CloseReason.invalidFlags],
    ['a CONNACK of 1 byte', hex('20 01 00'), CloseReason.invalidLength],
    ['a CONNACK of 3 bytes', hex('20 03 000000'), CloseReason.invalidLength],
    ['a PUBACK of 3 bytes', hex('40 03 000100'), CloseReason.invalidLength],
    ['an empty PUBACK', hex('40 00'), CloseReason.invalidLength],
    ['a SUBACK without a code', hex('90 02 0001'), CloseReason.invalidLength],
    ['an UNSUBACK with a code', hex('b0 03 000100'), CloseReason.invalidLength],
    ['a PINGRESP with a body', hex('d0 01 00'), CloseReason.invalidLength],
    [
      'a SUBACK that is longer than the buffer',
      join(hex('90 7f 0001'), new Uint8Array(125)),
      CloseReason.invalidLength,
    ],
    ['a PUBLISH without a topic length', hex('30 01 00'), CloseReason.invalidLength],
    ['a PUBLISH whose topic passes its end', hex('30 04 0003 6161'), CloseReason.invalidLength],
    ['a QoS 1 PUBLISH without room for its identifier', hex('32 05 0002 6161 01'), CloseReason.invalidLength],
    [
      'a large PUBLISH whose topic passes its end',
      join(hex('30 50 004f'), new Uint8Array(80).fill(97)),
      CloseReason.invalidLength,
    ],
    ['a fifth byte of remaining length', hex('30 ffffffff01'), CloseReason.lengthTooLong],
    ['packet type 0', hex('00 00'), CloseReason.unexpectedPacket],
    ['CONNECT', hex('10 00'), CloseReason.unexpectedPacket],
    ['PUBREC', hex('50 02 0001'), CloseReason.unexpectedPacket],
    ['PUBREL', hex('62 02 0001'), CloseReason.unexpectedPacket],
    ['PUBCOMP', hex('70 02 0001'), CloseReason.unexpectedPacket],
    ['SUBSCRIBE', hex('82 00'), CloseReason.unexpectedPacket],
    ['UNSUBSCRIBE', hex('a2 00'), CloseReason.unexpectedPacket],
    ['PINGREQ', hex('c0 00'), CloseReason.unexpectedPacket],
    ['DISCONNECT', hex('e0 00'), CloseReason.unexpectedPacket],
    ['packet type 15', hex('f0 00'), CloseReason.unexpectedPacket],
    ['packet identifier 0', rawPublish(0x32, a, hex('0000')), CloseReason.zeroPacketId],
    ['QoS 3', rawPublish(0x36, a, hex('0001')), CloseReason.qos3],
    ['QoS 2', rawPublish(0x34, a, hex('0001')), CloseReason.qos2],
    ['DUP with QoS 0', rawPublish(0x38, a, none), CloseReason.dupWithQos0],
    ['an empty topic', rawPublish(0x30, none, a), CloseReason.emptyTopic],
    ['a topic that is not UTF-8', rawPublish(0x30, hex('61ff'), none), CloseReason.malformedTopic],
    ['a surrogate in a topic', rawPublish(0x30, hex('eda080'), none), CloseReason.malformedTopic],
    ['U+0000 in a topic', rawPublish(0x30, hex('6100'), none), CloseReason.nulInTopic],
    ['+ in a topic', rawPublish(0x30, utf8('a/+'), none), CloseReason.wildcardInTopic],
    ['# in a topic', rawPublish(0x30, utf8('#'), none), CloseReason.wildcardInTopic],
    [
      'a wildcard in the topic of a large PUBLISH',
      rawPublish(0x30, utf8('a#'), pattern(100)),
      CloseReason.wildcardInTopic,
    ],
    ['identifier 0 of a large PUBLISH', rawPublish(0x32, a, new Uint8Array(90)), CloseReason.zeroPacketId],
    [
      'identifier 0 of a skipped PUBLISH',
      join(hex('32 50 0042'), new Uint8Array(66).fill(97), new Uint8Array(12)),
      CloseReason.zeroPacketId,
    ],
  ];

  it.each(rows)('%s, in one piece', (_, bytes, reason) => {
    expect(events(bytes)).toEqual(['fault ' + reason]);
  });

  it.each(rows)('%s, byte by byte', (_, bytes, reason) => {
    const cuts = Array.from(bytes.keys()).slice(1);
    expect(events(bytes, 64, cuts)).toEqual(['fault ' + reason]);
  });

  it('everything after a fault', () => {
    const parser = new Parser(new Uint8Array(16));
    parser.next(hex('00'), 0, 1);
    expect(parser.next(pingresp, 0, 2)).toBe(ParserEvent.fault);
  });

  it('nothing after a reset', () => {
    const parser = new Parser(new Uint8Array(16));
    parser.next(hex('00'), 0, 1);
    parser.reset();
    expect(parser.next(pingresp, 0, 2)).toBe(ParserEvent.packet);
  });
});

describe('a packet that fits the buffer', () => {
  const stream = join(
    connack(),
    publish('a/b', 'hello'),
    publish('ä', pattern(50), 1, 300),
    puback(5),
    suback(2, 1, 0),
    pingresp,
    publish('e', '', 1, 1),
    unsuback(3),
    publish('last', 'z', 0, 0, { retain: true }),
  );

  it('is the same cut at any byte', () => {
    const whole = events(stream);
    for (let cut = 0; cut <= stream.length; cut++) expect(events(stream, 64, [cut])).toEqual(whole);
  });

  it('is the same byte by byte', () => {
    expect(events(stream, 64, Array.from(stream.keys()))).toEqual(events(stream));
  });

  it('may fill the buffer', () => {
    const full = publish('abc', pattern(11));
    expect(events(full, 16, [5])).toHaveLength(1);
  });
});

describe('a PUBLISH that is larger than the buffer', () => {
  const payload = pattern(100);
  const large = publish('topic', payload, 1, 77, { retain: true });

  function pieces(cuts: number[]): ReturnType<typeof copyOf>[] {
    return events(large, 16, cuts).map((event) => JSON.parse(event.slice(8)));
  }

  it('comes in pieces that no one needs more than the buffer for', () => {
    for (const piece of pieces([])) expect(piece.payload.length).toBeLessThanOrEqual(16);
  });

  it('has topic, identifier, flags and total in every piece', () => {
    for (const piece of pieces([30])) {
      expect(piece).toMatchObject({ topic: 'topic', packetId: 77, qos: 1, retain: true, dup: false, total: 100 });
    }
  });

  it('is complete and in order, cut at any byte', () => {
    for (let cut = 0; cut <= large.length; cut++) {
      let offset = 0;
      let text = '';
      for (const piece of pieces([cut])) {
        expect(piece.offset).toBe(offset);
        offset += piece.payload.length;
        text += piece.payload;
      }
      expect(text).toBe(Buffer.from(payload).toString('latin1'));
    }
  });

  it('is followed by the next packet', () => {
    expect(events(join(large, pingresp), 16).at(-1)).toBe('packet 13 ');
  });

  it('that has 268435455 bytes is begun', () => {
    const begin = join(hex('30 ffffff7f 0001 61'), pattern(10));
    const [event] = events(begin, 16);
    expect(JSON.parse(event!.slice(8))).toMatchObject({ topic: 'a', offset: 0, total: 268435452 });
  });
});

describe('a PUBLISH whose topic is larger than the buffer', () => {
  it.each([
    [0, 0],
    [1, 1],
    [1, 255],
    [1, 256],
    [1, 65535],
  ] as const)('is skipped: QoS %i, identifier %i', (qos, id) => {
    const bytes = publish('t'.repeat(20), 'payload', qos, id);
    for (let cut = 0; cut <= bytes.length; cut++) expect(events(bytes, 16, [cut])).toEqual([`skipped ${qos} ${id}`]);
  });

  it('is skipped with an empty payload', () => {
    expect(events(publish('t'.repeat(20), '', 1, 513), 16)).toEqual(['skipped 1 513']);
  });

  it('is followed by the next packet', () => {
    expect(events(join(publish('t'.repeat(20), 'x', 1, 3), encode({ cmd: 'pingresp' })), 16)).toEqual([
      'skipped 1 3',
      'packet 13 ',
    ]);
  });
});
