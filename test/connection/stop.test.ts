import { describe, expect, it } from 'vitest';
import { ConnectionState, FailureKind } from '../../src/connection/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { Bench, benchIn, HANDLERS, heal, leftovers, STATES } from './bench.js';
import type { HandlerName } from './bench.js';

const FILTER = encodeUtf8('f');
/** Longer than every default deadline together. */
const LONG = 200000;

function expectStoppedForGood(bench: Bench): void {
  expect(bench.stateText).toBe('stopped');
  expect(leftovers(bench)).toEqual([]);
  const calls = bench.calls.length;
  heal(bench);
  bench.run(3600000);
  expect(bench.calls.length).toBe(calls);
  expect(bench.broker.open).toBe(0);
}

describe('stop', () => {
  it('waits until every QoS 1 message is acknowledged, then says DISCONNECT', () => {
    const bench = new Bench({ maxInFlight: 4 }).connect();
    bench.platform.transport.capacity = 3;
    for (const payload of ['a', 'b', 'c', 'd']) expect(bench.publish(payload)).toBeGreaterThan(0);
    bench.connection.stop();
    expect(bench.state).toBe(ConnectionState.draining);
    bench.until(() => bench.state === ConnectionState.stopped, 1000);
    expect(bench.broker.payloads).toEqual(['a', 'b', 'c', 'd']);
    expect(bench.acknowledged.length).toBe(4);
    expect(bench.stopped).toEqual([0]);
    bench.run(10);
    expect(bench.broker.received.at(-1)!.packet.cmd).toBe('disconnect');
    expectStoppedForGood(bench);
  });

  it('writes what is queued with QoS 0 before DISCONNECT', () => {
    const bench = new Bench().connect();
    bench.platform.transport.capacity = 2;
    bench.publish('zero', 0);
    bench.connection.stop();
    bench.until(() => bench.state === ConnectionState.stopped, 1000);
    bench.run(10);
    expect(bench.broker.received.map(({ packet }) => packet.cmd)).toEqual(['connect', 'publish', 'disconnect']);
  });

  it('gives up after drainTimeout, tells how many are left, and they go again after start', () => {
    const bench = new Bench({ drainTimeout: 3000 }).connect();
    bench.broker.acknowledges = false;
    bench.publish('a');
    bench.publish('b');
    bench.connection.stop();
    bench.run(2990);
    expect(bench.state).toBe(ConnectionState.draining);
    bench.run(20);
    expect(bench.stopped).toEqual([2]);
    expect(bench.broker.count('disconnect')).toBe(1);
    expect(leftovers(bench)).toEqual([]);
    bench.broker.acknowledges = true;
    bench.connect();
    bench.until(() => bench.acknowledged.length === 2, 100);
    expect(bench.broker.payloads).toEqual(['a', 'b', 'a', 'b']);
  });

  it('takes messages that a handler publishes while it drains', () => {
    const bench = new Bench().connect();
    bench.hook = (name) => {
      if (name === 'onAcknowledged' && bench.acknowledged.length < 5) bench.publish('more');
    };
    bench.publish('first');
    bench.connection.stop();
    bench.until(() => bench.state === ConnectionState.stopped, 1000);
    expect(bench.broker.payloads.length).toBe(5);
    expect(bench.stopped).toEqual([0]);
  });

  it('does not say DISCONNECT in the middle of a packet', () => {
    const bench = new Bench({ drainTimeout: 0 }).connect();
    bench.platform.transport.capacity = 4;
    bench.publish('a payload that takes several writes');
    bench.connection.stop();
    bench.until(() => bench.state === ConnectionState.stopped, 1000);
    bench.run(10);
    expect(bench.broker.received.map(({ packet }) => packet.cmd)).toEqual(['connect', 'publish', 'disconnect']);
  });

  it('does not wait for answers while held', () => {
    const bench = new Bench({ drainTimeout: 1000 }).connect();
    bench.publish('a');
    bench.connection.pause();
    bench.connection.stop();
    bench.run(1010);
    expect(bench.stopped).toEqual([1]);
    expectStoppedForGood(bench);
  });

  it('twice is once', () => {
    const bench = benchIn(ConnectionState.draining);
    bench.connection.stop();
    bench.run(LONG);
    bench.connection.stop();
    bench.connection.close();
    expect(bench.stopped).toEqual([1]);
  });
});

describe('close', () => {
  it('ends at once, without DISCONNECT', () => {
    const bench = new Bench().connect();
    bench.publish('a');
    bench.connection.close();
    expect(bench.stopped).toEqual([1]);
    bench.run(10);
    expect(bench.broker.count('disconnect')).toBe(0);
    expectStoppedForGood(bench);
  });
});

