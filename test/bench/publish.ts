import { spawn } from 'node:child_process';
import { once } from 'node:events';
import mqtt from 'mqtt';
import { nodePlatform } from '../../sim/hal/platform.js';
import { Connection } from '../../src/connection/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { findProgram, startMosquitto } from '../support/mosquitto.js';
import { median, result } from './compare.js';
import type { Comparison } from './compare.js';

const TOPIC = 'bench/publish';
const PAYLOAD_SIZE = 64;
const ROUNDS = 5;

/** Messages a second of the clock, and of the client's own processor time. */
interface Rate {
  clock: number;
  processor: number;
}

/**
 * Publishing 64-byte messages to Mosquitto. The clock stops when the broker has processed the last message:
 * for QoS 1 that is the last PUBACK; behind QoS 0 one QoS 1 message is sent, and its PUBACK is awaited.
 * With QoS 0 the broker is what limits all clients, so the processor time of the client is compared as well.
 * mosquitto_pub is timed as a process, from its first byte of input to its exit.
 */
export async function benchPublish(progress: (text: string) => void): Promise<Comparison[]> {
  const program = findProgram('mosquitto_pub');
  if (!program) throw new Error('mosquitto_pub is missing: install mosquitto-clients');
  // A broker that logs each packet would be measured with its log.
  const broker = await startMosquitto({ maxQueuedMessages: 0, settings: ['log_type none'] });
  try {
    const comparisons: Comparison[] = [];
    for (const [qos, messages] of [
      [0, 200000],
      [1, 60000],
    ] as const) {
      const rates = { ours: [] as Rate[], mqttjs: [] as Rate[], mosquitto: [] as number[] };
      for (let round = 1; round <= ROUNDS; round++) {
        progress(`publish QoS ${qos}, round ${round} of ${ROUNDS}`);
        rates.ours.push(await oursRate(broker.port, qos, messages));
        rates.mqttjs.push(await mqttjsRate(broker.port, qos, messages));
        rates.mosquitto.push(await mosquittoRate(program, broker.port, qos, messages));
      }
      const clock = (rates: Rate[]): number => median(rates.map((rate) => rate.clock));
      const processor = (rates: Rate[]): number => median(rates.map((rate) => rate.processor));
      comparisons.push(
        result(`publish QoS ${qos}`, 'MQTT.js', clock(rates.ours), clock(rates.mqttjs)),
        result(`publish QoS ${qos}`, 'mosquitto_pub -l', clock(rates.ours), median(rates.mosquitto)),
        result(`QoS ${qos} by CPU time`, 'MQTT.js', processor(rates.ours), processor(rates.mqttjs)),
      );
    }
    return comparisons;
  } finally {
    await broker.stop();
  }
}

/** Starts both watches; the function that is returned stops them. */
function watch(messages: number): () => Rate {
  const begin = performance.now();
  const used = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(used);
    return {
      clock: (messages * 1000) / (performance.now() - begin),
      processor: (messages * 1000000) / (user + system),
    };
  };
}

function oursRate(port: number, qos: 0 | 1, messages: number): Promise<Rate> {
  return new Promise((resolve, reject) => {
    const topic = encodeUtf8(TOPIC);
    const payload = new Uint8Array(PAYLOAD_SIZE).fill(65);
    let published = 0;
    let acknowledged = 0;
    let stopWatch: (() => Rate) | undefined;
    let rate: Rate | undefined;
    const refill = (): void => {
      while (published < messages && connection.publish(topic, payload, qos, false) >= 0) published++;
      if (qos === 0 && published === messages && connection.publish(topic, payload, 1, false) > 0) published++;
    };
    const connection = new Connection(
      {
        clientId: 'bench-ours',
        endpoints: [{ host: '127.0.0.1', port }],
        transmitArenaSize: 65536,
        maxInFlight: 64,
        maxQueued: 1024,
      },
      nodePlatform(),
      {
        onConnected() {
          stopWatch = watch(messages);
          refill();
        },
        onAcknowledged() {
          acknowledged++;
          if (acknowledged < (qos === 0 ? 1 : messages)) return refill();
          rate = stopWatch?.();
          connection.stop();
        },
        onRoom: refill,
        onMessage() {},
        onSubscribed() {},
        onUnsubscribed() {},
        onFailed: (failure) => reject(new Error(failure.detail)),
        onStopped: () => (rate ? resolve(rate) : reject(new Error('stopped too early'))),
      },
    );
    connection.start();
  });
}

async function mqttjsRate(port: number, qos: 0 | 1, messages: number): Promise<Rate> {
  const client = await mqtt.connectAsync({ host: '127.0.0.1', port, clientId: 'bench-mqttjs' });
  const payload = Buffer.alloc(PAYLOAD_SIZE, 65);
  const stopWatch = watch(messages);
  await new Promise<void>((resolve, reject) => {
    let published = 0;
    let completed = 0;
    const window = 1000;
    const refill = (): void => {
      while (published < messages && published - completed < window) {
        published++;
        client.publish(TOPIC, payload, { qos }, (error) => {
          if (error) return reject(error);
          completed++;
          if (completed === messages) return resolve();
          if (published - completed === window >> 1) refill();
        });
      }
    };
    refill();
  });
  if (qos === 0) await client.publishAsync(TOPIC, payload, { qos: 1 });
  const rate = stopWatch();
  await client.endAsync();
  return rate;
}

async function mosquittoRate(program: string, port: number, qos: 0 | 1, messages: number): Promise<number> {
  const input = Buffer.alloc((PAYLOAD_SIZE + 1) * messages, `${'A'.repeat(PAYLOAD_SIZE)}\n`);
  const args = ['-h', '127.0.0.1', '-p', String(port), '-t', TOPIC, '-q', String(qos), '-l'];
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  const stopWatch = watch(messages);
  child.stdin.end(input);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`mosquitto_pub ended with code ${code}`);
  return stopWatch().clock;
}
