import { describe, expect, it } from 'vitest';
import { ConnectionState } from '../../src/connection/index.js';
import { CloseReason, encodeUtf8 } from '../../src/mqtt/index.js';
import { Bench, benchIn, STATES } from './bench.js';

/** The longest a state may last when nothing comes from outside, with the default options; Infinity: no limit. */
const LIMITS: Record<ConnectionState, number> = {
  [ConnectionState.stopped]: Infinity,
  [ConnectionState.noNetwork]: Infinity,
  [ConnectionState.waiting]: 1000,
  [ConnectionState.resolving]: 10000,
  [ConnectionState.connecting]: 30000,
  [ConnectionState.handshaking]: 10000,
  [ConnectionState.connected]: Infinity,
  [ConnectionState.draining]: 5000,
  [ConnectionState.closing]: 2000,
};

describe('every waiting state has a deadline', () => {
  it.each(STATES)('%s', (_name, state) => {
    const bench = benchIn(state);
    const limit = LIMITS[state];
    if (limit === Infinity) {
      bench.run(3600000);
      expect(bench.state).toBe(state);
      return;
    }
    expect(bench.platform.timers.armed).toBe(1);
    // A jittered wait is the only one that may be shorter than its limit.
    if (state !== ConnectionState.waiting) {
      bench.run(limit - 10);
      expect(bench.state).toBe(state);
    }
    bench.until(() => bench.state !== state, limit + 1);
  });
});

describe('a silent broker', () => {
  it('is found by PINGREQ at three quarters of the keep alive and pingrespTimeout, when idle', () => {
    const bench = new Bench({ keepAliveSeconds: 60, pingrespTimeout: 4000 }).connect();
    bench.broker.freeze();
    bench.run(45000 + 3990);
    expect(bench.failures).toEqual([]);
    bench.run(20);
    expect(bench.lastFailure).toMatchObject({ closeReason: CloseReason.pingrespTimeout, wasConnected: true });
  });

  it('is found although the client goes on publishing', () => {
    const bench = new Bench({ keepAliveSeconds: 60, pingrespTimeout: 4000, transmitArenaSize: 4096 }).connect();
    bench.broker.freeze();
    for (let second = 0; second < 50 && bench.failures.length === 0; second++) {
      bench.publish('x', 0);
      bench.run(1000);
    }
    expect(bench.lastFailure.closeReason).toBe(CloseReason.pingrespTimeout);
  });

  it('is found by subackTimeout', () => {
    const bench = new Bench({ subackTimeout: 3000 }).connect();
    bench.broker.answersSubscribe = false;
    bench.connection.subscribe(encodeUtf8('a/#'), 1);
    bench.run(2990);
    expect(bench.failures).toEqual([]);
    bench.run(20);
    expect(bench.lastFailure.closeReason).toBe(CloseReason.subackTimeout);
    // On the next connection the subscription is asked for again.
    bench.broker.answersSubscribe = true;
    bench.until(() => bench.count('onSubscribed') === 1, 5000);
  });

  it.each([0, 1])('whose socket takes nothing, or a part only, is found by stallTimeout (QoS %d)', (qos) => {
    for (const capacity of [0, 3]) {
      const bench = new Bench({ stallTimeout: 3000, keepAliveSeconds: 0 }).connect();
      const { broker, platform } = bench;
      platform.transport.capacity = capacity;
      bench.publish('x', qos);
      // The network stack holds what it took.
      broker.freeze();
      platform.transport.capacity = 0;
      bench.run(2990);
      expect(bench.failures).toEqual([]);
      bench.run(20);
      expect(bench.lastFailure.closeReason).toBe(CloseReason.transmitStalled);
      platform.transport.capacity = Infinity;
      bench.until(() => broker.payloads.length === 1 && bench.acknowledged.length === qos, 5000);
    }
  });

  it('is awaited for ever without keep alive, and with pings that are answered', () => {
    const quiet = new Bench({ keepAliveSeconds: 0 }).connect();
    quiet.broker.freeze();
    quiet.run(3600000);
    expect(quiet.failures).toEqual([]);
    const pinged = new Bench({ keepAliveSeconds: 60 }).connect();
    pinged.run(3600000);
    expect(pinged.failures).toEqual([]);
    expect(pinged.broker.count('pingreq')).toBeGreaterThanOrEqual(3600 / 60);
  });
});
