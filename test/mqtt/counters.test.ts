import { describe, expect, it } from 'vitest';
import { Counters } from '../../src/mqtt/counters.js';
import { PacketType } from '../../src/mqtt/packet-type.js';
import { pingresp, puback, publish, suback, unsuback } from './bench/codec.js';
import { connected } from './bench/desk.js';

/** The counts by type, without those that are 0. */
function counts(byType: Uint32Array): { [type: number]: number } {
  return Object.fromEntries(Array.from(byType.entries()).filter(([, count]) => count > 0));
}

/** One of everything. */
function busy(): ReturnType<typeof connected> {
  const desk = connected({ keepAliveSeconds: 4 });
  desk.publish('a', 'x', 1);
  desk.publish('a', 'x', 0);
  desk.subscribe('a');
  desk.write();
  desk.give(puback(1), suback(2, 0), publish('a', 'x', 1, 5), publish('a', 'x'));
  desk.unsubscribe('a');
  desk.now = 3000;
  desk.session.tick(desk.now);
  desk.write();
  desk.give(unsuback(3), pingresp);
  desk.session.disconnect(desk.now);
  desk.write();
  return desk;
}

describe('Counters', () => {
  it('count what was sent by type', () => {
    expect(counts(busy().session.counters.sent)).toEqual({
      [PacketType.connect]: 1,
      [PacketType.publish]: 2,
      [PacketType.puback]: 1,
      [PacketType.subscribe]: 1,
      [PacketType.unsubscribe]: 1,
      [PacketType.pingreq]: 1,
      [PacketType.disconnect]: 1,
    });
  });

  it('count what was received by type', () => {
    expect(counts(busy().session.counters.received)).toEqual({
      [PacketType.connack]: 1,
      [PacketType.publish]: 2,
      [PacketType.puback]: 1,
      [PacketType.suback]: 1,
      [PacketType.unsuback]: 1,
      [PacketType.pingresp]: 1,
    });
  });

  it('count a packet when its last byte is sent', () => {
    const desk = connected();
    desk.publish('a', 'x');
    desk.write(5);
    expect(desk.session.counters.sent[PacketType.publish]).toBe(0);
    desk.write();
    expect(desk.session.counters.sent[PacketType.publish]).toBe(1);
  });

  it('count connections', () => {
    const desk = connected();
    desk.reconnect();
    desk.reconnect();
    expect(desk.session.counters.connections).toBe(3);
  });

  it('have a latency of 0 before the first acknowledgement', () => {
    const { latencyMinimum, latencyMaximum, latencySum, latencyCount } = new Counters();
    expect([latencyMinimum, latencyMaximum, latencySum, latencyCount]).toEqual([0, 0, 0, 0]);
  });

  it('have a latency of 0 as minimum when one was', () => {
    const counters = new Counters();
    counters.acknowledged(5);
    counters.acknowledged(0);
    expect(counters.latencyMinimum).toBe(0);
  });
});
