import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ModelListener } from '../../../sim/dashboard/model-listener.js';
import { simulationOfWorld } from '../../../sim/read-world.js';
import { brokerRestart, VirtualWorld } from '../../../sim/virtual/index.js';
import { defaultWorld } from '../../../sim/world/default-world.js';
import { endPeers, Peer } from '../../broker/peer.js';
import { killCommands, startProgram, startTagwire } from '../../support/cli.js';
import { requireMosquitto } from '../../support/mosquitto.js';

/** A world that runs `speed` times as fast as real time, with a listener at its broker. */
class Running {
  readonly world: VirtualWorld;
  speed = 1;
  private stopped = false;
  private done: Promise<void> = Promise.resolve();
  listener!: ModelListener;

  constructor() {
    const { world } = simulationOfWorld(defaultWorld, 'warehouse', 1, undefined, { settings: {} });
    this.world = new VirtualWorld(world, [], 1, { rules: [] });
  }

  static async start(speed = 1): Promise<Running> {
    const running = new Running();
    running.speed = speed;
    running.listener = await ModelListener.start(running.world.brokers[0]!);
    running.done = running.run();
    all.push(running);
    return running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.world.runUntil(this.world.now() + 10 * this.speed);
      await sleep(10);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
    await this.listener.close();
  }
}

const all: Running[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await endPeers();
  await killCommands();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const running of all.splice(0)) await running.stop();
});

function raw(port: number): { socket: Socket; closed: Promise<void>; received: Buffer[] } {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  return { socket, received, closed: new Promise((resolve) => socket.once('close', () => resolve())) };
}

