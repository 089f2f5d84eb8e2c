import { describe, expect, it } from 'vitest';
import { ConnectionState } from '../../src/connection/index.js';
import { Bench } from './bench.js';
import type { HandlerName } from './bench.js';

const TOLD: readonly HandlerName[] = ['onConnected', 'onDisconnected', 'onFailed', 'onStopped'];

/** What was told of the connection, without the messages. */
function told(bench: Bench): string[] {
  return bench.calls.filter((name) => TOLD.includes(name));
}

/** Ways in which a connection ends, and what is told then. */
const ends: [string, (bench: Bench) => void, string[]][] = [
  ['is lost', (bench) => bench.broker.drop(), ['onDisconnected', 'onFailed']],
  ['ends since the network is down', ({ platform }) => platform.network.set(false), ['onDisconnected', 'onFailed']],
  ['is stopped', ({ connection }) => connection.stop(), ['onDisconnected', 'onStopped']],
  ['is closed', ({ connection }) => connection.close(), ['onDisconnected', 'onStopped']],
  ['is renewed', ({ connection }) => connection.reconnect(), ['onDisconnected', 'onConnected']],
  ['turns to the next broker', ({ connection }) => connection.turnToNext(), ['onDisconnected', 'onConnected']],
];

describe('a connection', () => {
  it.each(ends)('that %s is over before anything else is told', (_how, end, after) => {
    const bench = new Bench({ backoff: { minimum: 50, maximum: 60 } }).connect();
    end(bench);
    bench.until(() => told(bench).length >= 3, 100);
    expect(told(bench)).toEqual(['onConnected', ...after]);
  });

  it('that is renewed while the network goes down is over once', () => {
    const bench = new Bench().connect();
    bench.broker.acknowledges = false;
    bench.publish('kept');
    bench.connection.reconnect();
    expect(bench.state).toBe(ConnectionState.draining);
    bench.platform.network.set(false);
    bench.run(10);
    expect(told(bench)).toEqual(['onConnected', 'onDisconnected']);
    bench.platform.network.set(true);
    bench.until(() => bench.state === ConnectionState.connected, 10000);
    expect(told(bench)).toEqual(['onConnected', 'onDisconnected', 'onConnected']);
  });

  it('that never was is not over', () => {
    const bench = new Bench();
    bench.platform.listen('broker', 1883, 'refuses');
    bench.connection.start();
    bench.until(() => bench.failures.length === 2, 10000);
    bench.connection.stop();
    expect(told(bench)).toEqual(['onFailed', 'onFailed', 'onStopped']);
  });
});
