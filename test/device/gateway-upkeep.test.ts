import type { IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { PlainTagProfile } from '../../src/cloud/index.js';
import { Gateway, ScanState, TagReporter } from '../../src/device/index.js';
import type { GatewayHandler, GatewayOptions, TagReporterHandler, TagReporterOptions } from '../../src/device/index.js';
import { MemoryStore } from '../../sim/hal/index.js';
import { mikrotik } from './hand-scanner.js';
import { VirtualBoard } from './virtual-board.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const HEALTH = 'tagwire/shed/health';
const HOUR = 3600_000;

/** A gateway on a virtual board. */
class Bench implements GatewayHandler, TagReporterHandler {
  readonly reporter: TagReporter | undefined;
  readonly gateway: Gateway;
  readonly notices: string[] = [];
  stopped = 0;

  constructor(
    options: Partial<GatewayOptions & TagReporterOptions> = {},
    readonly virtual = new VirtualBoard(),
    full = true,
  ) {
    const all = {
      connection: { clientId: 'shed', endpoints: [{ host: 'broker', port: 1883 }], keepAliveSeconds: 0 },
      profile: new PlainTagProfile({ gateway: 'shed' }),
      rules: [{ minimumInterval: 0, maximumInterval: 0 }],
      ...options,
    };
    const board = virtual.board(full);
    this.reporter = full ? new TagReporter(all, board, this) : undefined;
    this.gateway = new Gateway(all, board, this, this.reporter);
  }

  /** Payloads that the broker received under a topic. */
  payloads(topic: string): string[] {
    const packets = this.virtual.broker.all('publish') as IPublishPacket[];
    return packets.filter((packet) => packet.topic === topic).map((packet) => packet.payload.toString());
  }

  health(): { [key: string]: unknown }[] {
    return this.payloads(HEALTH).map((payload) => JSON.parse(payload) as { [key: string]: unknown });
  }

  /** Uptimes and times of the readings that the broker received. */
  readings(): { uptime: number; time: number }[] {
    return this.payloads('tagwire/shed/tags/DC2C6E0FC03D').map(
      (payload) => JSON.parse(payload) as { uptime: number; time: number },
    );
  }

  hear(uptime: number): void {
    this.virtual.scanner.hear(TAG, mikrotik(uptime, 5000 + uptime));
  }

  onConnected(): void {}
  onFailed(): void {}
  onTag(): void {}
  onPublished(): void {}

  onStopped(): void {
    this.stopped++;
  }

  onNotice(text: string): void {
    this.notices.push(text);
  }
}

describe('health reports', () => {
  it('come with the connection and then on schedule, with QoS 0', () => {
    const bench = new Bench({ healthSeconds: 60, silentSeconds: 600 });
    bench.gateway.start();
    bench.virtual.run(100);
    expect(bench.health()).toEqual([
      {
        uptime: 0,
        time: expect.any(Number) as number,
        restartReason: 'power on',
        freeChunkBytes: 9000,
        freeSlotBytes: 8000,
        rssi: -61,
        connects: 1,
        skipped: 0,
        scanner: 'scanning',
        outbox: 0,
        dropped: 0,
        advertisements: 0,
        advertisementsPerSecond: 0,
        tags: 0,
        scanRestarts: 0,
        radioResets: 0,
        chipRestarts: 0,
      },
    ]);
    for (let i = 0; i < 100; i++) bench.hear(i);
    bench.virtual.health.chunk = 5000;
    bench.virtual.run(50_000);
    for (let i = 0; i < 20; i++) bench.hear(i);
    bench.virtual.run(10_000);
    expect(bench.health()[1]).toMatchObject({
      uptime: 60,
      freeChunkBytes: 5000,
      advertisements: 120,
      advertisementsPerSecond: 2,
      tags: 1,
    });
    bench.virtual.run(HOUR);
    expect(bench.health().length).toBe(62);
    expect(bench.health().at(-1)).toMatchObject({ advertisementsPerSecond: 0, advertisements: 120 });
    const packet = bench.virtual.broker.all('publish').at(-1) as IPublishPacket;
    expect([packet.topic, packet.qos, packet.retain]).toEqual([HEALTH, 0, false]);
  });

  it('are skipped and counted while there is no connection, and made up for after it', () => {
    const bench = new Bench({ healthSeconds: 60 });
    bench.gateway.start();
    bench.virtual.run(1000);
    bench.virtual.platform.network.set(false);
    bench.virtual.run(150_000);
    bench.virtual.platform.network.set(true);
    bench.virtual.run(5000);
    expect(bench.health().map(({ skipped, connects }) => [skipped, connects])).toEqual([
      [0, 1],
      [2, 2],
    ]);
  });

  it('are not there unless asked for', () => {
    const bench = new Bench();
    bench.gateway.start();
    bench.virtual.run(HOUR);
    expect(bench.health()).toEqual([]);
  });

  it('tell a dropped reading', () => {
    const bench = new Bench({ healthSeconds: 60, outbox: { capacity: 384 } });
    bench.gateway.start();
    for (let i = 0; i < 10; i++) bench.hear(i);
    bench.virtual.run(500);
    const { dropped } = bench.health()[0] as { dropped: number };
    expect(dropped).toBe(bench.reporter!.outbox.droppedCount);
    expect(dropped).toBeGreaterThan(0);
  });
});

describe('a message at which the broker ends the connection', () => {
  it('is counted and named in log and health, kept in the store, and no longer in the outbox', () => {
    const bench = new Bench({ healthSeconds: 60 });
    bench.virtual.broker.acknowledges = false;
    bench.gateway.start();
    bench.virtual.run(100);
    bench.hear(1);
    bench.hear(2);
    bench.virtual.run(100);
    const { connection } = bench.gateway;
    const [, packet] = bench.virtual.broker.all('publish').filter(({ messageId }) => messageId) as IPublishPacket[];
    const payload = packet!.payload as Buffer;
    const topic = Buffer.from(packet!.topic);
    bench.gateway.onSetAside({ packetId: packet!.messageId!, topic, payload, size: payload.length });
    expect(connection.connected).toBe(true);
    const { outbox } = bench.reporter!;
    expect([outbox.inFlightCount, outbox.droppedCount, outbox.acknowledgedCount]).toEqual([1, 1, 0]);
    expect(bench.notices).toEqual([
      `message set aside: the broker ends the connection on it: ${payload.length} bytes on ${packet!.topic}: ` +
        `${payload.toString().slice(0, 100)}...`,
    ]);
    const record = new Uint8Array(1024);
    const length = bench.virtual.store.read('set-aside', record);
    const text = Buffer.from(record.subarray(2, length)).toString();
    expect([record[0], record[1], text]).toEqual([topic.length, 0, packet!.topic + payload.toString()]);
    bench.virtual.run(60_000);
    expect(bench.health().at(-1)).toMatchObject({
      dropped: 1,
      setAside: 1,
      setAsideTopic: packet!.topic,
      setAsideSize: payload.length,
    });
    expect(bench.health().at(-1)).not.toHaveProperty('droppedFull');
  });
});

describe('a gateway without a scanner', () => {
  it('publishes its status and health, and no more', () => {
    const bench = new Bench({ healthSeconds: 60, silentSeconds: 60 }, new VirtualBoard(), false);
    bench.gateway.start();
    bench.virtual.run(130_000);
    bench.gateway.stop();
    bench.virtual.run(1000);
    const statuses = bench.payloads('tagwire/shed/status').map((payload) => JSON.parse(payload) as { status: string });
    expect(statuses.map(({ status }) => status)).toEqual(['online', 'offline']);
    const reports = bench.health();
    expect(reports.length).toBe(3);
    expect(reports[1]).toEqual({ uptime: 60, time: expect.any(Number) as number, connects: 1, skipped: 0 });
    expect([bench.stopped, bench.notices]).toEqual([1, []]);
    expect(bench.gateway.reporter).toBeUndefined();
  });
});

describe('the scan watchdog of a gateway', () => {
  it('restarts the scan, resets the radio while it is stopped, and restarts the chip', () => {
    const store = new MemoryStore();
    const bench = new Bench({ silentSeconds: 60 }, new VirtualBoard(store));
    const { scanner, broker } = bench.virtual;
    bench.gateway.start();
    for (let i = 0; i < 7 * 60; i++) {
      bench.hear(i);
      bench.virtual.run(60_000);
    }
    broker.acknowledges = false;
    bench.hear(1000);
    bench.hear(1001);
    bench.virtual.run(10 * 60_000);
    expect(scanner.calls).toEqual(['start', 'stop', 'start', 'stop', 'reset', 'start']);
    expect(bench.virtual.restarts).toBe(1);
    expect(bench.notices).toEqual([
      'nothing is heard: the scan was restarted',
      'nothing is heard: the radio was restarted',
      'nothing is heard: restarting the chip',
    ]);
    // The restart is counted beyond itself.
    const second = new Bench({ silentSeconds: 60, healthSeconds: 60 }, new VirtualBoard(store));
    second.gateway.start();
    second.virtual.run(1000);
    expect(second.health()[0]).toMatchObject({ chipRestarts: 1, scanner: 'scanning' });
    second.virtual.run(180_000);
    expect(second.health().at(-1)).toMatchObject({ scanRestarts: 1, scanner: 'silent' });
  });

  it('is quiet after stop', () => {
    const bench = new Bench({ silentSeconds: 60, healthSeconds: 60 });
    bench.gateway.start();
    bench.virtual.run(1000);
    bench.gateway.stop();
    bench.virtual.run(HOUR);
    expect(bench.virtual.scanner.calls).toEqual(['start', 'stop']);
    expect(bench.virtual.platform.timers.armed).toBe(0);
  });
});

describe('scanning and TLS', () => {
  const tls = { connection: { clientId: 'shed', endpoints: [{ host: 'broker', port: 1883, tls: {} }] } };

  it('pauses from the beginning of an attempt to its end', () => {
    const bench = new Bench(tls);
    const { scanner, broker, platform } = bench.virtual;
    platform.listen('broker', 1883, 'silent');
    bench.gateway.start();
    expect([scanner.scanning, scanner.paused]).toEqual([true, true]);
    bench.virtual.run(29_000);
    expect([scanner.paused, bench.reporter!.control.state]).toEqual([true, ScanState.paused]);
    bench.virtual.run(1_100);
    expect(scanner.calls).toEqual(['start', 'pause', 'resume']);
    platform.listen('broker', 1883, broker);
    bench.virtual.run(5_000);
    expect(bench.gateway.connects).toBe(1);
    expect(scanner.calls).toEqual(['start', 'pause', 'resume', 'pause', 'resume']);
    bench.gateway.stop();
    bench.virtual.run(1000);
    expect(scanner.calls.slice(5)).toEqual(['stop']);
  });

  it('ends a pause when it stops', () => {
    const bench = new Bench(tls);
    bench.virtual.platform.listen('broker', 1883, 'silent');
    bench.gateway.start();
    bench.gateway.stop();
    bench.virtual.run(1000);
    expect(bench.virtual.scanner.calls).toEqual(['start', 'pause', 'stop']);
    bench.virtual.platform.listen('broker', 1883, bench.virtual.broker);
    bench.gateway.start();
    bench.virtual.run(1000);
    expect(bench.virtual.scanner.calls.slice(3)).toEqual(['start', 'pause', 'resume']);
  });

  it('goes on without TLS', () => {
    const bench = new Bench();
    bench.gateway.start();
    bench.virtual.run(1000);
    expect(bench.virtual.scanner.calls).toEqual(['start']);
  });

  it('does not let the watchdog take a pause for silence', () => {
    const bench = new Bench({ ...tls, silentSeconds: 20 });
    bench.virtual.platform.listen('broker', 1883, 'silent');
    bench.gateway.start();
    bench.virtual.run(30_000);
    expect(bench.reporter!.control.watchdog!.silent).toBe(false);
  });
});

describe('the options', () => {
  it.each([
    [{ healthSeconds: -1 }, 'healthSeconds must be a number from 1 to 86400 (0: none), got -1'],
    [{ healthSeconds: NaN }, 'healthSeconds must be a number from 1 to 86400 (0: none), got NaN'],
    [{ outbox: { persistSeconds: 90000 } }, 'persistSeconds must be a number from 0 to 86400 (0: at once), got 90000'],
    [{ silentSeconds: 0.5 }, 'silentSeconds must be a number from 1 to 86400 (0: no watchdog), got 0.5'],
  ])('%j are refused', (options, message) => {
    expect(() => new Bench(options)).toThrow(message);
  });
});