describe('a client of this computer', () => {
  it('receives readings of the world, and gets answers to its calls', async () => {
    const { listener } = await Running.start();
    const peer = await Peer.subscribed(listener.url, 'tagwire/#');
    await peer.until(() => peer.messages.some(({ topic }) => /\/tags\//.test(topic)));
    const gateway = peer.messages[0]!.topic.split('/')[1]!;
    const answered = (): (typeof peer.messages)[number] | undefined =>
      peer.messages.find(({ topic }) => topic === `tagwire/${gateway}/res/7`);
    await peer.publish(`tagwire/${gateway}/cmd/7`, '{"method":"statistics"}', 1);
    await peer.until(() => answered() !== undefined);
    expect(JSON.parse(answered()!.payload.toString())).toEqual({ result: expect.anything() as unknown });
  });

  it('may be tagwire sub and tagwire pub', async () => {
    const { listener } = await Running.start();
    const sub = startTagwire(['sub', '-p', String(listener.port), '-t', 'tagwire/#', '-v']);
    await sub.until(() => sub.lines.some((line) => /^tagwire\/[^/]+\/tags\//.test(line)));
    const gateway = sub.lines.find((line) => line.includes('/tags/'))!.split('/')[1]!;
    const call = ['-t', `tagwire/${gateway}/cmd/1`, '-m', '{"method":"statistics"}', '-q', '1'];
    expect((await startTagwire(['pub', '-p', String(listener.port), ...call]).finished).code).toBe(0);
    await sub.until(() => sub.lines.some((line) => line.startsWith(`tagwire/${gateway}/res/1 {"result"`)));
  });

  it('keeps its keep alive in real time, however fast the world is', async () => {
    const { world, listener } = await Running.start(1000);
    const ends: string[] = [];
    world.brokers[0]!.model.watch({ onDisconnect: ({ clientId }) => ends.push(clientId) });
    const client = await connectAsync(listener.url, { keepalive: 2, reconnectPeriod: 0, clientId: 'looker' }, false);
    const before = world.now();
    let closed = false;
    client.on('close', () => (closed = true));
    // Longer than one and a half times its keep alive, and half an hour of the world.
    await vi.waitFor(() => expect(world.now() - before).toBeGreaterThan(1_800_000), { timeout: 60_000 });
    await sleep(1500);
    expect({ closed, ends }).toEqual({ closed: false, ends: [] });
    await client.endAsync();
    await vi.waitFor(() => expect(ends).toEqual(['looker']));
  });

  it('is cut off, and its will sent, when it says nothing for one and a half times its keep alive', async () => {
    const { listener } = await Running.start();
    const peer = await Peer.subscribed(listener.url, 'will/#');
    const { socket, closed } = raw(listener.port);
    const began = performance.now();
    // Client identifier d, clean session, will t/w with payload x, keep alive 1 s; in pieces.
    const packet = Buffer.from('101a00044d5154540406000100016400067769 6c6c2f74 000178 '.replace(/ /g, ''), 'hex');
    packet[1] = packet.length - 2;
    for (const byte of packet) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    expect(performance.now() - began).toBeGreaterThan(1400);
    const will = await peer.first();
    expect({ topic: will.topic, payload: will.payload.toString() }).toEqual({ topic: 'will/t', payload: 'x' });
  });

  it('that says nothing, or rubbish, or what is no MQTT is cut off', async () => {
    const { listener } = await Running.start();
    for (const bytes of ['GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n', '\x10\xff\xff\xff\xff\x01', '\x10\x02\x00\x04']) {
      const { socket, closed, received } = raw(listener.port);
      socket.write(Buffer.from(bytes, 'latin1'));
      await closed;
      expect(received).toEqual([]);
    }
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { socket, closed } = raw(listener.port);
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    socket.write(Buffer.of(0x10));
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    vi.advanceTimersByTime(10_000);
    await closed;
  });

  it('is cut off by a restart of the broker, refused while it is away, and back with its session', async () => {
    const { world, listener } = await Running.start();
    const options = { clientId: 'back', clean: false, reconnectPeriod: 0 };
    const client = await connectAsync(listener.url, options, false);
    await client.subscribeAsync('a/#', { qos: 1 });
    const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
    brokerRestart(0, 0, 'kept', 1000).install(world);
    await gone;
    await expect(connectAsync(listener.url, options, false)).rejects.toThrow(/ECONNRESET|closed/);
    await vi.waitFor(() => expect(world.brokers[0]!.servers[0]!.state).toBe('listens'), { timeout: 10_000 });
    await client.endAsync(true);
    const again = await Peer.connect(listener.url, options);
    world.brokers[0]!.model.publish('a/b', Buffer.from('kept'), 1, false);
    expect((await again.first()).payload.toString()).toBe('kept');
  });

  it('goes to the next world when there is one, and does not hold up the end', async () => {
    const [one, other] = [await Running.start(), await Running.start()];
    const before = await Peer.connect(one.listener.url);
    const gone = new Promise<void>((resolve) => before.client.once('close', () => resolve()));
    one.listener.move(other.world.brokers[0]!);
    await gone;
    const peer = await Peer.subscribed(one.listener.url, 'x');
    other.world.brokers[0]!.model.publish('x', Buffer.from('of the other one'), 0, false);
    expect((await peer.first()).payload.toString()).toBe('of the other one');
    await one.listener.close();
    await one.listener.close();
  });

  it('that does not read is cut off before it costs much', async () => {
    const { world, listener } = await Running.start();
    const { model } = world.brokers[0]!;
    let ended = false;
    model.watch({ onDisconnect: () => (ended = true) });
    const { socket, received } = raw(listener.port);
    // CONNECT of s without keep alive, SUBSCRIBE to big.
    socket.write(Buffer.from('100d00044d51545404020000000173' + '82080001000362696700', 'hex'));
    await vi.waitFor(() => expect(Buffer.concat(received).toString('hex')).toBe('200200009003000100'));
    socket.pause();
    const payload = Buffer.alloc(1_000_000);
    for (let i = 0; i < 200 && !ended; i++) {
      model.publish('big', payload, 0, false);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect(ended).toBe(true));
  });
});

const describeWithMosquitto = requireMosquitto('mosquitto_sub', 'mosquitto_pub');
describeWithMosquitto('mosquitto_sub and mosquitto_pub', () => {
  it('see readings and get an answer', async () => {
    const { listener } = await Running.start();
    const port = String(listener.port);
    const sub = startProgram('mosquitto_sub', ['-h', '127.0.0.1', '-p', port, '-t', 'tagwire/#', '-v', '-q', '1']);
    await sub.until(() => sub.lines.some((line) => line.includes('/tags/')));
    const gateway = sub.lines.find((line) => line.includes('/tags/'))!.split('/')[1]!;
    const call = ['-t', `tagwire/${gateway}/cmd/9`, '-m', '{"method":"policy.get"}', '-q', '1'];
    expect((await startProgram('mosquitto_pub', ['-h', '127.0.0.1', '-p', port, ...call]).finished).code).toBe(0);
    await sub.until(() => sub.lines.some((line) => line.startsWith(`tagwire/${gateway}/res/9 {"result"`)));
  });
});
