import mqtt from 'mqtt';
import { afterEach, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../../sim/broker.js';
import type { EmbeddedBroker } from '../../../sim/broker.js';
import type { EngineMeter, GatewayEngineHandler } from '../../../sim/gateway-engine.js';
import { MemoryStore } from '../../../sim/hal/index.js';
import { NorFlash } from '../../../sim/virtual/memory/nor-flash.js';
import { nodePlatform } from '../../../sim/hal/platform.js';
import { findXsWorker } from '../../../sim/xs/engine-paths.js';
import { SeededRandom } from '../../../sim/world/random.js';
import { XsEngine } from '../../../sim/xs/engine.js';
import { CLOUDS } from '../../../src/cloud/index.js';
import { parseTagConfiguration } from '../../../src/settings/index.js';
import type { RawConfiguration } from '../../../src/settings/index.js';
import type { ConnectionFailure } from '../../../src/connection/index.js';
import type { Endpoint, Flash } from '../../../src/hal/index.js';
import { formatName } from '../../../src/tags/index.js';
import { HandScanner, mikrotik } from '../../device/hand-scanner.js';
import { makeCertificates } from '../../support/certificates.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import { freePort } from '../../support/ports.js';
import { requireXs } from './require-xs.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const TOPIC = 'tagwire/shed/tags/DC2C6E0FC03D';

/** Remembers what the engine told, and lets a test wait for it. */
class Listener implements GatewayEngineHandler {
  readonly connected: Endpoint[] = [];
  readonly failures: ConnectionFailure[] = [];
  readonly tags: string[] = [];
  readonly published: string[] = [];
  problem = '';
  stopped = false;
  private readonly waiting: { condition: () => boolean; resolve: () => void }[] = [];

  /** Resolves when `condition` holds; it is asked whenever the engine told something. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ condition, resolve }));
  }

  onConnected(endpoint: Endpoint): void {
    this.connected.push(endpoint);
    this.wake();
  }

  onFailed(failure: ConnectionFailure): void {
    this.failures.push(failure);
    this.wake();
  }

  onTag(address: Uint8Array, rssi: number, format: number): void {
    this.tags.push(`${Buffer.from(address).toString('hex')} ${formatName(format)} ${rssi}`);
    this.wake();
  }

  onPublished(_packetId: number, payload: Uint8Array): void {
    this.published.push(Buffer.from(payload).toString());
    this.wake();
  }

  onLog(): void {}

  onStopped(): void {
    this.stopped = true;
    this.wake();
  }

  onDied(problem: string): void {
    this.problem = problem;
    this.wake();
  }

  private wake(): void {
    for (let i = this.waiting.length - 1; i >= 0; i--) {
      const { condition, resolve } = this.waiting[i]!;
      if (!condition()) continue;
      this.waiting.splice(i, 1);
      resolve();
    }
  }
}

/** A gateway on XS whose radio is in the test's hand. */
class Bench {
  readonly listener = new Listener();
  readonly scanner = new HandScanner();
  engine!: XsEngine;
  private heard = 0;

  constructor(private readonly flash?: Flash) {}

  async start(endpoints: Endpoint[], changes: RawConfiguration = {}): Promise<void> {
    const { listener, scanner } = this;
    const urls = endpoints.map(({ host, port, tls }) => `${tls ? 'mqtts' : 'mqtt'}://${host}:${port}`);
    const settings = {
      ...{ gateway: 'shed', clientId: 'shed', broker: urls.join(','), cleanSession: false },
      ...{ interval: 0, heartbeat: 0, outbox: 65536, tags: 16, presence: 0, health: 0, rpc: 'off', inFlight: 16 },
      ...endpoints[0]!.tls,
      ...changes,
    };
    const target = { tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' }, clouds: CLOUDS };
    const board = { name: 'test', ...nodePlatform(), store: new MemoryStore(), userStore: new MemoryStore(), scanner };
    if (this.flash) Object.assign(board, { flash: this.flash });
    const backoff = { minimum: 20, maximum: 100 };
    this.engine = await XsEngine.create({ worker: findXsWorker(), board, settings, target, backoff }, listener);
    benches.push(this);
    this.engine.start();
  }

  /** Lets the tag say something new so many times; each is worth a report. */
  hear(count: number): void {
    for (let i = 0; i < count; i++) {
      this.heard++;
      this.scanner.hear(TAG, mikrotik(this.heard, this.heard % 100));
    }
  }

  /** Lets the tag say `count` new things, one after another, each acknowledged before the next. */
  async report(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const before = this.listener.published.length;
      this.hear(1);
      await this.listener.until(() => this.listener.published.length > before);
      await this.acknowledged();
    }
  }

  /** Resolves when the broker has acknowledged everything. */
  async acknowledged(): Promise<void> {
    const { engine } = this;
    // First, because the counts may be those of before the last message.
    do await this.measure();
    while (engine.counts.acknowledged < engine.counts.readings || engine.counts.inFlight > 0);
  }

  async measure(): Promise<EngineMeter> {
    const meter = await this.engine.measure();
    if (meter === undefined) throw new Error('the engine is gone');
    return meter;
  }

  async stop(): Promise<void> {
    this.engine.stop();
    await this.listener.until(() => this.listener.stopped);
  }
}

const benches: Bench[] = [];
const brokers: EmbeddedBroker[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.engine.end();
  for (const broker of brokers.splice(0)) await broker.close();
});

async function startBroker(): Promise<Endpoint> {
  const broker = await startEmbeddedBroker();
  brokers.push(broker);
  return { host: 'localhost', port: broker.port };
}

requireXs()('XsEngine', () => {
  it('runs the gateway from the radio to the acknowledgement', async () => {
    const bench = new Bench();
    await bench.start([await startBroker()]);
    const { listener, engine } = bench;
    await listener.until(() => listener.connected.length === 1);
    bench.scanner.hear(TAG, mikrotik(1, 0x1780), -61);
    bench.scanner.hear(TAG, '0201', -128);
    await listener.until(() => listener.published.length === 1);
    await bench.acknowledged();
    expect(listener.tags).toEqual(['dc2c6e0fc03d mikrotik -61']);
    expect(JSON.parse(listener.published[0]!)).toMatchObject({ address: TAG, format: 'mikrotik', temperature: 23.5 });
    await bench.stop();
    expect(engine.counts).toEqual({
      advertisements: 2,
      readings: 1,
      published: 1,
      acknowledged: 1,
      inFlight: 0,
      waiting: 0,
      persisted: 0,
      dropped: 0,
      notCarried: 0,
      connects: 1,
    });
  });

  it('loses no advertisement that comes faster than the engine', async () => {
    const bench = new Bench();
    await bench.start([await startBroker()]);
    await bench.listener.until(() => bench.listener.connected.length === 1);
    // As a radio does that hears many in one turn of the event loop, until it is stopped because no more fit.
    let heard = 0;
    while (heard < 1000) {
      if (bench.scanner.scanning) {
        bench.hear(1);
        heard++;
      } else {
        await bench.measure();
      }
    }
    await bench.listener.until(() => bench.listener.published.length === 1000);
    await bench.acknowledged();
    expect(bench.engine.counts).toMatchObject({ advertisements: 1000, acknowledged: 1000, dropped: 0 });
    await bench.stop();
  });

  it('keeps its heap flat, and counts what a reading costs', async () => {
    const bench = new Bench();
    await bench.start([await startBroker()]);
    await bench.listener.until(() => bench.listener.connected.length === 1);
    await bench.report(50);
    const before = await bench.measure();
    await bench.report(500);
    const after = await bench.measure();
    expect(after.slots).toBe(before.slots);
    expect(after.engineSlots).toBe(before.engineSlots);
    expect(after.peakSlots).toBeGreaterThan(after.slots);
    expect(after.computePerReading).toBeGreaterThan(1000);
    await bench.stop();
  });

  it('says why there is no connection, with the endpoint, and tries the next one', async () => {
    const bench = new Bench();
    const nowhere = { host: '127.0.0.1', port: await freePort() };
    await bench.start([nowhere, await startBroker()]);
    const { listener } = bench;
    await listener.until(() => listener.connected.length === 1);
    expect(listener.failures[0]).toMatchObject({ endpoint: nowhere, wasConnected: false });
    expect(listener.failures[0]!.detail).toMatch(/refused the connection: nothing listens there/);
    expect(listener.connected).toEqual([{ host: 'localhost', port: brokers[0]!.port }]);
    expect(bench.engine.endpoint).toBe(listener.connected[0]);
    await bench.stop();
  });

  it('refuses options as the gateway does', async () => {
    const bench = new Bench();
    const started = bench.start([{ host: '127.0.0.1', port: 1 }], { outbox: 1 });
    await expect(started).rejects.toThrow(RangeError);
    await expect(started).rejects.toThrow(/outbox must be an integer/);
  });

  it('says how the engine died, and what was not acknowledged stays in the counts', async () => {
    const bench = new Bench();
    await bench.start([{ host: '127.0.0.1', port: await freePort() }]);
    const { listener, engine } = bench;
    await listener.until(() => listener.failures.length > 0);
    bench.hear(3);
    await bench.measure();
    process.kill(engine.pid, 'SIGKILL');
    expect(await engine.measure()).toBeUndefined();
    await listener.until(() => listener.problem !== '');
    expect(listener.problem).toBe('ended by SIGKILL');
    expect(engine.counts).toMatchObject({ readings: 3, acknowledged: 0 });
    expect(bench.scanner.scanning).toBe(false);
  });

  it('has the readings of an engine that was killed in an outage, when the host has flash', async () => {
    const random = new SeededRandom(1);
    const flash = new NorFlash({ blocks: 8, blockLength: 4096, random: () => random.unit() });
    const killed = new Bench(flash);
    await killed.start([{ host: '127.0.0.1', port: await freePort() }], { persist: 0 });
    await killed.listener.until(() => killed.listener.failures.length > 0);
    killed.hear(3);
    await killed.measure();
    process.kill(killed.engine.pid, 'SIGKILL');
    await killed.listener.until(() => killed.listener.problem !== '');
    const bench = new Bench(flash);
    await bench.start([await startBroker()], { persist: 0 });
    await bench.listener.until(() => bench.listener.published.length === 3);
    const uptimes = bench.listener.published.map((payload) => (JSON.parse(payload) as { uptime: number }).uptime);
    expect(uptimes).toEqual([1, 2, 3]);
    await bench.stop();
    expect(bench.engine.counts).toMatchObject({ published: 3, acknowledged: 3, waiting: 0, dropped: 0 });
  });

  it('ends its process in the middle of everything', async () => {
    const bench = new Bench();
    await bench.start([await startBroker()]);
    await bench.listener.until(() => bench.listener.connected.length === 1);
    bench.hear(10);
    await bench.engine.end();
    expect(() => process.kill(bench.engine.pid, 0)).toThrow(/ESRCH/);
    expect(bench.listener.problem).toBe('');
  });

  requireMosquitto()('against Mosquitto', () => {
    it('loses nothing although the broker goes away and comes back in the middle', async () => {
      const broker = await startMosquitto({ persistence: true, maxQueuedMessages: 0 });
      const reader = await mqtt.connectAsync(broker.url, {
        protocolVersion: 4,
        clientId: 'reader',
        clean: false,
        reconnectPeriod: 50,
      });
      try {
        const came = new Set<string>();
        reader.on('message', (topic, payload) => {
          expect(topic).toBe(TOPIC);
          came.add(payload.toString());
        });
        await reader.subscribeAsync(TOPIC, { qos: 1 });

        const bench = new Bench();
        await bench.start([{ host: '127.0.0.1', port: broker.port }]);
        await bench.listener.until(() => bench.listener.connected.length === 1);
        await bench.report(20);
        bench.hear(20);
        await broker.halt();
        await bench.listener.until(() => bench.listener.failures.length > 0);
        bench.hear(60);
        await bench.measure();
        expect(bench.engine.counts.waiting).toBeGreaterThan(0);
        await broker.start();
        await bench.listener.until(() => bench.listener.connected.length === 2);
        await bench.report(20);
        await bench.stop();

        const { counts } = bench.engine;
        expect(counts).toMatchObject({ readings: 120, acknowledged: 120, dropped: 0, waiting: 0, inFlight: 0 });
        // What was given to the session: the reader has it, however often it was sent.
        const published = new Set(bench.listener.published);
        expect(published.size).toBe(120);
        while (came.size < published.size) await new Promise((resolve) => reader.once('message', resolve));
        expect([...published].filter((payload) => !came.has(payload))).toEqual([]);
      } finally {
        await reader.endAsync(true);
        await broker.stop();
      }
    });

    it('speaks TLS, whose private key never enters the engine', async () => {
      const certificates = await makeCertificates();
      const broker = await startMosquitto({
        tls: { server: certificates.server, clientCa: certificates.ca.certificate, requireCertificate: true },
      });
      try {
        const bench = new Bench();
        const tls = {
          ca: certificates.ca.certificate,
          certificate: certificates.client.certificate,
          key: certificates.client.key,
        };
        await bench.start([{ host: 'localhost', port: broker.tlsPort, tls }]);
        await bench.listener.until(() => bench.listener.connected.length === 1);
        await bench.report(3);
        await bench.stop();
        expect(bench.engine.counts).toMatchObject({ published: 3, acknowledged: 3 });
      } finally {
        await broker.stop();
      }
    });
  });
});
