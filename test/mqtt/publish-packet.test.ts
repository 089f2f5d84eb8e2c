import fc from 'fast-check';
import { copyBytes, packetSize, publishLength, writePublishHeader } from '../../src/mqtt/packet.js';
import { hex, join, utf8 } from './bench/bytes.js';
import { packetsOf } from './bench/codec.js';
import type { IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';

function header(topic: string, qos: number, retain: boolean, packetId: number, payloadLength: number): Uint8Array {
  const bytes = new Uint8Array(40);
  const topicBytes = utf8('<' + topic + '>');
  const end = writePublishHeader(bytes, 1, topicBytes, 1, topicBytes.length - 1, qos, retain, packetId, payloadLength);
  return bytes.slice(1, end);
}

describe('a range of bytes', () => {
  const source = fc.uint8Array({ minLength: 1, maxLength: 40 });
  const range = source.chain((bytes) =>
    fc.tuple(fc.constant(bytes), fc.nat(bytes.length), fc.nat(bytes.length)).map(([all, one, other]) => ({
      all,
      from: Math.min(one, other),
      to: Math.max(one, other),
    })),
  );

  it('is copied, and nothing around it', () => {
    fc.assert(
      fc.property(range, ({ all, from, to }) => {
        const target = new Uint8Array(60).fill(0xee);
        expect(copyBytes(target, 7, all, from, to)).toBe(7 + to - from);
        const expected = new Uint8Array(60).fill(0xee);
        expected.set(all.subarray(from, to), 7);
        expect(target).toEqual(expected);
      }),
    );
  });
});

describe('a PUBLISH header', () => {
  it('has no packet identifier with QoS 0 [MQTT-2.3.1-5]', () => {
    expect(header('a/b', 0, false, 10, 1)).toEqual(join(hex('30 06 0003'), utf8('a/b')));
  });

  it('is the example of 3.3.2 with QoS 1', () => {
    expect(header('a/b', 1, false, 10, 0)).toEqual(join(hex('32 07 0003'), utf8('a/b'), hex('000a')));
  });

  it('has the retain bit', () => {
    expect(header('a', 0, true, 0, 0)[0]).toBe(0x31);
  });

  it('has the largest packet identifier', () => {
    expect(header('a', 1, false, 65535, 0).slice(-2)).toEqual(hex('ffff'));
  });

  it.each([
    [1, 0, 123],
    [1, 0, 124],
    [1, 0, 125],
    [3, 1, 16376],
    [3, 1, 16377],
    [3, 1, 2097144],
    [3, 1, 2097145],
  ])('has the size that was said: topic %i, QoS %i, payload %i', (topicLength, qos, payloadLength) => {
    const bytes = header('t'.repeat(topicLength), qos, false, 1, payloadLength);
    expect(packetSize(publishLength(topicLength, qos, payloadLength)) - payloadLength).toBe(bytes.length);
  });

  it('counts topic, identifier and payload in the remaining length', () => {
    expect([publishLength(3, 0, 10), publishLength(3, 1, 10)]).toEqual([15, 17]);
  });

  it('is what mqtt-packet reads', () => {
    const [packet] = packetsOf(join(header('ä/€', 1, true, 513, 300), new Uint8Array(300))) as IPublishPacket[];
    expect(packet).toMatchObject({ topic: 'ä/€', qos: 1, retain: true, dup: false, messageId: 513 });
    expect(packet!.payload).toHaveLength(300);
  });
});
