import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../sim/broker.js';
import type { EmbeddedBroker } from '../../sim/broker.js';
import { MemoryStore } from '../../sim/hal/index.js';
import { nodePlatforms } from '../../sim/hal/platform.js';
import { Brokers, MqttClient } from '../../src/brokers/index.js';
import { endPeers, Peer } from '../broker/peer.js';
import { VirtualBrokers } from './virtual-brokers.js';

let server: EmbeddedBroker;
let client: MqttClient;

beforeEach(async () => {
  server = await startEmbeddedBroker();
  const brokers = new Brokers(
    { name: 'test', ...nodePlatforms(), store: new MemoryStore(), userStore: new MemoryStore() },
    { onNotice: () => {}, session: { backoff: { minimum: 10, maximum: 100 } } },
  );
  client = new MqttClient(brokers.add({ name: 'b', address: '127.0.0.1', port: String(server.port) }));
});

afterEach(async () => {
  client.broker.connection?.close();
  await endPeers();
  await server.close();
});

/** A promise of what a call with a callback gives. */
function called<T>(call: (callback: (error?: Error | null, value?: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
}

describe('the client in the manner of MQTT.js', () => {
  it('publishes and subscribes with callbacks', async () => {
    const connected = new Promise((resolve) => client.once('connect', resolve));
    const granted = await called((callback) => client.subscribe({ 'a/+': { qos: 1 }, b: 0 }, callback));
    expect(granted).toEqual([
      { topic: 'a/+', qos: 1 },
      { topic: 'b', qos: 0 },
    ]);
    expect([await connected, client.connected]).toEqual([{ sessionPresent: false }, true]);
    const message = new Promise<unknown[]>((resolve) => client.once('message', (...all) => resolve(all)));
    await called((callback) => client.publish('a/x', 'é', { qos: 1 }, callback));
    const payload = Uint8Array.from(Buffer.from('é'));
    expect(await message).toEqual(['a/x', payload, { topic: 'a/x', payload, qos: 1, retain: false, dup: false }]);
  });

  it('subscribes to one and to several, and unsubscribes', async () => {
    await called((callback) => client.subscribe('a', callback));
    expect(await called((callback) => client.subscribe(['b', 'c'], { qos: 1 }, callback))).toHaveLength(2);
    await called((callback) => client.unsubscribe(['a', 'b'], callback));
    expect(client.broker.subscriptions.map(({ topic, persisted }) => [topic, persisted])).toEqual([['c', false]]);
  });

  it('gives the QoS that was granted, 0x80 for a refusal, and ends subscriptions of another process', async () => {
    const bench = new VirtualBrokers();
    const other = new MqttClient(bench.add());
    bench.board.broker.grants = (qos) => (qos === 0 ? 0x80 : 0);
    const answer = new Promise<unknown[]>((resolve) =>
      other.subscribe({ a: 1, b: 0 }, (error, granted) => resolve([error?.message, granted])),
    );
    await bench.run(20);
    expect(await answer).toEqual([
      'subscription to "b" refused by the broker',
      [
        { topic: 'a', qos: 0 },
        { topic: 'b', qos: 0x80 },
      ],
    ]);
    const ended = called((callback) => other.unsubscribe('before', callback));
    await bench.run(20);
    await ended;
    expect(bench.board.broker.all('unsubscribe').at(-1)).toMatchObject({ unsubscriptions: ['before'] });
  });

  it('is heard by MQTT.js and hears it', async () => {
    const peer = await Peer.subscribed(server.url, 'out');
    await called((callback) => client.subscribe('in', callback));
    client.on('message', (_topic, payload) => client.publish('out', payload));
    await peer.publish('in', Buffer.of(0, 255), 1);
    expect([...(await peer.first()).payload]).toEqual([0, 255]);
  });

  it('gives errors to callbacks, to listeners, or to the log', async () => {
    const wrong = 'topic "a/#": a topic to publish to has no + and no #';
    await expect(called((callback) => client.publish('a/#', 'x', callback))).rejects.toThrow(wrong);
    const told = new Promise((resolve) => client.once('error', resolve));
    client.publish('a/#', 'x');
    expect(await told).toEqual(new RangeError(wrong));
    await expect(called((callback) => client.subscribe('a#', callback))).rejects.toThrow('# must be alone');
    await expect(called((callback) => client.unsubscribe('z#', callback))).rejects.toThrow('# must be alone');
  });

  it('ends, and can be used again', async () => {
    await called((callback) => client.publish('a', 'x', callback));
    const closed = new Promise<void>((resolve) => client.once('close', resolve));
    await called((callback) => client.end(callback));
    await closed;
    expect(client.connected).toBe(false);
    await called((callback) => client.publish('a', 'x', { qos: 1 }, callback));
    await called((callback) => client.end(true, callback));
    expect(client.connected).toBe(false);
  });

  it('tells of a connection that is lost and comes back, in order', async () => {
    const bench = new VirtualBrokers();
    const other = new MqttClient(bench.add({ 'auto-connect': 'yes' }));
    const events: string[] = [];
    for (const event of ['connect', 'close', 'error', 'reconnect', 'offline'] as const) {
      other.on(event, () => events.push(event));
    }
    await bench.run(10);
    bench.board.broker.drop();
    await bench.run(5000);
    other.end();
    await bench.run(10);
    expect(events).toEqual(['connect', 'error', 'close', 'offline', 'reconnect', 'connect', 'close']);
  });

  it('keeps QoS 1 while disconnected, and calls back with the PUBACK; QoS 0 gets the error', async () => {
    const bench = new VirtualBrokers({ maxWaiting: 3 });
    bench.board.platform.listen('broker', 1883, 'refuses');
    const other = new MqttClient(bench.add({ 'auto-connect': 'yes' }));
    const told: string[] = [];
    const publish = (payload: string, qos: number): void =>
      void other.publish('t', payload, { qos }, (error) => told.push(`${payload}: ${error?.message ?? 'done'}`));
    for (const payload of ['a', 'b', 'c', 'd']) publish(payload, 1);
    publish('e', 0);
    other.publish('t', 'without callback', { qos: 1 });
    await bench.run(40000);
    expect(told).toEqual([
      'd: broker "b": message refused: 3 messages are waiting, which is the limit',
      'e: broker "b": broker:1883: nothing listens there',
    ]);
    bench.board.platform.listen('broker', 1883, bench.board.broker);
    await bench.outcome(other.broker.connect());
    await bench.run(10);
    expect(told.slice(2)).toEqual(['a: done', 'b: done', 'c: done']);
    expect(bench.board.broker.payloads).toEqual(['a', 'b', 'c', 'without callback']);
  });

  it('refuses options, which would have no effect', () => {
    const options = { username: 'u', password: 'p' } as unknown as undefined;
    expect(() => new MqttClient(client.broker, options)).toThrow(
      new TypeError('MqttClient takes no options: set the properties of the broker'),
    );
  });

  it('calls listeners in order, once, off again, and survives one that throws', async () => {
    const bench = new VirtualBrokers();
    const other = new MqttClient(bench.add());
    const told: string[] = [];
    const first = (): void => void told.push('first');
    const removed = (): void => void told.push('removed');
    other.on('connect', () => {
      throw new Error('a fault');
    });
    other
      .on('connect', first)
      .once('connect', () => void told.push('once'))
      .on('connect', removed);
    other.off('connect', removed).off('close', removed);
    for (let i = 0; i < 2; i++) {
      await bench.outcome(other.broker.connect());
      await bench.outcome(other.broker.disconnect());
    }
    expect(told).toEqual(['first', 'once', 'first']);
    expect(bench.notices).toEqual(Array(2).fill('broker "b": listener of "connect" failed: a fault'));
  });
});
