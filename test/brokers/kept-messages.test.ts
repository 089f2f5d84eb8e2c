import type { IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import type { Broker, PublishOptions } from '../../src/brokers/index.js';
import { readBroker, writeBroker } from '../../src/brokers/broker.js';
import { VirtualBroker } from '../connection/virtual-broker.js';
import { MemoryStore } from '../../sim/hal/index.js';
import { NorFlash } from '../../sim/virtual/memory/nor-flash.js';
import { FlashLog } from '../../src/telemetry/outbox/flash-log.js';
import { seededRandom } from '../telemetry/outbox/log-bench.js';
import { VirtualBrokers } from './virtual-brokers.js';

const QUEUE_FULL = /^broker "b": message refused: queue full \(\d+ waiting\)$/;

/** Publishes with QoS 1 and lets time pass until that is settled. */
function publish(
  bench: VirtualBrokers,
  broker: Broker,
  payload: string,
  options: PublishOptions = {},
): Promise<string> {
  return bench.outcome(broker.publish('t', payload, { qos: 1, ...options }));
}

/** A broker with `auto-connect` that waits before its next attempt: nothing listens there. */
async function waitingBroker(bench: VirtualBrokers): Promise<Broker> {
  bench.board.platform.listen('broker', 1883, 'refuses');
  const broker = bench.add({ 'auto-connect': 'yes' });
  await bench.run(20);
  return broker;
}

/** Identifier, DUP and payload of each PUBLISH that came. */
function sent(broker: VirtualBroker): string[] {
  return (broker.all('publish') as IPublishPacket[]).map(
    ({ messageId, dup, payload }) => `${messageId}${dup ? ' dup' : ''} ${payload.toString()}`,
  );
}

describe('a message of QoS 1', () => {
  it('is kept while disconnected, and sent with the next connection, in order', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    expect(await publish(bench, broker, 'one', { force: false })).toBe('kept: not connected');
    expect(await publish(bench, broker, 'two', { force: false })).toBe('kept: not connected');
    expect([broker.kept, bench.board.broker.connections, bench.board.platform.timers.armed]).toEqual([2, 0, 0]);
    await bench.outcome(broker.connect());
    expect(await publish(bench, broker, 'three')).toBe('done');
    expect(sent(bench.board.broker)).toEqual(['1 one', '2 two', '3 three']);
    expect([broker.kept, broker.dropped]).toEqual([0, 0]);
  });

  it('makes the broker connect, and says why it could not', async () => {
    const bench = new VirtualBrokers();
    bench.board.platform.listen('broker', 1883, 'refuses');
    const broker = bench.add();
    expect(await publish(bench, broker, 'one')).toBe('kept: broker:1883: nothing listens there');
    bench.board.broker.returnCode = 5;
    bench.board.platform.listen('broker', 1883, bench.board.broker);
    expect(await publish(bench, broker, 'two')).toBe(
      'kept: broker:1883: connection refused by the broker: not authorized',
    );
    bench.board.platform.network.set(false);
    expect(await publish(bench, broker, 'three')).toBe('kept: the network is down');
    bench.board.platform.network.set(true);
    bench.board.broker.returnCode = 0;
    expect(await publish(bench, broker, 'four')).toBe('done');
    expect(bench.board.broker.payloads).toEqual(['one', 'two', 'three', 'four']);
    await bench.outcome(broker.disconnect());
    expect(bench.board.platform.timers.armed).toBe(0);
  });

  it('with auto-connect leaves the pauses between attempts as they are', async () => {
    const bench = new VirtualBrokers();
    bench.board.platform.listen('broker', 1883, 'refuses');
    const broker = bench.add({ 'auto-connect': 'yes' });
    expect(await publish(bench, broker, 'first')).toBe('kept: broker:1883: nothing listens there');
    await bench.run(100);
    const failures = bench.notices.length;
    for (let i = 0; i < 20; i++)
      expect(await publish(bench, broker, String(i))).toBe('kept: not connected; reconnecting');
    expect(bench.notices.length).toBe(failures);
    bench.board.platform.listen('broker', 1883, bench.board.broker);
    await bench.run(60000);
    expect(bench.board.broker.payloads).toEqual(['first', ...Array.from({ length: 20 }, (_, i) => String(i))]);
  });

  it('goes again with its identifier and DUP after a loss, in a persistent session', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add({ 'auto-connect': 'yes', 'clean-session': 'no' });
    await bench.run(10);
    bench.board.broker.acknowledges = false;
    const first = broker.publish('t', 'one', { qos: 1 });
    await bench.run(10);
    bench.board.broker.drop();
    bench.board.broker.acknowledges = true;
    expect(await bench.outcome(first)).toBe('done');
    expect(sent(bench.board.broker)).toEqual(['1 one', '1 dup one']);
  });

  it('is refused when the queue is full, and those before it are sent', async () => {
    const bench = new VirtualBrokers({ outgoing: { capacity: 256 } });
    const broker = bench.add();
    const outcomes: string[] = [];
    for (let i = 0; i < 12; i++) outcomes.push(await publish(bench, broker, String(i), { force: false }));
    const taken = outcomes.filter((text) => text === 'kept: not connected').length;
    expect(outcomes.slice(taken).every((text) => QUEUE_FULL.test(text))).toBe(true);
    expect(taken).toBeGreaterThan(5);
    await bench.outcome(broker.connect());
    await bench.run(50);
    expect(bench.board.broker.payloads).toEqual(Array.from({ length: taken }, (_, i) => String(i)));
  });

  it('by the other rule takes the place of the oldest, which its caller and the log are told', async () => {
    const bench = new VirtualBrokers({ outgoing: { maxMessages: 3, dropsOldest: true } });
    const broker = await waitingBroker(bench);
    const outcomes = Array.from({ length: 6 }, (_, i) =>
      bench.outcome(broker.publish('t', String(i), { qos: 1, force: false, patient: true })),
    );
    await bench.run(5);
    bench.board.platform.listen('broker', 1883, bench.board.broker);
    await bench.outcome(broker.connect());
    expect(await Promise.all(outcomes)).toEqual([
      ...Array<string>(3).fill('broker "b": message dropped: queue full'),
      ...Array<string>(3).fill('done'),
    ]);
    expect(bench.board.broker.payloads).toEqual(['3', '4', '5']);
    expect([broker.dropped, bench.notices]).toEqual([
      3,
      [
        'broker "b": connection failed: broker:1883: nothing listens there; retrying',
        'broker "b": messages dropped: 1: queue full',
        'broker "b": messages dropped: 2: queue full',
      ],
    ]);
  });

  it('drops the oldest when memory is full, by the same rule', async () => {
    const bench = new VirtualBrokers({ outgoing: { capacity: 256, dropsOldest: true } });
    const broker = await waitingBroker(bench);
    const outcomes = Array.from({ length: 12 }, (_, i) =>
      bench.outcome(broker.publish('t', String(i), { qos: 1, force: false, patient: true })),
    );
    await bench.run(5);
    bench.board.platform.listen('broker', 1883, bench.board.broker);
    await bench.outcome(broker.connect());
    const all = await Promise.all(outcomes);
    const lost = broker.dropped;
    expect(lost).toBeGreaterThan(3);
    expect(all).toEqual([
      ...Array<string>(lost).fill('broker "b": message dropped: queue full'),
      ...Array<string>(12 - lost).fill('done'),
    ]);
    expect(bench.board.broker.payloads).toEqual(Array.from({ length: 12 - lost }, (_, i) => String(lost + i)));
  });

  it('is not sent any more when it is too old', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    await publish(bench, broker, 'soon', { force: false, expiry: 10 });
    await publish(bench, broker, 'any time', { force: false });
    await publish(bench, broker, 'later', { force: false, expiry: 100 });
    await bench.run(11000);
    await bench.outcome(broker.connect());
    await bench.run(5);
    expect(bench.board.broker.payloads).toEqual(['any time', 'later']);
    expect(bench.notices).toEqual(['broker "b": messages dropped: 1: too old']);
    expect(await publish(bench, broker, 'x', { expiry: 0 })).toBe(
      'expiry must be an integer from 1 to 4294967 seconds, got 0',
    );
  });

  it('that is too long to be kept is sent while connected only', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    const fits = 'x'.repeat(broker.maxKeptLength - 1);
    expect(await publish(bench, broker, fits, { force: false })).toBe('kept: not connected');
    expect(await publish(bench, broker, fits + 'x', { force: false })).toBe('broker "b" is not connected and force=no');
    expect(await publish(bench, broker, fits + 'x')).toBe('done');
    await bench.run(20);
    expect(bench.board.broker.payloads.map((text) => text.length).sort()).toEqual([fits.length, fits.length + 1]);
  });

  it('of which one is refused is checked at once', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    expect(await bench.outcome(broker.publish('a/+', 'x', { qos: 1, force: false }))).toContain('topic "a/+"');
    expect(broker.kept).toBe(0);
  });

  it('of QoS 0 is not kept', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    bench.board.platform.listen('broker', 1883, 'refuses');
    expect(await publish(bench, broker, 'x', { qos: 0 })).toBe('broker "b": broker:1883: nothing listens there');
    expect(await publish(bench, broker, 'x', { qos: 0, force: false })).toBe(
      'broker "b" is not connected and force=no',
    );
    expect(broker.kept).toBe(0);
  });
});

