import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../sim/broker.js';
import type { EmbeddedBroker } from '../../sim/broker.js';
import { MemoryStore } from '../../sim/hal/index.js';
import { nodePlatform, nodePlatforms } from '../../sim/hal/platform.js';
import { allowedText } from '../../src/brokers/broker-properties.js';
import { BROKER_PROPERTIES, Brokers, closerFilter, MqttClient } from '../../src/brokers/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { topicMatches } from '../../src/mqtt/topic-match.js';
import { endPeers, Peer } from '../broker/peer.js';
import { blocksOf, textOf } from './examples.js';

let server: EmbeddedBroker;
let brokers: Brokers;

beforeEach(async () => {
  server = await startEmbeddedBroker();
  const store = new MemoryStore();
  brokers = new Brokers({ name: 'test', ...nodePlatforms(), store, userStore: store }, { onNotice: () => {} });
});

afterEach(async () => {
  for (const broker of brokers.list) broker.connection?.close();
  await endPeers();
  await server.close();
});

/** Runs program number `index` of the page, with these names instead of what it imports. */
async function run(index: number, names: { [name: string]: unknown }): Promise<void> {
  const code = blocksOf('brokers.md', 'ts')[index]!.replace(/^import .*$/gm, '');
  const script = ts.transpile(code, { target: ts.ScriptTarget.ES2022 });
  const program = new Function(...Object.keys(names), `return (async () => {${script}})()`) as (
    ...values: unknown[]
  ) => Promise<void>;
  await program(...Object.values(names));
}

/** `Brokers`, as a constructor that gives what is tested, with the port that the embedded broker got. */
function madeBrokers(): () => Brokers {
  const add = brokers.add.bind(brokers);
  brokers.add = (properties) => add({ ...properties, port: String(server.port) });
  return function () {
    return brokers;
  };
}

describe('docs/brokers.md', () => {
  it('has a first program that converts', async () => {
    const peer = await Peer.subscribed(server.url, 'house/+/celsius');
    await run(0, { Brokers: madeBrokers(), MemoryStore, nodePlatform });
    await peer.publish('house/hall/fahrenheit', '68', 1);
    const { topic, payload } = await peer.first();
    expect([topic, payload.toString()]).toEqual(['house/hall/celsius', '20.0']);
  });

  it('has a second program that works as with MQTT.js', async () => {
    brokers.add({ name: 'home', address: '127.0.0.1', port: String(server.port) });
    const said: unknown[][] = [];
    const closed = new Promise<void>((resolve) => {
      class Watched extends MqttClient {
        override end(): this {
          return super.end(false, () => resolve());
        }
      }
      void run(1, { MqttClient: Watched, brokers, log: (...values: unknown[]) => said.push(values) });
    });
    await closed;
    expect(said).toEqual([['house/+/celsius'], ['house/hall/celsius', 4, 1]]);
  });

  it('has all properties, with what is allowed and what is the default', () => {
    const rows = [...textOf('brokers.md').matchAll(/^\| `([a-z-]+)` \| (.*) \| (?:`(.*)` )?\|$/gm)];
    const shown = rows.map(([, name, allowed, standard]) => [name, allowed, standard ?? '']);
    expect(shown).toEqual(BROKER_PROPERTIES.map((row) => [row.name, allowedText(row), row.default]));
  });

  it('has filters in the order of closeness', () => {
    const filters = blocksOf('brokers.md', 'filters')[0]!.split('\n').map(encodeUtf8);
    const topic = encodeUtf8('some/sort/of/topic');
    expect(filters.every((filter) => topicMatches(filter, 0, filter.length, topic, 0, topic.length))).toBe(true);
    for (let i = 1; i < filters.length; i++) {
      const [near, far] = [filters[i - 1]!, filters[i]!];
      expect(closerFilter(near, 0, near.length, far, 0, far.length), String(i)).toBeGreaterThan(0);
    }
  });
});
