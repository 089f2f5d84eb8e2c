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
/** With Nagle's algorithm a window may wait 40 ms for an acknowledgement of the kernel. */
const DELAYED_TRIAL_MESSAGES = 2_000;

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
  messages = TRIAL_MESSAGES,
): Promise<Refilling> {
  let best: Refilling = { window: windows[0]!, bursts: false };
  let bestRate = 0;
  for (const window of windows) {
    for (const bursts of task === 'publish' ? [false, true] : [false]) {
      const trial = `QoS ${qos} to ${broker.name}, ${side} tried with ${refillingText({ window, bursts })}`;
      bench.progress(`${task}: ${trial}`);
      const order: Order = { side, task, qos, window, bursts, ...bench.work(messages) };
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
 * with equal windows, and also to `installed`, a Mosquitto that delays small packets.
 */
export async function benchPublish(
  bench: BenchRun,
  brokers: readonly BenchBroker[],
  installed: BenchBroker,
): Promise<void> {
  needProgram('mosquitto_pub');
  const folder = makeTemporaryFolder();
  const lines = folder.file('lines');
  writeFileSync(lines, '');
  try {
    for (const broker of brokers) {
      const theirs = await bestRefilling(bench, broker, 'mqttjs', 'publish', 0);
      const runners = [
        publisher(bench, broker, OURS, 0, { window: 64, bursts: false }),
        publisher(bench, broker, MQTT_JS, 0, theirs),
        mosquittoPub(bench, broker, lines, 0, 64),
        ...(broker.name === 'the sink' ? [limit(bench, broker, 0, 0)] : []),
      ];
      const name = `QoS 0 to ${broker.name}`;
      await bench.measure({ part: 'publish', name, unit: 'messages' }, ROUNDS, runners);
    }
    for (const broker of [...brokers, installed]) {
      for (const window of [64, 1000]) await measureWindow(bench, broker, lines, window, broker === installed);
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

/** One row of QoS 1: ours, MQTT.js, mosquitto_pub, and what the broker and the sockets can do at all. */
async function measureWindow(
  bench: BenchRun,
  broker: BenchBroker,
  lines: string,
  window: number,
  isDelayed: boolean,
): Promise<void> {
  const trials = isDelayed ? DELAYED_TRIAL_MESSAGES : TRIAL_MESSAGES;
  const best = (side: 'tagwire' | 'mqttjs'): Promise<Refilling> =>
    bestRefilling(bench, broker, side, 'publish', 1, [window], trials);
  const runners = [
    publisher(bench, broker, OURS, 1, await best('tagwire')),
    publisher(bench, broker, MQTT_JS, 1, await best('mqttjs')),
    mosquittoPub(bench, broker, lines, 1, window),
  ];
  // A window that is refilled by halves waits for the kernel's acknowledgements where small packets are delayed.
  if (!isDelayed) runners.push(limit(bench, broker, 1, broker.name === 'the sink' ? 0 : window));
  const name = `QoS 1 to ${broker.name}${isDelayed ? ' as installed' : ''}, window ${window}`;
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

/** Without a client. With `window` 0 nobody keeps to a window. */
function limit(bench: BenchRun, broker: BenchBroker, qos: 0 | 1, window: number): Runner {
  const work = bench.work(MESSAGES[broker.name][qos].raw);
  const order: Order = { side: 'raw', task: 'publish', qos, ...work, window };
  return {
    name: `limit of ${broker.name}`,
    isLimit: true,
    setting: `packets made beforehand${window > 0 ? `, ${refillingText({ window, bursts: true })}` : ''}`,
    run: async () => rates(await measureClient(bench, broker, order)),
  };
}

/** What a row of rates shows. */
export function rates(sample: Sample): Sample {
  return pick(sample, 'perSecond', 'cpuMicroseconds', 'brokerBusy');
}
