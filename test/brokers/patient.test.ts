import { describe, expect, it } from 'vitest';
import { MqttClient } from '../../src/brokers/index.js';
import type { Broker, PublishOptions } from '../../src/brokers/index.js';
import { VirtualBrokers } from './virtual-brokers.js';

function publish(bench: VirtualBrokers, broker: Broker, options: PublishOptions = {}): Promise<string> {
  return bench.outcome(broker.publish('t', 'x', { qos: 1, patient: true, ...options }));
}

/** A broker that is connected, and that acknowledges nothing. */
async function deaf(properties: Record<string, string> = {}): Promise<{ bench: VirtualBrokers; broker: Broker }> {
  const bench = new VirtualBrokers();
  const broker = bench.add(properties);
  await bench.outcome(broker.connect());
  bench.board.broker.acknowledges = false;
  return { bench, broker };
}

/** What ends a wait for a PUBACK, and what the caller gets. */
const ends: [string, Record<string, string>, (bench: VirtualBrokers, broker: Broker) => void, RegExp][] = [
  ['the connection is lost', {}, ({ board }) => board.broker.drop(), /^kept: connection lost: broker:1883: /],
  ['the network goes', {}, ({ board }) => board.platform.network.set(false), /^kept: connection lost: /],
  ['the broker is disconnected', {}, (_, broker) => void broker.disconnect(), /^kept: disconnected/],
  [
    'the broker is disconnected, with auto-connect',
    { 'auto-connect': 'yes' },
    (_, broker) => void broker.disconnect(),
    /^kept: disconnected/,
  ],
  [
    'the broker is disconnected between two attempts',
    { 'auto-connect': 'yes' },
    ({ board }, broker) => {
      board.platform.listen('broker', 1883, 'refuses');
      board.broker.drop();
      board.run(3000);
      void broker.disconnect();
    },
    /^kept: disconnected/,
  ],
  [
    'auto-connect is switched off between two attempts',
    { 'auto-connect': 'yes' },
    ({ board, brokers }, broker) => {
      board.platform.listen('broker', 1883, 'refuses');
      board.broker.drop();
      board.run(3000);
      brokers.set(broker, { 'auto-connect': 'no' });
    },
    /^kept: disconnected/,
  ],
  ['the broker is removed', {}, ({ brokers }, broker) => brokers.remove(broker), /message dropped: they were for/],
  [
    'the broker is removed while it disconnects',
    {},
    ({ brokers }, broker) => {
      void broker.disconnect();
      brokers.remove(broker);
    },
    /message dropped: they were for/,
  ],
];

describe('a patient publish', () => {
  it.each(ends)('settles when %s', async (_, properties, end, outcome) => {
    const { bench, broker } = await deaf(properties);
    const settled = publish(bench, broker);
    await bench.run(10);
    expect(broker.kept).toBe(1);
    end(bench, broker);
    expect(await settled).toMatch(outcome);
  });

  it('settles when no connection can be made', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    expect(await publish(bench, broker, { force: false })).toBe('kept: not connected');
    bench.board.platform.listen('broker', 1883, 'refuses');
    expect(await publish(bench, broker)).toBe('kept: broker:1883: nothing listens there');
    bench.board.platform.listen('broker', 1883, 'silent');
    expect(await publish(bench, broker)).toMatch(/^kept: broker:1883: /);
    bench.board.platform.network.set(false);
    expect(await publish(bench, broker)).toBe('kept: not connected within 31 s: the network is down');
    expect([broker.kept, bench.board.platform.timers.armed]).toEqual([4, 0]);
  });

  it('settles when the options of the next connection are wrong, also with auto-connect', async () => {
    let missing = false;
    const certificates = (): Record<string, never> | undefined => (missing ? undefined : {});
    const bench = new VirtualBrokers({ certificates });
    const broker = bench.add({ 'auto-connect': 'yes', ssl: 'yes', certificate: 'mine' });
    await bench.run(10);
    bench.board.broker.acknowledges = false;
    const settled = publish(bench, broker);
    await bench.run(10);
    broker.change({ ...broker.values, 'keep-alive': '90' });
    missing = true;
    expect(await settled).toMatch(/^kept: .*certificate/);
  });

  it('waits as long as a connection comes by itself', async () => {
    const { bench, broker } = await deaf({ 'auto-connect': 'yes' });
    const settled = publish(bench, broker);
    await bench.run(10);
    bench.board.platform.listen('broker', 1883, 'refuses');
    bench.board.broker.drop();
    const second = publish(bench, broker, { force: false });
    await bench.run(100_000);
    bench.board.broker.acknowledges = true;
    bench.board.platform.listen('broker', 1883, bench.board.broker);
    expect(await Promise.all([settled, second])).toEqual(['done', 'done']);
  });

  it('waits over a reconnection that a property needs', async () => {
    const { bench, broker } = await deaf();
    const settled = publish(bench, broker);
    await bench.run(10);
    bench.brokers.set(broker, { 'keep-alive': '90' });
    await bench.run(10000);
    bench.board.broker.acknowledges = true;
    bench.board.broker.drop();
    expect(await settled).toMatch(/^kept: connection lost: /);
    const next = publish(bench, broker);
    expect(await next).toBe('done');
    expect(broker.kept).toBe(0);
  });

  it('waits for a connection that another call makes', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    const connected = broker.connect();
    expect(await publish(bench, broker, { force: false })).toBe('done');
    await connected;
  });

  it('with force: false leaves alone the calls that connect', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    const forced = bench.outcome(broker.publish('t', 'x', { qos: 1 }));
    const other = bench.outcome(broker.publish('t', 'y', { qos: 1, force: false }));
    expect(await Promise.all([forced, other])).toEqual(['done', 'done']);
  });
});

it('a callback of MqttClient is told that its message is kept only', async () => {
  const { bench, broker } = await deaf();
  const client = new MqttClient(broker);
  const settled = new Promise<string>((resolve) => {
    client.publish('t', 'x', { qos: 1 }, (error) => resolve(error ? error.message : 'acknowledged'));
  });
  await bench.run(10);
  bench.board.broker.drop();
  await bench.outcome(settled);
  expect(await settled).toMatch(/^broker "b": message kept: connection lost: broker:1883: /);
});