describe('messages that are kept never go to another place', () => {
  it.each<[string, Record<string, string>]>([
    ['address', { address: 'other' }],
    ['port', { port: '1884' }],
    ['client-id', { 'client-id': 'd' }],
    ['name', { name: 'c' }],
  ])('when the %s changes', async (_, change) => {
    const bench = new VirtualBrokers();
    const other = new VirtualBroker();
    bench.board.platform.listen('other', 1883, other);
    bench.board.platform.listen('broker', 1884, other);
    const broker = await waitingBroker(bench);
    const waiting = bench.outcome(broker.publish('t', 'old', { qos: 1, force: false, patient: true }));
    await bench.run(5);
    bench.board.platform.listen('broker', 1883, bench.board.broker);
    bench.brokers.set(broker, change);
    const why = 'they were for a broker with another name, address, port, ssl or client-id, or one that was removed';
    expect(await waiting).toMatch(new RegExp(`: message dropped: ${why}$`));
    expect(bench.notices.at(-1)).toMatch(new RegExp(`: messages dropped: 1: ${why}$`));
    expect(await publish(bench, broker, 'new', { patient: true })).toBe('done');
    expect([...bench.board.broker.payloads, ...other.payloads]).toEqual(['new']);
    expect([broker.dropped, broker.kept]).toEqual([1, 0]);
  });

  it('when ssl is switched off, and when a change goes back', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add({ ssl: 'yes' });
    await publish(bench, broker, 'secret', { force: false });
    bench.brokers.set(broker, { ssl: 'no' });
    bench.brokers.set(broker, { ssl: 'yes' });
    expect(await publish(bench, broker, 'new')).toBe('done');
    expect(bench.board.broker.payloads).toEqual(['new']);
  });

  it('also when they were in flight', async () => {
    const bench = new VirtualBrokers();
    const other = new VirtualBroker();
    bench.board.platform.listen('other', 1883, other);
    const broker = bench.add({ 'auto-connect': 'yes' });
    await bench.run(5);
    bench.board.broker.acknowledges = false;
    const waiting = bench.outcome(broker.publish('t', 'old', { qos: 1, patient: true }));
    await bench.run(5);
    bench.brokers.set(broker, { address: 'other' });
    const next = bench.outcome(broker.publish('t', 'new', { qos: 1, patient: true }));
    expect(await waiting).toContain('message dropped: they were for a broker with another name');
    expect(await next).toBe('done');
    expect([bench.board.broker.payloads, other.payloads, broker.kept]).toEqual([['old'], ['new'], 0]);
  });

  it('when the broker is removed, and another one takes its number', async () => {
    const bench = new VirtualBrokers();
    const broker = await waitingBroker(bench);
    const waiting = bench.outcome(broker.publish('t', 'old', { qos: 1, force: false, patient: true }));
    await bench.run(5);
    bench.board.platform.listen('broker', 1883, bench.board.broker);
    bench.brokers.remove(broker);
    expect(await waiting).toContain('message dropped: they were for a broker');
    expect(await bench.outcome(broker.publish('t', 'x', { qos: 1 }))).toBe('broker "b" was removed');
    const next = bench.add({ name: 'next' });
    expect([next.number, await publish(bench, next, 'new')]).toEqual([0, 'done']);
    expect(bench.board.broker.payloads).toEqual(['new']);
  });

  it('but a change that concerns no place keeps them, with their identifiers', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add({ 'auto-connect': 'yes', 'clean-session': 'no' });
    await bench.run(5);
    bench.board.broker.acknowledges = false;
    const first = bench.outcome(broker.publish('t', 'one', { qos: 1, patient: true }));
    await bench.run(5);
    bench.brokers.set(broker, { 'keep-alive': '120' });
    const second = bench.outcome(broker.publish('t', 'two', { qos: 1, patient: true }));
    await bench.run(6000);
    bench.board.broker.acknowledges = true;
    bench.board.broker.drop();
    expect([await first, await second]).toEqual(['done', 'done']);
    expect([...new Set(sent(bench.board.broker))]).toEqual(['1 one', '1 dup one', '2 two', '2 dup two']);
    expect(bench.notices.filter((text) => text.includes('dropped'))).toEqual([]);
  });
});

