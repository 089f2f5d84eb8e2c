import mqtt from 'mqtt';
import type { IPublishPacket, MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlainTagProfile } from '../../src/cloud/index.js';
import { Gateway, TagReporter } from '../../src/device/index.js';
import type { GatewayHandler, GatewayOptions, TagReporterHandler, TagReporterOptions } from '../../src/device/index.js';
import { startEmbeddedBroker } from '../../sim/broker.js';
import type { EmbeddedBroker } from '../../sim/broker.js';
import { simBoard } from '../../sim/sim-board.js';
import type { Report } from '../../src/telemetry/index.js';
import { HandScanner, mikrotik } from './hand-scanner.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const OTHER = '2C:C8:1B:4B:BB:0A';
const READING_TOPIC = 'tagwire/shed/tags/DC2C6E0FC03D';
const STATUS_TOPIC = 'tagwire/shed/status';

/** Remembers what it was told, and lets a test wait for it. */
class Listener implements GatewayHandler, TagReporterHandler {
  readonly events: string[] = [];
  /** Uptimes of the readings that were given to the session. */
  readonly published: number[] = [];
  private readonly waiting: { event: string; count: number; resolve: () => void }[] = [];

  /** Resolves when `event` was told `count` times in all. */
  told(event: string, count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ event, count, resolve });
      this.check();
    });
  }

  count(event: string): number {
    return this.events.filter((name) => name === event).length;
  }

  onConnected(): void {
    this.note('connected');
  }

  onFailed(): void {
    this.note('failed');
  }

  onTag(): void {
    this.note('tag');
  }

  onPublished(_report: Report, _packetId: number, payload: Uint8Array, from: number, to: number): void {
    const text = Buffer.from(payload.slice(from, to)).toString();
    this.published.push((JSON.parse(text) as { uptime: number }).uptime);
    this.note('published');
  }

  onStopped(): void {
    this.note('stopped');
  }

  onNotice(): void {}

  private note(event: string): void {
    this.events.push(event);
    this.check();
  }

  private check(): void {
    for (const { event, count, resolve } of this.waiting) if (this.count(event) >= count) resolve();
  }
}

let broker: EmbeddedBroker;
let watcher: MqttClient;
let messages: { topic: string; payload: string; qos: number; retain: boolean }[];
const arrived: (() => void)[] = [];
let gateway: Gateway | undefined;

beforeEach(async () => {
  broker = await startEmbeddedBroker();
  messages = [];
  watcher = await watch('#');
});

afterEach(async () => {
  gateway?.close();
  gateway = undefined;
  await watcher.endAsync(true);
  await broker.close();
});

async function watch(filter: string): Promise<MqttClient> {
  const client = await mqtt.connectAsync(broker.url, { reconnectPeriod: 20, clean: false, clientId: 'watcher' });
  client.on('message', (topic: string, payload: Buffer, packet: IPublishPacket) => {
    messages.push({ topic, payload: payload.toString(), qos: packet.qos, retain: packet.retain });
    for (const check of arrived.splice(0)) check();
  });
  await client.subscribeAsync(filter, { qos: 1 });
  return client;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => arrived.push(resolve));
}

function makeGateway(options: Partial<GatewayOptions & TagReporterOptions> = {}): {
  scanner: HandScanner;
  listener: Listener;
  started: Gateway;
} {
  const scanner = new HandScanner();
  const listener = new Listener();
  const all = {
    connection: {
      clientId: 'gateway',
      endpoints: [{ host: '127.0.0.1', port: broker.port }],
      backoff: { minimum: 10, maximum: 20 },
    },
    profile: new PlainTagProfile({ gateway: 'shed' }),
    rules: [{ minimumInterval: 0, maximumInterval: 0 }],
    ...options,
  };
  const board = simBoard(() => scanner);
  const reporter = new TagReporter(all, board, listener);
  const started = new Gateway(all, board, listener, reporter);
  gateway = started;
  return { scanner, listener, started };
}

const readings = (): { uptime: number }[] =>
  messages
    .filter(({ topic }) => topic === READING_TOPIC)
    .map(({ payload }) => JSON.parse(payload) as { uptime: number });

function statusOf(payload: string): string {
  const { status, session } = JSON.parse(payload) as { status: string; session: string };
  return `${status} ${session}`;
}

