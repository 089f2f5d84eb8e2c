import { writeFileSync } from 'node:fs';
import { makeTemporaryFolder } from '../support/temp.js';
import type { BenchBroker } from './brokers.js';
import { measureClient, measureTool, needProgram, newClientId, pick } from './processes.js';
import type { Order } from './processes.js';
import { MOSQUITTO_PUB, MQTT_JS, OURS } from './rows.js';
import type { BenchRun, Runner, Sample } from './rows.js';
import { PAYLOAD_SIZE, TOPIC } from './work.js';

const ROUNDS = 5;
/** What both clients are tried with. */
const WINDOWS = [64, 256, 1000, 4000];
const TRIAL_MESSAGES = 20_000;

/** How a client fills its window. */
export interface Refilling {
  window: number;
  bursts: boolean;
}

export function refillingText({ window, bursts }: Refilling): string {
  return `window ${window}, refilled ${bursts ? 'by halves' : 'on each answer'}`;
}

/** With which of the windows `side` does `task` fastest, by one short run of each. */
export async function bestRefilling(
  bench: BenchRun,
  broker: BenchBroker,
  side: 'tagwire' | 'mqttjs',
  task: 'publish' | 'round-trip',
  qos: 0 | 1,
  windows: readonly number[] = WINDOWS,
): Promise<Refilling> {
  let best: Refilling = { window: windows[0]!, bursts: false };
  let bestRate = 0;
  for (const window of windows) {
    for (const bursts of task === 'publish' ? [false, true] : [false]) {
      const trial = `QoS ${qos} to ${broker.name}, ${side} tried with ${refillingText({ window, bursts })}`;
      bench.progress(`${task}: ${trial}`);
      const order: Order = { side, task, qos, window, bursts, ...bench.work(TRIAL_MESSAGES) };
      const { perSecond = 0 } = await measureClient(bench, broker, order);
      if (perSecond > bestRate) {
        best = { window, bursts };
        bestRate = perSecond;
      }
    }
  }
  return best;
}

/** What a side publishes in one round, by QoS: about a second. */
const MESSAGES = {
  'the sink': [
    { tagwire: 1_000_000, mqttjs: 150_000, tool: 300_000, raw: 2_000_000 },
    { tagwire: 80_000, mqttjs: 30_000, tool: 60_000, raw: 400_000 },
  ],
  Mosquitto: [
    { tagwire: 200_000, mqttjs: 150_000, tool: 200_000, raw: 200_000 },
    { tagwire: 60_000, mqttjs: 30_000, tool: 60_000, raw: 60_000 },
  ],
} as const;

/**
 * Publishing 64-byte messages to the sink and to Mosquitto, until the broker has taken the last one. QoS 1 is measured
 * with equal windows.
 */
export async function benchPublish(bench: BenchRun, brokers: readonly BenchBroker[]): Promise<void> {
  needProgram('mosquitto_pub');
  const folder = makeTemporaryFolder();
  const lines = folder.file('lines');
  writeFileSync(lines, '');
  try {
    for (const broker of brokers) {
      const best = await bestRefilling(bench, broker, 'mqttjs', 'publish', 0);
      await measure(bench, broker, lines, 0, 64, best);
    }
    for (const broker of brokers) {
      for (const window of [64, 1000]) {
        const best = await bestRefilling(bench, broker, 'mqttjs', 'publish', 1, [window]);
        await measure(bench, broker, lines, 1, window, best);
      }
    }
    for (const broker of brokers) {
      const ours = await bestRefilling(bench, broker, 'tagwire', 'publish', 1);
      const peers = await bestRefilling(bench, broker, 'mqttjs', 'publish', 1);
      const name = `QoS 1 to ${broker.name}, best windows`;
      await bench.measure({ part: 'publish', name, unit: 'messages' }, ROUNDS, [
        publisher(bench, broker, OURS, 1, ours),
        publisher(bench, broker, MQTT_JS, 1, peers),
      ]);
    }
  } finally {
    folder.remove();
  }
}

/** One row: ours, MQTT.js, mosquitto_pub, and what the sink can take at all. */
async function measure(
  bench: BenchRun,
  broker: BenchBroker,
  lines: string,
  qos: 0 | 1,
  window: number,
  best: Refilling,
): Promise<void> {
  const runners = [
    publisher(bench, broker, OURS, qos, { window, bursts: false }),
    publisher(bench, broker, MQTT_JS, qos, best),
    mosquittoPub(bench, broker, lines, qos, window),
  ];
  if (broker.name === 'the sink') runners.push(limit(bench, broker, qos));
  const name = qos === 0 ? `QoS 0 to ${broker.name}` : `QoS 1 to ${broker.name}, window ${window}`;
  await bench.measure({ part: 'publish', name, unit: 'messages' }, ROUNDS, runners);
}

function publisher(bench: BenchRun, broker: BenchBroker, name: string, qos: 0 | 1, refilling: Refilling): Runner {
  const side = name === OURS ? 'tagwire' : 'mqttjs';
  const order: Order = { side, task: 'publish', qos, ...bench.work(MESSAGES[broker.name][qos][side]), ...refilling };
  // With QoS 0 ours fills its buffer, and nothing is awaited.
  const setting = qos === 0 && side === 'tagwire' ? undefined : refillingText(refilling);
  return {
    name,
    ...(setting !== undefined && { setting }),
    run: async () => rates(await measureClient(bench, broker, order)),
  };
}

/** Lines of a file as messages, from the start of the process until the broker has read its DISCONNECT. */
function mosquittoPub(bench: BenchRun, broker: BenchBroker, lines: string, qos: 0 | 1, window: number): Runner {
  const program = needProgram('mosquitto_pub');
  const operations = bench.count(MESSAGES[broker.name][qos].tool);
  const run = async (): Promise<Sample> => {
    writeFileSync(lines, `${'A'.repeat(PAYLOAD_SIZE)}\n`.repeat(operations));
    const clientId = newClientId();
    const flags = ['-i', clientId, '-t', TOPIC, '-q', String(qos), '-M', String(window), '-l', '--nodelay'];
    const gone = broker.gone(clientId);
    const sample = await measureTool(bench, broker, program, [...address(broker), ...flags], operations, {
      input: lines,
      end: gone,
    });
    const taken = await gone;
    if (taken !== undefined && taken !== operations) throw new Error(`${taken} of ${operations} messages arrived`);
    return sample;
  };
  return { name: MOSQUITTO_PUB, ...(qos > 0 && { setting: `-M ${window}` }), run };
}

export function address({ port }: BenchBroker): string[] {
  return ['-h', '127.0.0.1', '-p', String(port)];
}

function limit(bench: BenchRun, sink: BenchBroker, qos: 0 | 1): Runner {
  const order: Order = { side: 'raw', task: 'publish', qos, ...bench.work(MESSAGES[sink.name][qos].raw), window: 0 };
  return {
    name: 'limit of the sink',
    isLimit: true,
    setting: 'packets made beforehand',
    run: async () => rates(await measureClient(bench, sink, order)),
  };
}

/** What a row of rates shows. */
export function rates(sample: Sample): Sample {
  return pick(sample, 'perSecond', 'cpuMicroseconds', 'brokerBusy');
}
