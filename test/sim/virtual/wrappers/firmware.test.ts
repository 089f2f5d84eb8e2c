import { beforeEach, describe, expect, it } from 'vitest';
import {
  FaultyClock,
  FaultyEntropy,
  FaultyFlash,
  FaultyNetwork,
  FaultyResolver,
  FaultyScanner,
  FaultyStore,
  FaultyTransport,
} from '../../../../sim/virtual/index.js';
import { NorFlash, PowerCut } from '../../../../sim/virtual/memory/nor-flash.js';
import { MemoryStore } from '../../../../sim/hal/index.js';
import { Firmware, makeTagReporter, openFlashLog } from '../../../../src/device/index.js';
import type { Board } from '../../../../src/hal/index.js';
import { parseTagSettings } from '../../../../src/settings/tag-settings.js';
import { mikrotik } from '../../../device/hand-scanner.js';
import { EPOCH, VirtualBoard } from '../../../device/virtual-board.js';

const SECOND = 1000;
const TAG = 'DC:2C:6E:0F:C0:3D';

/** The firmware that ships, with one tag that is heard each second, on a board whose parts can fail. */
class Bench {
  readonly virtual = new VirtualBoard();
  readonly transport: FaultyTransport;
  readonly resolver: FaultyResolver;
  readonly network: FaultyNetwork;
  readonly scanner: FaultyScanner;
  readonly clock: FaultyClock;
  readonly entropy: FaultyEntropy;
  readonly store = new FaultyStore(new MemoryStore());
  readonly flash: FaultyFlash;
  readonly firmware: Firmware;
  heard = 0;

  constructor(readonly chip = new NorFlash({ blocks: 16, blockLength: 4096, random: () => 0.5 })) {
    const inner = this.virtual.board();
    const { timers } = inner;
    this.transport = new FaultyTransport(inner.transport, timers);
    this.resolver = new FaultyResolver(inner.resolver, timers);
    this.network = new FaultyNetwork(inner.network, timers);
    this.scanner = new FaultyScanner(inner.scanner!, timers);
    this.clock = new FaultyClock(inner.clock);
    this.entropy = new FaultyEntropy(inner.entropy);
    this.flash = new FaultyFlash(this.chip);
    this.firmware = this.start();
  }

  start(): Firmware {
    const { transport, resolver, network, scanner, clock, entropy, store, flash } = this;
    const parts = { transport, resolver, network, scanner, clock, entropy, store, userStore: store, flash };
    const board: Board = { ...this.virtual.board(), ...parts };
    delete board.makePlatform;
    return Firmware.launch(
      {
        gateway: 'shed',
        prefix: 'site',
        connection: { clientId: 'shed', endpoints: [{ host: 'broker', port: 1883 }], keepAliveSeconds: 10 },
        timeServers: [],
        tags: parseTagSettings({ interval: 0, heartbeat: 0, presence: 0 }),
        cloud: 'plain',
        cloudValues: {},
        rpc: 'off',
        rpcAccess: 'operate',
        serialConsole: false,
        retention: { persistSeconds: 5, rule: 0, maxAgeSeconds: 0 },
        pace: {},
        maxPayload: 512,
        healthSeconds: 0,
      },
      board,
      { makeReporter: makeTagReporter, openFlashLog },
    );
  }

  /** A reading each second. */
  run(seconds: number): this {
    for (let second = 0; second < seconds; second++) {
      this.virtual.scanner.hear(TAG, mikrotik(this.heard, this.heard));
      this.heard++;
      this.virtual.run(SECOND);
    }
    return this;
  }

  /** Uptimes of the readings that the broker has, each once. */
  get arrived(): Set<number> {
    const uptimes = this.virtual.broker.payloads.map((text) => (JSON.parse(text) as { uptime?: number }).uptime);
    return new Set(uptimes.filter((uptime) => uptime !== undefined));
  }

  get connections(): number {
    return this.virtual.broker.connections;
  }

  says(part: string): boolean {
    return this.virtual.lines.some((line) => line.includes(part));
  }

  /** Within two minutes all that was heard is at the broker, but for `lost` of it. */
  isWell(lost = 0): void {
    this.run(120);
    this.virtual.run(10 * SECOND);
    expect(this.arrived.size, this.virtual.lines.slice(-5).join('\n')).toBe(this.heard - lost);
    expect(this.firmware.gateway.connection.connected).toBe(true);
  }
}

