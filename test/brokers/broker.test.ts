import { encodeUtf8, Refusal } from '../../src/mqtt/index.js';
import { VirtualBroker } from '../connection/virtual-broker.js';
import { VirtualBrokers } from './virtual-brokers.js';
import type { IConnectPacket, IPublishPacket, ISubscribePacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';

describe('a broker', () => {
  it('connects and disconnects, and says so', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    expect([broker.connected, broker.property('connected')]).toEqual([false, 'no']);
    expect(await bench.outcome(broker.connect())).toBe('done');
    expect(await bench.outcome(broker.connect())).toBe('done');
    expect([broker.connected, broker.property('connected')]).toEqual([true, 'yes']);
    expect(await bench.outcome(broker.disconnect())).toBe('done');
    expect(await bench.outcome(broker.disconnect())).toBe('done');
    await bench.run(5);
    expect([broker.connected, bench.board.broker.count('disconnect')]).toEqual([false, 1]);
    expect([bench.board.broker.connections, bench.board.platform.timers.armed]).toEqual([1, 0]);
  });

  it('sends what the properties say', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add({
      username: 'u',
      password: 'p',
      'keep-alive': '300',
      'will-topic': 'w',
      'will-message': 'x',
    });
    await bench.outcome(broker.connect());
    const packet = bench.board.broker.lastConnect as IConnectPacket;
    expect(packet).toMatchObject({ clientId: 'c', username: 'u', keepalive: 300, clean: true });
    expect([packet.password?.toString(), packet.will?.payload.toString()]).toEqual(['p', 'x']);
  });

  it.each([
    [1, 'unacceptable protocol version'],
    [4, 'bad user name or password'],
    [5, 'not authorized'],
  ])('says why it was refused: %i', async (code, text) => {
    const bench = new VirtualBrokers();
    bench.board.broker.returnCode = code;
    const broker = bench.add({ username: 'u', password: 'planted' });
    const outcome = await bench.outcome(broker.connect());
    expect(outcome).toBe(`broker "b": broker:1883: connection refused by the broker: ${text}`);
    expect(bench.notices.join()).not.toContain('planted');
    await bench.run(200000);
    expect([bench.board.broker.connections, broker.connected]).toEqual([1, false]);
  });

  it.each([
    ['refuses', 'broker "b": broker:1883: nothing listens there'],
    ['tls fails', 'broker "b": broker:1883: the certificate has expired'],
    ['silent', 'broker "b": broker:1883: connection timed out after 10000 ms'],
  ] as const)('says what is wrong when it %s', async (listener, text) => {
    const bench = new VirtualBrokers();
    bench.board.platform.listen('broker', 1883, listener);
    expect(await bench.outcome(bench.add().connect())).toBe(text);
    expect(bench.board.platform.timers.armed).toBe(0);
  });

  it('says what is wrong with silence in every step', async () => {
    const bench = new VirtualBrokers({ connectTimeout: 9000 });
    bench.board.broker.returnCode = undefined;
    expect(await bench.outcome(bench.add().connect())).toBe('broker "b": broker:1883: timed out waiting for CONNACK');
    bench.board.platform.network.up = false;
    const broker = bench.brokers.list[0]!;
    expect(await bench.outcome(broker.connect())).toBe('broker "b": not connected within 10 s: the network is down');
    expect(bench.board.platform.timers.armed).toBe(0);
  });

  it('waits for the network when it comes in time', async () => {
    const bench = new VirtualBrokers();
    bench.board.platform.network.up = false;
    const connecting = bench.add().connect();
    await bench.run(2000);
    bench.board.platform.network.set(true);
    expect(await bench.outcome(connecting)).toBe('done');
  });

  it('tries each address of the list once, in order, and tells of all', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add({ address: 'one, two:2000, three' });
    const outcome = await bench.outcome(broker.connect());
    const nothing = 'nothing listens there';
    expect(outcome).toBe(`broker "b": one:1883: ${nothing}; two:2000: ${nothing}; three:1883: ${nothing}`);
    bench.board.platform.listen('two', 2000, bench.board.broker);
    expect(await bench.outcome(broker.connect())).toBe('done');
    expect(broker.connection?.endpoint).toMatchObject({ host: 'two', port: 2000 });
    bench.board.broker.drop();
    await bench.run(10);
    bench.board.platform.listen('one', 1883, bench.board.broker);
    await bench.outcome(broker.connect());
    expect(broker.connection?.endpoint.host).toBe('one');
  });

  it('stays down when the connection is lost, and comes back with auto-connect', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    await bench.outcome(broker.connect());
    bench.board.broker.drop();
    await bench.run(200000);
    expect([broker.connected, bench.board.broker.connections]).toEqual([false, 1]);
    expect(bench.notices).toEqual(['broker "b": connection lost: broker:1883: the broker ended the connection']);
    bench.brokers.set(broker, { 'auto-connect': 'yes' });
    await bench.run(10);
    expect(broker.connected).toBe(true);
    bench.board.broker.drop();
    await bench.run(2000);
    expect([broker.connected, bench.board.broker.connections]).toEqual([true, 3]);
    await bench.outcome(broker.disconnect());
    await bench.run(200000);
    expect([broker.connected, bench.board.platform.timers.armed]).toEqual([false, 0]);
  });

  it('with auto-connect outlasts a TLS that fails, as until the time of day is known', async () => {
    const bench = new VirtualBrokers();
    bench.board.platform.listen('broker', 1883, 'tls fails');
    const broker = bench.add({ ssl: 'yes', 'auto-connect': 'yes' });
    await bench.run(20000);
    bench.board.platform.listen('broker', 1883, bench.board.broker);
    await bench.run(60000);
    expect(broker.connected).toBe(true);
  });

  it('with auto-connect tells the first failure, and goes on; connect tries at once', async () => {
    const bench = new VirtualBrokers();
    bench.board.platform.listen('broker', 1883, 'refuses');
    const broker = bench.add({ 'auto-connect': 'yes' });
    expect(await bench.outcome(broker.connect())).toContain('nothing listens there');
    await bench.run(300000);
    bench.board.platform.listen('broker', 1883, bench.board.broker);
    expect(await bench.outcome(broker.connect(), 10)).toBe('done');
    bench.board.platform.listen('broker', 1883, 'refuses');
    bench.board.broker.drop();
    await bench.run(100);
    bench.brokers.set(broker, { 'auto-connect': 'no' });
    expect(bench.board.platform.timers.armed).toBe(0);
  });
});

