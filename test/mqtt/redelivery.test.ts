import { Counter } from '../../src/mqtt/layout.js';
import { pattern, utf8 } from './bench/bytes.js';
import { names, puback, publishes } from './bench/codec.js';
import { connected } from './bench/desk.js';
import type { Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

const keep = { cleanSession: false };

/** Identifier, DUP and topic of each PUBLISH. */
function story(packets: Parameters<typeof publishes>[0]): string {
  return publishes(packets)
    .map(({ messageId, dup, topic }) => `${messageId ?? '-'}${dup ? 'D' : ''}${topic}`)
    .join(' ');
}

/** a acknowledged, b and c written, d half written, e queued. */
function interrupted(cleanSession: boolean): Desk {
  const desk = connected({ cleanSession });
  for (const topic of ['a', 'b', 'c']) desk.publish(topic, '', 1);
  desk.write();
  desk.give(puback(1));
  desk.publish('d', 'half', 1);
  desk.write(5);
  desk.publish('e', '', 1);
  return desk;
}

describe('with Clean Session 0', () => {
  it.each([true, false])('all goes again: order, identifiers, DUP; Session Present %s [MQTT-4.4.0-1]', (present) => {
    expect(story(interrupted(false).reconnect(present))).toBe('2Db 3Dc 4Dd 5e');
  });

  it('DUP stays on what was tried before, over many losses [MQTT-3.3.1-1]', () => {
    const desk = interrupted(false);
    desk.reconnect(true);
    expect(story(desk.reconnect(true))).toBe('2Db 3Dc 4Dd 5De');
  });

  it('DUP stays when a connection ends before CONNACK', () => {
    const desk = interrupted(false);
    desk.session.lost();
    desk.open();
    desk.write();
    expect(story(desk.reconnect(true))).toBe('2Db 3Dc 4Dd 5e');
  });

  it('new messages come behind the old ones [MQTT-4.6.0-1]', () => {
    const desk = interrupted(false);
    desk.session.lost();
    desk.publish('f', '', 1);
    expect(story(desk.connect(true))).toBe('2Db 3Dc 4Dd 5e 6f');
  });

  it('a loss in the middle of redelivery changes no order', () => {
    const desk = interrupted(false);
    desk.session.lost();
    desk.open();
    desk.write();
    desk.give(new Uint8Array([0x20, 2, 1, 0]));
    desk.write(10);
    expect(story(desk.reconnect(true))).toBe('2Db 3Dc 4Dd 5e');
  });

  it('what is acknowledged in the middle of redelivery does not go again', () => {
    const desk = interrupted(false);
    desk.reconnect(true);
    desk.give(puback(3));
    expect(story(desk.reconnect(true))).toBe('2Db 4Dd 5De');
  });
});

describe('with Clean Session 1', () => {
  it('everything goes again as new: order, DUP 0 [MQTT-3.1.2-6]', () => {
    expect(publishes(interrupted(true).reconnect()).map(({ topic, dup }) => [topic, dup])).toEqual([
      ['b', false],
      ['c', false],
      ['d', false],
      ['e', false],
    ]);
  });

  it('identifiers are still unique and not 0', () => {
    const ids = publishes(interrupted(true).reconnect()).map(({ messageId }) => messageId!);
    expect(new Set(ids).size).toBe(4);
    expect(ids.every((id) => id > 0)).toBe(true);
  });
});

describe('a PUBLISH that is cut at any byte by a loss', () => {
  const whole = connected(keep);
  whole.publish('abc', 'payload', 1);
  const bytes = whole.writeBytes();

  it('goes again whole with DUP [MQTT-3.3.1-1]', () => {
    for (let cut = 1; cut <= bytes.length; cut++) {
      const desk = connected(keep);
      desk.publish('abc', 'payload', 1);
      desk.write(cut);
      expect(publishes(desk.reconnect(true))).toMatchObject([{ topic: 'abc', messageId: 1, dup: true }]);
    }
  });

  it('of which nothing was written goes without DUP', () => {
    const desk = connected(keep);
    desk.publish('abc', 'payload', 1);
    desk.session.next(0);
    expect(publishes(desk.reconnect(true))).toMatchObject([{ dup: false }]);
  });

  it('of QoS 0 never has DUP [MQTT-3.3.1-2]', () => {
    for (let cut = 0; cut <= 12; cut++) {
      const desk = connected(keep);
      desk.publish('abc', 'payload', 0);
      desk.write(cut);
      for (const packet of publishes(desk.reconnect(true))) expect(packet.dup).toBe(false);
    }
  });
});

describe('QoS 0 at a loss', () => {
  it('does not go again when it was written', () => {
    const desk = connected(keep);
    desk.publish('abc', 'payload', 0);
    desk.write();
    expect(names(desk.reconnect(true))).toBe('');
  });
});

describe('acknowledgements', () => {
  it('may come in any order', () => {
    const desk = connected();
    for (let i = 0; i < 4; i++) desk.publish('a', '', 1);
    desk.write();
    desk.give(puback(3), puback(1), puback(4), puback(2));
    expect([desk.heard.acknowledged, desk.session.inFlight]).toEqual([[3, 1, 4, 2], 0]);
  });

  it('in any order leave the right ones for redelivery', () => {
    const desk = connected(keep);
    for (const topic of ['a', 'b', 'c', 'd']) desk.publish(topic, '', 1);
    desk.write();
    desk.give(puback(3), puback(1));
    expect(story(desk.reconnect(true))).toBe('2Db 4Dd');
  });

  it('of an unknown identifier are ignored and counted', () => {
    const desk = connected();
    desk.publish('a', '', 1);
    desk.write();
    desk.give(puback(2));
    expect([
      desk.session.counter(Counter.unknownAcknowledgements),
      desk.session.inFlight,
      desk.session.connected,
    ]).toEqual([1, 1, true]);
  });

  it('that come twice count once', () => {
    const desk = connected();
    desk.publish('a', '', 1);
    desk.write();
    desk.give(puback(1), puback(1));
    expect([desk.heard.acknowledged, desk.session.counter(Counter.unknownAcknowledgements)]).toEqual([[1], 1]);
  });

  it('of what is not written are unknown', () => {
    const desk = connected();
    desk.publish('a', '', 1);
    desk.give(puback(1));
    expect([desk.heard.acknowledged, desk.session.inFlight]).toEqual([[], 1]);
  });

  it('of the old connection do not acknowledge what waits to go again', () => {
    const desk = connected(keep);
    desk.publish('a', '', 1);
    desk.write();
    desk.session.lost();
    desk.open();
    desk.write();
    desk.give(new Uint8Array([0x20, 2, 1, 0]), puback(1));
    expect(desk.session.inFlight).toBe(1);
  });

  it('free a message only when its identifier is right [MQTT-2.3.1-3]', () => {
    const desk = connected();
    desk.publish('a', '', 1);
    desk.publish('b', '', 1);
    desk.write();
    desk.give(puback(1));
    expect([desk.session.inFlight, desk.heard.acknowledged]).toEqual([1, [1]]);
  });
});

describe('the counter of redelivered messages', () => {
  it('counts what went again', () => {
    const desk = interrupted(false);
    desk.reconnect(true);
    expect(desk.session.counter(Counter.redelivered)).toBe(3);
  });
});

describe('the latency', () => {
  it('has minimum, maximum and mean', () => {
    const desk = connected();
    for (const latency of [30, 10, 50]) {
      const id = desk.session.publish(utf8('a'), pattern(3), 1, false);
      desk.write();
      desk.now += latency;
      desk.give(puback(id));
    }
    const { session } = desk;
    expect([session.counter(Counter.latencyMinimum), session.counter(Counter.latencyMaximum)]).toEqual([10, 50]);
    expect(session.counter(Counter.latencySum) / session.counter(Counter.latencyCount)).toBe(30);
  });
});
