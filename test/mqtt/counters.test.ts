import { Counter } from '../../src/mqtt/layout.js';
import { PacketType } from '../../src/mqtt/packet.js';
import type { Session } from '../../src/mqtt/session.js';
import { names, pingresp, puback, publish, suback, unsuback } from './bench/codec.js';
import { connected } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

/** The counts by type, without those that are 0. */
function counts(session: Session, first: Counter): { [type: number]: number } {
  const all = Array.from({ length: 16 }, (_, type) => [type, session.counter(first + type)] as const);
  return Object.fromEntries(all.filter(([, count]) => count > 0));
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
    expect(counts(busy().session, Counter.sent)).toEqual({
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
    expect(counts(busy().session, Counter.received)).toEqual({
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
    expect(desk.session.counter(Counter.sent + PacketType.publish)).toBe(0);
    desk.write();
    expect(desk.session.counter(Counter.sent + PacketType.publish)).toBe(1);
  });

  it('count connections', () => {
    const desk = connected();
    desk.reconnect();
    desk.reconnect();
    expect(desk.session.counter(Counter.connections)).toBe(3);
  });

  it('have a latency of 0 before the first acknowledgement', () => {
    const { session } = connected();
    const latencies = [Counter.latencyMinimum, Counter.latencyMaximum, Counter.latencySum, Counter.latencyCount];
    expect(latencies.map((counter) => session.counter(counter))).toEqual([0, 0, 0, 0]);
  });

  it('have a latency of 0 as minimum when one was', () => {
    const desk = connected();
    for (const latency of [5, 0]) {
      desk.publish('a', 'x', 1);
      desk.write();
      desk.now += latency;
      desk.give(puback(desk.session.counter(Counter.sent + PacketType.publish)));
    }
    expect(desk.session.counter(Counter.latencyMinimum)).toBe(0);
  });

  it('are all 0 after a reset, which touches nothing else of the session', () => {
    const desk = busy();
    desk.connect();
    desk.publish('a', 'x', 1);
    desk.session.resetCounters();
    const all = Array.from({ length: Counter.count }, (_, counter) => desk.session.counter(counter));
    expect([Math.max(...all), desk.session.inFlight]).toEqual([0, 1]);
    expect(names(desk.write())).toBe('publish');
  });
});