describe('reconnect', () => {
  it('drains, says DISCONNECT, and connects with the new credentials, without a wait', () => {
    const bench = new Bench({ username: 'ann', password: 'old' }).connect();
    const { broker } = bench;
    bench.publish('a');
    bench.connection.reconnect({ clientId: 'bench', username: 'ann', password: 'new', keepAliveSeconds: 7 });
    bench.until(() => bench.count('onConnected') === 2, 100);
    expect(broker.received.map(({ packet }) => packet.cmd)).toEqual(['connect', 'publish', 'disconnect', 'connect']);
    expect(broker.lastConnect.password?.toString()).toBe('new');
    expect(broker.lastConnect.keepalive).toBe(7);
    expect(bench.failures).toEqual([]);
    expect(bench.count('onStopped')).toBe(0);
  });

  it('throws for invalid options and changes nothing', () => {
    const bench = new Bench({ username: 'ann', password: 'old' }).connect();
    expect(() => bench.connection.reconnect({ clientId: 'x', password: 'secret' })).toThrow(RangeError);
    expect(() => bench.connection.reconnect({ clientId: 'x', password: 'secret' })).not.toThrow(/secret/);
    expect(bench.state).toBe(ConnectionState.connected);
    bench.broker.drop();
    bench.until(() => bench.count('onConnected') === 2, 5000);
    expect(bench.broker.lastConnect.password?.toString()).toBe('old');
  });

  it('goes on trying when the broker refuses the new credentials', () => {
    const bench = new Bench().connect();
    bench.broker.returnCode = 4;
    bench.connection.reconnect({ clientId: 'bench', username: 'x', password: 'y' });
    bench.until(() => bench.failures.length === 2, 10000);
    expect(bench.failures.every(({ kind }) => kind === FailureKind.refused)).toBe(true);
    bench.broker.returnCode = 0;
    bench.until(() => bench.state === ConnectionState.connected, 10000);
  });
});

describe.each(STATES)('called while %s:', (_name, state) => {
  const running = state !== ConnectionState.stopped;

  it('stop stops', () => {
    const bench = benchIn(state);
    const isOpen = state >= ConnectionState.connected;
    if (!isOpen) expect(bench.publish('queued')).toBeGreaterThan(0);
    bench.connection.stop();
    // Without a connection there is no answer to wait for.
    if (running && !isOpen) expect(bench.stopped).toEqual([1]);
    bench.run(LONG);
    expect(bench.stopped.length).toBe(running ? 1 : 0);
    expectStoppedForGood(bench);
  });

  it('close stops within the call', () => {
    const bench = benchIn(state);
    bench.connection.close();
    expect(bench.stopped.length).toBe(running ? 1 : 0);
    expectStoppedForGood(bench);
  });

  it('reconnect connects', () => {
    const bench = benchIn(state);
    const before = bench.count('onConnected');
    bench.connection.reconnect();
    heal(bench);
    bench.until(() => bench.count('onConnected') === before + 1, LONG);
    expect(bench.state).toBe(ConnectionState.connected);
    bench.connection.stop();
    bench.run(LONG);
    expectStoppedForGood(bench);
  });

  it('start does nothing, unless stopped', () => {
    const bench = benchIn(state);
    const calls = bench.calls.length;
    const questions = bench.platform.resolver.questions.length;
    bench.connection.start();
    expect(bench.state).toBe(running ? state : ConnectionState.resolving);
    expect(bench.calls.length).toBe(calls);
    expect(bench.platform.resolver.questions.length).toBe(questions + (running ? 0 : 1));
  });

  it('close and start connect', () => {
    const bench = benchIn(state);
    const before = bench.count('onConnected');
    bench.connection.close();
    bench.connection.start();
    heal(bench);
    bench.until(() => bench.count('onConnected') === before + 1, LONG);
  });
});

/** Makes every handler of the bench be called at least once, and ends with `stop`. */
function playEverything(bench: Bench): void {
  const { broker, connection } = bench;
  const step = (act: () => void): void => {
    if (bench.state === ConnectionState.connected) act();
    bench.run(20);
  };
  connection.start();
  bench.run(20);
  step(() => connection.subscribe(FILTER, 1));
  step(() => broker.publish('f', 'in', 1));
  step(() => {
    for (let i = 0; i < 20; i++) bench.publish('out');
  });
  step(() => connection.unsubscribe(FILTER));
  step(() => broker.drop());
  bench.run(5000);
  connection.stop();
  bench.run(LONG);
}

describe('the scenario below', () => {
  it('calls every handler', () => {
    const bench = new Bench();
    playEverything(bench);
    expect(HANDLERS.filter((name) => bench.count(name) === 0)).toEqual([]);
    expectStoppedForGood(bench);
  });
});

describe.each(HANDLERS.map((name): [HandlerName] => [name]))('called inside %s:', (handler) => {
  const play = (act: (bench: Bench) => void): Bench => {
    const bench = new Bench();
    let acted = false;
    bench.hook = (name) => {
      if (name !== handler || acted) return;
      acted = true;
      act(bench);
    };
    playEverything(bench);
    expect(acted).toBe(true);
    return bench;
  };

  it('stop stops', () => {
    const bench = play(({ connection }) => connection.stop());
    expect(bench.stopped.length).toBe(1);
    expectStoppedForGood(bench);
  });

  it('close stops within the call', () => {
    const bench = play(({ connection, stopped }) => {
      connection.close();
      expect(stopped.length).toBe(1);
    });
    expect(bench.stopped.length).toBe(1);
    expectStoppedForGood(bench);
  });

  it.each(['reconnect', 'close and start'])('%s connects, and the connection works', (what) => {
    const bench = new Bench();
    let acted = false;
    bench.hook = (name) => {
      if (name !== handler || acted) return;
      acted = true;
      if (what === 'reconnect') return bench.connection.reconnect();
      bench.connection.close();
      bench.connection.start();
    };
    playEverything(bench);
    expect(acted).toBe(true);
    bench.hook = () => undefined;
    const before = bench.broker.payloads.length;
    bench.connection.start();
    bench.until(() => bench.state === ConnectionState.connected, LONG);
    expect(bench.publish('still works')).toBeGreaterThan(0);
    bench.until(() => bench.broker.payloads.slice(before).includes('still works'), 100);
    bench.connection.stop();
    bench.run(LONG);
    expect(bench.stopped.at(-1)).toBe(0);
    expectStoppedForGood(bench);
  });
});
