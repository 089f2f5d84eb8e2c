import { MemoryStore } from '../../sim/hal/index.js';
import { crc32 } from '../../src/telemetry/crc32.js';
import { VirtualBrokers } from './virtual-brokers.js';
import { describe, expect, it } from 'vitest';

const PASSWORD = 'hunter2-is-planted';

/** Changes the stored text of broker 0, and puts the checksum right unless `crc` is false. */
function tamper(store: MemoryStore, change: (text: string) => string, crc = true, version = 1): void {
  const before = new Uint8Array(2000);
  const length = store.read('mqtt-broker-0', before);
  const text = Buffer.from(change(Buffer.from(before.slice(1, length - 4)).toString()));
  const record = Buffer.concat([Buffer.of(version), text, Buffer.alloc(4)]);
  record.writeUInt32LE(crc ? crc32(record, 0, record.length - 4, 0) : 1, record.length - 4);
  store.write('mqtt-broker-0', record, 0, record.length);
}

function stored(store: MemoryStore): void {
  const bench = new VirtualBrokers({}, store);
  bench.add({ username: 'u', password: PASSWORD });
}

describe('brokers after a restart', () => {
  it('are those from before, with subscriptions, scripts and client identifier', async () => {
    const store = new MemoryStore();
    const before = new VirtualBrokers({}, store);
    const broker = before.add({ username: 'u', password: PASSWORD, 'auto-connect': 'yes', 'client-id': '' });
    before.brokers.set(before.add({ name: 'other', port: '99' }), { 'will-topic': 'w' });
    const removed = before.add({ name: 'gone' });
    await before.outcome(broker.subscribe('a/+', { qos: 1 }));
    await before.outcome(broker.subscribe('b'));
    await before.outcome(broker.subscribe('c', { persisted: false }));
    await before.outcome(broker.unsubscribe('b'));
    broker.find('a/+')!.onMessage = ':log info "é"';
    before.brokers.remove(removed);

    const after = new VirtualBrokers({}, store);
    expect(after.brokers.loadPersisted()).toBe(2);
    const [first, second] = after.brokers.list;
    for (const name of ['name', 'address', 'client-id', 'username', 'auto-connect']) {
      expect(first!.property(name)).toBe(broker.property(name));
    }
    expect(first!.property('client-id')).toMatch(/^tagwire-[0-9a-f]{16}$/);
    expect([second!.name, second!.property('port'), second!.property('will-topic')]).toEqual(['other', '99', 'w']);
    expect(first!.subscriptions.map(({ topic, qos, onMessage }) => [topic, qos, onMessage])).toEqual([
      ['a/+', 1, ':log info "é"'],
    ]);
    await after.run(10);
    expect([first!.connected, second!.connected]).toEqual([true, false]);
    expect(after.board.broker.lastConnect.password?.toString()).toBe(PASSWORD);
    expect([after.board.broker.count('subscribe'), after.notices]).toEqual([1, []]);
  });

  it('runs the stored script of the closest subscription', async () => {
    const store = new MemoryStore();
    const before = new VirtualBrokers({}, store);
    await before.outcome(before.add().subscribe('a/#'));
    before.brokers.list[0]!.find('a/#')!.onMessage = 'run';
    const ran: string[] = [];
    const after = new VirtualBrokers({ runScript: (...all) => void ran.push(all.join(' ')) }, store);
    after.brokers.loadPersisted();
    await after.outcome(after.brokers.find('b')!.connect());
    after.board.broker.publish('a/b', 'x', 0);
    await after.run(5);
    expect(ran).toEqual(['run a/b x b']);
  });

  it.each([
    ['its checksum is wrong', (store: MemoryStore) => tamper(store, (text) => text, false)],
    ['its version is 2; this firmware reads 1', (store: MemoryStore) => tamper(store, (text) => text, true, 2)],
    ['it is not JSON', (store: MemoryStore) => tamper(store, (text) => text.slice(1))],
    ['it does not describe a broker', (store: MemoryStore) => tamper(store, () => '{"values":{"name":1}}')],
    ['it is cut short', (store: MemoryStore) => store.write('mqtt-broker-0', new Uint8Array(4), 0, 4)],
    [
      'port must be an integer',
      (store: MemoryStore) => tamper(store, (text) => text.replace('"name"', '"port":"0","name"')),
    ],
    [
      'unknown broker property "__proto__"',
      (store: MemoryStore) => tamper(store, (text) => text.replace('"client-id"', '"__proto__"')),
    ],
    [
      'password requires a username',
      (store: MemoryStore) => tamper(store, (text) => text.replace('"username":"u",', '')),
    ],
  ])('leave out one with a notice when %s', (text, damage) => {
    const store = new MemoryStore();
    stored(store);
    damage(store);
    const bench = new VirtualBrokers({}, store);
    expect(bench.brokers.loadPersisted()).toBe(0);
    expect(bench.notices).toHaveLength(1);
    expect(bench.notices[0]).toContain(`persisted broker 0 skipped: ${text}`);
    expect(bench.notices[0]).not.toContain(PASSWORD);
    // Its place is free.
    bench.add();
    expect(new VirtualBrokers({}, store).brokers.loadPersisted()).toBe(1);
  });

  it('leave out a subscription that is not allowed, and keep the rest', () => {
    const store = new MemoryStore();
    stored(store);
    const list = JSON.stringify([
      { topic: 'a#', qos: 0, onMessage: '' },
      { topic: 'b', qos: 3, onMessage: '' },
      { topic: 'c', qos: 0, onMessage: '' },
    ]);
    tamper(store, (text) => text.replace('"subscriptions":[]', `"subscriptions":${list}`));
    const bench = new VirtualBrokers({}, store);
    bench.brokers.loadPersisted();
    expect(bench.brokers.list[0]!.subscriptions.map(({ topic }) => topic)).toEqual(['c']);
    expect(bench.notices).toEqual([
      'persisted subscription of broker 0 skipped: topic "a#": # must be alone in the last level, as in a/#',
      'persisted subscription of broker 0 skipped: qos must be 0 or 1, got 3',
    ]);
  });

  it('change nothing when the store has no room', async () => {
    const store = new MemoryStore(160);
    const bench = new VirtualBrokers({}, store);
    const broker = bench.add();
    const full = /^broker with its scripts not stored: no room for \d+ bytes$/;
    expect(() => bench.add({ name: 'second' })).toThrow(full);
    expect(bench.brokers.list).toHaveLength(1);
    expect(() => bench.brokers.set(broker, { username: 'u'.repeat(100) })).toThrow(full);
    expect(broker.property('username')).toBe('');
    await bench.outcome(broker.subscribe('t'));
    const subscription = broker.find('t')!;
    expect(() => (subscription.onMessage = 'x'.repeat(100))).toThrow(full);
    expect(() => (subscription.onMessage = 'x'.repeat(4001))).toThrow(
      'on-message must be at most 4000 bytes, got 4001',
    );
    expect(subscription.onMessage).toBe('');
  });
});
