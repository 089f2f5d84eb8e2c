import { afterEach, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../sim/broker.js';
import type { EmbeddedBroker } from '../../sim/broker.js';
import { endPeers, Peer } from '../broker/peer.js';
import { RunningExample } from './running-example.js';

const BASE = 'tb/mqtt-integration-tutorial/sensors';

let broker: EmbeddedBroker;
let example: RunningExample;

afterEach(async () => {
  await example.end();
  await endPeers();
  await broker.close();
});

it("is the device that ThingsBoard's integration expects", async () => {
  broker = await startEmbeddedBroker();
  // The integration's topic filters.
  const integration = await Peer.subscribed(broker.url, `${BASE}/+/temperature`);
  await integration.client.subscribeAsync(`${BASE}/+/rx/response`);
  const subscribed = new Promise<void>((resolve) => {
    broker.aedes.on('subscribe', (subscriptions) => {
      if (subscriptions.some(({ topic }) => topic === `${BASE}/SN-001/rx/twoway`)) resolve();
    });
  });
  example = new RunningExample('thingsboard-tutorial', broker.port);
  expect(await example.line()).toBe('SN-001 listens');
  await integration.until(() => integration.messages.length === 1);
  await subscribed;

  await integration.publish(`${BASE}/SN-001/rx`, '{"value":33}', 1);
  expect(await example.line()).toBe('knob: 33');
  await integration.publish(`${BASE}/SN-001/rx/twoway`, '{"value":40}', 1);
  expect(await example.line()).toBe('knob: 40');
  await integration.publish(`${BASE}/SN-001/rx/twoway`, '{"value":46}', 1);
  await integration.publish(`${BASE}/SN-001/rx/twoway`, 'knob', 1);
  await integration.until(() => integration.messages.length === 4);
  expect(integration.messages.map(({ topic, payload }) => [topic, JSON.parse(payload.toString()) as unknown])).toEqual([
    [`${BASE}/SN-001/temperature`, { value: 25.1 }],
    [`${BASE}/SN-001/rx/response`, { rpcReceived: 'OK' }],
    [`${BASE}/SN-001/rx/response`, { error: expect.objectContaining({ code: -32602 }) as unknown }],
    [`${BASE}/SN-001/rx/response`, { error: expect.objectContaining({ code: -32602 }) as unknown }],
  ]);
});
