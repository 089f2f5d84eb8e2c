import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, connectAsync } from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { BrokerModel } from '../../../../sim/virtual/broker/broker-model.js';
import type { BrokerModelOptions } from '../../../../sim/virtual/broker/options.js';

const ending: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** A broker model behind a port on 127.0.0.1. Nothing here waits, so that its clock may stand. */
async function serve(options: Partial<BrokerModelOptions> = {}): Promise<{ broker: BrokerModel; port: number }> {
  const broker = new BrokerModel({ now: () => 0 }, options);
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    const connection = broker.accept({
      send: (bytes) => socket.write(bytes),
      close: (abort) => (abort ? socket.resetAndDestroy() : socket.end()),
    });
    socket.on('data', (bytes) => connection.receive(bytes, 0, bytes.length));
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      connection.ended();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { broker, port: (server.address() as AddressInfo).port };
}

async function client(port: number, clientId: string, options: IClientOptions = {}): Promise<MqttClient> {
  const connected = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId,
    protocolVersion: 4,
    reconnectPeriod: 1,
    ...options,
  });
  ending.push(() => connected.endAsync(true));
  return connected;
}

/** The next `count` messages of a client, as text. */
function messages(of: MqttClient, count: number): Promise<string[]> {
  const taken: string[] = [];
  return new Promise((resolve) => {
    const take = (topic: string, payload: Buffer, { qos, retain }: { qos: number; retain: boolean }): void => {
      taken.push(`${topic} ${qos}${retain ? ' r' : ''}: ${payload.toString()}`);
      if (taken.length < count) return;
      of.off('message', take);
      resolve(taken);
    };
    of.on('message', take);
  });
}

describe('MQTT.js over the broker model', () => {
  it('publishes and receives with every QoS, in order', async () => {
    const { port } = await serve();
    const [publisher, subscriber] = [await client(port, 'p'), await client(port, 's')];
    expect(await subscriber.subscribeAsync({ 'a/#': { qos: 2 }, 'b/+': { qos: 1 } })).toMatchObject([
      { topic: 'a/#', qos: 2 },
      { topic: 'b/+', qos: 1 },
    ]);
    const coming = messages(subscriber, 4);
    await publisher.publishAsync('a', 'one', { qos: 0 });
    await publisher.publishAsync('a/b', 'two', { qos: 1 });
    await publisher.publishAsync('b/c', 'three', { qos: 2 });
    await publisher.publishAsync('a/b/c', 'x'.repeat(100_000), { qos: 2, retain: true });
    expect(await coming).toEqual(['a 0: one', 'a/b 1: two', 'b/c 1: three', `a/b/c 2: ${'x'.repeat(100_000)}`]);
    const late = await client(port, 'l');
    const retained = messages(late, 1);
    await late.subscribeAsync('#');
    expect((await retained)[0]).toMatch(/^a\/b\/c 0 r: x/);
    await subscriber.unsubscribeAsync('a/#');
  });

  it('is refused, with the reason', async () => {
    const { port } = await serve({ authenticate: ({ username }) => (username === 'u' ? 0 : 4) });
    await expect(client(port, 'p')).rejects.toThrow('Bad username or password');
    await client(port, 'p', { username: 'u' });
  });

  it('comes back after a broker that took a message and died', async () => {
    const { broker, port } = await serve();
    const publisher = await client(port, 'p', { clean: false });
    const taken: string[] = [];
    broker.watch({ onPublish: (_, { message }) => taken.push(message.topic.text) });
    let cuts = 3;
    broker.changeFaults({ cutsBeforeAnswer: () => cuts-- > 0 });
    await publisher.publishAsync('a', 'x', { qos: 1 });
    expect(taken).toEqual(['a', 'a', 'a', 'a']);
  });

  it('gets what waited for it, and finds its session gone after a restart without sessions', async () => {
    const { broker, port } = await serve();
    const options: IClientOptions = { clean: false, resubscribe: false };
    const first = await client(port, 's', options);
    await first.subscribeAsync('a', { qos: 1 });
    await first.endAsync();
    broker.publish('a', Uint8Array.of(0x78), 1, false);
    const second = connect(`mqtt://127.0.0.1:${port}`, { ...options, clientId: 's', reconnectPeriod: 1 });
    ending.push(() => second.endAsync(true));
    const present: boolean[] = [];
    second.on('connect', ({ sessionPresent }) => present.push(sessionPresent));
    expect(await messages(second, 1)).toEqual(['a 1: x']);
    broker.restart(false);
    await new Promise((resolve) => second.once('connect', resolve));
    expect(present).toEqual([true, false]);
    expect(broker.session('s')?.subscriptions.size).toBe(0);
  });
});
