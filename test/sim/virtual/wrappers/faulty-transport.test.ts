import { describe, expect, it } from 'vitest';
import { FaultyTransport } from '../../../../sim/virtual/index.js';
import { SeededRandom } from '../../../../sim/world/random.js';
import { TransportFailure } from '../../../../src/hal/index.js';
import type { TransportHandler } from '../../../../src/hal/index.js';
import { VirtualBroker } from '../../../connection/virtual-broker.js';
import { VirtualPlatform } from '../../../connection/virtual-platform.js';
import type { VirtualLink } from '../../../connection/virtual-platform.js';

/** Sends back what comes. */
class Echo extends VirtualBroker {
  link: VirtualLink | undefined;

  override accept(link: VirtualLink): void {
    this.link = link;
    this.connections++;
  }

  override receive(link: VirtualLink, bytes: Buffer): void {
    link.send(bytes);
  }
}

/** Writes numbered bytes as there is room, and reads them back, not always all at once. */
class Reader implements TransportHandler {
  readonly log: string[] = [];
  sent = 0;
  received = 0;
  isInCall = false;
  /** Bytes that it consumes of a piece. */
  appetite = Infinity;

  constructor(
    readonly transport: FaultyTransport,
    readonly length: number,
  ) {}

  call<T>(inner: () => T): T {
    expect(this.isInCall, 'called from inside a call').toBe(false);
    this.isInCall = true;
    const result = inner();
    this.isInCall = false;
    return result;
  }

  open(endpoint = { host: 'echo', port: 7 }): void {
    this.call(() => this.transport.open('echo', endpoint, this));
  }

  onOpen(): void {
    this.log.push('open');
    this.write();
  }

  write(): void {
    this.call(() => {
      for (;;) {
        const bytes = Uint8Array.from({ length: Math.min(100, this.length - this.sent) }, (_, i) => this.sent + i);
        const taken = this.transport.write(bytes, 0, bytes.length);
        this.sent += taken;
        if (taken < bytes.length || bytes.length === 0) return;
      }
    });
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    return this.call(() => {
      const end = Math.min(to, from + this.appetite);
      for (let i = from; i < end; i++) if (bytes[i] !== (this.received++ & 0xff)) expect.fail('another byte');
      return end - from;
    });
  }

  onWritable(): void {
    this.write();
  }

  onClose(cause: TransportFailure, detail: string): void {
    expect(this.isInCall).toBe(false);
    this.log.push(`closed ${cause}: ${detail}`);
  }
}

function bench(length = 1000): { platform: VirtualPlatform; echo: Echo; transport: FaultyTransport; reader: Reader } {
  const platform = new VirtualPlatform();
  const echo = new Echo();
  platform.listen('echo', 7, echo);
  const transport = new FaultyTransport(platform.transport, platform.timers);
  return { platform, echo, transport, reader: new Reader(transport, length) };
}

describe('FaultyTransport', () => {
  it('does what the other transport does', () => {
    const { platform, reader } = bench();
    reader.open();
    platform.run(100);
    expect(reader).toMatchObject({ sent: 1000, received: 1000, log: ['open'] });
  });

  it.each(Array.from({ length: 12 }, (_, seed) => seed))('loses no byte, whatever changes: seed %i', (seed) => {
    const random = new SeededRandom(seed);
    const { platform, transport, reader } = bench(3000);
    const oneOf = <T>(...values: T[]): T => values[random.uint32() % values.length]!;
    reader.open();
    for (let i = 0; i < 60; i++) {
      transport.pieceBytes = oneOf(1, 7, Infinity);
      transport.writeBytes = oneOf(1, 16, 1000, Infinity);
      transport.bytesPerSecond = oneOf(1, 300, Infinity, Infinity);
      transport.stalled = oneOf(true, false, false);
      transport.zeroWindow = oneOf(true, false, false);
      platform.transport.capacity = oneOf(50, 1000, Infinity);
      platform.transport.fragment = oneOf(1, 10, Infinity);
      platform.transport.unblock();
      reader.appetite = oneOf(0, 1, 50, Infinity);
      platform.run(random.uint32() % 50);
      if (random.uint32() % 2) transport.resume();
    }
    Object.assign(transport, { stalled: false, zeroWindow: false, bytesPerSecond: Infinity, writeBytes: Infinity });
    Object.assign(platform.transport, { capacity: Infinity, fragment: Infinity });
    platform.transport.unblock();
    transport.pieceBytes = reader.appetite = Infinity;
    transport.resume();
    platform.run(2000);
    expect(reader).toMatchObject({ sent: 3000, received: 3000, log: ['open'] });
  });

  it('refuses, and fails in TLS where there is TLS', () => {
    const { platform, transport, reader } = bench();
    transport.refuses = true;
    reader.open();
    platform.run(100);
    transport.refuses = false;
    transport.tlsFailure = 'the certificate has expired';
    transport.open('echo', { host: 'echo', port: 7, tls: {} }, reader);
    platform.run(100);
    reader.open();
    platform.run(100);
    expect(reader.log).toEqual([
      `closed ${TransportFailure.unreachable}: connection refused by echo:7`,
      `closed ${TransportFailure.tls}: the certificate has expired`,
      'open',
    ]);
  });

  it('resets', () => {
    const { platform, transport, reader } = bench();
    reader.open();
    platform.run(100);
    transport.reset();
    transport.reset();
    expect(reader.log).toEqual(['open']);
    platform.run(100);
    expect(reader.log).toEqual(['open', `closed ${TransportFailure.reset}: connection reset`]);
    reader.open();
    platform.run(100);
    expect(reader.log.at(-1)).toBe('open');
  });

  it('says nothing of the end of a half-open connection, and takes what a stack takes', () => {
    const { platform, echo, transport, reader } = bench(10_000);
    transport.zeroWindow = true;
    reader.open();
    platform.run(100);
    transport.zeroWindow = false;
    transport.halfOpen();
    platform.run(100);
    reader.write();
    expect(reader.sent).toBe(5744);
    echo.link!.cut(TransportFailure.reset, 'gone');
    platform.run(10_000);
    expect(reader.log).toEqual(['open']);
    transport.close();
    reader.sent = 0;
    reader.open();
    platform.run(100);
    expect(reader).toMatchObject({ received: 10_000, log: ['open', 'open'] });
  });

  it('carries a byte a second, each way', () => {
    const { platform, transport, reader } = bench(100);
    transport.bytesPerSecond = 1;
    reader.open();
    platform.run(30_500);
    expect(reader.sent).toBeGreaterThan(28);
    expect(reader.sent).toBeLessThan(33);
    expect(reader.received).toBeGreaterThan(26);
  });

  it('opens, and tells of an end, when the path is free again', () => {
    const { platform, echo, transport, reader } = bench();
    transport.stalled = true;
    reader.open();
    platform.run(5000);
    expect(reader.log).toEqual([]);
    transport.stalled = false;
    platform.run(100);
    expect(reader).toMatchObject({ received: 1000, log: ['open'] });
    transport.stalled = true;
    echo.link!.cut(TransportFailure.ended, 'the peer ended');
    platform.run(1000);
    expect(reader.log).toEqual(['open']);
    transport.stalled = false;
    platform.run(100);
    expect(reader.log.at(-1)).toBe(`closed ${TransportFailure.ended}: the peer ended`);
  });

  it('tells nothing after close', () => {
    const { platform, transport, reader } = bench();
    transport.refuses = true;
    reader.open();
    transport.close();
    transport.close();
    platform.run(1000);
    expect(reader.log).toEqual([]);
  });
});
