import { Counter } from '../../src/mqtt/layout.js';
import { CloseReason, Refusal } from '../../src/mqtt/state.js';
import { pattern } from './bench/bytes.js';
import { connack, names, pingresp, puback, publish, publishes, suback } from './bench/codec.js';
import { connected, Desk } from './bench/desk.js';
import { describe, expect, it } from 'vitest';

describe('a handler that publishes', () => {
  it('only queues, and its PUBLISH follows the PUBACK', () => {
    const desk: Desk = connected({}, { onMessage: () => void desk.publish('echo', 'x') });
    desk.give(publish('a', 'x', 1, 5));
    expect(names(desk.write())).toBe('puback publish');
  });

  it('does not disturb the message that it is given', () => {
    const desk: Desk = connected(
      {},
      {
        onMessage: (message) => {
          const before = message.payload.slice(message.payloadFrom, message.payloadTo);
          desk.publish('echo', pattern(100), 1);
          expect(message.payload.slice(message.payloadFrom, message.payloadTo)).toEqual(before);
        },
      },
    );
    desk.give(publish('a', 'payload', 0));
    expect(desk.heard.pieces).toHaveLength(1);
  });

  it('in onAcknowledged keeps the flow going', () => {
    const desk: Desk = connected({ maxInFlight: 1 }, { onAcknowledged: () => void desk.publish('a', '', 1) });
    desk.publish('a', '', 1);
    for (let id = 1; id <= 5; id++) {
      expect(publishes(desk.write())).toMatchObject([{ messageId: id }]);
      desk.give(puback(id));
    }
  });

  it('in onConnected is the first to be written', () => {
    const desk: Desk = new Desk({}, { onConnected: () => void desk.publish('a', 'birth', 0) });
    expect(names(desk.connect())).toBe('publish');
  });

  it('in onClosed is taken for the next connection', () => {
    const desk: Desk = connected({}, { onClosed: () => void desk.publish('a', 'late', 1) });
    desk.session.lost();
    expect(names(desk.connect())).toBe('publish');
  });
});

describe('a handler that disconnects', () => {
  it('in onMessage gets the message acknowledged before DISCONNECT [MQTT-4.5.0-2]', () => {
    const desk: Desk = connected({}, { onMessage: () => void desk.session.disconnect(0) });
    desk.give(publish('a', 'x', 1, 5), publish('a', 'y', 1, 6));
    expect(names(desk.write())).toBe('puback disconnect');
  });

  it('and writes at once has nothing written behind DISCONNECT [MQTT-3.14.4-2]', () => {
    const desk: Desk = connected(
      {},
      {
        onMessage: () => {
          desk.session.disconnect(0);
          desk.write(1);
        },
      },
    );
    desk.give(publish('a', 'x', 1, 5));
    expect(names(desk.write())).toBe('disconnect');
  });

  it('in onMessage hears no more messages', () => {
    const desk: Desk = connected({}, { onMessage: () => void desk.session.disconnect(0) });
    desk.give(publish('a', 'x'), publish('a', 'y'));
    expect(desk.heard.pieces).toHaveLength(1);
  });

  it.each(['onConnected', 'onAcknowledged', 'onSubscribed', 'onRoom'] as const)('in %s ends the connection', (name) => {
    const desk: Desk = new Desk({ transmitArenaSize: 40 }, { [name]: () => void desk.session.disconnect(0) });
    desk.connect();
    desk.publish('a', pattern(20), 1);
    desk.publish('a', pattern(20), 1);
    desk.write();
    desk.give(puback(1));
    desk.subscribe('a');
    desk.write();
    if (!desk.session.idle) desk.give(suback(2, 0));
    desk.write();
    expect(desk.heard.closed).toEqual([CloseReason.requested]);
  });
});