describe('a gateway', () => {
  it('says online, publishes a reading with QoS 1, and says offline at its end', async () => {
    const { scanner, listener, started } = makeGateway();
    started.start();
    await listener.told('connected');
    scanner.hear(TAG, mikrotik(1000, 5985), -61);
    await until(() => messages.length === 2);
    started.stop();
    await listener.told('stopped');
    await until(() => messages.length === 3);
    expect(messages.map(({ topic, payload }) => (topic === STATUS_TOPIC ? statusOf(payload) : topic))).toEqual([
      'online 1-1',
      READING_TOPIC,
      'offline 1-1',
    ]);
    expect(JSON.parse(messages[1]!.payload)).toMatchObject({
      address: TAG,
      format: 'mikrotik',
      rssi: -61,
      temperature: 23.38,
    });
    expect(messages[1]!.qos).toBe(1);
    expect(started.unacknowledged).toBe(0);
    expect(scanner.scanning).toBe(false);
  });

  it('leaves the status retained', async () => {
    const { listener, started } = makeGateway();
    started.start();
    await listener.told('connected');
    await until(() => messages.length === 1);
    const late = await mqtt.connectAsync(broker.url);
    const retained = new Promise<[string, string, boolean]>((resolve) =>
      late.on('message', (topic, payload, packet) => resolve([topic, payload.toString(), packet.retain])),
    );
    await late.subscribeAsync(STATUS_TOPIC);
    const [topic, payload, isRetained] = await retained;
    expect([topic, statusOf(payload), isRetained]).toEqual([STATUS_TOPIC, 'online 1-1', true]);
    await late.endAsync();
  });

  it('lets the will say offline when it ends without DISCONNECT', async () => {
    const { listener, started } = makeGateway();
    started.start();
    await listener.told('connected');
    await until(() => messages.length === 1);
    started.close();
    await until(() => messages.length === 2);
    expect([messages[1]!.topic, statusOf(messages[1]!.payload)]).toEqual([STATUS_TOPIC, 'offline 1-1']);
  });

  it('tells a tag once', async () => {
    const { scanner, listener, started } = makeGateway();
    started.start();
    for (let i = 0; i < 5; i++) scanner.hear(TAG, mikrotik(i, 5985 + i));
    scanner.hear(OTHER, mikrotik(1, 5985));
    expect(listener.count('tag')).toBe(2);
    expect(started.reporter!.control.advertisements).toBe(6);
  });

  it('keeps what it hears through an outage, and delivers all of it in order', async () => {
    const { scanner, listener, started } = makeGateway();
    started.start();
    await listener.told('connected');
    for (let i = 0; i < 20; i++) scanner.hear(TAG, mikrotik(i, 5000 + i));
    await until(() => readings().length === 20);
    await broker.suspend();
    await listener.told('failed');
    for (let i = 20; i < 60; i++) scanner.hear(TAG, mikrotik(i, 5000 + i));
    expect(started.reporter!.outbox.waitingCount + started.reporter!.outbox.inFlightCount).toBe(40);
    await broker.restore();
    await until(() => new Set(readings().map(({ uptime }) => uptime)).size === 60);
    started.stop();
    await listener.told('stopped');
    expect(started.unacknowledged).toBe(0);
    // The watcher itself was away, and its broker mixes what it kept with what is new: so this order, and that set.
    const all = Array.from({ length: 60 }, (_, i) => i);
    expect(listener.published).toEqual(all);
    expect([...new Set(readings().map(({ uptime }) => uptime))].sort((one, other) => one - other)).toEqual(all);
    expect(listener.count('connected')).toBe(2);
  });

  it('drops the oldest readings when the outbox is full, and counts them', async () => {
    await broker.suspend();
    const { scanner, listener, started } = makeGateway({ outbox: { capacity: 640 } });
    started.start();
    for (let i = 0; i < 50; i++) scanner.hear(TAG, mikrotik(i, 5000 + i));
    const { waitingCount, droppedCount } = started.reporter!.outbox;
    expect(waitingCount + droppedCount).toBe(50);
    expect(droppedCount).toBeGreaterThan(0);
    await broker.restore();
    await until(() => readings().length === waitingCount);
    // The watcher was away too, and its broker mixes what it kept with what is new.
    expect(Math.min(...readings().map(({ uptime }) => uptime))).toBe(droppedCount);
    started.stop();
    await listener.told('stopped');
    expect(started.unacknowledged).toBe(droppedCount);
  });

  it('drops a reading that no payload can hold, and goes on', async () => {
    const { scanner, listener, started } = makeGateway({ maxPayload: 100 });
    started.start();
    await listener.told('connected');
    scanner.hear(TAG, mikrotik(1, 5985));
    scanner.hear(OTHER, mikrotik(2, 5985));
    started.stop();
    await listener.told('stopped');
    expect(started.reporter!.outbox.droppedCount).toBe(2);
    expect(started.unacknowledged).toBe(2);
    expect(readings()).toEqual([]);
  });

  it('ends at once without a broker, and says what is not acknowledged', async () => {
    await broker.suspend();
    const { scanner, listener, started } = makeGateway();
    started.start();
    scanner.hear(TAG, mikrotik(1, 5985));
    started.stop();
    await listener.told('stopped');
    expect(started.unacknowledged).toBe(1);
  });

  it('follows its policy', async () => {
    const { scanner, listener, started } = makeGateway({ rules: [{ minimumInterval: 3600000, maximumInterval: 0 }] });
    started.start();
    await listener.told('connected');
    for (let i = 0; i < 10; i++) scanner.hear(TAG, mikrotik(i, 5000 + i));
    started.stop();
    await listener.told('stopped');
    expect(started.reporter!.queue.published).toBe(1);
  });

  it('ignores what it does not know', async () => {
    const { scanner, listener, started } = makeGateway();
    started.start();
    scanner.hear(TAG, '020106');
    scanner.hear(TAG, 'ff');
    scanner.hear(TAG, '');
    started.stop();
    await listener.told('stopped');
    expect(started.reporter!.control.advertisements).toBe(3);
    expect(started.reporter!.outbox.appendedCount).toBe(0);
  });
});

describe('the options of a gateway', () => {
  const bad: [Partial<GatewayOptions & TagReporterOptions>, RegExp][] = [
    [{ maxPayload: 10 }, /maxPayload must be an integer from 64 to 65536, got 10/],
    [{ maxPayload: 8192 }, /transmitArenaSize must be at least \d+ for a maxPayload of 8192, got 4096/],
    [{ drainTimeout: -1 }, /drainTimeout must be a number from 0 to 3600000, got -1/],
    [{ rules: [{ minimumInterval: -1, maximumInterval: 0 }] }, /report policy 0: minimum interval .*got -1/],
    [{ outbox: { capacity: 1 } }, /outbox capacity .*got 1$/],
    [{ tagCapacity: 0 }, /tag table capacity .*got 0/],
  ];

  it.each(bad)('%j is refused', (options, message) => {
    expect(() => makeGateway(options)).toThrow(message);
  });
});
