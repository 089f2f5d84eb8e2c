import { connect } from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import type { CloudLimits } from '../../src/cloud/index.js';
import { makeCertificates } from '../support/certificates.js';
import { CloudBroker } from './cloud-broker.js';
import type { CloudBrokerOptions, Violation } from './cloud-broker.js';
import { CloudTestDevice } from './device.js';

const SOURCE = 'https://example.com';
const brokers: CloudBroker[] = [];
const clients: MqttClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
  for (const broker of brokers.splice(0)) await broker.close();
});

async function start(limits: Omit<CloudLimits, 'source'>, options: Partial<CloudBrokerOptions> = {}) {
  const broker = await CloudBroker.start({ limits: { ...limits, source: SOURCE }, ...options });
  brokers.push(broker);
  return broker;
}

/** Another client than ours, which does not try again. */
function join(broker: CloudBroker, options: IClientOptions = {}): MqttClient {
  const client = connect(broker.url, { clientId: 'other', reconnectPeriod: 0, keepalive: 60, ...options });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

const over = (client: MqttClient): Promise<void> => new Promise((resolve) => client.once('close', () => resolve()));
const ready = (client: MqttClient): Promise<void> => new Promise((resolve) => client.once('connect', () => resolve()));

describe('CloudBroker', () => {
  const publishes: [Omit<CloudLimits, 'source'>, [string, string, object?], Violation['rule'], number | string][] = [
    [{ topicBytes: 8 }, ['a/b/c/d/e', ''], 'topicBytes', 9],
    [{ topicSlashes: 2 }, ['a/b/c/d', ''], 'topicSlashes', 3],
    [{ payloadBytes: 3 }, ['a', '1234'], 'payloadBytes', 4],
    [{ maxQos: 1 }, ['a', '', { qos: 2 }], 'maxQos', 2],
    [{ retain: false }, ['a', '', { retain: true }], 'retain', 'a'],
    [{ bytesPerSecond: 3 }, ['a', '1234'], 'bytesPerSecond', 4],
  ];

  it.each(publishes)(
    'with %j ends the connection at the publish of %j',
    async (limits, [topic, text, more], rule, value) => {
      const broker = await start(limits);
      const client = join(broker);
      await ready(client);
      client.publish('a', '', { qos: 1 });
      await broker.until(() => broker.published.length === 1);
      client.publish(topic, text, { qos: 1, ...more });
      await over(client);
      expect(broker.violations).toEqual([{ clientId: 'other', rule, value }]);
      expect(broker.published).toHaveLength(1);
    },
  );

  const connects: [Omit<CloudLimits, 'source'>, IClientOptions, Violation['rule'], number | string | boolean][] = [
    [{ clientIdBytes: 4 }, {}, 'clientIdBytes', 5],
    [{ keepAliveSeconds: { min: 30, max: 1200 } }, { keepalive: 29 }, 'keepAliveSeconds', 29],
    [{ keepAliveSeconds: { min: 30, max: 1200 } }, { keepalive: 1201 }, 'keepAliveSeconds', 1201],
    [{ willQos: 1 }, { will: { topic: 'a', payload: 'x', qos: 2, retain: false } }, 'willQos', 2],
    [{ willRetain: false }, { will: { topic: 'a', payload: 'x', qos: 1, retain: true } }, 'willRetain', true],
  ];

  it.each(connects)('with %j ends the connection at CONNECT with %j', async (limits, options, rule, value) => {
    const broker = await start(limits);
    await over(join(broker, options));
    expect(broker.violations).toEqual([{ clientId: 'other', rule, value }]);
    expect(broker.connected).toEqual([]);
  });

  it('takes one CONNECT of a client in a second, and any number of others', async () => {
    const broker = await start({ connectsPerSecond: 1 });
    await ready(join(broker));
    await ready(join(broker, { clientId: 'third' }));
    await over(join(broker));
    expect(broker.violations).toEqual([{ clientId: 'other', rule: 'connectsPerSecond', value: 'other' }]);
  });

  it('counts messages and points of the last second', async () => {
    const broker = await start(
      { messagesPerSecond: 3, pointsPerSecond: 20 },
      { pointsOf: ({ payload }) => payload.length },
    );
    const client = join(broker);
    await ready(client);
    for (let i = 0; i < 4; i++) client.publish('a', '123456');
    await over(client);
    expect(broker.published).toHaveLength(3);
    expect(broker.violations.map(({ rule }) => rule)).toEqual(['messagesPerSecond', 'pointsPerSecond']);
  });

  it('lets the second client with an identifier kick the first', async () => {
    const broker = await start({});
    const first = join(broker);
    await ready(first);
    const second = join(broker);
    await Promise.all([over(first), ready(second)]);
    expect(broker.connected).toEqual(['other']);
  });

  it('refuses logins, topics and filters as it is told', async () => {
    const broker = await start(
      { subscriptions: 2 },
      {
        authenticate: ({ password }) => (password === 'right' ? 0 : 5),
        mayPublish: (_, topic) => topic.startsWith('mine/'),
        maySubscribe: (_, filter) => (filter === 'theirs/#' ? 'close' : filter.startsWith('mine/')),
      },
    );
    const stranger = join(broker, { clientId: 'stranger', username: 'ann', password: 'wrong' });
    await over(stranger);
    const client = join(broker, { username: 'ann', password: 'right' });
    await ready(client);
    const refusal = await client.subscribeAsync('else/a').catch((error: Error) => error.message);
    expect(refusal).toMatch(/Unspecified error|128/);
    client.publish('theirs/a', '');
    await over(client);
    const again = join(broker, { username: 'ann', password: 'right' });
    await ready(again);
    again.subscribe('theirs/#', () => undefined);
    await over(again);
    expect(broker.violations.map(({ rule, value }) => [rule, value])).toEqual([
      ['login', 5],
      ['topic', 'else/a'],
      ['topic', 'theirs/a'],
      ['topic', 'theirs/#'],
    ]);
  });

  it('sees the name, the protocol and the certificate of a TLS handshake', async () => {
    const { ca, server, client } = await makeCertificates();
    const broker = await start({ serverName: true }, { tls: { server, ca: ca.certificate, alpn: ['x-amzn-mqtt-ca'] } });
    const options = { ca: ca.certificate, cert: client.certificate, key: client.key };
    const named = { ...options, servername: 'localhost', ALPNProtocols: ['x-amzn-mqtt-ca'] };
    await ready(join(broker, named as IClientOptions));
    expect(broker.connects[0]).toMatchObject({
      serverName: 'localhost',
      alpn: 'x-amzn-mqtt-ca',
      certificate: 'tagwire-client',
    });
    await over(join(broker, { ...options, clientId: 'nameless' }));
    expect(broker.violations.map(({ rule }) => rule)).toEqual(['serverName']);
  });
});

describe('a device on a CloudBroker', () => {
  const device = (broker: CloudBroker, more = {}) =>
    new CloudTestDevice({ broker: broker.url, ...more }, { unchecked: true });
  const readings = /^tagwire\/shed\/tags\//;

  it('publishes, answers, and says goodbye', async () => {
    const broker = await start({});
    const shed = device(broker);
    await shed.line(/^connected/);
    shed.hear();
    await broker.until(() => broker.textsOn(readings).length === 1);
    expect(JSON.parse(broker.textsOn(readings)[0]!)).toMatchObject({ address: 'DC:2C:6E:0F:C0:3D' });
    await broker.until(() => broker.subscribed.some(({ filter }) => filter === 'tagwire/shed/cmd/+'));
    await broker.publish('tagwire/shed/cmd/1', '{"method":"statistics"}');
    await broker.until(() => broker.textsOn(/\/res\/1$/).length === 1);
    expect(broker.textsOn(/\/res\/1$/)[0]).toMatch(/^\{"result":\{"uptime":/);
    await shed.stop();
    expect(broker.textsOn(/\/status$/).map((text) => (JSON.parse(text) as { status: string }).status)).toEqual([
      'online',
      'offline',
    ]);
  });

  it.each([
    ['closes without a reason', (broker: CloudBroker) => (broker.misbehave.closeAfterConnack = 2)],
    ['refuses a login for a while', (broker: CloudBroker) => (broker.misbehave.refuseConnect = 3)],
    ['holds its PUBACKs back', (broker: CloudBroker) => (broker.misbehave.holdAcks = true)],
  ])('loses nothing when the broker %s', async (_, misbehave) => {
    const broker = await start({});
    misbehave(broker);
    const shed = device(broker);
    for (let i = 0; i < 5; i++) shed.hear();
    await broker.until(() => broker.connects.length >= (broker.misbehave.holdAcks ? 1 : 3));
    broker.misbehave.refuseConnect = 0;
    await broker.until(() => broker.textsOn(readings).length >= 5);
    broker.releaseAcks();
    await shed.stop();
    expect(shed.firmware.gateway.unacknowledged).toBe(0);
  });

  it('sets a message aside that the broker never takes, and goes on', async () => {
    const broker = await start({});
    broker.misbehave.closeAt = ({ payload }) => payload.includes('"temperature":19.78');
    const shed = device(broker);
    for (let i = 0; i < 3; i++) shed.hear();
    await shed.line(/message set aside/);
    await broker.until(() => broker.textsOn(readings).length >= 2);
    await shed.stop();
  });

  it('learns nothing of a message that was acknowledged and lost', async () => {
    const broker = await start({});
    const shed = device(broker);
    await shed.line(/^connected/);
    broker.misbehave.ackThenDrop = true;
    shed.hear();
    await shed.stop();
    expect(broker.textsOn(readings)).toEqual([]);
    expect(shed.firmware.gateway.unacknowledged).toBe(0);
  });
});