describe('a handler that calls receive', () => {
  const handlers = ['onConnected', 'onMessage', 'onAcknowledged', 'onSubscribed', 'onUnsubscribed', 'onRoom'] as const;

  it.each(handlers)('in %s is refused and counted', (name) => {
    const consumed: number[] = [];
    const desk: Desk = new Desk({ transmitArenaSize: 40 }, { [name]: () => void consumed.push(desk.give(pingresp)) });
    desk.connect();
    desk.give(publish('a', 'x'));
    desk.publish('a', pattern(20), 1);
    desk.publish('a', pattern(20), 1);
    desk.write();
    desk.give(puback(1));
    desk.subscribe('a');
    desk.write();
    desk.give(suback(2, 0));
    desk.unsubscribe('a');
    desk.write();
    desk.give(new Uint8Array([0xb0, 2, 0, 3]));
    expect(consumed).toEqual([0]);
    expect(desk.session.counter(Counter.reentered)).toBe(1);
    expect(desk.session.connected).toBe(true);
  });
});

describe('a handler that opens', () => {
  it('in the middle of receive is refused, so that old bytes do not reach a new connection', () => {
    const results: number[] = [];
    const desk: Desk = connected({}, { onClosed: () => void results.push(desk.session.open(0)) });
    desk.give(connack(), connack());
    expect([results, desk.session.idle]).toEqual([[Refusal.wrongState], true]);
  });
});

describe('a handler that throws', () => {
  function throwing(): Desk {
    let thrown = false;
    return connected(
      { cleanSession: false },
      {
        onMessage: () => {
          if (!thrown) {
            thrown = true;
            throw new Error('from the application');
          }
        },
      },
    );
  }

  it('is heard by the caller of receive', () => {
    expect(() => throwing().give(publish('a', 'x'))).toThrow('from the application');
  });

  it('leaves the parser between two packets', () => {
    const desk = throwing();
    expect(() => desk.give(publish('a', 'x'))).toThrow();
    desk.give(publish('a', 'second'));
    expect(desk.heard.pieces.map((piece) => piece.payload)).toEqual(['x', 'second']);
  });

  it('leaves the session able to reconnect', () => {
    const desk = throwing();
    desk.publish('a', 'kept', 1);
    expect(() => desk.give(publish('a', 'x', 1, 1))).toThrow();
    expect(names(desk.reconnect(true))).toBe('publish');
    desk.give(publish('a', 'x', 1, 1, { dup: true }));
    expect(names(desk.write())).toBe('puback');
  });

  it('in onRoom does not lock the session', () => {
    const desk = connected(
      { maxInFlight: 1 },
      {
        onRoom: () => {
          throw new Error('from the application');
        },
      },
    );
    desk.publish('a', '', 1);
    desk.publish('a', '', 1);
    desk.write();
    expect(() => desk.give(puback(1))).toThrow('from the application');
    desk.give(publish('a', 'x'));
    expect(desk.heard.pieces).toHaveLength(1);
  });

  it('in onSubscribed leaves subscriptions that come back on the next connection', () => {
    const desk = connected(
      {},
      {
        onSubscribed: () => {
          throw new Error('from the application');
        },
      },
    );
    desk.subscribe('a');
    desk.subscribe('b');
    desk.write();
    expect(() => desk.give(suback(1, 0, 0))).toThrow();
    expect(names(desk.reconnect())).toBe('subscribe');
  });
});

describe('a handler that ends the transport', () => {
  it('inside onMessage hears nothing more', () => {
    const desk: Desk = connected({}, { onMessage: () => desk.session.lost() });
    desk.give(publish('a', 'x', 1, 1), publish('a', 'y', 1, 2));
    expect([desk.heard.pieces.length, desk.heard.closed, desk.writeBytes().length]).toEqual([
      1,
      [CloseReason.transportLost],
      0,
    ]);
  });

  it('inside onSubscribed leaves the session usable', () => {
    const desk: Desk = connected({}, { onSubscribed: () => desk.session.lost() });
    desk.subscribe('a');
    desk.subscribe('b');
    desk.write();
    desk.give(suback(1, 0, 0));
    expect(names(desk.connect())).toBe('subscribe');
  });
});
