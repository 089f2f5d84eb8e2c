import { Counter } from '../../src/mqtt/layout.js';
import type { SessionOptions } from '../../src/mqtt/options.js';
import { CloseReason, Refusal } from '../../src/mqtt/state.js';
import { names, suback, subscribes, unsuback, unsubscribes } from './bench/codec.js';
import { connected, Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

/** A desk whose subscriptions were granted as they were asked for. */
function subscribed(filters: [filter: string, qos: number][], options: Partial<SessionOptions> = {}): Desk {
  const desk = connected(options);
  for (const [filter, qos] of filters) desk.subscribe(filter, qos);
  desk.write();
  desk.give(suback(1, ...filters.map(([, qos]) => qos)));
  return desk;
}

/** The filters of each SUBSCRIBE, with QoS. */
function asked(packets: Parameters<typeof subscribes>[0]): string[] {
  return subscribes(packets).map(({ subscriptions }) => subscriptions.map(({ topic, qos }) => topic + qos).join(' '));
}

describe('subscribe', () => {
  it('puts filters that were asked for together into one packet', () => {
    const desk = connected();
    desk.subscribe('a', 0);
    desk.subscribe('b/#', 1);
    expect(asked(desk.write())).toEqual(['a0 b/#1']);
  });

  it('has the flags 0010 [MQTT-3.8.1-1]', () => {
    const desk = connected();
    desk.subscribe('a');
    expect(desk.writeBytes()[0]).toBe(0x82);
  });

  it('tells what was granted, in order of the filters [MQTT-3.9.3-1]', () => {
    expect(
      subscribed([
        ['a', 1],
        ['b', 0],
        ['c', 1],
      ]).heard.granted,
    ).toEqual([
      ['a', 1],
      ['b', 0],
      ['c', 1],
    ]);
  });

  it('tells a lower QoS [MQTT-3.8.4-6]', () => {
    const desk = connected();
    desk.subscribe('a', 1);
    desk.write();
    desk.give(suback(1, 0));
    expect(desk.heard.granted).toEqual([['a', 0]]);
  });

  it('tells 0x80 for a filter that the broker refuses, and goes on', () => {
    const desk = connected();
    desk.subscribe('a', 1);
    desk.subscribe('b', 1);
    desk.write();
    desk.give(suback(1, 0x80, 1));
    expect([desk.heard.granted, desk.session.connected]).toEqual([
      [
        ['a', 0x80],
        ['b', 1],
      ],
      true,
    ]);
  });

  it('does not ask again at once for a refused filter', () => {
    const desk = connected();
    desk.subscribe('a', 1);
    desk.write();
    desk.give(suback(1, 0x80));
    expect(desk.writeBytes()).toHaveLength(0);
  });

  it('while there is no connection waits for one', () => {
    const desk = new Desk();
    desk.subscribe('a', 1);
    expect(asked(desk.connect())).toEqual(['a1']);
  });

  it('sends no more filters in a packet than it may', () => {
    const desk = connected({ maxFiltersPerPacket: 2 });
    for (const filter of ['a', 'b', 'c']) desk.subscribe(filter);
    expect(asked(desk.write())).toEqual(['a0 b0']);
    desk.give(suback(1, 0, 0));
    expect(asked(desk.write())).toEqual(['c0']);
  });

  it('sends no more filters than SUBACK may answer into the receive buffer', () => {
    const desk = connected({ receiveBufferSize: 16, maxSubscriptions: 40, maxFiltersPerPacket: 40 });
    for (let i = 0; i < 40; i++) desk.subscribe('f' + i);
    const [first] = subscribes(desk.write());
    desk.give(suback(1, ...first!.subscriptions.map(() => 0)));
    expect([desk.closed, desk.heard.granted.length]).toEqual([undefined, first!.subscriptions.length]);
  });

  it('of a known filter changes its QoS', () => {
    const desk = subscribed([['a', 0]]);
    desk.subscribe('a', 1);
    expect(asked(desk.write())).toEqual(['a1']);
  });

  it.each([2, 3, -1, NaN])('refuses QoS %d', (qos) => {
    expect(connected().subscribe('a', qos)).toBe(Refusal.invalidQos);
  });

  it.each(['', 'a#', '#/a', 'a+', 'a\0'])('refuses the filter "%s" [MQTT-4.7.1-2]', (filter) => {
    expect(connected().subscribe(filter)).toBe(Refusal.invalidTopic);
  });
});

/** Goes to the next deadline, and returns the milliseconds that passed and what was asked there. */
function next(desk: Desk): [number, string] {
  const before = desk.now;
  desk.now = desk.session.deadline;
  desk.session.tick(desk.now);
  return [desk.now - before, asked(desk.write()).join()];
}

/** A desk without other deadlines, on which the filters 'a0' and so on were refused at 0 ms. */
function refused(count = 1, options: Partial<SessionOptions> = {}): Desk {
  const desk = connected({ keepAliveSeconds: 0, maxFiltersPerPacket: 2, ...options });
  for (let i = 0; i < count; i++) desk.subscribe('a' + i, 1);
  for (let id = 1; desk.write().length > 0; id++) desk.give(suback(id, ...(2 * id > count ? [0x80] : [0x80, 0x80])));
  return desk;
}

describe('a filter that the broker refuses', () => {
  it('is asked for again after waits that double, each drawn from its upper half, up to the longest one', () => {
    const desk = refused(1, { subscribeRetryMinimum: 1000, subscribeRetryMaximum: 60000 });
    for (let id = 2, longest = 1000; id < 14; id++) {
      const [waited, asking] = next(desk);
      expect(waited).toBeGreaterThanOrEqual(longest / 2);
      expect(waited).toBeLessThanOrEqual(longest);
      expect(asking).toBe('a01');
      desk.give(suback(id, 0x80));
      longest = Math.min(2 * longest, 60000);
    }
    expect(desk.heard.granted).toEqual([['a0', 0x80]]);
    expect(desk.session.counter(Counter.filtersRefused)).toBe(13);
  });

  it('is told when it is granted, and then asked for no more', () => {
    const desk = refused();
    next(desk);
    desk.give(suback(2, 1));
    expect([desk.heard.granted, desk.session.deadline]).toEqual([
      [
        ['a0', 0x80],
        ['a0', 1],
      ],
      Infinity,
    ]);
  });

  it('waits for other times with other client identifiers', () => {
    const waits = ['one', 'two', 'three', 'four'].map((clientId) => refused(1, { clientId }).session.deadline);
    expect(new Set(waits).size).toBe(4);
  });

  it('is asked for together with those that the same SUBACK refused, and waits on its own', () => {
    const desk = refused(3);
    const first = next(desk)[1];
    desk.give(first === 'a21' ? suback(3, 1) : suback(3, 1, 1));
    expect([first, next(desk)[1]].sort()).toEqual(['a01 a11', 'a21']);
  });

  it('that was asked for anew waits as after a first refusal, and its refusal is told', () => {
    const desk = refused(1, { subscribeRetryMinimum: 1000 });
    for (let id = 2; id < 5; id++) {
      next(desk);
      desk.give(suback(id, 0x80));
    }
    desk.subscribe('a0', 1);
    desk.write();
    desk.give(suback(5, 0x80));
    expect(desk.heard.granted).toHaveLength(2);
    expect(next(desk)[0]).toBeLessThanOrEqual(1000);
  });

  it('that is unsubscribed is not asked for', () => {
    const desk = refused();
    desk.unsubscribe('a0');
    desk.write();
    desk.give(unsuback(2));
    expect(next(desk)[1]).toBe('');
    expect(desk.session.deadline).toBe(Infinity);
  });

  it('is asked for at once on the next connection, and there is no deadline without a connection', () => {
    const desk = refused(1, { cleanSession: false });
    next(desk);
    desk.give(suback(2, 0x80));
    desk.session.lost();
    expect(desk.session.deadline).toBe(Infinity);
    expect(asked(desk.connect(true))).toEqual(['a01']);
    desk.give(suback(3, 0x80));
    expect(desk.heard.granted).toHaveLength(2);
    expect(next(desk)[0]).toBeLessThanOrEqual(10000);
  });

  it('is asked for also where the clock is beyond 2^32 ms', () => {
    const desk = connected({ keepAliveSeconds: 0 });
    desk.now = 2 ** 32 - 1000;
    desk.subscribe('a', 1);
    desk.write();
    desk.give(suback(1, 0x80));
    const [waited, asking] = next(desk);
    expect(waited).toBeLessThanOrEqual(10000);
    expect(asking).toBe('a1');
  });
});

describe('unsubscribe', () => {
  it('asks, and tells the answer', () => {
    const desk = subscribed([['a', 0]]);
    desk.unsubscribe('a');
    expect(unsubscribes(desk.write())).toMatchObject([{ unsubscriptions: ['a'] }]);
    desk.give(unsuback(2));
    expect(desk.heard.unsubscribed).toEqual(['a']);
  });

  it('has the flags 0010 [MQTT-3.10.1-1]', () => {
    const desk = subscribed([['a', 0]]);
    desk.unsubscribe('a');
    expect(desk.writeBytes()[0]).toBe(0xa2);
  });

  it('carries several filters one behind the other [MQTT-3.10.3-1]', () => {
    const desk = subscribed([
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ]);
    desk.unsubscribe('c');
    desk.unsubscribe('a');
    expect(unsubscribes(desk.write())).toMatchObject([{ unsubscriptions: ['a', 'c'] }]);
  });

  it('of a filter that only the broker knows is sent', () => {
    const desk = connected({ cleanSession: false });
    expect(desk.unsubscribe('a/#')).toBe(0);
    expect(unsubscribes(desk.write())).toMatchObject([{ unsubscriptions: ['a/#'] }]);
    desk.give(unsuback(1));
    expect([desk.heard.unsubscribed, desk.session.drained]).toEqual([['a/#'], true]);
  });

  it.each(['', 'a/#/b', 'a+'])('of %j is refused', (filter) => {
    expect(connected().unsubscribe(filter)).toBe(Refusal.invalidTopic);
  });

  it('is not followed by a subscription on the next connection', () => {
    const desk = subscribed([['a', 0]]);
    desk.unsubscribe('a');
    desk.write();
    desk.give(unsuback(2));
    expect(names(desk.reconnect())).toBe('');
  });
});

describe('a request while another is under way', () => {
  it('waits for its answer', () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    desk.subscribe('b');
    expect(desk.writeBytes()).toHaveLength(0);
    desk.give(suback(1, 0));
    expect(asked(desk.write())).toEqual(['b0']);
  });

  it('for the same filter follows', () => {
    const desk = connected();
    desk.subscribe('a', 0);
    desk.write();
    desk.subscribe('a', 1);
    desk.give(suback(1, 0));
    expect(asked(desk.write())).toEqual(['a1']);
  });

  it('that takes it back follows', () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    desk.unsubscribe('a');
    desk.give(suback(1, 0));
    expect(names(desk.write())).toBe('unsubscribe');
  });

  it('that takes back what takes it back follows', () => {
    const desk = subscribed([['a', 0]]);
    desk.unsubscribe('a');
    desk.write();
    desk.subscribe('a', 1);
    desk.give(unsuback(2));
    expect(asked(desk.write())).toEqual(['a1']);
  });

  it('is remembered over a loss', () => {
    const desk = connected({ cleanSession: false });
    desk.subscribe('a', 0);
    desk.write();
    desk.subscribe('a', 1);
    desk.subscribe('b', 0);
    expect(asked(desk.reconnect(true))).toEqual(['a1 b0']);
  });

  it('that takes it back wins over a loss', () => {
    const desk = connected({ cleanSession: false });
    desk.subscribe('a', 0);
    desk.write();
    desk.unsubscribe('a');
    expect(names(desk.reconnect(true))).toBe('unsubscribe');
  });
});

