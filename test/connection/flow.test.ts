import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionState } from '../../src/connection/index.js';
import { TransportFailure } from '../../src/hal/index.js';
import { encodeUtf8, Refusal } from '../../src/mqtt/index.js';
import { Bench, leftovers } from './bench.js';
import { publishStream } from '../../src/mqtt/payload-stream.js';

it.each([0, 1])('a message that is published inside a handler leaves when the handler has returned (QoS %d)', (qos) => {
  const bench = new Bench().connect();
  const { broker, platform } = bench;
  const writes: number[] = [];
  bench.hook = (name) => {
    if (name !== 'onMessage') return;
    const before = platform.transport.writes;
    bench.publish('answer', qos);
    writes.push(platform.transport.writes - before);
  };
  broker.publish('t', 'question', 1);
  bench.run(10);
  expect([writes, broker.payloads]).toEqual([[0], ['answer']]);
  // The broker has the acknowledgement before the answer.
  const commands = broker.received.slice(1).map(({ packet }) => packet.cmd);
  expect(commands).toEqual(['puback', 'publish']);
});

describe('pause and resume', () => {
  it('hold the broker back, keep the connection alive, and lose nothing', () => {
    const bench = new Bench({ keepAliveSeconds: 60, pingrespTimeout: 3000 }).connect();
    const { broker, connection, platform } = bench;
    connection.subscribe(encodeUtf8('t'), 1);
    bench.run(10);
    connection.pause();
    expect(connection.paused).toBe(true);
    for (let i = 0; i < 50; i++) broker.publish('t', `m${i}`, i % 2 === 0 ? 0 : 1);
    // Ten minutes: PINGREQs go out, and their answers wait behind the messages.
    bench.run(600000);
    expect(bench.messages).toEqual([]);
    expect(bench.failures).toEqual([]);
    expect(broker.count('pingreq')).toBeGreaterThanOrEqual(600 / 60);
    expect(broker.count('puback')).toBe(0);
    expect(platform.transport.heldBytes).toBeGreaterThan(0);
    connection.resume();
    expect(connection.paused).toBe(false);
    bench.run(20);
    expect(bench.messages).toEqual(Array.from({ length: 50 }, (_, i) => `m${i}`));
    expect(broker.count('puback')).toBe(25);
    bench.run(600000);
    expect(bench.failures).toEqual([]);
  });

  it('can be called inside onMessage, again and again', () => {
    const bench = new Bench().connect();
    const { broker, connection, platform } = bench;
    platform.transport.fragment = 7;
    bench.hook = (name) => {
      if (name !== 'onMessage') return;
      connection.pause();
      platform.later(100, () => connection.resume());
    };
    for (let i = 0; i < 20; i++) broker.publish('t', `m${i}`, 1);
    bench.run(10);
    expect(bench.messages.length).toBeLessThan(20);
    bench.run(10000);
    expect(bench.messages).toEqual(Array.from({ length: 20 }, (_, i) => `m${i}`));
    expect(broker.count('puback')).toBe(20);
  });

  it('publishing goes on while held', () => {
    const bench = new Bench().connect();
    bench.connection.pause();
    bench.publish('a');
    bench.run(10);
    expect(bench.broker.payloads).toEqual(['a']);
    expect(bench.acknowledged).toEqual([]);
    bench.connection.resume();
    bench.run(10);
    expect(bench.acknowledged.length).toBe(1);
  });

  it('are over with the connection, and do nothing without one', () => {
    const bench = new Bench();
    bench.connection.pause();
    bench.connection.resume();
    expect(bench.connection.paused).toBe(false);
    bench.connect();
    bench.connection.pause();
    bench.broker.drop();
    bench.until(() => bench.count('onConnected') === 2, 5000);
    expect(bench.connection.paused).toBe(false);
    bench.broker.publish('t', 'heard', 0);
    bench.run(10);
    expect(bench.messages).toEqual(['heard']);
  });

  it('a paused broker that is half-open is found after resume', () => {
    const bench = new Bench({ keepAliveSeconds: 10, pingrespTimeout: 2000 }).connect();
    bench.connection.pause();
    bench.broker.freeze();
    bench.run(60000);
    bench.connection.resume();
    bench.run(10000);
    expect(bench.failures.length).toBeGreaterThan(0);
  });
});

