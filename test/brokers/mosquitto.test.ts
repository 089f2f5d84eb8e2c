import { generate } from 'mqtt-packet';
import { afterEach, expect, it } from 'vitest';
import { MemoryStore } from '../../sim/hal/index.js';
import { NorFlash } from '../../sim/virtual/memory/nor-flash.js';
import { nodePlatforms } from '../../sim/hal/platform.js';
import { Brokers } from '../../src/brokers/index.js';
import type { Broker, BrokerObserver, BrokersOptions } from '../../src/brokers/index.js';
import type { Store, TlsOptions } from '../../src/hal/index.js';
import { Counter } from '../../src/mqtt/index.js';
import { FlashLog } from '../../src/telemetry/outbox/flash-log.js';
import { endPeers, Peer } from '../broker/peer.js';
import { makeCertificates } from '../support/certificates.js';
import { requireMosquitto, startMosquitto } from '../support/mosquitto.js';
import type { Mosquitto, MosquittoOptions } from '../support/mosquitto.js';
import { startPeerServer } from '../support/peer-server.js';
import { seededRandom } from '../telemetry/outbox/log-bench.js';
import { freePort } from '../support/ports.js';

const HOST = '127.0.0.1';
const ending: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  await endPeers();
  for (const end of ending.splice(0).reverse()) await end();
});

async function mosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const broker = await startMosquitto(options);
  ending.push(() => broker.stop());
  return broker;
}

/** Brokers on Node's parts, which are closed at the end of the test. */
function makeBrokers(options: BrokersOptions = {}, store: Store = new MemoryStore()): Brokers {
  const brokers = new Brokers(
    { name: 'test', ...nodePlatforms(), store, userStore: store },
    { onNotice: () => {}, session: { backoff: { minimum: 10, maximum: 100 } }, ...options },
  );
  ending.push(() => {
    for (const broker of brokers.list) broker.connection?.close();
  });
  return brokers;
}

/** Resolves when `condition` holds; it is asked after each event and message of the broker. */
function until(broker: Broker, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      // From the event loop, so that the broker's own work is done.
      setImmediate(() => condition() && resolve());
    };
    const observer: BrokerObserver = { onConnected: check, onFailed: check, onStopped: check, onMessage: check };
    broker.observers.push(observer);
    check();
  });
}