describe('publishing', () => {
  it('connects first, unless force is no', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    const refused = await bench.outcome(broker.publish('t', 'x', { force: false }));
    expect(refused).toBe('broker "b" is not connected and force=no');
    expect(bench.board.broker.connections).toBe(0);
    expect(await bench.outcome(broker.publish('t', 'één', { retain: true }))).toBe('done');
    expect(await bench.outcome(broker.publish('t', Uint8Array.of(1, 2), { force: false, qos: 1 }))).toBe('done');
    await bench.run(5);
    const [first, second] = bench.board.broker.all('publish') as IPublishPacket[];
    expect([first!.payload.toString(), first!.qos, first!.retain]).toEqual(['één', 0, true]);
    expect([[...(second!.payload as Buffer)], second!.qos, second!.retain]).toEqual([[1, 2], 1, false]);
  });

  it('is refused to wildcards and with QoS 2, before anything is sent', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    const fault = 'a topic to publish to has no + and no #';
    expect(await bench.outcome(broker.publish('a/+', 'x'))).toBe(`topic "a/+": ${fault}`);
    expect(await bench.outcome(broker.publish('a', 'x', { qos: 2 }))).toBe('qos must be 0 or 1, got 2');
    expect(bench.board.broker.connections).toBe(0);
  });

  it.each([0, 1])('with disconnect-after writes the message of QoS %i and then disconnects', async (qos) => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    expect(await bench.outcome(broker.publish('t', 'last', { qos, disconnectAfter: true }))).toBe('done');
    await bench.run(5);
    expect(bench.board.broker.received.map(({ packet }) => packet.cmd)).toEqual(['connect', 'publish', 'disconnect']);
    expect(broker.connected).toBe(false);
  });

  it('with disconnect-after stays connected when nobody acknowledges', async () => {
    const bench = new VirtualBrokers({ answerTimeout: 5000 });
    bench.board.broker.acknowledges = false;
    const broker = bench.add();
    const outcome = await bench.outcome(broker.publish('t', 'x', { qos: 1, disconnectAfter: true }));
    expect(outcome).toBe('kept: no PUBACK within 5 s');
    expect([broker.connected, bench.board.broker.count('disconnect')]).toEqual([true, 0]);
  });

  it('tells when the connection is lost before the acknowledgement, and sends it again later', async () => {
    const bench = new VirtualBrokers();
    bench.board.broker.acknowledges = false;
    const broker = bench.add();
    const publishing = broker.publish('t', 'x', { qos: 1 });
    await bench.run(20);
    bench.board.broker.drop();
    expect(await bench.outcome(publishing)).toMatch(/^kept: connection lost: broker:1883: the broker ended/);
    bench.board.broker.acknowledges = true;
    await bench.outcome(broker.connect());
    await bench.run(5);
    expect(bench.board.broker.payloads).toEqual(['x', 'x']);
  });

  it('waits for room in order, and does not await the acknowledgement of more than may wait', async () => {
    const bench = new VirtualBrokers({ maxWaiting: 40, session: { maxInFlight: 4 } });
    const broker = bench.add();
    await bench.outcome(broker.connect());
    const all = Array.from({ length: 50 }, (_, i) => bench.outcome(broker.publish('t', String(i), { qos: 1 })));
    const outcomes = await Promise.all(all);
    expect(outcomes.filter((text) => text === 'done')).toHaveLength(40);
    expect(outcomes[40]).toBe('kept: acknowledgement not awaited: 40 messages are waiting, which is the limit');
    await bench.run(20);
    expect(bench.board.broker.payloads).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
    expect(broker.kept).toBe(0);
  });

  it('streams a message that is larger than the arena', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    const large = 'abcdefghij'.repeat(500);
    expect(await bench.outcome(broker.publish('t', large, { qos: 1 }))).toBe('done');
    expect(await bench.outcome(broker.publish('t', '0' + large))).toBe('done');
    await bench.run(20);
    expect(bench.board.broker.payloads).toEqual([large, '0' + large]);
  });

  it('tells firmware that was refused when there is room', async () => {
    const bench = new VirtualBrokers({ session: { maxInFlight: 1 } });
    bench.board.broker.acknowledges = false;
    const broker = bench.add({ 'auto-connect': 'yes' });
    await bench.run(5);
    let told = 0;
    broker.observers.push({ onRoom: () => void told++ });
    const [topic, payload] = [encodeUtf8('t'), encodeUtf8('x')];
    expect(broker.publishBytes(topic, payload, 1, false)).toBe(1);
    expect(broker.publishBytes(topic, payload, 1, false)).toBe(Refusal.full);
    bench.board.broker.acknowledges = true;
    bench.board.broker.drop();
    await bench.run(5000);
    expect(told).toBe(1);
  });

  it('sends what waited for a stream that was cut by the loss of the connection', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add({ 'auto-connect': 'yes' });
    await bench.run(5);
    const large = bench.outcome(broker.publish('t', 'x'.repeat(3000), { qos: 1 }));
    const waiting = bench.outcome(broker.publish('t', 'y'.repeat(3000), { qos: 1 }));
    const small = bench.outcome(broker.publish('t', 'small', { qos: 1 }));
    bench.board.broker.drop();
    expect([await waiting, await small]).toEqual(['done', 'done']);
    await large;
    const sent = bench.board.broker.payloads.map((payload) => payload.slice(0, 5));
    expect(sent.slice(-3).sort()).toEqual(['small', 'xxxxx', 'yyyyy']);
  });

  it('takes bytes from firmware', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    const [topic, payload] = [encodeUtf8('t'), encodeUtf8('x')];
    expect(broker.publishBytes(topic, payload, 0, false)).toBe(Refusal.notConnected);
    await bench.outcome(broker.connect());
    expect(broker.publishBytes(topic, payload, 1, false)).toBe(1);
    await bench.run(5);
    expect(bench.board.broker.payloads).toEqual(['x']);
  });
});