describe('a transport that takes few bytes at once', () => {
  it.each([1, 2, 3, 5, 7, 16, 100])('%i bytes: whole packets arrive, in order', (capacity) => {
    const bench = new Bench({ maxInFlight: 20, transmitArenaSize: 2048 });
    bench.platform.transport.capacity = capacity;
    bench.platform.transport.fragment = capacity;
    bench.connection.start();
    bench.until(() => bench.state === ConnectionState.connected, 1000);
    bench.connection.subscribe(encodeUtf8('a/+/b'), 1);
    const payloads = Array.from({ length: 20 }, (_, i) => `payload ${i}`);
    for (const payload of payloads) expect(bench.publish(payload)).toBeGreaterThan(0);
    for (let i = 0; i < 20; i++) bench.broker.publish('t', `in ${i}`, 1);
    bench.until(() => bench.acknowledged.length === 20 && bench.messages.length === 20, 5000);
    bench.connection.stop();
    bench.until(() => bench.state === ConnectionState.stopped, 1000);
    expect(bench.broker.payloads).toEqual(payloads);
    expect(bench.broker.count('puback')).toBe(20);
    expect(bench.messages).toEqual(Array.from({ length: 20 }, (_, i) => `in ${i}`));
  });

  it('more PUBACKs than fit are no loss: the broker is held back', () => {
    const bench = new Bench({ maxPendingAcknowledgements: 2 }).connect();
    bench.platform.transport.capacity = 0;
    for (let i = 0; i < 30; i++) bench.broker.publish('t', `m${i}`, 1);
    bench.run(100);
    expect(bench.messages.length).toBeLessThan(30);
    bench.platform.transport.capacity = Infinity;
    bench.platform.transport.unblock();
    bench.run(100);
    expect(bench.messages).toEqual(Array.from({ length: 30 }, (_, i) => `m${i}`));
    expect(bench.broker.count('puback')).toBe(30);
  });

  it('a stream whose source pauses goes on with sourceReady', () => {
    const bench = new Bench().connect();
    let available = 100;
    const source = {
      read(offset: number, into: Uint8Array, from: number, to: number): number {
        const count = Math.min(to - from, available - offset);
        into.fill(65, from, from + count);
        return count;
      },
    };
    expect(publishStream(bench.connection.session, encodeUtf8('t'), source, 3000, 1, false)).toBeGreaterThan(0);
    bench.connection.flush();
    while (available < 3000) {
      bench.run(10000);
      expect(bench.failures).toEqual([]);
      available += 500;
      bench.connection.sourceReady();
    }
    bench.run(100);
    expect(bench.broker.payloads).toEqual(['A'.repeat(3000)]);
    expect(bench.acknowledged.length).toBe(1);
  });
});

describe('a call from inside a handler', () => {
  it('only queues: nothing is written before the handler returns', () => {
    const bench = new Bench().connect();
    const { transport } = bench.platform;
    let called = 0;
    bench.hook = (name) => {
      if (name !== 'onMessage') return;
      const before = transport.writes;
      bench.publish(`answer ${called++}`);
      bench.connection.subscribe(encodeUtf8('f'), 0);
      expect(transport.writes).toBe(before);
    };
    for (let i = 0; i < 3; i++) bench.broker.publish('t', 'question', 1);
    bench.run(20);
    expect(called).toBe(3);
    expect(bench.broker.payloads).toEqual(['answer 0', 'answer 1', 'answer 2']);
  });
});