requireMosquitto()('brokers and Mosquitto', () => {
  it('two at once: one goes down and comes back, the other is unaffected', async () => {
    const [one, two] = [await mosquitto(), await mosquitto()];
    const brokers = makeBrokers();
    const first = brokers.add({ name: 'one', address: HOST, port: String(one.port) });
    const second = brokers.add({ name: 'two', address: HOST, port: String(two.port), 'auto-connect': 'yes' });
    await Promise.all([first.subscribe('t', { qos: 1 }), second.subscribe('t', { qos: 1 })]);
    await two.halt();
    await until(second, () => !second.connected);
    await first.publish('t', 'while the other is down', { qos: 1 });
    await until(first, () => brokers.received.count > 0);
    expect([brokers.received.broker(0), brokers.received.text(0)]).toEqual(['one', 'while the other is down']);
    await two.start();
    await until(second, () => second.connected);
    await second.publish('t', 'back', { qos: 1 });
    await until(second, () => brokers.received.count > 1);
    expect([brokers.received.broker(1), brokers.received.text(1)]).toEqual(['two', 'back']);
    expect([first.connected, first.connection!.session.counter(Counter.connections)]).toEqual([true, 1]);
  });

  it('disconnects after the acknowledgement and not before', async () => {
    const server = await startPeerServer();
    ending.push(() => server.close());
    const broker = makeBrokers().add({ name: 'b', address: HOST, port: String(server.port) });
    const publishing = broker.publish('t', 'x', { qos: 1, disconnectAfter: true });
    const socket = await server.accept();
    const heard: number[] = [];
    const waiting: { count: number; resolve: () => void }[] = [];
    socket.on('data', (bytes: Buffer) => {
      // Packets here are shorter than 128 bytes.
      for (let at = 0; at < bytes.length; at += 2 + bytes[at + 1]!) heard.push(bytes[at]! >> 4);
      for (const { count, resolve } of waiting) if (heard.length >= count) resolve();
    });
    const packets = (count: number): Promise<void> =>
      new Promise((resolve) => {
        waiting.push({ count, resolve });
        if (heard.length >= count) resolve();
      });
    await packets(1);
    socket.write(generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
    await packets(2);
    // The broker delays: something else comes first, and is heard, and still there is no DISCONNECT.
    socket.write(
      generate({ cmd: 'publish', topic: 'u', payload: 'first', qos: 1, messageId: 9, dup: false, retain: false }),
    );
    await packets(3);
    expect([heard, broker.connected]).toEqual([[1, 3, 4], true]);
    socket.write(generate({ cmd: 'puback', messageId: 1 }));
    await publishing;
    await packets(4);
    expect([heard[3], broker.connected]).toEqual([14, false]);
  });

  it('turns to the next address', async () => {
    const { port } = await mosquitto();
    const broker = makeBrokers().add({ name: 'b', address: `${HOST}:${await freePort()}, ${HOST}:${port}` });
    await broker.connect();
    expect(broker.connection!.endpoint.port).toBe(port);
  });

  it('says that the password is wrong, and never which', async () => {
    const { port } = await mosquitto({ users: { ann: 'right' } });
    const notices: string[] = [];
    const brokers = makeBrokers({ onNotice: (text) => notices.push(text) });
    const broker = brokers.add({ name: 'b', address: HOST, port: String(port), username: 'ann', password: 'planted' });
    // MQTT 3.1.1 lets a broker choose between return codes 4 and 5; Mosquitto takes the latter.
    await expect(broker.connect()).rejects.toThrow(
      `broker "b": ${HOST}:${port}: connection refused by the broker: not authorized`,
    );
    expect(notices.join()).not.toContain('planted');
    brokers.set(broker, { password: 'right' });
    await broker.connect();
    expect(broker.property('password')).toBe('*****');
  });

  it('uses TLS with the certificate that the application knows by its name', async () => {
    const { ca, server, client } = await makeCertificates();
    const { tlsPort } = await mosquitto({ tls: { server, clientCa: ca.certificate, requireCertificate: true } });
    const trusted = { ca: ca.certificate };
    const all: Record<string, TlsOptions> = { '': trusted, mine: { ...trusted, ...client } };
    const brokers = makeBrokers({ certificates: (name) => all[name] });
    const tls = { name: 'b', address: HOST, port: String(tlsPort), ssl: 'yes' };
    expect(() => brokers.add({ ...tls, certificate: 'other' })).toThrow('certificate "other" does not exist');
    const broker = brokers.add(tls);
    await expect(broker.connect()).rejects.toThrow(/^broker "b": .*certificate/);
    brokers.set(broker, { certificate: 'mine' });
    await broker.publish('t', 'x', { qos: 1 });
    expect(broker.connected).toBe(true);
  });

  it.each(['yes', 'no'])(
    'sets a message aside at which the broker ends every connection (auto-connect=%s)',
    async (auto) => {
      const { port, url } = await mosquitto({ settings: ['max_packet_size 200'] });
      const peer = await Peer.subscribed(url, '#');
      const notices: string[] = [];
      const brokers = makeBrokers({
        onNotice: (text) => notices.push(text),
        session: { backoff: { minimum: 10, maximum: 50 } },
      });
      const broker = brokers.add({ name: 'b', address: HOST, port: String(port), 'auto-connect': auto });
      await broker.connect();
      const large = broker.publish('forbidden', 'x'.repeat(300), { qos: 1 });
      const outcome = large.then(({ reason }) => 'kept: ' + reason, String);
      let sent = 0;
      while (broker.setAside === 0) {
        await broker.publish('t', String(++sent), { qos: 1 }).catch(() => undefined);
      }
      expect(await outcome).toMatch(
        auto === 'yes' ? /^Error: broker "b": message of 300 bytes/ : /^kept: connection lost/,
      );
      expect(notices).toContain(
        'broker "b": message of 300 bytes to "forbidden" set aside: the broker ends the connection whenever it gets it',
      );
      await broker.publish('end', 'x', { qos: 1 });
      await peer.until(() => peer.messages.at(-1)?.topic === 'end');
      expect(new Set(peer.messages.map(({ topic }) => topic))).toEqual(new Set(['t', 'end']));
      expect(broker.setAside).toBe(1);
    },
  );

  it('says that nothing listens, and that a host is not known', async () => {
    const brokers = makeBrokers();
    const port = String(await freePort());
    const broker = brokers.add({ name: 'b', address: HOST, port });
    await expect(broker.publish('t', 'x')).rejects.toThrow(/^broker "b": 127\.0\.0\.1 port \d+/);
    brokers.set(broker, { address: 'no-such-host.invalid' });
    await expect(broker.connect()).rejects.toThrow(/^broker "b": no-such-host\.invalid/);
  });

  it('is the same broker after a restart, and hears what was published meanwhile', async () => {
    const { port, url } = await mosquitto();
    const store = new MemoryStore();
    const before = makeBrokers({}, store).add({
      name: 'b',
      address: HOST,
      port: String(port),
      'clean-session': 'no',
      'auto-connect': 'yes',
    });
    await before.subscribe('t', { qos: 1 });
    before.find('t')!.onMessage = 'run';
    await before.disconnect();
    const peer = await Peer.connect(url);
    await peer.publish('t', 'meanwhile', 1);
    const ran: string[] = [];
    const after = makeBrokers(
      { runScript: (source, topic, payload) => void ran.push(`${source} ${topic} ${payload}`) },
      store,
    );
    expect(after.loadPersisted()).toBe(1);
    await until(after.list[0]!, () => ran.length > 0);
    expect(ran).toEqual(['run t meanwhile']);
  });

  it('keeps what is published while Mosquitto is down, over a restart of the program', async () => {
    const [one, two] = [await mosquitto(), await mosquitto()];
    const flash = new NorFlash({ blocks: 8, blockLength: 4096, random: seededRandom(9) });
    const store = new MemoryStore();
    const run = (): Brokers => makeBrokers({ log: new FlashLog(flash), outgoing: { persistSeconds: 0 } }, store);
    const before = run();
    const parts = { address: HOST, 'auto-connect': 'yes', 'clean-session': 'no' };
    const first = before.add({ name: 'one', port: String(one.port), ...parts });
    const second = before.add({ name: 'two', port: String(two.port), ...parts });
    expect(await first.publish('t', 'delivered', { qos: 1 })).toEqual({ delivered: true, reason: '' });
    for (const down of [one, two]) await down.halt();
    await until(first, () => !first.connected);
    await until(second, () => !second.connected);
    for (let i = 0; i < 50; i++) {
      expect((await first.publish('t', `one ${i}`, { qos: 1 })).delivered).toBe(false);
      expect((await second.publish('t', `two ${i}`, { qos: 1 })).delivered).toBe(false);
    }
    // As by a power cut: nobody is told, and what is in memory is gone.
    for (const broker of before.list) broker.connection!.close();
    for (const up of [one, two]) await up.start();
    const peers = [await Peer.subscribed(one.url, 't'), await Peer.subscribed(two.url, 't')];
    const after = run();
    after.loadPersisted();
    for (const [i, name] of ['one', 'two'].entries()) {
      const peer = peers[i]!;
      await after.list[i]!.publish('t', 'end', { qos: 1, patient: true });
      await peer.until(() => peer.messages.at(-1)?.payload.toString() === 'end');
      const expected = Array.from({ length: 50 }, (_, k) => `${name} ${k}`);
      expect(peer.messages.map(({ payload }) => payload.toString())).toEqual([...expected, 'end']);
      expect(after.list[i]!.kept).toBe(0);
    }
  });

  it('is removed while connected: DISCONNECT, and no will', async () => {
    const { port, url } = await mosquitto();
    const peer = await Peer.subscribed(url, '#');
    const brokers = makeBrokers();
    const broker = brokers.add({ name: 'b', address: HOST, port: String(port), 'will-topic': 'will' });
    const publishing = broker.publish('t', 'last', { qos: 1 });
    await publishing;
    const stopped = until(broker, () => broker.connection === undefined);
    brokers.remove(broker);
    await stopped;
    await peer.publish('end', '', 1);
    await peer.until(() => peer.messages.at(-1)?.topic === 'end');
    expect(peer.messages.map(({ topic }) => topic)).toEqual(['t', 'end']);
  });

  it('takes 10,000 messages at full speed into a slow handler: three at once, in order, the rest dropped', async () => {
    const { port, url } = await mosquitto({ maxQueuedMessages: 0 });
    const notices: string[] = [];
    const brokers = makeBrokers({ onNotice: (text) => notices.push(text) });
    const broker = brokers.add({ name: 'b', address: HOST, port: String(port), 'parallel-scripts-limit': '3' });
    const started: number[] = [];
    const open: (() => void)[] = [];
    let most = 0;
    let heard = 0;
    await broker.subscribe('t/+', {
      handler: (_topic, payload) => {
        started.push(Number(payload));
        return new Promise<void>((resolve) => {
          open.push(resolve);
          most = Math.max(most, open.length);
        });
      },
    });
    const count = 10_000;
    // A handler ends for every tenth message that came.
    broker.observers.push({ onMessage: () => ++heard % 10 === 0 && open.shift()?.() });
    const peer = await Peer.connect(url);
    for (let from = 0; from < count; from += 500) {
      const numbers = Array.from({ length: 500 }, (_, i) => from + i);
      await Promise.all(numbers.map((i) => peer.publish(`t/${i % 5}`, String(i), 0)));
    }
    await until(broker, () => heard === count);
    while (open.length > 0) {
      open.shift()!();
      await new Promise(setImmediate);
    }
    expect(started).toEqual([...started].sort((a, b) => a - b));
    expect(most).toBe(3);
    expect(started.length + broker.messages.dropped).toBe(count);
    expect(broker.messages.dropped).toBeGreaterThan(5000);
    expect(notices.filter((text) => text.includes('messages dropped')).length).toBeGreaterThan(0);
    expect([broker.messages.running, broker.messages.waiting, broker.messages.failed]).toEqual([0, 0, 0]);
    expect(brokers.received.count + brokers.received.lost).toBe(count);
    expect(brokers.received.count).toBe(32);
  });
});