describe('a reconnection', () => {
  it('without a session subscribes again to everything [MQTT-3.2.2-3]', () => {
    expect(
      asked(
        subscribed(
          [
            ['a', 0],
            ['b', 1],
          ],
          { cleanSession: false },
        ).reconnect(false),
      ),
    ).toEqual(['a0 b1']);
  });

  it('with Clean Session 1 subscribes again to everything', () => {
    expect(
      asked(
        subscribed([
          ['a', 0],
          ['b', 1],
        ]).reconnect(),
      ),
    ).toEqual(['a0 b1']);
  });

  it('with a session subscribes to nothing [MQTT-3.2.2-2]', () => {
    expect(
      names(
        subscribed(
          [
            ['a', 0],
            ['b', 1],
          ],
          { cleanSession: false },
        ).reconnect(true),
      ),
    ).toBe('');
  });

  it('asks again for what was refused', () => {
    const desk = connected({ cleanSession: false });
    desk.subscribe('a');
    desk.write();
    desk.give(suback(1, 0x80));
    expect(asked(desk.reconnect(true))).toEqual(['a0']);
  });

  it('asks again for what was not answered', () => {
    const desk = connected({ cleanSession: false });
    desk.subscribe('a');
    desk.write();
    expect(asked(desk.reconnect(true))).toEqual(['a0']);
  });

  // The broker lost the session, and made a new one at the CONNECT that it could not answer.
  it('with a session subscribes again when the CONNACK before was lost', () => {
    const desk = subscribed([['a', 1]], { cleanSession: false });
    desk.session.lost();
    desk.open();
    desk.write();
    expect(asked(desk.reconnect(true))).toEqual(['a1']);
    desk.give(suback(2, 1));
    expect(names(desk.reconnect(true))).toBe('');
  });

  it('does not send a SUBSCRIBE of the old connection', () => {
    const desk = connected({ cleanSession: false });
    desk.subscribe('a');
    desk.write(3);
    expect(asked(desk.reconnect(true))).toHaveLength(1);
  });
});

