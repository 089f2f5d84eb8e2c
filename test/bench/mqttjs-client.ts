import type { Socket } from 'node:net';
import mqtt from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import { bytesInUse, measure, measureArrivals, PAYLOAD_SIZE, startWatch, tell, TOPIC } from './work.js';
import type { Work } from './work.js';

// The side of MQTT.js, in a process of its own: the same work as in tagwire-client.ts, in the same order.

const payload = Buffer.alloc(PAYLOAD_SIZE, 65);

export async function run(work: Work): Promise<void> {
  if (work.task === 'publish') await publish(work);
  else if (work.task === 'receive') await receive(work);
  else if (work.task === 'round-trip') await roundTrip(work);
  else if (work.task === 'stored') await sendStored(work);
  else await connections(work);
}

async function connect(work: Work, options: IClientOptions = {}): Promise<MqttClient> {
  const { port, clientId } = work;
  const client = await mqtt.connectAsync({ host: '127.0.0.1', port, clientId, protocolVersion: 4, ...options });
  // As all other sides.
  (client.stream as Socket).setNoDelay(true);
  return client;
}

/** Ends behind the PUBACK of the last message; behind QoS 0 one message of QoS 1 is sent for that. */
async function publish(work: Work): Promise<void> {
  const client = await connect(work);
  await measure(work, (count) => publishAll(client, work, count));
  await client.endAsync();
}

async function publishAll(client: MqttClient, { qos, window, bursts }: Work, count: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let published = 0;
    let completed = 0;
    const refill = (): void => {
      while (published < count && published - completed < window) {
        published++;
        client.publish(TOPIC, payload, { qos }, onCompleted);
      }
    };
    const onCompleted = (error?: Error): void => {
      if (error) return reject(error);
      if (++completed === count) return resolve();
      if (!bursts || published - completed <= window >> 1) refill();
    };
    refill();
  });
  if (qos === 0) await client.publishAsync(TOPIC, payload, { qos: 1 });
}

async function receive(work: Work): Promise<void> {
  const client = await connect(work);
  await new Promise<void>((resolve, reject) => {
    client.on('message', measureArrivals(work, resolve));
    client.subscribe(work.filter!, { qos: work.qos }, (error) => (error ? reject(error) : tell('subscribed')));
  });
  await client.endAsync();
}

/** Publishes what it is subscribed to; each message that arrives makes room for one. */
async function roundTrip(work: Work): Promise<void> {
  const { qos, window } = work;
  const client = await connect(work);
  await client.subscribeAsync(TOPIC, { qos });
  const goRound = (count: number): Promise<void> =>
    new Promise((resolve) => {
      let published = 0;
      let received = 0;
      const refill = (): void => {
        while (published < count && published - received < window) {
          published++;
          client.publish(TOPIC, payload, { qos });
        }
      };
      const onMessage = (): void => {
        if (++received < count) return refill();
        client.off('message', onMessage);
        resolve();
      };
      client.on('message', onMessage);
      refill();
    });
  await measure(work, goRound);
  await client.endAsync();
}

/**
 * Loses its connection, stores all messages, gets a connection, and sends them; ends behind the last PUBACK. They
 * lie in its queue and its store, both in memory.
 */
async function sendStored(work: Work): Promise<void> {
  const { operations } = work;
  const client = await connect(work, { clean: false, reconnectPeriod: 50 });
  client.on('error', () => undefined);
  const lost = new Promise<void>((resolve) => client.once('close', resolve));
  tell('connected');
  await lost;
  let acknowledged = 0;
  let finish: () => void;
  const done = new Promise<void>((resolve) => (finish = resolve));
  for (let i = 0; i < operations; i++) {
    client.publish(TOPIC, payload, { qos: 1 }, (error) => {
      if (error) throw error;
      if (++acknowledged === operations) finish();
    });
  }
  const connected = new Promise<void>((resolve) => {
    client.on('packetreceive', ({ cmd }) => cmd === 'connack' && resolve());
  });
  client.once('connect', () => (client.stream as Socket).setNoDelay(true));
  tell('stored');
  await connected;
  const stop = startWatch();
  await done;
  tell(stop());
  await client.endAsync();
}

/** So many connections that each publish one message; ends behind the last PUBACK. */
async function connections(work: Work): Promise<void> {
  const [first] = await connectAll(work, 'warm-up', 1);
  await first!.endAsync();
  const before = bytesInUse();
  const stop = startWatch();
  const clients = await connectAll(work, 'measured', work.operations);
  const outcome = stop();
  tell({ ...outcome, bytesEach: (bytesInUse() - before) / work.operations });
  await Promise.all(clients.map((client) => client.endAsync()));
}

function connectAll(work: Work, name: string, count: number): Promise<MqttClient[]> {
  return new Promise((resolve, reject) => {
    const clients: MqttClient[] = [];
    let acknowledged = 0;
    for (let i = 0; i < count; i++) {
      const clientId = `${work.clientId}-${name}-${i}`;
      const client = mqtt.connect({ host: '127.0.0.1', port: work.port, clientId, protocolVersion: 4 });
      client.once('connect', () => {
        (client.stream as Socket).setNoDelay(true);
        client.publish(TOPIC, payload, { qos: 1 }, (error) => {
          if (error) reject(error);
          else if (++acknowledged === count) resolve(clients);
        });
      });
      clients.push(client);
    }
  });
}
