import { describe, expect, it } from 'vitest';
import { ConnectionState, FailureKind } from '../../src/connection/index.js';
import { Bench, benchIn, heal, leftovers, STATES } from './bench.js';

describe('the network', () => {
  it('is awaited without a deadline and without an attempt', () => {
    const bench = benchIn(ConnectionState.noNetwork);
    bench.run(24 * 3600000);
    expect(bench.state).toBe(ConnectionState.noNetwork);
    expect(bench.platform.resolver.questions).toEqual([]);
    expect(bench.platform.timers.armed).toBe(0);
    bench.platform.network.set(true);
    bench.until(() => bench.state === ConnectionState.connected, 600);
  });

  it('comes back: devices that share an access point do not all connect at once', () => {
    const times = Array.from({ length: 20 }, (_, seed) => {
      const bench = new Bench({}, seed);
      bench.platform.network.up = false;
      bench.connection.start();
      bench.platform.network.set(true);
      bench.until(() => bench.state === ConnectionState.connected, 600);
      return bench.platform.clock.now();
    });
    expect(new Set(times).size).toBeGreaterThan(15);
  });

  it.each(STATES)('goes down and up while %s', (_name, state) => {
    const bench = benchIn(state);
    const { connection, platform } = bench;
    const failuresBefore = bench.failures.length;
    platform.network.set(false);
    bench.run(1);
    switch (state) {
      case ConnectionState.stopped:
        expect(bench.calls).toEqual([]);
        return;
      case ConnectionState.draining:
      case ConnectionState.closing:
        // It was on its way to stop: it stops.
        expect(bench.state).toBe(ConnectionState.stopped);
        expect(bench.stopped).toEqual([state === ConnectionState.draining ? 1 : 0]);
        expect(leftovers(bench)).toEqual([]);
        return;
    }
    expect(bench.state).toBe(ConnectionState.noNetwork);
    expect(platform.transport.inUse).toBe(false);
    expect(platform.resolver.asking).toBe(false);
    const told = state === ConnectionState.noNetwork ? [] : [FailureKind.network];
    expect(bench.failures.slice(failuresBefore).map(({ kind }) => kind)).toEqual(told);
    if (told.length > 0) {
      expect(bench.lastFailure.detail).toMatch(/the network is down/);
      expect(bench.lastFailure.retryIn).toBe(Infinity);
      expect(bench.lastFailure.wasConnected).toBe(state === ConnectionState.connected);
    }
    heal(bench);
    bench.until(() => bench.state === ConnectionState.connected, 600);
    expect(connection.connected).toBe(true);
  });

  it('does not turn to another broker by going down', () => {
    const endpoints = [
      { host: 'broker', port: 1883 },
      { host: 'other', port: 1883 },
    ];
    const bench = new Bench({ endpoints, stableTime: 50000 });
    bench.connect();
    bench.run(5000);
    bench.platform.network.set(false);
    bench.run(1);
    expect(bench.connection.endpoint).toEqual(endpoints[0]);
    bench.platform.network.set(true);
    bench.until(() => bench.count('onConnected') === 2, 600);
    expect(bench.platform.transport.attempts).toEqual(['broker:1883', 'broker:1883']);
  });

  it('flaps: the last word counts', () => {
    const bench = new Bench().connect();
    const { network } = bench.platform;
    for (let i = 0; i < 9; i++) {
      network.set(!network.up);
      if (i % 3 === 0) bench.run(1);
    }
    bench.run(1000);
    expect(bench.state).toBe(ConnectionState.noNetwork);
    network.set(true);
    network.set(false);
    network.set(true);
    bench.until(() => bench.state === ConnectionState.connected, 1000);
  });
});
