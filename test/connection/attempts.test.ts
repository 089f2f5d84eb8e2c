import { describe, expect, it } from 'vitest';
import { Connection, ConnectionState, FailureKind } from '../../src/connection/index.js';
import type { ConnectionFailure } from '../../src/connection/index.js';
import { TransportFailure } from '../../src/hal/index.js';
import { CloseReason } from '../../src/mqtt/index.js';
import { Bench, leftovers } from './bench.js';
import { VirtualBroker } from './virtual-broker.js';
import { VirtualPlatform } from './virtual-platform.js';

const ENDPOINT = { host: 'broker', port: 1883 };

/** The first failure within two minutes. */
function firstFailure(bench: Bench): ConnectionFailure {
  bench.connection.start();
  bench.until(() => bench.failures.length > 0, 120000);
  return bench.lastFailure;
}

describe('connectInterval', () => {
  it.each<[string, (bench: Bench) => void]>([
    ['after the broker ended the connection', ({ broker }) => broker.drop()],
    ['after a network that was down for a moment', ({ platform }) => flap(platform)],
    ['after `reconnect`', ({ connection }) => connection.reconnect()],
    ['after `turnToNext`', ({ connection }) => connection.turnToNext()],
    ['after `stop` and `start`', restart],
  ])('lies between two CONNECT packets %s', (_, lose) => {
    const bench = new Bench({ endpoints: [ENDPOINT, ENDPOINT], backoff: { minimum: 10 }, connectInterval: 1200 });
    bench.connect();
    const first = bench.platform.time.now();
    lose(bench);
    bench.until(() => bench.broker.count('connect') === 2, 5000);
    expect(bench.platform.time.now() - first).toBeGreaterThanOrEqual(1198);
    expect(bench.platform.time.now() - first).toBeLessThan(1300);
  });

  it('is told of with the failure, and does not lengthen longer waits', () => {
    const bench = new Bench({ connectInterval: 1200, backoff: { minimum: 10 } }).connect();
    bench.run(200);
    bench.broker.drop();
    bench.until(() => bench.failures.length === 1, 10);
    expect(bench.lastFailure.retryIn).toBeGreaterThan(990);
    expect(bench.lastFailure.retryIn).toBeLessThan(1010);
    const later = new Bench({ connectInterval: 1200, backoff: { minimum: 8000 } }).connect();
    later.broker.drop();
    later.until(() => later.failures.length === 1, 10);
    expect(later.lastFailure.retryIn).toBeGreaterThanOrEqual(4000);
  });
});

function restart({ connection, platform }: Bench): void {
  connection.stop();
  platform.run(20);
  connection.start();
}

/** The network goes down and comes back. */
function flap(platform: VirtualPlatform): void {
  platform.network.set(false);
  platform.run(5);
  platform.network.set(true);
}

describe('a broker for which the credentials are not', () => {
  it('gets a CONNECT without them, at every attempt, and the others get them', () => {
    const endpoints = [{ host: 'stranger', port: 1883, withoutCredentials: true }, ENDPOINT];
    const bench = new Bench({ endpoints, username: 'ann', password: 'hush-hush-42' });
    const stranger = new VirtualBroker();
    bench.platform.listen('stranger', 1883, stranger);
    bench.connect();
    stranger.drop();
    bench.until(() => bench.broker.all('connect').length === 1, 120000);
    bench.connection.configure({ clientId: 'bench', username: 'bob', password: 'hush-hush-43' });
    bench.broker.drop();
    bench.until(() => stranger.all('connect').length === 2, 120000);
    stranger.drop();
    bench.until(() => bench.broker.all('connect').length === 2, 120000);
    expect(bench.broker.all('connect')).toMatchObject([{ username: 'ann' }, { username: 'bob' }]);
    for (const packet of stranger.all('connect')) {
      expect(packet).toMatchObject({ clientId: 'bench' });
      expect(packet).not.toHaveProperty('username');
      expect(packet).not.toHaveProperty('password');
    }
  });
});

