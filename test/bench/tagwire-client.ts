import { join } from 'node:path';
import { FileFlash } from '../../sim/hal/file-flash.js';
import { nodePlatform } from '../../sim/hal/platform.js';
import { NodeTransport } from '../../sim/hal/transport.js';
import { Connection } from '../../src/connection/index.js';
import type { ConnectionHandler, ConnectionOptions } from '../../src/connection/index.js';
import type { NetworkPlatform } from '../../src/hal/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { FlashLog } from '../../src/telemetry/outbox/flash-log.js';
import { MessageQueue } from '../../src/telemetry/outbox/message-queue.js';
import { bytesInUse, measure, measureArrivals, PAYLOAD_SIZE, startWatch, tell, TOPIC } from './work.js';
import type { Work } from './work.js';

// Our side of the rows, in a process of its own. The other one is mqttjs-client.ts, with the same functions in the same
// order.

const topic = encodeUtf8(TOPIC);
const payload = new Uint8Array(PAYLOAD_SIZE).fill(65);
/** 4 KiB blocks of the log of `stored`. */
const LOG_BLOCKS = 1024;

export async function run(work: Work): Promise<void> {
  if (work.task === 'publish') await publish(work);
  else if (work.task === 'receive') await receive(work);
  else if (work.task === 'round-trip') await roundTrip(work);
  else if (work.task === 'stored') await sendStored(work);
  else await connections(work);
}

const nothing = (): void => undefined;

/** A connection with one function for each event. */
class Client implements ConnectionHandler {
  readonly connection: Connection;
  onConnected: () => void = nothing;
  onAcknowledged: (packetId: number) => void = nothing;
  onMessage: () => void = nothing;
  onSubscribed: () => void = nothing;
  onRoom: () => void = nothing;
  onDisconnected: () => void = nothing;
  onStopped: () => void = nothing;
  readonly onUnsubscribed = nothing;
  /** When false, a lost connection ends the process. */
  mayFail = false;

  constructor(work: Work, options: Partial<ConnectionOptions> = {}, platform: NetworkPlatform = nodePlatform()) {
    const { port, clientId } = work;
    const endpoints = [{ host: '127.0.0.1', port }];
    this.connection = new Connection({ clientId, endpoints, ...options }, platform, this);
  }

  onFailed({ detail }: { detail: string }): void {
    if (!this.mayFail) throw new Error(detail);
  }

  connect(): Promise<void> {
    return new Promise((resolve) => {
      this.onConnected = resolve;
      this.connection.start();
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.onStopped = resolve;
      this.connection.stop();
    });
  }
}

/** Room for `window` messages, and for what fills a write. */
function sizes(window: number): Partial<ConnectionOptions> {
  return { transmitArenaSize: 65536 + window * 2 * PAYLOAD_SIZE, maxInFlight: window, maxQueued: 1024 };
}

/** Ends behind the PUBACK of the last message; behind QoS 0 one message of QoS 1 is sent for that. */
async function publish(work: Work): Promise<void> {
  const client = new Client(work, sizes(work.window));
  await client.connect();
  const publishAll = work.qos === 0 ? publishQos0 : publishQos1;
  await measure(work, (count) => publishAll(client, work, count));
  await client.stop();
}

function publishQos0(client: Client, _work: Work, count: number): Promise<void> {
  const { connection } = client;
  return new Promise((resolve) => {
    let published = 0;
    const refill = (): void => {
      while (published < count && connection.publish(topic, payload, 0, false) >= 0) published++;
      if (published === count && connection.publish(topic, payload, 1, false) > 0) published++;
    };
    client.onRoom = refill;
    client.onAcknowledged = () => resolve();
    refill();
  });
}

function publishQos1(client: Client, { window, bursts }: Work, count: number): Promise<void> {
  const { connection } = client;
  return new Promise((resolve) => {
    let published = 0;
    let acknowledged = 0;
    const refill = (): void => {
      while (published < count && published - acknowledged < window) {
        if (connection.publish(topic, payload, 1, false) < 0) return;
        published++;
      }
    };
    client.onRoom = refill;
    client.onAcknowledged = () => {
      if (++acknowledged === count) resolve();
      else if (!bursts || published - acknowledged <= window >> 1) refill();
    };
    refill();
  });
}