describe('SUBACK', () => {
  const rows: [what: string, bytes: Uint8Array][] = [
    ['with too few codes [MQTT-3.8.4-5]', suback(1, 0)],
    ['with too many codes [MQTT-3.8.4-5]', suback(1, 0, 0, 0)],
    ['with code 3 [MQTT-3.9.3-2]', suback(1, 0, 3)],
    ['with code 0x81 [MQTT-3.9.3-2]', suback(1, 0x81, 0)],
    ['with code 0xff [MQTT-3.9.3-2]', suback(1, 0xff, 0)],
  ];

  it.each(rows)('%s closes the connection and tells nothing', (_, bytes) => {
    const desk = connected();
    desk.subscribe('a', 0);
    desk.subscribe('b', 1);
    desk.write();
    desk.give(bytes);
    expect([desk.closed, desk.heard.granted, desk.session.counter(Counter.malformed)]).toEqual([
      CloseReason.invalidSuback,
      [],
      1,
    ]);
  });

  it('that grants more than was asked for is told as it is', () => {
    const desk = connected();
    desk.subscribe('a', 0);
    desk.subscribe('b', 1);
    desk.write();
    desk.give(suback(1, 1, 2));
    expect([desk.closed, desk.heard.granted]).toEqual([
      undefined,
      [
        ['a', 1],
        ['b', 2],
      ],
    ]);
  });

  it('with an unknown identifier is ignored and counted [MQTT-3.8.4-2]', () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    desk.give(suback(2, 0));
    expect([desk.heard.granted, desk.session.counter(Counter.unknownAcknowledgements), desk.session.connected]).toEqual(
      [[], 1, true],
    );
  });

  it('that nobody asked for is ignored and counted', () => {
    const desk = connected();
    desk.give(suback(1, 0), unsuback(1));
    expect([desk.session.counter(Counter.unknownAcknowledgements), desk.session.connected]).toEqual([2, true]);
  });

  it('does not answer an UNSUBSCRIBE', () => {
    const desk = subscribed([['a', 0]]);
    desk.unsubscribe('a');
    desk.write();
    desk.give(suback(2, 0));
    expect([desk.heard.unsubscribed, desk.session.counter(Counter.unknownAcknowledgements)]).toEqual([[], 1]);
  });

  it('is not answered by UNSUBACK [MQTT-3.10.4-4]', () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    desk.give(unsuback(1));
    expect([desk.heard.granted, desk.session.counter(Counter.unknownAcknowledgements)]).toEqual([[], 1]);
  });

  it('does not answer a SUBSCRIBE that is half written', () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write(3);
    desk.give(suback(1, 0));
    expect([desk.heard.granted, desk.session.counter(Counter.unknownAcknowledgements)]).toEqual([[], 1]);
    desk.write();
    desk.give(suback(1, 0));
    expect(desk.heard.granted).toEqual([['a', 0]]);
  });
});

describe('drained', () => {
  it('is true when nothing waits', () => {
    expect(connected().session.drained).toBe(true);
  });

  it('is false until SUBACK', () => {
    const desk = connected();
    desk.subscribe('a');
    desk.write();
    expect(desk.session.drained).toBe(false);
    desk.give(suback(1, 0));
    expect(desk.session.drained).toBe(true);
  });

  it('is false until PUBACK', () => {
    const desk = connected();
    desk.publish('a', '', 1);
    desk.write();
    expect(desk.session.drained).toBe(false);
    desk.give(new Uint8Array([0x40, 2, 0, 1]));
    expect(desk.session.drained).toBe(true);
  });

  it('is false until QoS 0 is written', () => {
    const desk = connected();
    desk.publish('a');
    expect(desk.session.drained).toBe(false);
    desk.write();
    expect(desk.session.drained).toBe(true);
  });

  it('is false until a PUBACK of ours is written', () => {
    const desk = connected();
    desk.give(new Uint8Array([0x32, 5, 0, 1, 97, 0, 1]));
    expect(desk.session.drained).toBe(false);
    desk.write();
    expect(desk.session.drained).toBe(true);
  });
});
