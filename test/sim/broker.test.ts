import { connect as connectTcp } from 'node:net';
import { connect, connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../sim/broker.js';
import type { EmbeddedBroker, EmbeddedBrokerOptions } from '../../sim/broker.js';

const ONCE = { protocolVersion: 4 as const, reconnectPeriod: 0 };

describe('startEmbeddedBroker', () => {
  const brokers: EmbeddedBroker[] = [];
  const clients: MqttClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true);
    for (const broker of brokers.splice(0)) await broker.close();
  });

  const start = async (options?: EmbeddedBrokerOptions): Promise<EmbeddedBroker> => {
    const broker = await startEmbeddedBroker(options);
    brokers.push(broker);
    return broker;
  };
  const join = async (broker: EmbeddedBroker, options = {}): Promise<MqttClient> => {
    const client = await connectAsync(broker.url, { ...ONCE, ...options }, false);
    clients.push(client);
    return client;
  };

  it('listens on a free port of the loopback interface and carries messages', async () => {
    const broker = await start();
    expect(broker.url).toBe(`mqtt://127.0.0.1:${broker.port}`);
    const subscriber = await join(broker);
    await subscriber.subscribeAsync('a/#', { qos: 1 });
    const message = new Promise((resolve) => {
      subscriber.on('message', (topic, payload) => resolve([topic, payload.toString()]));
    });
    await (await join(broker)).publishAsync('a/b', 'c', { qos: 1 });
    expect(await message).toEqual(['a/b', 'c']);
  });

  it('cuts its clients at close, also one that has not said CONNECT, and takes close twice', async () => {
    const broker = await start();
    const mute = connectTcp({ host: '127.0.0.1', port: broker.port });
    const muteGone = new Promise<void>((resolve) => mute.once('close', () => resolve()));
    await new Promise<void>((resolve) => mute.once('connect', () => resolve()));
    mute.on('error', () => undefined);
    mute.resume();
    const client = await join(broker);
    const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await broker.close();
    await Promise.all([gone, muteGone]);
    await broker.close();
    await expect(connectAsync(broker.url, ONCE, false)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('admits only its users', async () => {
    const broker = await start({ users: { anna: 'right' } });
    await join(broker, { username: 'anna', password: 'right' });
    const wrong = [{ username: 'anna', password: 'wrong' }, { username: 'toString', password: 'x' }, {}];
    for (const options of wrong) await expect(join(broker, options)).rejects.toThrow(/Bad username or password/);
  });

  it('keeps sessions while it is suspended, and comes back on its port', async () => {
    const broker = await start();
    const session = { clientId: 'keeper', clean: false };
    const before = await join(broker, session);
    await before.subscribeAsync('kept', { qos: 1 });
    await before.endAsync(true);
    await (await join(broker)).publishAsync('kept', 'while away', { qos: 1 });
    await broker.suspend();
    await expect(connectAsync(broker.url, ONCE, false)).rejects.toThrow(/ECONNREFUSED/);
    await broker.restore();
    const after = connect(broker.url, { ...ONCE, ...session });
    clients.push(after);
    const message = await new Promise((resolve) => {
      after.on('message', (_topic, payload) => resolve(payload.toString()));
    });
    expect(message).toBe('while away');
  });

  it('refuses a port that is in use or out of range, in one line', async () => {
    const { port } = await start();
    await expect(startEmbeddedBroker({ port })).rejects.toThrow(
      `broker port ${port}: cannot listen on 127.0.0.1 (it is in use)`,
    );
    for (const wrong of [-1, 65536, 1.5]) {
      await expect(startEmbeddedBroker({ port: wrong })).rejects.toThrow(/must be an integer from 1 to 65535/);
    }
  });
});
