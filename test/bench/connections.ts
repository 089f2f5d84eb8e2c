import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TOP } from '../support/folders.js';
import { makeTemporaryFolder } from '../support/temp.js';
import type { BenchBroker, Sink } from './brokers.js';
import { measureClient, measureTool, needProgram, newClientId, pick } from './processes.js';
import type { Order } from './processes.js';
import { address } from './publish.js';
import { MQTT_JS, OURS } from './rows.js';
import type { BenchRun, Runner, Sample } from './rows.js';
import { PAYLOAD_SIZE, TOPIC } from './work.js';

const STORED = 10_000;
const STORED_ROUNDS = 5;
/** PUBLISH packets that ours sends ahead of their PUBACKs. MQTT.js has no limit. */
const STORED_WINDOW = 1000;

/** Messages that were stored without a connection, from the CONNACK of the next one to the last PUBACK. */
export async function benchStored(bench: BenchRun, brokers: readonly BenchBroker[]): Promise<void> {
  for (const broker of brokers) {
    const name = `${STORED.toLocaleString('en')} stored messages to ${broker.name}`;
    await bench.measure({ part: 'stored', name, unit: 'messages' }, STORED_ROUNDS, [
      stored(bench, broker, OURS, 'tagwire', false),
      stored(bench, broker, MQTT_JS, 'mqttjs', false),
      stored(bench, broker, `${OURS} with a log`, 'tagwire', true),
    ]);
  }
}

function stored(bench: BenchRun, broker: BenchBroker, name: string, side: 'tagwire' | 'mqttjs', log: boolean): Runner {
  const run = async (): Promise<Sample> => {
    const folder = log ? makeTemporaryFolder() : undefined;
    try {
      const order: Order = { side, task: 'stored', qos: 1, operations: STORED, warmUp: 0, window: STORED_WINDOW };
      const sample = await measureClient(bench, broker, folder ? { ...order, store: folder.path } : order, {
        connected: () => void broker.halt(),
        stored: () => void broker.listen(),
      });
      return pick(sample, 'milliseconds', 'cpuMilliseconds', 'brokerBusy');
    } finally {
      folder?.remove();
    }
  };
  return { name, setting: log ? 'in a file; survives a restart' : 'in memory', run };
}

const CONNECTIONS = [10, 100, 1000];

/** Many connections of one process to the sink: all connect, and each publishes one message of QoS 1. */
export async function benchConnections(bench: BenchRun, sink: BenchBroker): Promise<void> {
  for (const operations of CONNECTIONS) {
    const side = (name: string, client: 'tagwire' | 'mqttjs', setting?: string): Runner => {
      const order: Order = { side: client, task: 'connections', qos: 1, operations, warmUp: 0, window: 1 };
      const run = async (): Promise<Sample> =>
        pick(await measureClient(bench, sink, order), 'milliseconds', 'cpuMilliseconds', 'kibibytesEach');
      return setting === undefined ? { name, run } : { name, setting, run };
    };
    const name = `${operations.toLocaleString('en')} connections, a message each`;
    await bench.measure({ part: 'connections', name, unit: 'connections' }, 5, [
      side(OURS, 'tagwire', 'shared buffers'),
      side(MQTT_JS, 'mqttjs'),
    ]);
  }
}

const START_ROUNDS = 9;
const dist = (name: string): string => join(TOP, 'dist', `${name}.js`);
const TAGWIRE = dist('cli');
const require = createRequire(import.meta.url);

/** The shortest program that publishes one message with the package. */
const OUR_PROGRAM = `
import { Connection } from '${dist('connection')}';
import { encodeUtf8 } from '${dist('mqtt')}';
import { nodePlatform } from '${dist('sim')}';
const [port, clientId, topic, payload] = process.argv.slice(1);
const nothing = () => {};
const endpoints = [{ host: '127.0.0.1', port: Number(port) }];
const connection = new Connection({ clientId, endpoints }, nodePlatform(), {
  onConnected() {
    connection.publish(encodeUtf8(topic), encodeUtf8(payload), 0, false);
    connection.stop();
  },
  onMessage: nothing, onAcknowledged: nothing, onSubscribed: nothing, onUnsubscribed: nothing, onRoom: nothing,
  onFailed: ({ detail }) => { throw new Error(detail); },
  onStopped: nothing,
});
connection.start();
`;
const PEER_PROGRAM = `
import mqtt from 'mqtt';
const [port, clientId, topic, payload] = process.argv.slice(1);
const client = mqtt.connect({ host: '127.0.0.1', port: Number(port), clientId, protocolVersion: 4 });
client.on('connect', () => client.publish(topic, payload, () => client.end()));
`;

/** From the start of a process until the sink has its first message. */
export async function benchStart(bench: BenchRun, sink: Sink): Promise<void> {
  if (!existsSync(TAGWIRE)) throw new Error('tagwire is not built: run npm run build');
  const payload = 'A'.repeat(PAYLOAD_SIZE);
  const flags = (clientId: string): string[] => [...address(sink), '-i', clientId, '-t', TOPIC, '-m', payload];
  const program = (source: string, clientId: string): string[] => {
    return ['--input-type=module', '-e', source, '--', String(sink.port), clientId, TOPIC, payload];
  };
  const starter = (name: string, setting: string, path: string, args: (clientId: string) => string[]): Runner => ({
    name,
    setting,
    async run(): Promise<Sample> {
      const milliseconds = await timeToFirst(bench, sink, path, args);
      // Measured apart: the shell that reads the processor time has a start of its own.
      const clientId = newClientId();
      const { cpuMicroseconds } = await measureTool(bench, sink, path, args(clientId), 1, { end: sink.gone(clientId) });
      return { milliseconds, cpuMilliseconds: cpuMicroseconds! / 1000 };
    },
  });
  const node = process.execPath;
  const peer = require.resolve('mqtt').replace(/index\.js$/, 'bin/pub.js');
  await bench.measure(
    { part: 'start', name: 'start of a program to its first message', unit: 'starts' },
    START_ROUNDS,
    [
      starter(OURS, 'connection and sim of the package', node, (id) => program(OUR_PROGRAM, id)),
      starter(MQTT_JS, 'import', node, (id) => program(PEER_PROGRAM, id)),
    ],
  );
  await bench.measure(
    { part: 'start', name: 'start of a command to its first message', unit: 'starts' },
    START_ROUNDS,
    [
      starter(OURS, 'tagwire pub', node, (id) => [TAGWIRE, 'pub', ...flags(id)]),
      starter(MQTT_JS, 'mqtt_pub', node, (id) => [peer, ...flags(id)]),
      starter('mosquitto_pub', '-m', needProgram('mosquitto_pub'), flags),
    ],
  );
}

async function timeToFirst(
  bench: BenchRun,
  sink: Sink,
  program: string,
  args: (clientId: string) => string[],
): Promise<number> {
  const clientId = newClientId();
  const first = sink.firstMessage(clientId);
  const gone = sink.gone(clientId);
  const begin = performance.now();
  const child = spawn(program, args(clientId), { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const failed = new Promise<never>((_, reject) => {
    child.on('exit', (code) => code !== 0 && reject(new Error(`${program} ended with ${code}: ${errors}`)));
  });
  await bench.guard(Promise.race([first, failed]), () => child.kill('SIGKILL'));
  const milliseconds = performance.now() - begin;
  await bench.guard(Promise.race([gone, failed]), () => child.kill('SIGKILL'));
  return milliseconds;
}