async function receive(work: Work): Promise<void> {
  const client = new Client(work);
  await client.connect();
  await new Promise<void>((resolve) => {
    client.onSubscribed = () => tell('subscribed');
    client.onMessage = measureArrivals(work, resolve);
    client.connection.subscribe(encodeUtf8(work.filter!), work.qos);
  });
  await client.stop();
}

/** Publishes what it is subscribed to; each message that arrives makes room for one. */
async function roundTrip(work: Work): Promise<void> {
  const { qos, window } = work;
  const client = new Client(work, sizes(window));
  const { connection } = client;
  await client.connect();
  await new Promise<void>((resolve) => {
    client.onSubscribed = resolve;
    connection.subscribe(topic, qos);
  });
  const goRound = (count: number): Promise<void> =>
    new Promise((resolve) => {
      let published = 0;
      let received = 0;
      const refill = (): void => {
        while (published < count && published - received < window) {
          if (connection.publish(topic, payload, qos, false) < 0) return;
          published++;
        }
      };
      client.onRoom = refill;
      client.onMessage = () => {
        if (++received === count) resolve();
        else refill();
      };
      refill();
    });
  await measure(work, goRound);
  await client.stop();
}

/**
 * Loses its connection, stores all messages, gets a connection, and sends them; ends behind the last PUBACK. They
 * lie in memory, or with `store` in a log in a file.
 */
async function sendStored(work: Work): Promise<void> {
  const { operations, window } = work;
  const backoff = { minimum: 50, maximum: 50 };
  const client = new Client(work, { ...sizes(window), cleanSession: false, backoff });
  client.mayFail = true;
  const { connection } = client;
  const flash = work.store === undefined ? undefined : new FileFlash(join(work.store, 'log'), LOG_BLOCKS);
  const log = flash && new FlashLog(flash, { maxHeld: window });
  const capacity = log ? 65536 : operations * (4 * PAYLOAD_SIZE);
  const queue = new MessageQueue(
    { place: 1, capacity, maxMessages: operations, maxInFlight: window },
    nodePlatform().clock,
    { onSent: nothing, onDropped: (count) => fail(`${count} messages were dropped`) },
    log,
    0,
  );
  const fail = (text: string): never => {
    throw new Error(text);
  };
  queue.attach(connection, true);
  await client.connect();
  const lost = new Promise<void>((resolve) => (client.onDisconnected = resolve));
  tell('connected');
  await lost;
  for (let i = 0; i < operations; i++) {
    if (queue.add(topic, 0, topic.length, payload, 0, payload.length, false, 0) < 0) fail(`message ${i} was refused`);
  }
  if (flash) {
    queue.flush();
    await new Promise<void>((resolve) => flash.sync(() => resolve()));
  }
  const connected = new Promise<void>((resolve) => (client.onConnected = resolve));
  tell('stored');
  await connected;
  const stop = startWatch();
  await new Promise<void>((resolve) => {
    let acknowledged = 0;
    client.onRoom = () => queue.publishWaiting();
    client.onAcknowledged = (packetId) => {
      queue.acknowledged(packetId);
      if (++acknowledged === operations) resolve();
      else queue.publishWaiting();
    };
    queue.connected();
    queue.publishWaiting();
  });
  tell(stop());
  await client.stop();
  flash?.close();
}

/** So many connections that each publish one message; ends behind the last PUBACK. Their transports share buffers. */
async function connections(work: Work): Promise<void> {
  const [first] = await connectAll(work, 'warm-up', 1);
  await first!.stop();
  const before = bytesInUse();
  const stop = startWatch();
  const clients = await connectAll(work, 'measured', work.operations);
  const outcome = stop();
  tell({ ...outcome, bytesEach: (bytesInUse() - before) / work.operations });
  await Promise.all(clients.map((client) => client.stop()));
}

function connectAll(work: Work, name: string, count: number): Promise<Client[]> {
  return new Promise((resolve) => {
    const clients: Client[] = [];
    let acknowledged = 0;
    for (let i = 0; i < count; i++) {
      const platform = { ...nodePlatform(), transport: new NodeTransport({ shares: true }) };
      const client = new Client({ ...work, clientId: `${work.clientId}-${name}-${i}` }, {}, platform);
      client.onConnected = () => client.connection.publish(topic, payload, 1, false);
      client.onAcknowledged = () => {
        if (++acknowledged === count) resolve(clients);
      };
      client.connection.start();
      clients.push(client);
    }
  });
}
