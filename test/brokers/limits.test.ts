import { MemoryStore } from '../../sim/hal/index.js';
import type { Broker } from '../../src/brokers/index.js';
import { VirtualBrokers } from './virtual-brokers.js';
import type { ISubscribePacket } from 'mqtt-packet';
import { expect, it } from 'vitest';

const BROKERS = 4;
const SUBSCRIPTIONS = 16;
/** What the record of a broker, with its subscriptions and scripts, may take. */
const RECORD = 32768;

/** Every text as long as it may be. */
function longest(number: number): Record<string, string> {
  return {
    name: `${number}`.repeat(32),
    address: Array.from({ length: 8 }, (_, i) => (i === 0 ? 'broker' : `${i}`.repeat(120))).join(','),
    port: '1883',
    'client-id': `${number}`.repeat(128),
    username: 'u'.repeat(256),
    password: '"'.repeat(1024),
    'keep-alive': '64800',
    'auto-connect': 'yes',
    'parallel-scripts-limit': '1000',
    'clean-session': 'no',
    'will-topic': 'w'.repeat(256),
    'will-message': '\u0001'.repeat(1024),
    'will-qos': '1',
    'will-retain': 'yes',
  };
}

function topic(broker: number, index: number): string {
  return `${broker}/${index}/`.padEnd(100, 'x');
}

function subscribed(bench: VirtualBrokers): number {
  const packets = bench.board.broker.all('subscribe') as ISubscribePacket[];
  return new Set(packets.flatMap(({ subscriptions }) => subscriptions.map((one) => one.topic))).size;
}

it('four brokers with all they may have at once work, and come back after a restart', async () => {
  const store = new MemoryStore();
  const before = new VirtualBrokers({}, store);
  for (let i = 0; i < BROKERS; i++) {
    const broker = before.brokers.add(longest(i));
    for (let k = 0; k < SUBSCRIPTIONS; k++) {
      expect(await before.outcome(broker.subscribe(topic(i, k), { qos: 1 }))).toBe('done');
      broker.find(topic(i, k))!.onMessage = ':log info "x"'.padEnd(1250);
    }
    expect(await before.outcome(broker.subscribe('one/more'))).toContain('the limit is 16 subscriptions');
    expect(store.read(`mqtt-broker-${i}`, new Uint8Array(0))).toBeGreaterThan(0.9 * RECORD);
  }
  expect(() => before.brokers.add(longest(BROKERS))).toThrow('the limit is 4 brokers');
  const [first] = before.brokers.list as [Broker];
  // What does not fit its record is refused, and what was there stays.
  const script = first.find(topic(0, 0))!;
  expect(() => (script.onMessage = 'x'.repeat(4000))).toThrow(
    'broker with its scripts must have at most 32768 bytes, got ',
  );
  expect(script.onMessage).toMatch(/^:log info/);

  const ran: string[] = [];
  const after = new VirtualBrokers({ runScript: (_source, of, payload) => void ran.push(of + payload) }, store);
  expect(after.brokers.loadPersisted()).toBe(BROKERS);
  await after.run(1000);
  expect(after.brokers.list.map((broker) => [broker.connected, broker.subscriptions.length])).toEqual(
    Array(BROKERS).fill([true, SUBSCRIPTIONS]),
  );
  expect(subscribed(after)).toBe(BROKERS * SUBSCRIPTIONS);
  expect(after.notices).toEqual([]);

  // The ring is full of the longest messages, and every script still runs, while all brokers publish.
  const { received } = after.brokers;
  const published: Promise<string>[] = [];
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < BROKERS; i++) {
      after.board.broker.publish(topic(i, round), 'y'.repeat(380), 1);
      published.push(after.outcome(after.brokers.list[i]!.publish('out', 'z'.repeat(300), { qos: 1 })));
    }
    await after.run(20);
  }
  expect(new Set(await Promise.all(published))).toEqual(new Set(['done']));
  // The model sends each message to all four connections, but only one of them has the subscription.
  expect(ran).toHaveLength(BROKERS * 10);
  expect(received.count + received.lost).toBe(BROKERS * BROKERS * 10);
  expect(received.count).toBeGreaterThan(0);
  for (const broker of after.brokers.list) expect(await after.outcome(broker.disconnect())).toBe('done');
  expect(after.board.platform.timers.armed).toBe(0);
});