describe('subscribing', () => {
  it('connects first, unless force is no, and lists what is subscribed', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    expect(await bench.outcome(broker.subscribe('t', { force: false }))).toContain('force=no');
    expect(await bench.outcome(broker.subscribe('a/#', { qos: 1 }))).toBe('done');
    expect(await bench.outcome(broker.subscribe('a/# '))).toBe('done');
    expect(broker.subscriptions.map(({ topic, qos }) => `${topic} ${qos}`)).toEqual(['a/# 0']);
    expect(await bench.outcome(broker.subscribe('a/#/b'))).toBe(
      'topic "a/#/b": # must be alone in the last level, as in a/#',
    );
    expect(await bench.outcome(broker.unsubscribe('a/#'))).toBe('done');
    expect([broker.subscriptions.length, bench.board.broker.count('unsubscribe')]).toEqual([0, 1]);
  });

  it('hears messages in the ring and in its handler from the first on', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    const told: string[] = [];
    await bench.outcome(
      broker.subscribe('t', { handler: (topic, payload) => void told.push(`${topic}=${payload}`), qos: 1 }),
    );
    bench.board.broker.publish('t', 'x', 1);
    bench.board.broker.publish('u', 'y', 0);
    await bench.run(5);
    const { received } = bench.brokers;
    expect(told).toEqual(['t=x']);
    expect([received.count, received.broker(1), received.topic(1), received.text(1)]).toEqual([2, 'b', 'u', 'y']);
    expect(received.unixTime(0)).toBeGreaterThan(1790000000000);
  });

  it('shows the beginning of a message in pieces, and counts it as skipped for its handler', async () => {
    const bench = new VirtualBrokers({ session: { receiveBufferSize: 64 } });
    const broker = bench.add();
    await bench.outcome(broker.subscribe('t', { handler: () => {} }));
    bench.board.broker.publish('t', 'x'.repeat(300), 0);
    await bench.run(5);
    const { received } = bench.brokers;
    expect([received.count, received.cut, broker.messages.skipped]).toEqual([1, 1, 1]);
    expect(received.text(0)).toMatch(/^x+… \(300 bytes\)$/);
  });

  it('asks again after a reconnection, and with a new QoS', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    await bench.outcome(broker.subscribe('t'));
    await bench.outcome(broker.disconnect());
    await bench.outcome(broker.connect());
    await bench.run(5);
    broker.find('t')!.qos = 1;
    await bench.run(5);
    const asked = bench.board.broker.all('subscribe') as ISubscribePacket[];
    expect(asked.map(({ subscriptions }) => subscriptions[0]!.qos)).toEqual([0, 0, 1]);
    expect(() => (broker.find('t')!.qos = 2)).toThrow(new RangeError('qos must be 0 or 1, got 2'));
  });

  it('shows what was granted, and says when a subscription is refused', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add({ 'auto-connect': 'yes' });
    bench.board.broker.grants = () => 0;
    expect(await bench.outcome(broker.subscribe('t', { qos: 1 }))).toBe('done');
    const subscription = broker.find('t')!;
    expect([subscription.qos, subscription.grantedQos]).toEqual([1, 0]);
    bench.board.broker.grants = () => 0x80;
    expect(await bench.outcome(broker.subscribe('u'))).toBe('broker "b": subscription to "u" refused by the broker');
    expect(broker.find('u')).toBeUndefined();
    bench.board.broker.answersSubscribe = false;
    bench.board.broker.drop();
    await bench.run(2000);
    expect([broker.connected, subscription.grantedQos]).toEqual([true, undefined]);
    bench.board.broker.answersSubscribe = true;
    bench.board.broker.drop();
    await bench.run(5000);
    expect([broker.connected, subscription.grantedQos]).toEqual([true, 0x80]);
    expect(bench.notices.at(-1)).toBe('broker "b": subscription to "t" refused by the broker');
    const told = bench.notices.length;
    await bench.run(60_000);
    expect(bench.notices.length).toBe(told);
    bench.board.broker.grants = () => 1;
    await bench.run(60_000);
    expect([subscription.grantedQos, bench.notices.slice(told)]).toEqual([
      1,
      ['broker "b": subscription to "t" granted by the broker'],
    ]);
  });

  it('ends a subscription that this process never asked for: a session outlives processes', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add({ 'clean-session': 'no' });
    expect(await bench.outcome(broker.unsubscribe('before/#'))).toBe('broker "b": not connected');
    await bench.outcome(broker.connect());
    expect(await bench.outcome(broker.unsubscribe('before/#'))).toBe('done');
    await bench.run(5);
    expect(bench.board.broker.all('unsubscribe')).toMatchObject([{ unsubscriptions: ['before/#'] }]);
  });

  it('tells when nobody answers, or too many are asked for', async () => {
    const bench = new VirtualBrokers({ maxSubscriptions: 1, answerTimeout: 5000 });
    const broker = bench.add();
    bench.board.broker.answersSubscribe = false;
    expect(await bench.outcome(broker.subscribe('t'))).toBe('broker "b": no SUBACK within 5 s');
    expect(broker.subscriptions).toHaveLength(0);
    bench.board.broker.answersSubscribe = true;
    await bench.outcome(broker.disconnect());
    expect(await bench.outcome(broker.subscribe('u'))).toBe('done');
    expect(await bench.outcome(broker.subscribe('v'))).toBe('not subscribed to "v": the limit is 1 subscriptions');
  });
});