describe('in a world of failures', () => {
  const events = ['publish', 'drop', 'freeze', 'refuse', 'accept', 'down', 'up', 'reconnect', 'hold', 'slow'];

  it('every message that was taken is delivered, in order, and nothing is left behind', () => {
    const step = fc.tuple(fc.constantFrom(...events), fc.integer({ min: 0, max: 20000 }));
    const steps = fc.array(step, { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(steps, fc.integer(), fc.boolean(), (world, seed, cleanSession) => {
        const bench = new Bench({ maxInFlight: 64, maxQueued: 8, transmitArenaSize: 4096, cleanSession }, seed);
        const { broker, connection, platform } = bench;
        const taken: string[] = [];
        connection.start();
        for (const [name, pause] of world) {
          switch (name) {
            case 'publish':
              if (bench.publish(`${taken.length}`) !== Refusal.full) taken.push(`${taken.length}`);
              break;
            case 'drop':
              broker.drop();
              break;
            case 'freeze':
              broker.freeze();
              break;
            case 'refuse':
              platform.listen('broker', 1883, 'refuses');
              break;
            case 'accept':
              platform.listen('broker', 1883, broker);
              break;
            case 'down':
              platform.network.set(false);
              break;
            case 'up':
              platform.network.set(true);
              break;
            case 'reconnect':
              connection.reconnect();
              break;
            case 'hold':
              if (connection.paused) connection.resume();
              else connection.pause();
              break;
            case 'slow':
              platform.transport.capacity = platform.transport.capacity === 2 ? Infinity : 2;
              break;
          }
          bench.run(pause);
        }
        platform.network.set(true);
        platform.listen('broker', 1883, broker);
        connection.resume();
        bench.run(400000);
        expect(bench.state).toBe(ConnectionState.connected);
        connection.stop();
        bench.run(400000);
        expect(bench.stopped).toEqual([0]);
        expect(leftovers(bench)).toEqual([]);
        // Redelivery may repeat; the first arrival of each is in order, and none is missing.
        expect([...new Set(broker.payloads)]).toEqual(taken);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a stream whose source pauses', () => {
  it('does not stop reading for good, when more QoS 1 messages come than acknowledgements can wait', () => {
    const bench = new Bench({ maxPendingAcknowledgements: 2 }).connect();
    let ready = false;
    const source = {
      read: (_offset: number, _into: Uint8Array, from: number, to: number) => (ready ? Math.min(50, to - from) : 0),
    };
    publishStream(bench.connection.session, encodeUtf8('s'), source, 2000, 0, false);
    bench.connection.flush();
    for (let i = 0; i < 10; i++) bench.broker.publish('t', `m${i}`, 1);
    bench.run(5000);
    expect(bench.messages.length).toBeLessThan(10);
    ready = true;
    bench.connection.sourceReady();
    bench.run(100);
    expect(bench.messages).toEqual(Array.from({ length: 10 }, (_, i) => `m${i}`));
    expect([bench.broker.count('puback'), bench.failures]).toEqual([10, []]);
  });
});

describe('subscriptions', () => {
  const filters = (bench: Bench): number => bench.broker.count('subscribe');

  it('are asked for again when the broker ended the connection, although a session is present', () => {
    for (const cause of [TransportFailure.ended, TransportFailure.reset]) {
      const bench = new Bench({ cleanSession: false }).connect();
      bench.connection.subscribe(encodeUtf8('t'), 1);
      bench.run(10);
      bench.broker.sessionPresent = true;
      bench.broker.drop(cause);
      bench.run(60000);
      expect([bench.connection.state, filters(bench)]).toEqual([ConnectionState.connected, 2]);
    }
  });

  it('are left as they are when the network was down', () => {
    const bench = new Bench({ cleanSession: false, keepAliveSeconds: 20 }).connect();
    bench.connection.subscribe(encodeUtf8('t'), 1);
    bench.run(10);
    bench.broker.sessionPresent = true;
    bench.broker.freeze();
    bench.run(120000);
    expect([bench.connection.state, bench.broker.connections, filters(bench)]).toEqual([
      ConnectionState.connected,
      2,
      1,
    ]);
  });
});
