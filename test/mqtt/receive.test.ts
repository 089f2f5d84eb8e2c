import { Counter } from '../../src/mqtt/layout.js';
import { PacketType } from '../../src/mqtt/packet.js';
import { CloseReason } from '../../src/mqtt/state.js';
import { join, pattern } from './bench/bytes.js';
import { names, pingresp, publish } from './bench/codec.js';
import { connected } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

describe('a QoS 1 message', () => {
  it('is acknowledged with its identifier [MQTT-2.3.1-6]', () => {
    const desk = connected();
    desk.give(publish('a', 'x', 1, 0xabcd));
    expect(desk.write()).toMatchObject([{ cmd: 'puback', messageId: 0xabcd }]);
  });

  it('is acknowledged also when nothing was subscribed [MQTT-4.5.0-2]', () => {
    const desk = connected();
    desk.give(publish('nobody/asked', '', 1, 1));
    expect(names(desk.write())).toBe('puback');
  });

  it('is acknowledged in order of arrival [MQTT-4.6.0-2]', () => {
    const desk = connected();
    desk.give(...[7, 3, 65535, 1].map((id) => publish('a', '', 1, id)));
    expect(desk.write().map(({ messageId }) => messageId)).toEqual([7, 3, 65535, 1]);
  });

  it('is not taken for a duplicate because of its identifier [MQTT-4.3.2-2]', () => {
    const desk = connected();
    desk.give(publish('a', 'x', 1, 1), publish('a', 'x', 1, 1), publish('a', 'x', 1, 1, { dup: true }));
    expect([desk.heard.pieces.length, names(desk.write())]).toEqual([3, 'puback puback puback']);
  });

  it('may have an identifier of ours [MQTT-2.3.1-4]', () => {
    const desk = connected();
    desk.publish('mine', '', 1);
    desk.write();
    desk.give(publish('a', '', 1, 1));
    expect([names(desk.write()), desk.session.inFlight]).toEqual(['puback', 1]);
  });

  it('is not acknowledged before its last byte', () => {
    const desk = connected();
    const bytes = publish('a', 'xyz', 1, 1);
    desk.give(bytes.slice(0, -1));
    expect(desk.writeBytes()).toHaveLength(0);
    desk.give(bytes.slice(-1));
    expect(names(desk.write())).toBe('puback');
  });
});

describe('a QoS 0 message', () => {
  it('is not acknowledged', () => {
    const desk = connected();
    desk.give(publish('a', 'x'));
    expect(desk.writeBytes()).toHaveLength(0);
  });

  it('has identifier 0', () => {
    const desk = connected();
    desk.give(publish('a', 'x', 1, 9), publish('a', 'x'));
    expect(desk.heard.pieces.map((piece) => piece.packetId)).toEqual([9, 0]);
  });
});

describe('an empty payload', () => {
  it.each([0, 1] as const)('of QoS %i is a message', (qos) => {
    const desk = connected();
    desk.give(publish('a', '', qos, 1, { retain: true }), pingresp);
    expect(desk.heard.pieces).toMatchObject([{ topic: 'a', payload: '', offset: 0, total: 0, retain: true, qos }]);
  });
});

describe('back-pressure', () => {
  it('stops at the PUBLISH whose PUBACK has no place', () => {
    const desk = connected({ maxPendingAcknowledgements: 2 });
    const parts = [1, 2, 3].map((id) => publish('a', 'x', 1, id));
    expect(desk.give(...parts)).toBe(parts[0]!.length + parts[1]!.length);
    expect(desk.heard.pieces).toHaveLength(2);
  });

  it('goes on when acknowledgements are written, and loses nothing', () => {
    const desk = connected({ maxPendingAcknowledgements: 2 });
    let bytes = join(...Array.from({ length: 20 }, (_, i) => publish('a', 'x' + i, 1, i + 1)));
    const acknowledged: (number | undefined)[] = [];
    while (bytes.length > 0) {
      bytes = bytes.slice(desk.give(bytes)) as Uint8Array<ArrayBuffer>;
      acknowledged.push(...desk.write(3).map(({ messageId }) => messageId));
    }
    acknowledged.push(...desk.write().map(({ messageId }) => messageId));
    expect(acknowledged).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(desk.heard.pieces.map((piece) => piece.payload)).toEqual(Array.from({ length: 20 }, (_, i) => 'x' + i));
  });

  it('does not stop QoS 0 and other packets before it', () => {
    const desk = connected({ maxPendingAcknowledgements: 1 });
    const bytes = join(publish('a', '', 1, 1), publish('b', ''), pingresp);
    expect(desk.give(bytes)).toBe(bytes.length);
  });

  it('leaves room for PINGREQ and DISCONNECT', () => {
    const desk = connected({ maxPendingAcknowledgements: 1, keepAliveSeconds: 4, stallTimeout: 60000 });
    desk.give(publish('a', '', 1, 1));
    desk.now = 3000;
    desk.session.tick(desk.now);
    desk.session.disconnect(desk.now);
    expect(names(desk.write())).toBe('puback pingreq disconnect');
  });
});

