import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { connect } from 'mqtt';
import { collectGarbage } from '../../sim/fleet/thread-meter.js';

// MQTT.js in the place of the devices of a fleet: so many clients in a worker thread, each with the same topics, will,
// birth and QoS, and the same payload at the same rate. Prints bytes for each client as JSON.
//
//   node fleet-peer.js URL CLIENTS RATE SECONDS [YOUNG_GENERATION_MB]

interface Work {
  url: string;
  clients: number;
  rate: number;
  seconds: number;
}

/** Clients that begin to connect in a second, as in the fleet. */
const CONNECT_RATE = 200;

if (isMainThread) runMain();
else await runClients(workerData as Work);

function runMain(): void {
  const [url = '', clients, rate, seconds, young] = process.argv.slice(2);
  const worker = new Worker(fileURLToPath(import.meta.url), {
    workerData: { url, clients: Number(clients), rate: Number(rate), seconds: Number(seconds) } satisfies Work,
    ...(young !== undefined && { resourceLimits: { maxYoungGenerationSizeMb: Number(young) } }),
  });
  let baseline = 0;
  let memory = 0;
  worker.on('message', (message: 'loaded' | 'steady' | { acknowledged: number; connected: number }) => {
    if (message === 'loaded') {
      collectGarbage();
      baseline = process.memoryUsage.rss();
      worker.postMessage('connect');
    } else if (message === 'steady') {
      memory = process.memoryUsage.rss() - baseline;
      worker.postMessage('collect');
    } else {
      collectGarbage();
      const collected = process.memoryUsage.rss() - baseline;
      const perClient = (bytes: number): number => Math.round(bytes / Number(clients));
      console.log(
        JSON.stringify({ memoryPerDevice: perClient(memory), collectedPerDevice: perClient(collected), ...message }),
      );
      process.exit();
    }
  });
}

async function runClients({ url, clients, rate, seconds }: Work): Promise<void> {
  const next = (): Promise<unknown> => new Promise((resolve) => parentPort!.once('message', resolve));
  let acknowledged = 0;
  let connected = 0;
  collectGarbage();
  parentPort!.postMessage('loaded');
  await next();
  for (let number = 1; number <= clients; number++) {
    setTimeout(() => startClient(number), (number / CONNECT_RATE) * 1000);
  }
  await new Promise((resolve) => setTimeout(resolve, (clients / CONNECT_RATE + seconds) * 1000));
  parentPort!.postMessage('steady');
  await next();
  collectGarbage();
  parentPort!.postMessage({ acknowledged, connected });

  function startClient(number: number): void {
    const name = `peer-${number}`;
    const status = `tagwire/${name}/status`;
    const session = '1-1';
    const client = connect(url, {
      protocolVersion: 4,
      clientId: `tagwire-${name}`,
      will: {
        topic: status,
        payload: Buffer.from(JSON.stringify({ state: 'offline', session })),
        qos: 1,
        retain: true,
      },
    });
    client.once('connect', () => {
      connected++;
      const birth = { state: 'online', session, boots: 1, attempts: 1, firmware: '0.1.0', board: 'fleet' };
      client.publish(status, JSON.stringify(birth), { qos: 1, retain: true });
    });
    const hex = (byte: number): string => (byte & 0xff).toString(16).padStart(2, '0').toUpperCase();
    const address = `E0:74:00:${hex(number >> 8)}:${hex(number)}:00`;
    const topic = `tagwire/${name}/tags/${address.replaceAll(':', '')}`;
    let count = 0;
    const publish = (): void => {
      const reading = {
        ...{ address, format: 'ruuvi5', id: `1/${count++}`, rssi: -60, time: Date.now() },
        ...{ temperature: 15 + count / 200, humidity: 40, accelerationX: 0, accelerationY: 0, accelerationZ: 1 },
        ...{ battery: 2.9, txPower: 4, sequence: count },
      };
      client.publish(topic, JSON.stringify(reading), { qos: 1 }, (error) => {
        if (!error) acknowledged++;
      });
    };
    setTimeout(() => setInterval(publish, 1000 / rate), (Math.random() * 1000) / rate);
  }
}
