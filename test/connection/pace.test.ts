import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { Pacer } from '../../src/telemetry/index.js';
import type { PaceLimits } from '../../src/telemetry/index.js';
import { Bench } from './bench.js';

/** A bench whose connection keeps to `limits`, and what it published: the time and the bytes of each PUBLISH. */
function paced(limits: PaceLimits, maxInFlight = 64) {
  const pacer = new Pacer(limits);
  const bench = new Bench({
    paces: [pacer],
    maxInFlight,
    maxQueued: maxInFlight,
    transmitArenaSize: 16384,
    keepAliveSeconds: 0,
    cleanSession: false,
    backoff: { minimum: 50, maximum: 60 },
    drainTimeout: 60_000,
  });
  const written: { at: number; dup: boolean; bytes: number }[] = [];
  const { clock } = bench.platform;
  bench.broker.forbids = (packet) => {
    written.push({ at: clock.now(), dup: packet.dup, bytes: 5 + packet.topic.length + packet.payload.length });
    return false;
  };
  const fill = (count: number, qos = 1, size = 10): void => {
    for (let i = 0; i < count; i++) expect(bench.publish('x'.repeat(size), qos)).toBeGreaterThanOrEqual(0);
  };
  return { bench, written, fill };
}

/** The most within less than a second, wherever it begins. */
function most<T extends { at: number }>(list: T[], measure: (entry: T) => number): number {
  return Math.max(
    ...list.map(({ at }) =>
      list.filter((entry) => entry.at >= at && entry.at < at + 1000).reduce((sum, entry) => sum + measure(entry), 0),
    ),
  );
}

describe('a pace', () => {
  it.each([0, 1])('holds back what is published with QoS %i, whoever publishes it', (qos) => {
    const { bench, written, fill } = paced({ messagesPerSecond: 10 });
    bench.connect();
    fill(35, qos);
    bench.run(5000);
    expect(written.length).toBe(35);
    expect(most(written, () => 1)).toBe(10);
    // 16/17 of the limit.
    expect(written.at(-1)!.at - written[0]!.at).toBeLessThan(3500);
  });

  it('holds back what is sent again after each reconnection', () => {
    const { bench, written, fill } = paced({ messagesPerSecond: 10 });
    bench.broker.acknowledges = false;
    bench.connect();
    fill(30);
    for (let i = 0; i < 4; i++) {
      bench.run(1500);
      bench.broker.drop();
    }
    bench.broker.acknowledges = true;
    bench.run(6000);
    expect(bench.acknowledged.length).toBe(30);
    expect(written.filter(({ dup }) => dup).length).toBeGreaterThan(20);
    expect(most(written, () => 1)).toBe(10);
  });

  it('counts the bytes of packets', () => {
    const { bench, written, fill } = paced({ bytesPerSecond: 1000 });
    bench.connect();
    fill(30, 1, 100);
    fill(1, 1, 3000);
    bench.run(10_000);
    expect(written.length).toBe(31);
    expect(most(written.slice(0, 30), ({ bytes }) => bytes)).toBeLessThanOrEqual(1000);
    expect(most(written.slice(0, 30), ({ bytes }) => bytes)).toBeGreaterThan(850);
    // One that is longer than the limit goes alone.
    expect(most(written, ({ bytes }) => bytes)).toBe(written[30]!.bytes);
  });

  it('lets a packet that was begun be finished, and all others pass', () => {
    const { bench, written, fill } = paced({ messagesPerSecond: 1 });
    bench.connect();
    bench.platform.transport.capacity = 7;
    fill(3, 1, 40);
    bench.connection.subscribe(encodeUtf8('f'), 1);
    bench.broker.publish('t', 'to you', 1);
    bench.run(400);
    expect([written.length, bench.broker.count('puback'), bench.messages]).toEqual([1, 1, ['to you']]);
    bench.run(4000);
    expect([written.length, bench.count('onSubscribed')]).toEqual([3, 1]);
    expect(most(written, () => 1)).toBe(1);
  });

  it('does not end a drain early', () => {
    const { bench, written, fill } = paced({ messagesPerSecond: 5 });
    bench.connect();
    fill(20);
    bench.connection.stop();
    bench.run(6000);
    expect([written.length, bench.stopped]).toEqual([20, [0]]);
    expect(most(written, () => 1)).toBe(5);
  });
});