describe('over a restart', () => {
  /** What outlives it; each `start` is a run of the program. */
  function device(): { start: () => VirtualBrokers; flash: NorFlash; store: MemoryStore } {
    const flash = new NorFlash({ blocks: 8, blockLength: 4096, random: seededRandom(5) });
    const store = new MemoryStore();
    const outgoing = { persistSeconds: 0 };
    return { flash, store, start: () => new VirtualBrokers({ log: new FlashLog(flash), outgoing }, store) };
  }

  it('messages that waited are sent, in order, each to its broker', async () => {
    const { start } = device();
    const before = start();
    const [one, two] = [before.add({ 'auto-connect': 'yes' }), before.add({ name: 'two', address: 'second' })];
    before.board.platform.listen('broker', 1883, 'refuses');
    for (let i = 0; i < 10; i++) {
      await publish(before, one, `one ${i}`);
      await publish(before, two, `two ${i}`, { force: false });
    }
    const after = start();
    const second = new VirtualBroker();
    after.board.platform.listen('second', 1883, second);
    expect(after.brokers.loadPersisted()).toBe(2);
    expect(after.notices).toEqual([
      'broker "b": messages from before the restart: 10',
      'broker "two": messages from before the restart: 10',
    ]);
    expect(await publish(after, after.brokers.find('b')!, 'one new')).toBe('done');
    expect(await publish(after, after.brokers.find('two')!, 'two new')).toBe('done');
    const numbers = Array.from({ length: 10 }, (_, i) => String(i));
    expect(after.board.broker.payloads).toEqual([...numbers.map((i) => `one ${i}`), 'one new']);
    expect(second.payloads).toEqual([...numbers.map((i) => `two ${i}`), 'two new']);
    const third = start();
    third.brokers.loadPersisted();
    expect(third.brokers.list.map(({ kept }) => kept)).toEqual([0, 0]);
  });

  it.each(['no', 'yes'])('messages that were sent go again, before new ones (clean-session=%s)', async (clean) => {
    const { start } = device();
    const before = start();
    const broker = before.add({ 'auto-connect': 'yes', 'clean-session': clean });
    await before.run(10);
    before.board.broker.acknowledges = false;
    for (const text of ['a', 'b', 'c']) void broker.publish('t', text, { qos: 1 });
    await before.run(10);
    expect(sent(before.board.broker)).toEqual(['1 a', '2 b', '3 c']);
    const after = start();
    after.brokers.loadPersisted();
    expect(await publish(after, after.brokers.list[0]!, 'new')).toBe('done');
    expect(sent(after.board.broker)).toEqual(
      clean === 'no' ? ['1 dup a', '2 dup b', '3 dup c', '4 new'] : ['1 a', '2 b', '3 c', '4 new'],
    );
  });

  it('messages of a broker that is gone or was pointed elsewhere are dropped', async () => {
    const { start, store } = device();
    const before = start();
    const [gone, moved] = [before.add(), before.add({ name: 'moved', address: 'elsewhere' })];
    await publish(before, gone, 'x', { force: false });
    await publish(before, moved, 'y', { force: false });
    store.remove('mqtt-broker-0');
    const { values } = readBroker(store, 1)!;
    writeBroker(store, 1, { values: { ...values, address: 'broker' }, subscriptions: [] });
    const after = start();
    after.brokers.loadPersisted();
    const [broker] = after.brokers.list;
    expect(await publish(after, broker!, 'new')).toBe('done');
    expect(after.board.broker.payloads).toEqual(['new']);
    const dropped = /messages dropped: 1: they were for a broker with another name/;
    expect(after.notices.filter((line) => dropped.test(line)).map((line) => line.slice(0, 24))).toEqual([
      'broker number 0, which i',
      'broker "moved": messages',
    ]);
  });
});