describe('the list of brokers', () => {
  it('has several at once, each with its own connection; one that is down leaves the others alone', async () => {
    const bench = new VirtualBrokers();
    const other = new VirtualBroker();
    bench.board.platform.listen('other', 1883, other);
    const first = bench.add();
    const second = bench.add({ name: 'second', address: 'other', 'auto-connect': 'yes' });
    await bench.outcome(first.subscribe('t'));
    await bench.run(5);
    expect([first.connected, second.connected]).toEqual([true, true]);
    bench.board.platform.listen('other', 1883, 'refuses');
    other.drop();
    await bench.run(5000);
    expect([first.connected, second.connected]).toEqual([true, false]);
    bench.board.broker.publish('t', 'still', 0);
    await bench.run(5);
    expect(bench.brokers.received.text(0)).toBe('still');
    bench.board.platform.listen('other', 1883, other);
    await bench.run(70000);
    expect([second.connected, bench.board.broker.connections]).toEqual([true, 1]);
  });

  it('refuses a name that is taken, more than there may be, and a board without further parts', () => {
    const bench = new VirtualBrokers({ maxBrokers: 2 });
    const broker = bench.add();
    expect(() => bench.add()).toThrow(new RangeError('a broker named "b" already exists'));
    const second = bench.add({ name: 'c' });
    expect(() => bench.brokers.set(second, { name: 'b' })).toThrow('already exists');
    expect(() => bench.add({ name: 'd' })).toThrow('the limit is 2 brokers');
    bench.brokers.remove(broker);
    expect(() => bench.brokers.remove(broker)).toThrow('broker "b" was removed');
    expect(bench.brokers.find('b')).toBeUndefined();
    bench.add({ name: 'e' });
    expect(bench.brokers.list.map(({ name }) => name)).toEqual(['e', 'c']);
  });

  it('disconnects in order when one is removed or changed while connected', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add();
    await bench.outcome(broker.subscribe('t'));
    bench.brokers.set(broker, { 'keep-alive': '100' });
    await bench.run(20);
    expect([broker.connected, bench.board.broker.lastConnect.keepalive]).toEqual([true, 100]);
    expect([bench.board.broker.count('disconnect'), bench.board.broker.count('subscribe')]).toEqual([1, 2]);
    bench.brokers.set(broker, { name: 'renamed', 'parallel-scripts-limit': '3' });
    await bench.run(20);
    expect([broker.connected, bench.board.broker.connections]).toEqual([true, 2]);
    bench.board.broker.publish('t', 'x', 0);
    await bench.run(5);
    bench.brokers.remove(broker);
    expect(await bench.outcome(broker.publish('t', 'x'))).toBe('broker "renamed" was removed');
    await bench.run(20);
    expect([bench.board.broker.count('disconnect'), bench.board.platform.timers.armed]).toEqual([2, 0]);
    expect(bench.brokers.received.broker(0)).toBe('');
    // Its network parts serve the next one.
    expect(await bench.outcome(bench.add().connect())).toBe('done');
  });

  it('makes no more network parts than there may be brokers, while removed ones disconnect', async () => {
    let parts = 0;
    const bench = new VirtualBrokers({ maxBrokers: 2 }, undefined, () => parts++);
    bench.board.broker.acknowledges = false;
    const outcomes: Promise<string>[] = [];
    for (let i = 0; i < 6; i++) {
      const broker = bench.add();
      await bench.outcome(broker.connect());
      outcomes.push(bench.outcome(broker.publish('t', 'x', { qos: 1 })));
      await bench.run(5);
      bench.brokers.remove(broker);
    }
    expect(parts).toBe(2);
    expect(bench.board.broker.connections).toBe(6);
    await bench.run(6000);
    for (const outcome of await Promise.all(outcomes))
      expect(outcome).toMatch(/^broker "b": message dropped: .*removed$/);
    expect(bench.board.platform.timers.armed).toBe(0);
  });

  it('settles what waits when a broker is removed', async () => {
    const bench = new VirtualBrokers();
    bench.board.platform.listen('broker', 1883, 'silent');
    const broker = bench.add();
    const connecting = broker.connect();
    await bench.run(5);
    bench.brokers.remove(broker);
    expect(await bench.outcome(connecting)).toBe('broker "b": broker "b" was removed');
    expect(bench.board.platform.timers.armed).toBe(0);
  });
});
