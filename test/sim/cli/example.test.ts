import { afterEach, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../../sim/broker.js';
import type { EmbeddedBroker } from '../../../sim/broker.js';
import { endPeers, Peer } from '../../broker/peer.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';

const BASE = 'tb/mqtt-integration-tutorial/sensors';

let broker: EmbeddedBroker;

afterEach(async () => {
  await killCommands();
  await endPeers();
  await broker?.close();
});

it('tagwire example thingsboard is the device of the tutorial, and prints what its simulator does', async () => {
  broker = await startEmbeddedBroker();
  let username: string | undefined;
  broker.aedes.authenticate = (client, name, _password, done) => {
    if (client.id === 'SN-002') username = name as string;
    done(null, true);
  };
  // The integration's topic filters.
  const integration = await Peer.subscribed(broker.url, `${BASE}/+/temperature`);
  await integration.client.subscribeAsync(`${BASE}/+/rx/response`);
  const subscribed = new Promise<void>((resolve) => {
    broker.aedes.on('subscribe', (subscriptions) => {
      if (subscriptions.some(({ topic }) => topic === `${BASE}/SN-002/rx/twoway`)) resolve();
    });
  });
  const port = String(broker.port);
  const flags = ['--host', '127.0.0.1', '--port', port, '--device', 'SN-002', '--token', 'A1_TEST_TOKEN'];
  const example = startTagwire(['example', 'thingsboard', ...flags]);
  await integration.until(() => integration.messages.length === 1);
  await subscribed;
  expect(username).toBe('A1_TEST_TOKEN');

  await integration.publish(`${BASE}/SN-002/rx`, '{"value":33}', 1);
  await integration.publish(`${BASE}/SN-002/rx/twoway`, '{"value":40}', 1);
  await integration.publish(`${BASE}/SN-002/rx/twoway`, '{"value":46}', 1);
  await integration.publish(`${BASE}/SN-002/rx/twoway`, 'knob', 1);
  await integration.until(() => integration.messages.length === 4);
  expect(integration.messages.map(({ topic, payload }) => [topic, JSON.parse(payload.toString()) as unknown])).toEqual([
    [`${BASE}/SN-002/temperature`, { value: 25.1 }],
    [`${BASE}/SN-002/rx/response`, { rpcReceived: 'OK' }],
    [`${BASE}/SN-002/rx/response`, { error: expect.objectContaining({ code: -32602 }) as unknown }],
    [`${BASE}/SN-002/rx/response`, { error: expect.objectContaining({ code: -32700 }) as unknown }],
  ]);
  example.process.kill('SIGINT');
  const { code, stderr } = await example.finished;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(example.lines).toEqual([
    `Connected to 127.0.0.1:${port}`,
    'Incoming message',
    `Topic: ${BASE}/SN-002/rx`,
    'Message: {"value":33}',
    'Incoming message',
    `Topic: ${BASE}/SN-002/rx/twoway`,
    'Message: {"value":40}',
    'This is a Two-way RPC call. Going to reply now!',
    'Sending a response message: {"rpcReceived":"OK"}',
    'Incoming message',
    `Topic: ${BASE}/SN-002/rx/twoway`,
    'Message: {"value":46}',
    'ended: 1 reading sent, 3 calls received',
  ]);
});

it('refuses a device that cannot be in a topic', async () => {
  const { code, stderr } = await runTagwire(['example', 'thingsboard', '--device', 'a/#']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^tagwire: --device: .*\n$/);
});

it('has help with examples', async () => {
  const { stdout } = await runTagwire(['example', 'thingsboard', '--help']);
  expect(stdout.toString()).toContain('$ tagwire example thingsboard --host broker.hivemq.com --device SN-001');
});
