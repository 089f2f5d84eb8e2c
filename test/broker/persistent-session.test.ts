import { startEmbeddedBroker } from '../../sim/broker.js';
import type { EmbeddedBroker } from '../../sim/broker.js';
import { Counter } from '../../src/mqtt/layout.js';
import { exportMessages, importMessages } from '../../src/mqtt/persistence.js';
import { requireMosquitto, startMosquitto } from '../support/mosquitto.js';
import type { Mosquitto, MosquittoOptions } from '../support/mosquitto.js';
import { Client, closeClients } from './client.js';
import type { ClientOptions } from './client.js';
import { endPeers, Peer } from './peer.js';
import { afterEach, describe, expect, it } from 'vitest';

/** The first arrival of each, in order: redelivery may repeat messages, and must not lose or swap them. */
function unique(texts: string[]): string[] {
  return [...new Set(texts)];
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `${from + i}`);
}

const SIZES = { transmitArenaSize: 8192, maxInFlight: 200, maxQueued: 16 };

requireMosquitto()('a persistent session with Mosquitto', () => {
  let broker: Mosquitto | undefined;
  const start = async (options: MosquittoOptions = {}): Promise<Mosquitto> =>
    (broker = await startMosquitto({ persistence: true, maxQueuedMessages: 0, ...options }));

  afterEach(async () => {
    closeClients();
    await endPeers();
    await broker?.stop();
    broker = undefined;
  });

  const down = async (client: Client, signal?: NodeJS.Signals): Promise<void> => {
    const before = client.failures.length;
    await broker!.halt(signal);
    await client.until(() => client.failures.length > before);
  };

  /** Mosquitto saves what changed behind its answers, in one thread: who is answered later is answered after that. */
  const saved = async (): Promise<void> => {
    await Peer.connect(broker!.url);
    await Peer.connect(broker!.url);
  };

  it.each(['SIGTERM', 'SIGKILL'] as const)('delivers over %s what was published while down', async (signal) => {
    const { port, url } = await start();
    const durable = { clientId: 'reader', clean: false };
    const early = await Peer.subscribed(url, 'r/#', durable);
    const client = await new Client({ port, clientId: 'writer', cleanSession: false, ...SIZES }).connect();
    for (let i = 0; i < 20; i++) client.publish('r/x', `${i}`, 1);
    await client.until(() => client.acknowledged.length === 20);
    await early.until(() => early.messages.length === 20);
    await saved();
    await down(client, signal);
    for (let i = 20; i < 60; i++) client.publish('r/x', `${i}`, 1);
    // QoS 0 is for now or never, so it is refused without a connection.
    expect(() => client.publish('r/x', 'lost', 0)).toThrow(/publish: -3/);
    await broker!.start();
    await client.until(() => client.acknowledged.length === 60);
    await saved();
    await down(client, signal);
    for (let i = 60; i < 100; i++) client.publish('r/x', `${i}`, 1);
    await broker!.start();
    await client.until(() => client.acknowledged.length === 100);
    const late = await new Client({ port, clientId: 'reader', cleanSession: false }).connect();
    await late.until(() => unique([...early.texts(), ...late.texts()]).length === 100);
    expect(unique([...early.texts(), ...late.texts()])).toEqual(numbers(0, 100));
    expect(client.connected).toEqual([false, true, true]);
  });

  it('sends again, with DUP, what a frozen broker did not acknowledge', async () => {
    const { port, url } = await start();
    const peer = await Peer.subscribed(url, 'f');
    const client = await new Client({ port, clientId: 'writer', cleanSession: false, ...SIZES }).connect();
    broker!.signal('SIGSTOP');
    for (let i = 0; i < 10; i++) client.publish('f', `${i}`, 1);
    expect(client.acknowledged).toEqual([]);
    await peer.client.endAsync(true);
    await down(client, 'SIGKILL');
    await broker!.start();
    const again = await Peer.subscribed(url, 'f');
    await client.until(() => client.acknowledged.length === 10);
    expect(client.connection.session.counter(Counter.redelivered)).toBe(10);
    // The first DUP may have come before the peer was subscribed; what came is in order.
    expect(again.texts()).toEqual(numbers(10 - again.messages.length, 10));
    expect(broker!.log()).toMatch(/Received PUBLISH from writer \(d1, q1, r0/);
  });

  it('keeps its subscriptions at the broker, and hears what came while it was away', async () => {
    const { port, url } = await start();
    const options: ClientOptions = { port, clientId: 'keeper', cleanSession: false };
    const before = await new Client(options).connect();
    await before.subscribe('k/#', 1);
    await before.stop();
    const peer = await Peer.connect(url);
    for (const text of numbers(0, 50)) await peer.publish('k/x', text, 1);
    await broker!.restart();
    // A new device: it asked for nothing, yet the broker remembers.
    const after = await new Client(options).connect();
    expect(after.connected).toEqual([true]);
    await after.until(() => after.messages.length >= 50);
    expect(unique(after.texts())).toEqual(numbers(0, 50));
  });

  it('subscribes again when the broker lost the session', async () => {
    const { port, url } = await start({ persistence: false });
    const client = await new Client({ port, clientId: 'keeper', cleanSession: false }).connect();
    await client.subscribe('a/#', 1);
    await client.subscribe('b/+', 0);
    await broker!.restart();
    await client.until(() => client.subscribed.length === 4);
    expect(client.connected).toEqual([false, false]);
    const peer = await Peer.connect(url);
    await peer.publish('a/1', 'one', 1);
    await peer.publish('b/1', 'two', 1);
    await client.until(() => client.messages.length === 2);
    expect(client.messages.map(({ topic, qos }) => [topic, qos])).toEqual([
      ['a/1', 1],
      ['b/1', 0],
    ]);
  });

  it('carries unacknowledged messages over a reboot of the device', async () => {
    const { port, url } = await start();
    const peer = await Peer.subscribed(url, 'x', { clientId: 'reader', clean: false });
    const options: ClientOptions = { port, clientId: 'device', cleanSession: false, ...SIZES };
    const before = await new Client(options).connect();
    before.publish('x', 'acknowledged', 1);
    await before.until(() => before.acknowledged.length === 1);
    broker!.signal('SIGSTOP');
    for (const text of numbers(0, 30)) before.publish('x', text, 1);
    const stored = new Uint8Array(8192);
    const length = exportMessages(before.connection.session, stored, 0);
    expect(length).toBeGreaterThan(30 * 8);
    // The power fails: nothing is said to the broker.
    before.connection.close();
    broker!.signal('SIGCONT');

    const after = new Client(options);
    expect(importMessages(after.connection.session, stored, 0, length)).toBe(30);
    after.publish('x', '30', 1);
    await after.connect();
    await after.until(() => after.acknowledged.length === 31);
    await peer.until(() => unique(peer.texts()).length === 32);
    expect(unique(peer.texts())).toEqual(['acknowledged', ...numbers(0, 31)]);
  });
});

describe('a persistent session with aedes', () => {
  let broker: EmbeddedBroker;

  afterEach(async () => {
    closeClients();
    await endPeers();
    await broker.close();
  });

  it('delivers what was published while the broker was away, and hears what it missed', async () => {
    broker = await startEmbeddedBroker();
    const { port, url } = broker;
    const client = await new Client({ port, clientId: 'device', cleanSession: false, ...SIZES }).connect();
    await client.subscribe('in/#', 1);
    const reader = await new Client({ port, clientId: 'reader', cleanSession: false }).connect();
    await reader.subscribe('out/#', 1);
    for (let round = 0; round < 3; round++) {
      const failures = client.failures.length;
      await broker.suspend();
      await client.until(() => client.failures.length > failures);
      for (let i = 0; i < 30; i++) client.publish('out/x', `${round * 30 + i}`, 1);
      await broker.restore();
      await client.until(() => client.acknowledged.length === (round + 1) * 30);
    }
    await reader.until(() => unique(reader.texts()).length === 90);
    // The reader was cut off too, and aedes mixes what it stored for a reader with what is new.
    expect(unique(reader.texts()).sort()).toEqual(numbers(0, 90).sort());
    expect(client.connected).toEqual([false, true, true, true]);
    // The broker kept that; it is asked again, since it ended the connections, as for another client of this name.
    expect(client.subscribed.length).toBe(4);
    await (await Peer.connect(url)).publish('in/x', 'heard', 1);
    await client.until(() => client.messages.length === 1);
  });
});
