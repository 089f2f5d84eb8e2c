import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../sim/broker.js';
import type { EmbeddedBroker } from '../../sim/broker.js';
import { endPeers, Peer } from '../broker/peer.js';

const program = fileURLToPath(new URL('../../build/examples/fahrenheit-to-celsius.js', import.meta.url));
let broker: EmbeddedBroker;
let example: ChildProcess | undefined;

afterEach(async () => {
  const running = example;
  if (running && running.exitCode === null) {
    const closed = new Promise((resolve) => running.once('close', resolve));
    running.kill();
    await closed;
  }
  await endPeers();
  await broker.close();
});

it('converts what is published under one topic, and publishes it under another', async () => {
  broker = await startEmbeddedBroker();
  example = spawn(process.execPath, [program, String(broker.port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(example.stdout!)[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('converting house/+/fahrenheit to house/+/celsius');
  const peer = await Peer.subscribed(broker.url, 'house/+/celsius');
  await peer.publish('house/kitchen/fahrenheit', '212', 1);
  await peer.publish('house/cellar/fahrenheit', 'warm', 1);
  expect((await lines.next()).value).toBe('house/cellar/fahrenheit: "warm" is no temperature');
  await peer.publish('house/garden/fahrenheit', '-40', 0);
  await peer.until(() => peer.messages.length === 2);
  expect(peer.messages.map(({ topic, payload }) => `${topic} ${payload.toString()}`)).toEqual([
    'house/kitchen/celsius 100.0',
    'house/garden/celsius -40.0',
  ]);
});
