import { afterEach, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../sim/broker.js';
import type { EmbeddedBroker } from '../../sim/broker.js';
import { endPeers, Peer } from '../broker/peer.js';
import { RunningExample } from './running-example.js';

let broker: EmbeddedBroker;
let example: RunningExample;

afterEach(async () => {
  await example.end();
  await endPeers();
  await broker.close();
});

it('converts what is published under one topic, and publishes it under another', async () => {
  broker = await startEmbeddedBroker();
  example = new RunningExample('fahrenheit-to-celsius', broker.port);
  expect(await example.line()).toBe('converting house/+/fahrenheit to house/+/celsius');
  const peer = await Peer.subscribed(broker.url, 'house/+/celsius');
  await peer.publish('house/kitchen/fahrenheit', '212', 1);
  await peer.publish('house/cellar/fahrenheit', 'warm', 1);
  expect(await example.line()).toBe('house/cellar/fahrenheit: "warm" is not a temperature');
  await peer.publish('house/garden/fahrenheit', '-40', 0);
  await peer.until(() => peer.messages.length === 2);
  expect(peer.messages.map(({ topic, payload }) => `${topic} ${payload.toString()}`)).toEqual([
    'house/kitchen/celsius 100.0',
    'house/garden/celsius -40.0',
  ]);
});