describe('an attempt that fails', () => {
  it('names a host without address', () => {
    const bench = new Bench();
    bench.platform.resolver.unknown.add('broker');
    const failure = firstFailure(bench);
    expect(failure).toMatchObject({
      kind: FailureKind.resolve,
      detail: 'broker: no such name',
      endpoint: ENDPOINT,
      wasConnected: false,
      closeReason: CloseReason.none,
      returnCode: 0,
    });
    expect(failure.retryIn).toBeGreaterThanOrEqual(500);
    expect(bench.platform.transport.attempts).toEqual([]);
  });

  it('does not wait longer than resolveTimeout for an address', () => {
    const bench = new Bench({ resolveTimeout: 700 });
    bench.platform.resolver.silent = true;
    bench.connection.start();
    bench.run(699);
    expect(bench.state).toBe(ConnectionState.resolving);
    bench.run(1);
    expect(bench.lastFailure).toMatchObject({
      kind: FailureKind.resolve,
      detail: 'no address for broker after 700 ms',
    });
    expect(bench.platform.resolver.asking).toBe(false);
  });

  it('says that nothing listens', () => {
    const bench = new Bench();
    bench.platform.listen('broker', 1883, 'refuses');
    expect(firstFailure(bench)).toMatchObject({ kind: FailureKind.connect, detail: 'nothing listens there' });
  });

  it('does not wait longer than connectTimeout for an open transport', () => {
    const bench = new Bench({ connectTimeout: 900 });
    bench.platform.listen('broker', 1883, 'silent');
    bench.connection.start();
    bench.run(900);
    expect(bench.state).toBe(ConnectionState.connecting);
    bench.run(1);
    expect(bench.lastFailure).toMatchObject({ kind: FailureKind.connect, detail: 'connection timed out after 900 ms' });
    expect(bench.platform.transport.inUse).toBe(false);
  });

  it('tells a TLS failure from others', () => {
    const bench = new Bench();
    bench.platform.listen('broker', 1883, 'tls fails');
    expect(firstFailure(bench)).toMatchObject({ kind: FailureKind.tls, detail: 'the certificate has expired' });
  });

  it('tells a TLS alert that comes after the handshake from a lost connection', () => {
    const bench = new Bench();
    bench.broker.returnCode = undefined;
    bench.connection.start();
    bench.until(() => bench.broker.count('connect') === 1, 100);
    bench.broker.drop(TransportFailure.tls, 'certificate required');
    bench.run(10);
    expect(bench.lastFailure.kind).toBe(FailureKind.tls);
    expect(bench.lastFailure.detail).toContain('certificate required');
    expect(bench.lastFailure.closeReason).toBe(CloseReason.transportLost);
  });

  it('does not wait longer than connackTimeout for CONNACK', () => {
    const bench = new Bench({ connackTimeout: 800 });
    bench.broker.returnCode = undefined;
    bench.connection.start();
    bench.run(801);
    expect(bench.failures).toEqual([]);
    bench.run(1);
    expect(bench.lastFailure).toMatchObject({
      kind: FailureKind.session,
      closeReason: CloseReason.connackTimeout,
      wasConnected: false,
    });
    expect(bench.platform.transport.inUse).toBe(false);
  });

  it.each([
    [1, 'unacceptable protocol version'],
    [2, 'client identifier rejected'],
    [3, 'server unavailable'],
    [4, 'bad user name or password'],
    [5, 'not authorized'],
  ])('tells return code %i: %s', (returnCode, text) => {
    const bench = new Bench();
    bench.broker.returnCode = returnCode;
    expect(firstFailure(bench)).toMatchObject({
      kind: FailureKind.refused,
      detail: `connection refused by the broker: ${text}`,
      returnCode,
      closeReason: CloseReason.refused,
      wasConnected: false,
    });
    // It goes on trying, because a broker may change its mind.
    bench.broker.returnCode = 0;
    bench.until(() => bench.state === ConnectionState.connected, 2000);
  });

  it('closes the connection of a broker that speaks something else', () => {
    const bench = new Bench();
    bench.broker.returnCode = undefined;
    bench.connection.start();
    bench.until(() => bench.broker.count('connect') === 1, 100);
    bench.broker.sendAll(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    bench.run(5);
    expect(bench.lastFailure.kind).toBe(FailureKind.session);
    expect(bench.lastFailure.detail).toMatch(/^protocol violation: /);
    expect(bench.platform.transport.inUse).toBe(false);
  });
});

describe('waits between attempts', () => {
  it('grow from failure to failure, and the attempts follow them', () => {
    const bench = new Bench({ backoff: { minimum: 1000, maximum: 8000 } });
    bench.platform.listen('broker', 1883, 'refuses');
    bench.platform.entropy.constant = 0;
    const times: number[] = [];
    bench.hook = () => times.push(bench.platform.clock.now());
    bench.connection.start();
    bench.run(60000);
    expect(bench.failures.slice(0, 6).map(({ retryIn }) => retryIn)).toEqual([500, 1000, 2000, 4000, 4000, 4000]);
    // A resolution and a refusal take 1 ms each.
    const gaps = times.slice(1, 6).map((time, i) => time - times[i]!);
    expect(gaps).toEqual([502, 1002, 2002, 4002, 4002]);
  });

  it('keep their jitter bounds with any seed', () => {
    for (let seed = 0; seed < 20; seed++) {
      const bench = new Bench({ backoff: { minimum: 100, maximum: 3200 } }, seed);
      bench.platform.listen('broker', 1883, 'refuses');
      bench.connection.start();
      bench.run(20000);
      bench.failures.forEach(({ retryIn }, i) => {
        const longest = Math.min(3200, 100 * 2 ** i);
        expect(retryIn).toBeGreaterThanOrEqual(longest / 2);
        expect(retryIn).toBeLessThanOrEqual(longest);
      });
      expect(bench.failures.length).toBeGreaterThan(8);
    }
  });

  it('grow also while a broker accepts and then drops', () => {
    const bench = new Bench({ backoff: { minimum: 1000, maximum: 8000 } });
    bench.platform.entropy.constant = 0;
    bench.broker.drops = true;
    bench.connection.start();
    bench.run(60000);
    expect(bench.failures.slice(0, 5).map(({ retryIn }) => retryIn)).toEqual([500, 1000, 2000, 4000, 4000]);
    expect(bench.failures.every(({ wasConnected }) => wasConnected)).toBe(true);
  });

  it('begin anew only after a connection that was stable', () => {
    const bench = new Bench({ backoff: { minimum: 1000, maximum: 64000 }, stableTime: 5000 });
    bench.platform.entropy.constant = 0;
    const { broker, platform } = bench;
    const waitAfter = (connectedFor: number): number => {
      bench.until(() => bench.state === ConnectionState.connected, 100000);
      bench.run(connectedFor);
      broker.drop();
      bench.until(() => bench.state === ConnectionState.waiting, 10);
      return bench.lastFailure.retryIn;
    };
    platform.listen('broker', 1883, 'refuses');
    bench.connection.start();
    bench.until(() => bench.failures.length === 3, 60000);
    platform.listen('broker', 1883, broker);
    expect(waitAfter(4990)).toBe(4000);
    expect(waitAfter(100)).toBe(8000);
    expect(waitAfter(5000)).toBe(500);
    expect(waitAfter(0)).toBe(1000);
  });

  it('begin anew also when a stable connection was ended on purpose', () => {
    const bench = new Bench({ backoff: { minimum: 1000, maximum: 64000 }, stableTime: 5000 });
    bench.platform.entropy.constant = 0;
    bench.platform.listen('broker', 1883, 'refuses');
    bench.connection.start();
    bench.until(() => bench.failures.length === 4, 60000);
    bench.platform.listen('broker', 1883, bench.broker);
    bench.until(() => bench.state === ConnectionState.connected, 60000);
    bench.run(5000);
    bench.platform.listen('broker', 1883, 'refuses');
    bench.connection.reconnect();
    bench.until(() => bench.failures.length === 5, 1000);
    expect(bench.lastFailure.retryIn).toBe(500);
  });
});

describe('several brokers', () => {
  const endpoints = [
    { host: 'first', port: 1883 },
    { host: 'second', port: 1884 },
    { host: 'third', port: 1885 },
  ];
  const round = endpoints.map(({ host, port }) => `${host}:${port}`);

  it('take turns on request', () => {
    const bench = new Bench({ endpoints });
    for (const { host, port } of endpoints) bench.platform.listen(host, port, bench.broker);
    bench.connection.start();
    bench.until(() => bench.state === ConnectionState.connected, 1000);
    for (const next of [1, 2, 0]) {
      bench.connection.turnToNext();
      bench.until(() => bench.state === ConnectionState.connected, 1000);
      expect(bench.connection.endpoint).toEqual(endpoints[next]);
    }
    expect(bench.failures).toEqual([]);
  });

  it('are tried in order, quickly one after the other, and then after a wait that grows from round to round', () => {
    const bench = new Bench({ endpoints, backoff: { minimum: 1000, maximum: 64000 } });
    bench.platform.entropy.constant = 0;
    bench.connection.start();
    bench.run(20000);
    expect(bench.platform.transport.attempts.slice(0, 9)).toEqual([...round, ...round, ...round]);
    expect(bench.failures.slice(0, 9).map(({ retryIn }) => retryIn)).toEqual([0, 0, 500, 0, 0, 1000, 0, 0, 2000]);
    expect(bench.failures.slice(0, 3).map(({ endpoint }) => endpoint)).toEqual(endpoints);
  });

  it('fail over by every kind of failure to one that serves, which is then kept', () => {
    const bench = new Bench({ endpoints, resolveTimeout: 100, connackTimeout: 100 });
    const { platform, broker } = bench;
    const refusing = new VirtualBroker();
    refusing.returnCode = 3;
    platform.resolver.unknown.add('first');
    platform.listen('second', 1884, refusing);
    platform.listen('third', 1885, broker);
    bench.connection.start();
    bench.until(() => bench.state === ConnectionState.connected, 5000);
    expect(bench.failures.map(({ kind }) => kind)).toEqual([FailureKind.resolve, FailureKind.refused]);
    expect(bench.connection.endpoint).toEqual(endpoints[2]);
    // After a stable connection the same broker is tried first.
    bench.run(30000);
    broker.drop();
    bench.until(() => bench.count('onConnected') === 2, 5000);
    expect(platform.transport.attempts).toEqual(['second:1884', 'third:1885', 'third:1885']);
  });

  it('carry the messages that the first one did not acknowledge to the second', () => {
    const bench = new Bench({ endpoints });
    const first = new VirtualBroker();
    first.acknowledges = false;
    bench.platform.listen('first', 1883, first);
    bench.platform.listen('second', 1884, bench.broker);
    bench.connect();
    for (const payload of ['a', 'b', 'c']) bench.publish(payload);
    bench.until(() => first.payloads.length === 3, 10);
    first.drop();
    bench.until(() => bench.acknowledged.length === 3, 5000);
    expect(bench.broker.payloads).toEqual(['a', 'b', 'c']);
  });
});

describe('a host with several addresses', () => {
  it('is tried at all of them, in order, before it counts as failed', () => {
    const bench = new Bench();
    const { platform } = bench;
    platform.resolver.further = ['second', '::3'];
    platform.listeners.delete('broker:1883');
    platform.listen('second', 1883, 'silent');
    platform.listen('::3', 1883, bench.broker);
    bench.connection.start();
    bench.run(31000);
    expect(platform.transport.attempts).toEqual(['broker:1883', 'second:1883', '::3:1883']);
    expect([bench.connection.connected, bench.failures]).toEqual([true, []]);
  });

  it('has failed when none answers; the failure names what each said', () => {
    const bench = new Bench({ connectTimeout: 900 });
    bench.platform.resolver.further = ['second'];
    bench.platform.listen('broker', 1883, 'refuses');
    bench.platform.listen('second', 1883, 'silent');
    bench.connection.start();
    bench.until(() => bench.failures.length === 1, 2000);
    expect(bench.lastFailure).toMatchObject({
      kind: FailureKind.connect,
      detail: 'nothing listens there; connection timed out after 900 ms',
    });
  });

  it('is not tried further when TLS failed, which is of the host', () => {
    const bench = new Bench();
    bench.platform.resolver.further = ['second'];
    bench.platform.listen('broker', 1883, 'tls fails');
    bench.connection.start();
    bench.until(() => bench.failures.length === 1, 2000);
    expect([bench.lastFailure.kind, bench.platform.transport.attempts]).toEqual([FailureKind.tls, ['broker:1883']]);
  });

  it('is left when the connection is stopped between two addresses', () => {
    const bench = new Bench();
    bench.platform.resolver.further = ['second'];
    bench.platform.listen('broker', 1883, 'refuses');
    bench.platform.listen('second', 1883, 'silent');
    bench.connection.start();
    bench.run(100);
    bench.connection.stop();
    expect([bench.stopped, leftovers(bench)]).toEqual([[0], []]);
  });
});

describe('options of a connection', () => {
  const construct = (options: object): Connection =>
    new Connection({ endpoints: [ENDPOINT], clientId: 'c', ...options }, new VirtualPlatform(), new Bench());

  it.each([
    [{ endpoints: [] }, /^endpoints must name at least one broker$/],
    [{ endpoints: [{ host: '', port: 1883 }] }, /^endpoints\[0\]\.host must not be empty$/],
    [
      { endpoints: [ENDPOINT, { host: 'x', port: 0 }] },
      /^endpoints\[1\]\.port must be an integer from 1 to 65535, got 0$/,
    ],
    [{ endpoints: [{ host: 'x', port: 65536 }] }, /^endpoints\[0\]\.port must be .*, got 65536$/],
    [{ endpoints: [{ host: 'x', port: 1.5 }] }, /^endpoints\[0\]\.port must be .*, got 1\.5$/],
    [{ connectInterval: -1 }, /^connectInterval must be 0 to 3600000 milliseconds, got -1$/],
    [{ stableTime: -1 }, /^stableTime must be 0 to 3600000 milliseconds, got -1$/],
    [{ resolveTimeout: NaN }, /^resolveTimeout must be .*, got NaN$/],
    [{ connectTimeout: 3600001 }, /^connectTimeout must be .*, got 3600001$/],
    [{ drainTimeout: Infinity }, /^drainTimeout must be .*, got Infinity$/],
    [{ connackTimeout: 0 }, /^connackTimeout must be .*, got 0$/],
    [{ backoff: { minimum: -1 } }, /^backoff\.minimum must be .*, got -1$/],
  ])('%o is refused', (options, message) => {
    expect(() => construct(options)).toThrow(RangeError);
    expect(() => construct(options)).toThrow(message);
  });
});