describe('a payload that is larger than the receive buffer', () => {
  const payload = pattern(1000);
  const bytes = publish('the/topic', payload, 1, 42, { retain: true });

  function received(step: number): ReturnType<typeof connected> {
    const desk = connected({ receiveBufferSize: 32 });
    for (let from = 0; from < bytes.length; from += step) desk.give(bytes.slice(from, from + step));
    return desk;
  }

  it.each([1, 7, 31, 32, 33, 1024])('comes in pieces with topic, offset and total, read %i bytes at a time', (step) => {
    let offset = 0;
    for (const piece of received(step).heard.pieces) {
      expect(piece).toMatchObject({ topic: 'the/topic', offset, total: 1000, packetId: 42, retain: true, qos: 1 });
      offset += piece.payload.length;
    }
    expect(offset).toBe(1000);
  });

  it.each([1, 7, 31, 32, 33, 1024])('is complete, read %i bytes at a time', (step) => {
    const text = received(step)
      .heard.pieces.map((piece) => piece.payload)
      .join('');
    expect(text).toBe(Buffer.from(payload).toString('latin1'));
  });

  it('is acknowledged once, at its end', () => {
    const desk = connected({ receiveBufferSize: 32 });
    desk.give(bytes.slice(0, -1));
    expect(desk.writeBytes()).toHaveLength(0);
    desk.give(bytes.slice(-1));
    expect(desk.write()).toMatchObject([{ cmd: 'puback', messageId: 42 }]);
  });

  it('is counted once', () => {
    expect(received(7).session.counter(Counter.received + PacketType.publish)).toBe(1);
  });
});

describe('a topic that is larger than the receive buffer', () => {
  const bytes = publish('t'.repeat(100), 'payload', 1, 7);

  it('is skipped and counted', () => {
    const desk = connected({ receiveBufferSize: 32 });
    desk.give(bytes);
    expect([desk.heard.pieces.length, desk.session.counter(Counter.skipped), desk.session.connected]).toEqual([
      0,
      1,
      true,
    ]);
  });

  it.each([0, 1] as const)('with QoS %i is told with the lengths of topic and payload, however it arrives', (qos) => {
    const desk = connected({ receiveBufferSize: 32 });
    for (const byte of publish('t'.repeat(100), 'payload', qos, 7)) desk.give(new Uint8Array([byte]));
    expect(desk.heard.skipped).toEqual([[100, 7]]);
  });

  it('is acknowledged all the same [MQTT-4.5.0-2]', () => {
    const desk = connected({ receiveBufferSize: 32 });
    desk.give(bytes);
    expect(desk.write()).toMatchObject([{ cmd: 'puback', messageId: 7 }]);
  });

  it('keeps its place in the order of acknowledgements', () => {
    const desk = connected({ receiveBufferSize: 32 });
    desk.give(publish('a', '', 1, 1), bytes, publish('b', '', 1, 2));
    expect(desk.write().map(({ messageId }) => messageId)).toEqual([1, 7, 2]);
  });

  it('of QoS 0 is skipped without an answer', () => {
    const desk = connected({ receiveBufferSize: 32 });
    desk.give(publish('t'.repeat(100), 'payload'));
    expect([desk.writeBytes().length, desk.session.counter(Counter.skipped)]).toEqual([0, 1]);
  });

  it('does not hide the next message', () => {
    const desk = connected({ receiveBufferSize: 32 });
    desk.give(bytes, publish('a', 'next'));
    expect(desk.heard.pieces).toMatchObject([{ topic: 'a', payload: 'next' }]);
  });
});

describe('receive', () => {
  it('reads only its range', () => {
    const desk = connected();
    const bytes = join(new Uint8Array([0xff]), publish('a', 'x'), new Uint8Array([0xff]));
    expect(desk.session.receive(bytes, 1, bytes.length - 1, 0)).toBe(bytes.length - 2);
    expect(desk.closed).toBeUndefined();
  });

  it('stops at a violation', () => {
    const desk = connected();
    desk.give(publish('a', 'x'), new Uint8Array([0x00, 0x00]), publish('a', 'y'));
    expect([desk.heard.pieces.length, desk.closed]).toEqual([1, CloseReason.unexpectedPacket]);
  });

  it('of nothing consumes nothing', () => {
    expect(connected().give(new Uint8Array(0))).toBe(0);
  });
});
