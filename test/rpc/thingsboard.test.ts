import { afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../sim/broker.js';
import type { EmbeddedBroker } from '../../sim/broker.js';
import { nodePlatform } from '../../sim/hal/platform.js';
import { Connection } from '../../src/connection/index.js';
import type { ConnectionHandler } from '../../src/connection/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import { BuiltInMethods } from '../../src/rpc/built-in-methods.js';
import { RpcFunctions } from '../../src/rpc/rpc-functions.js';
import { thingsBoardRoutes } from '../../src/rpc/rpc-route.js';
import { Rpc } from '../../src/rpc/rpc.js';
import { endPeers, Peer } from '../broker/peer.js';

const REQUEST = 'v1/devices/me/rpc/request/';
const RESPONSE = 'v1/devices/me/rpc/response/';

/** Our side: a connection with an `Rpc` on it. The broker only emulates the documented contract of ThingsBoard. */
class ThingsBoardDevice implements ConnectionHandler {
  readonly tickets: number[] = [];
  readonly scans: boolean[] = [];
  readonly rpc: Rpc;
  readonly connection: Connection;
  connects = 0;
  private subscribed = 0;
  private waiting: (() => void)[] = [];

  constructor(port: number) {
    const functions = new RpcFunctions();
    functions.add('measure', (call) => {
      this.tickets.push(call.later(60));
      this.wake();
    });
    const builtIn = new BuiltInMethods({ setScan: (on) => void this.scans.push(on) });
    this.rpc = new Rpc({ routes: thingsBoardRoutes(), methods: [builtIn, functions] });
    this.connection = new Connection(
      {
        endpoints: [{ host: '127.0.0.1', port }],
        clientId: 'device',
        cleanSession: false,
        backoff: { minimum: 10, maximum: 50 },
      },
      nodePlatform(),
      this,
    );
    this.rpc.start(0, { connection: this.connection, wake: () => undefined });
    this.connection.start();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  ready(): Promise<void> {
    return this.until(() => this.subscribed > 0);
  }

  onConnected(): void {
    this.connects++;
    this.rpc.connected(0);
    this.wake();
  }

  onMessage(message: IncomingMessage): void {
    this.rpc.message(message, 0);
  }

  onAcknowledged(packetId: number): void {
    this.rpc.acknowledged(packetId, 0);
  }

  onSubscribed(): void {
    this.subscribed++;
    this.wake();
  }

  onUnsubscribed(): void {}

  onRoom(): void {
    this.rpc.room(0);
  }

  onFailed(): void {
    this.wake();
  }

  onStopped(): void {}

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

describe("ThingsBoard's calls, with MQTT.js as the server", () => {
  let broker: EmbeddedBroker;
  let device: ThingsBoardDevice;

  afterEach(async () => {
    device.connection.close();
    await endPeers();
    await broker.close();
  });

  async function start(options = {}): Promise<Peer> {
    broker = await startEmbeddedBroker();
    device = new ThingsBoardDevice(broker.port);
    await device.ready();
    return Peer.subscribed(broker.url, RESPONSE + '+', options);
  }

  it('are answered on the topic of their id, in order', async () => {
    const server = await start();
    await server.publish(REQUEST + '1', '{"method":"scan","params":{"on":false}}', 1);
    await server.publish(REQUEST + '2', '{"method":"scan","params":"yes"}', 0);
    await server.publish(REQUEST + '3', 'scan', 1);
    await server.publish(REQUEST + '4', '{"method":"setValue","params":5}', 1);
    await server.until(() => server.messages.length === 4);
    expect(server.messages.map(({ topic }) => topic)).toEqual(['1', '2', '3', '4'].map((id) => RESPONSE + id));
    const answers = server.texts().map((text) => JSON.parse(text) as { error?: { code: number } });
    expect(answers[0]).toEqual({ on: false });
    expect(answers.slice(1).map(({ error }) => error!.code)).toEqual([-32602, -32700, -32601]);
    expect(device.scans).toEqual([false]);
  });

  it('that are longer than the receive buffer are refused with an answer', async () => {
    const server = await start();
    await server.publish(REQUEST + '9', JSON.stringify({ method: 'scan', params: 'x'.repeat(5000) }), 1);
    await server.until(() => server.messages.length === 1);
    expect(JSON.parse(server.texts()[0]!)).toMatchObject({ error: { code: -32600 } });
  });

  it('get their answer once, after a reconnection in the middle of a two-way call', async () => {
    const server = await start({ clean: false, clientId: 'server', reconnectPeriod: 20 });
    await server.publish(REQUEST + '7', '{"method":"measure"}', 1);
    await device.until(() => device.tickets.length === 1);
    const serverAgain = new Promise((resolve) => server.client.once('connect', resolve));
    await broker.suspend();
    await device.until(() => !device.connection.connected);
    // The answer is given while there is no connection.
    const call = device.rpc.answer(device.tickets[0]!)!;
    call.result.number(21.5, 1);
    device.rpc.send(0);
    expect(server.messages).toEqual([]);
    await broker.restore();
    await serverAgain;
    await server.client.subscribeAsync(RESPONSE + '+', { qos: 1 });
    await server.until(() => server.messages.length > 0);
    await device.until(() => device.connects === 2);
    // What is asked now is answered behind it: nothing came in between.
    await server.publish(REQUEST + '8', '{"method":"scan","params":true}', 1);
    await server.until(() => server.messages.some(({ topic }) => topic === RESPONSE + '8'));
    expect(server.messages.map(({ topic, payload }) => `${topic} ${payload.toString()}`)).toEqual([
      `${RESPONSE}7 21.5`,
      `${RESPONSE}8 {"on":true}`,
    ]);
  });
});
