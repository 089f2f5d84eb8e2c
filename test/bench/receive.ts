import type { BenchBroker } from './brokers.js';
import { measureClient, measureTool, needProgram, newClientId } from './processes.js';
import type { Order } from './processes.js';
import { address, bestRefilling, rates, refillingText } from './publish.js';
import type { Refilling } from './publish.js';
import { MQTT_JS, OURS } from './rows.js';
import type { BenchRun, Runner, Sample } from './rows.js';

const ROUNDS = 5;
/** What is published for receivers. */
const FEED = 'bench/feed';
/** Messages of one round, each about a second. */
const RECEIVED = {
  'the sink': { tagwire: 1_000_000, mqttjs: 200_000, tool: 300_000, raw: 2_000_000 },
  Mosquitto: { tagwire: 200_000, mqttjs: 150_000, tool: 200_000, raw: 200_000 },
};
const ROUND_TRIPS = { 1: 5_000, 64: 40_000 };

/** Receiving 64-byte messages: from the sink, which made them beforehand, and through Mosquitto. */
export async function benchReceive(bench: BenchRun, brokers: readonly BenchBroker[]): Promise<void> {
  needProgram('mosquitto_sub');
  for (const broker of brokers) {
    for (const qos of broker.name === 'the sink' ? ([0, 1] as const) : ([0] as const)) {
      const runners = [
        receiver(bench, broker, OURS, 'tagwire', qos),
        receiver(bench, broker, MQTT_JS, 'mqttjs', qos),
        mosquittoSub(bench, broker, qos),
      ];
      if (qos === 0) runners.push(receiver(bench, broker, `limit of ${broker.name}`, 'raw', qos));
      const name = `QoS ${qos} from ${broker.name}`;
      await bench.measure({ part: 'receive', name, unit: 'messages' }, ROUNDS, runners);
    }
  }
}

/** What to subscribe to for `count` messages. */
function filterOf(broker: BenchBroker, qos: number, count: number): string {
  return broker.name === 'the sink' ? `source/${qos}/${count}` : FEED;
}

/** Publishes `count` messages through Mosquitto, made beforehand; the sink sends its own. */
function feed(bench: BenchRun, broker: BenchBroker, count: number, onBegin?: () => void): Promise<unknown> {
  if (broker.name === 'the sink') return Promise.resolve();
  const order: Order = { side: 'raw', task: 'publish', qos: 0, operations: count, warmUp: 0, window: 0, filter: FEED };
  return measureClient(bench, broker, order, onBegin && { begin: onBegin });
}

function receiver(
  bench: BenchRun,
  broker: BenchBroker,
  name: string,
  side: 'tagwire' | 'mqttjs' | 'raw',
  qos: 0 | 1,
): Runner {
  const { operations, warmUp } = bench.work(RECEIVED[broker.name][side] / (qos === 1 ? 4 : 1));
  const filter = filterOf(broker, qos, warmUp + operations);
  const order: Order = { side, task: 'receive', qos, operations, warmUp, window: 0, filter };
  const run = async (): Promise<Sample> => {
    let fed: Promise<unknown> = Promise.resolve();
    const subscribed = (): void => void (fed = feed(bench, broker, warmUp + operations));
    const sample = await measureClient(bench, broker, order, { subscribed });
    await fed;
    return rates(sample);
  };
  return { name, ...(side === 'raw' && { isLimit: true, setting: 'no packet is looked at' }), run };
}

/** From its subscription, or the first message, until the broker has read its DISCONNECT. It prints to /dev/null. */
function mosquittoSub(bench: BenchRun, broker: BenchBroker, qos: 0 | 1): Runner {
  const program = needProgram('mosquitto_sub');
  const operations = bench.count(RECEIVED[broker.name].tool) / (qos === 1 ? 4 : 1);
  const run = async (): Promise<Sample> => {
    const clientId = newClientId();
    const filter = filterOf(broker, qos, operations);
    const flags = ['-i', clientId, '-t', filter, '-q', String(qos), '-C', String(operations), '--nodelay'];
    let fed: Promise<unknown> = Promise.resolve();
    const begin = broker.subscribed(clientId).then(
      () =>
        new Promise<void>((resolve) => {
          fed = feed(bench, broker, operations, resolve);
          if (broker.name === 'the sink') resolve();
        }),
    );
    const end = broker.gone(clientId);
    const sample = await measureTool(bench, broker, program, [...address(broker), ...flags], operations, {
      begin,
      end,
    });
    await fed;
    return sample;
  };
  return { name: 'mosquitto_sub', setting: 'prints to /dev/null', run };
}

/** One client of Mosquitto publishes what it is subscribed to. */
export async function benchRoundTrip(bench: BenchRun, mosquitto: BenchBroker): Promise<void> {
  for (const qos of [0, 1] as const) {
    for (const window of [1, 64] as const) {
      const best = async (side: 'tagwire' | 'mqttjs'): Promise<Refilling> =>
        window === 1
          ? { window, bursts: false }
          : bestRefilling(bench, mosquitto, side, 'round-trip', qos, [16, 64, 256, 1000]);
      const work = bench.work(ROUND_TRIPS[window]);
      const side = (name: string, client: 'tagwire' | 'mqttjs', outstanding: number): Runner => {
        const order: Order = { side: client, task: 'round-trip', qos, ...work, window: outstanding };
        const setting = refillingText({ window: outstanding, bursts: false });
        return { name, setting, run: async () => rates(await measureClient(bench, mosquitto, order)) };
      };
      const name = `QoS ${qos} round trip through Mosquitto, ${window === 1 ? 'one at a time' : 'many at a time'}`;
      await bench.measure({ part: 'round-trip', name, unit: 'messages' }, ROUNDS, [
        side(OURS, 'tagwire', (await best('tagwire')).window),
        side(MQTT_JS, 'mqttjs', (await best('mqttjs')).window),
      ]);
    }
  }
}