describe('the firmware with parts that fail', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
    bench.run(10);
    expect(bench.arrived.size).toBeGreaterThan(7);
  });

  it('connects again after a reset', () => {
    bench.transport.reset();
    bench.run(5);
    expect(bench.connections).toBe(2);
    bench.isWell();
  });

  it('finds out that a connection is half-open', () => {
    bench.transport.halfOpen();
    bench.run(30);
    expect(bench.connections).toBe(2);
    bench.isWell();
  });

  it.each(['stalled', 'zeroWindow'] as const)('keeps its readings while the path is %s', (fault) => {
    bench.transport[fault] = true;
    const before = bench.arrived.size;
    bench.run(60);
    expect(bench.arrived.size).toBe(before);
    bench.transport[fault] = false;
    bench.isWell();
  });

  it.each([
    ['pieceBytes', 1],
    ['writeBytes', 3],
    ['bytesPerSecond', 2000],
  ] as const)('works with a transport of %s %i', (fault, value) => {
    bench.transport[fault] = value;
    bench.isWell();
    expect(bench.connections).toBe(1);
  });

  it('tries again where it is refused, and where no name resolves', () => {
    bench.transport.refuses = true;
    bench.transport.reset();
    bench.run(20);
    expect(bench.says('connection refused by broker:1883')).toBe(true);
    bench.transport.refuses = false;
    bench.resolver.failure = 'no name server';
    bench.transport.reset();
    bench.run(20);
    expect(bench.says('no name server')).toBe(true);
    bench.resolver.failure = undefined;
    bench.isWell();
  });

  it('goes on to the next address', () => {
    bench.resolver.addresses = ['dead', 'broker'];
    bench.transport.reset();
    bench.isWell();
    expect(bench.virtual.platform.transport.attempts).toContain('dead:1883');
  });

  it('waits for a network that is gone', () => {
    bench.network.gone = true;
    bench.run(20);
    expect(bench.firmware.gateway.connection.connected).toBe(false);
    const { attempts } = bench.virtual.platform.transport;
    const before = attempts.length;
    bench.run(60);
    expect(attempts.length).toBe(before);
    bench.network.gone = false;
    bench.isWell();
  });

  it('keeps readings in memory while flash takes none', () => {
    bench.flash.full = true;
    bench.transport.stalled = true;
    bench.run(15);
    bench.transport.stalled = false;
    bench.flash.full = false;
    bench.isWell();
  });

  it('does without a bad block', () => {
    bench.flash.badBlocks.add(1);
    bench.transport.stalled = true;
    bench.run(60);
    bench.transport.stalled = false;
    bench.isWell();
  });

  it.each([0, 1, 5, 40, 333, 1200])('has its readings after a power cut %i bytes on', (bytes) => {
    bench.transport.stalled = true;
    bench.run(30);
    bench.flash.cutAfterBytes = bytes;
    let cut = 0;
    try {
      bench.run(120);
    } catch (error) {
      expect(error).toBeInstanceOf(PowerCut);
      cut = bench.heard;
    }
    expect(cut).toBeGreaterThan(0);
    const after = new Bench(bench.chip);
    after.virtual.run(60 * SECOND);
    const arrived = new Set([...bench.arrived, ...after.arrived]);
    // What was in memory: no older than 5 seconds, and the page that was torn.
    const missing = [...Array(cut).keys()].filter((uptime) => !arrived.has(uptime));
    expect(missing.length).toBeLessThanOrEqual(8);
    for (const uptime of missing) expect(uptime).toBeGreaterThanOrEqual(cut - 8);
  });

  it('bears a storm, malformed advertisements and silence', () => {
    bench.scanner.storm = 200;
    bench.scanner.malformed = 200;
    bench.run(10);
    expect(bench.firmware.gateway.reporter!.tags.replaced).toBeGreaterThanOrEqual(0);
    bench.scanner.storm = bench.scanner.malformed = 0;
    bench.scanner.silent = true;
    bench.run(30);
    bench.scanner.silent = false;
    bench.isWell(30);
  });

  it('reports without a time of day, and with one that jumps', () => {
    bench.clock.unknown = true;
    bench.run(5);
    bench.clock.unknown = false;
    bench.clock.ahead = -86_400_000;
    expect(bench.clock.unixTime()).toBeLessThan(EPOCH - 86_000_000);
    bench.isWell();
  });

  it('connects again though its store is full and its entropy stuck', () => {
    bench.store.full = true;
    bench.entropy.stuckAt = 0;
    bench.transport.reset();
    bench.run(30);
    expect(bench.connections).toBe(2);
    bench.isWell();
  });
});
