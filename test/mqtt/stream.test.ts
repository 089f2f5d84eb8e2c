import { MAX_REMAINING_LENGTH } from '../../src/mqtt/packet.js';
import { publishStream } from '../../src/mqtt/payload-stream.js';
import type { PayloadSource } from '../../src/mqtt/payload-stream.js';
import { CloseReason, Refusal } from '../../src/mqtt/state.js';
import { pattern, utf8 } from './bench/bytes.js';
import { names, puback, publish, publishes } from './bench/codec.js';
import { connected } from './bench/desk.js';
import type { Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

/** A payload in memory that writes down what it is asked. */
class Bytes implements PayloadSource {
  readonly offsets: number[] = [];
  /** True: it has nothing for now. */
  dry = false;
  fails = false;

  constructor(
    readonly bytes: Uint8Array,
    readonly most = Infinity,
  ) {}

  read(offset: number, into: Uint8Array, from: number, to: number): number {
    if (this.fails) return -1;
    if (this.dry) return 0;
    this.offsets.push(offset);
    const length = Math.min(to - from, this.most);
    expect(length).toBeGreaterThan(0);
    expect(offset + length).toBeLessThanOrEqual(this.bytes.length);
    into.set(this.bytes.subarray(offset, offset + length), from);
    return length;
  }
}

function stream(desk: Desk, source: Bytes, qos: number, total = source.bytes.length): number {
  return publishStream(desk.session, utf8('big'), source, total, qos, false);
}

const small = { transmitArenaSize: 64, keepAliveSeconds: 0 };

describe('publishStream', () => {
  it('sends 1 MB through an arena of 64 bytes', () => {
    const desk = connected(small);
    const payload = pattern(1 << 20);
    stream(desk, new Bytes(payload), 0);
    const parts: Buffer[] = [];
    while (desk.session.next(0)) {
      const { output, outputFrom, outputTo } = desk.session;
      expect(outputTo - outputFrom).toBeLessThanOrEqual(64);
      parts.push(Buffer.from(output.slice(outputFrom, outputTo)));
      desk.session.sent(outputTo - outputFrom, 0);
    }
    expect(Buffer.concat(parts).equals(publish('big', payload))).toBe(true);
  });

  it.each([0, 1, 5, 63, 64, 65, 127, 128, 1000])('sends %i bytes as publish would', (length) => {
    for (const qos of [0, 1] as const) {
      const desk = connected(small);
      stream(desk, new Bytes(pattern(length)), qos);
      expect(desk.writeBytes()).toEqual(publish('big', pattern(length), qos, 1));
    }
  });

  it('takes whatever length the source gives', () => {
    for (let most = 1; most < 40; most++) {
      const desk = connected(small);
      stream(desk, new Bytes(pattern(300), most), 0);
      expect(desk.writeBytes()).toEqual(publish('big', pattern(300)));
    }
  });

  it('takes short writes of any length', () => {
    for (let size = 1; size < 40; size++) {
      const desk = connected(small);
      const before = desk.wire.length;
      stream(desk, new Bytes(pattern(300), 37), 0);
      for (let i = 0; i < 400; i++) desk.writeBytes(size);
      expect(desk.wire.slice(before)).toEqual(publish('big', pattern(300)));
    }
  });

  it('asks for each byte once, in order', () => {
    const source = new Bytes(pattern(100), 10);
    const desk = connected(small);
    stream(desk, source, 0);
    desk.writeBytes();
    expect(source.offsets).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
  });

  it('keeps its place among other messages', () => {
    const desk = connected({ transmitArenaSize: 128 });
    desk.publish('before', '', 1);
    stream(desk, new Bytes(pattern(500)), 1);
    desk.publish('after', '', 1);
    expect(publishes(desk.write()).map(({ topic, messageId }) => topic + messageId)).toEqual([
      'before1',
      'big2',
      'after3',
    ]);
  });

  it('leaves room for other messages', () => {
    const desk = connected(small);
    stream(desk, new Bytes(pattern(5000)), 1);
    expect(desk.publish('a', 'x', 1)).toBe(2);
  });

  it('lets acknowledgements wait until it is over', () => {
    const desk = connected(small);
    stream(desk, new Bytes(pattern(300)), 0);
    desk.write(20);
    desk.give(publish('a', '', 1, 9));
    expect(names(desk.write())).toBe('publish puback');
  });

  it('takes one at a time', () => {
    const desk = connected();
    stream(desk, new Bytes(pattern(10)), 0);
    expect(stream(desk, new Bytes(pattern(10)), 0)).toBe(Refusal.streaming);
  });

  it('takes the next when QoS 0 is written', () => {
    const desk = connected(small);
    stream(desk, new Bytes(pattern(10)), 0);
    desk.write();
    expect(stream(desk, new Bytes(pattern(10)), 0)).toBe(0);
  });

  it('takes the next when QoS 1 is acknowledged', () => {
    const desk = connected(small);
    stream(desk, new Bytes(pattern(10)), 1);
    desk.write();
    expect(stream(desk, new Bytes(pattern(10)), 1)).toBe(Refusal.streaming);
    desk.give(puback(1));
    expect(stream(desk, new Bytes(pattern(10)), 1)).toBe(2);
  });

  it('takes the largest packet there is', () => {
    expect(stream(connected(), new Bytes(pattern(1)), 0, MAX_REMAINING_LENGTH - 5)).toBe(0);
  });

  it.each([MAX_REMAINING_LENGTH - 4, -1, NaN, Infinity])('refuses a total of %d', (total) => {
    expect(stream(connected(), new Bytes(pattern(1)), 0, total)).toBe(Refusal.tooLarge);
  });

  it('refuses a total that is not whole', () => {
    expect(stream(connected(), new Bytes(pattern(1)), 0, 1.5)).toBeLessThan(0);
  });

  it('refuses QoS 0 without a connection', () => {
    const desk = connected();
    desk.session.lost();
    expect(stream(desk, new Bytes(pattern(10)), 0)).toBe(Refusal.notConnected);
  });

  it('takes QoS 1 without a connection', () => {
    const desk = connected({ ...small, cleanSession: false });
    desk.session.lost();
    stream(desk, new Bytes(pattern(100)), 1);
    expect(publishes(desk.connect())).toMatchObject([{ topic: 'big', dup: false }]);
  });
});

describe('a source that has nothing for now', () => {
  it('is asked again later, and nothing is lost', () => {
    const desk = connected(small);
    const source = new Bytes(pattern(200), 30);
    stream(desk, source, 0);
    desk.writeBytes(40);
    source.dry = true;
    desk.writeBytes();
    expect(desk.writeBytes()).toHaveLength(0);
    source.dry = false;
    desk.session.sourceReady(0);
    desk.writeBytes();
    expect(desk.wire.slice(-publish('big', pattern(200)).length)).toEqual(publish('big', pattern(200)));
  });

  it('lets no other packet into the one that is begun', () => {
    const desk = connected(small);
    const source = new Bytes(pattern(200), 30);
    stream(desk, source, 0);
    desk.writeBytes(40);
    source.dry = true;
    desk.writeBytes();
    desk.give(publish('a', '', 1, 1));
    desk.publish('b', '', 0);
    expect(desk.writeBytes()).toHaveLength(0);
  });

  it('gets more time from sourceReady', () => {
    const desk = connected({ ...small, stallTimeout: 1000 });
    const source = new Bytes(pattern(200));
    source.dry = true;
    stream(desk, source, 0);
    desk.write();
    desk.session.sourceReady(900);
    desk.session.tick(1000);
    expect(desk.closed).toBeUndefined();
    desk.session.tick(1900);
    expect(desk.closed).toBe(CloseReason.transmitStalled);
  });
});

describe('a source that fails', () => {
  it('ends the connection', () => {
    const desk = connected(small);
    const source = new Bytes(pattern(200), 30);
    stream(desk, source, 0);
    desk.writeBytes(40);
    source.fails = true;
    expect(desk.writeBytes().length).toBeLessThan(31);
    expect(desk.closed).toBe(CloseReason.payloadSourceFailed);
  });

  it.each([-5, 1000, NaN])('by giving %d bytes ends the connection', (count) => {
    const desk = connected(small);
    publishStream(desk.session, utf8('big'), { read: () => count }, 200, 0, false);
    desk.write();
    expect(desk.closed).toBe(CloseReason.payloadSourceFailed);
  });

  it.each([0, 1])('of QoS %i is given up, since it would fail on every connection', (qos) => {
    const desk = connected({ ...small, cleanSession: false });
    const source = new Bytes(pattern(200), 30);
    stream(desk, source, qos);
    source.fails = true;
    desk.write();
    expect(publishes(desk.reconnect(true))).toEqual([]);
    expect(desk.session.inFlight).toBe(0);
    expect(desk.session.connected).toBe(true);
    source.fails = false;
    expect(stream(desk, source, qos)).toBeGreaterThanOrEqual(0);
    expect(publishes(desk.write())).toMatchObject([{ dup: false, qos }]);
  });
});

describe('a streamed message at a loss', () => {
  it('of QoS 1 begins again at 0, with DUP and its identifier', () => {
    const desk = connected({ ...small, cleanSession: false });
    const source = new Bytes(pattern(200), 30);
    stream(desk, source, 1);
    desk.writeBytes(100);
    source.offsets.length = 0;
    const [packet] = publishes(desk.reconnect(true));
    expect(source.offsets[0]).toBe(0);
    expect(packet).toMatchObject({ dup: true, messageId: 1 });
    expect(new Uint8Array(packet!.payload as Buffer)).toEqual(pattern(200));
  });

  it('of QoS 1 goes again whole, cut anywhere', () => {
    const total = publish('big', pattern(150), 1, 1).length;
    for (let cut = 1; cut <= total; cut++) {
      const desk = connected({ ...small, cleanSession: false });
      stream(desk, new Bytes(pattern(150), 30), 1);
      desk.writeBytes(cut);
      const packets = publishes(desk.reconnect(true));
      expect(packets).toHaveLength(1);
      expect([packets[0]!.dup, packets[0]!.payload.length]).toEqual([true, 150]);
    }
  });

  it('of QoS 1 that was written but not acknowledged goes again', () => {
    const desk = connected({ ...small, cleanSession: false });
    stream(desk, new Bytes(pattern(150)), 1);
    desk.write();
    expect(publishes(desk.reconnect(true))).toMatchObject([{ dup: true }]);
    desk.give(puback(1));
    expect([desk.heard.acknowledged, desk.session.inFlight]).toEqual([[1], 0]);
  });

  it('of QoS 0 has no DUP [MQTT-3.3.1-2]', () => {
    const desk = connected({ ...small, cleanSession: false });
    stream(desk, new Bytes(pattern(150)), 0);
    desk.writeBytes(50);
    for (const packet of publishes(desk.reconnect(true))) expect(packet.dup).toBe(false);
  });
});
