import { expect, it } from 'vitest';
import { connectionSteps } from '../../src/connection/connection-steps.js';
import type { ConnectionState } from '../../src/connection/index.js';
import { connectionStateText } from '../../src/connection/index.js';
import { SeededRandom } from '../../sim/world/random.js';
import { Bench } from './bench.js';

function text(from: ConnectionState, to: ConnectionState): string {
  return `${connectionStateText(from)} → ${connectionStateText(to)}`;
}

/** What a connection does in random circumstances: each step, also those within a call. */
function stepsOf(seed: number): Set<string> {
  const random = new SeededRandom(seed);
  const chance = (count: number): number => Math.floor(random.unit() * count);
  const bench = new Bench({ connectInterval: 400, drainTimeout: 200, connectTimeout: 500, resolveTimeout: 500 }, seed);
  const { connection, platform, broker } = bench;
  const steps = new Set<string>();
  let state = connection.state;
  Object.defineProperty(connection, 'current', {
    get: () => state,
    set: (to: ConnectionState) => {
      steps.add(text(state, to));
      state = to;
    },
  });
  const acts = [
    () => connection.start(),
    () => connection.start(),
    () => connection.stop(),
    () => connection.close(),
    () => connection.reconnect(),
    () => platform.network.set(true),
    () => platform.network.set(true),
    () => platform.network.set(false),
    () => broker.drop(),
    () => bench.publish('x'),
    () => (broker.acknowledges = chance(2) === 0),
    () => (platform.resolver.silent = chance(3) === 0),
    () => (platform.resolver.further = chance(2) === 0 ? ['second'] : undefined),
    () =>
      platform.listen('broker', 1883, [broker, broker, broker, 'refuses', 'silent', 'tls fails'][chance(6)] as never),
  ];
  for (let i = 0; i < 1000; i++) {
    acts[chance(acts.length)]!();
    bench.run([0, 1, 2, 3, 50, 1500][chance(6)]!);
  }
  return steps;
}

it('are those that a connection takes, and no others', () => {
  const taken = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) for (const step of stepsOf(seed)) taken.add(step);
  expect([...taken].sort()).toEqual(connectionSteps.map(({ from, to }) => text(from, to)).sort());
});
