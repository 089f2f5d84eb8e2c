import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { YOUNG_GENERATION } from '../../sim/fleet/fleet.js';
import { positive, integer } from '../../sim/cli/parse-values.js';
import type { Mosquitto } from '../support/mosquitto.js';
import { startQuickMosquitto } from './brokers.js';

/** The budget: memory of a device in memory of a client of MQTT.js, at most. */
const BUDGET = 0.5;
const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const DOCS = fileURLToPath(new URL('../../../docs/scale.md', import.meta.url));
const PEER = fileURLToPath(new URL('./fleet-peer.js', import.meta.url));

/** Devices from which on the growth of a process says something. */
const LEAST_GROWN = 1000;

/** Share of the messages that a busy machine must manage. */
const LEAST_WORK = 0.8;

/** A machine of the arithmetic. */
const MACHINE = { processors: 8, gibibytes: 16, ports: 64_512 };
/** What of it devices may take, so that no event loop is late and memory lasts. */
const SHARE = 0.5;
const MILLION = 1e6;

const thousands = (value: number): string => Math.floor(value).toLocaleString('en');

interface Flags {
  devices: number;
  rate: number;
  seconds: number;
  sizes?: boolean;
  storm?: boolean;
  json?: boolean;
  update?: boolean;
}

/** What both sides print at their end. */
interface Side {
  memoryPerDevice: number;
  collectedPerDevice: number;
  connected: number;
  acknowledged: number;
}

interface Summary extends Side {
  devices: number;
  connects: number;
  refused: number;
  failed: number;
  published: number;
  lost: number | null;
  memory: number;
  cpuPerDevice: number;
  readingsPerSecond: number;
  connectsBySecond: number[];
  acknowledgementMilliseconds: { p50: number; p90: number; p99: number; max: number };
  limitedByLoadGenerator: string[];
}

const flags = new Command('bench:fleet')
  .description('memory of a device of tagwire fleet and of a client of MQTT.js with the same work, against Mosquitto')
  .option('--devices <number>', 'devices, and clients', integer(1, 20_000), 1000)
  .option('--rate <readings>', 'readings of each in a second', positive, 1)
  .option('--seconds <number>', 'how long they publish', integer(1, 3600), 20)
  .option('--sizes', 'instead: what a device costs in fleets of 10, 100, 1,000 and 10,000')
  .option('--storm', 'instead: restart the broker under the devices')
  .option('--json', 'print one JSON object')
  .option('--update', 'write what is printed to docs/scale.md')
  .addHelpText(
    'after',
    '\nExamples:\n  $ npm run bench:fleet\n  $ npm run bench:fleet -- --sizes\n  $ npm run bench:fleet -- --storm',
  )
  .parse()
  .opts<Flags>();

if (!existsSync(CLI)) throw new Error('tagwire is not built: run npm run build');
const broker: Mosquitto = await startQuickMosquitto('max_connections -1');
const said: string[] = [];
const say = (text: string): void => {
  said.push(text);
  if (!flags.json) console.log(text);
};
const loadBefore = loadavg()[0]!;
try {
  const result = flags.storm ? await storm() : flags.sizes ? await sizes() : await compareMemory();
  const others = `load of the machine before: ${loadBefore.toFixed(1)} on ${availableParallelism()} processors`;
  say(`${others}; Node ${process.versions.node}, Mosquitto on the same machine`);
  if (flags.update)
    updateDocs(flags.storm ? '-- --storm --update' : flags.sizes ? '-- --sizes --update' : '-- --update');
  if (flags.json) console.log(JSON.stringify({ load: loadavg()[0], ...result }));
} finally {
  await broker.stop();
}

/** Puts what was printed between the comments of docs/scale.md that name this command. */
function updateDocs(command: string): void {
  const begin = `<!-- begin: npm run bench:fleet ${command} -->\n`;
  const page = readFileSync(DOCS, 'utf8');
  const from = page.indexOf(begin);
  if (from < 0) throw new Error(`docs/scale.md has no line ${begin}`);
  const to = page.indexOf('<!-- end -->', from);
  writeFileSync(DOCS, `${page.slice(0, from + begin.length)}\n\`\`\`\n${said.join('\n')}\n\`\`\`\n\n${page.slice(to)}`);
}

/** One after the other, so that neither takes the other's processor time. */
async function compareMemory(): Promise<object> {
  const { devices, rate, seconds } = flags;
  const ours = await runFleet([
    '--devices',
    devices,
    '--rate',
    rate,
    '--duration',
    seconds,
    '--threads',
    1,
    '--no-check',
  ]);
  const work = [broker.url, devices, rate, seconds];
  const peer = await runPeer(work);
  const tight = await runPeer([...work, YOUNG_GENERATION]);
  for (const side of [ours, peer, tight]) checkWork(side);
  say(`${devices} devices and as many clients of MQTT.js, ${rate} readings a second, bytes for each:`);
  say('                                          as it runs   after a garbage collection');
  row('tagwire fleet', ours);
  row('MQTT.js, heap limits of Node', peer);
  row(`MQTT.js, young generation of ${YOUNG_GENERATION} MB, as ours`, tight);
  const ratio = ours.memoryPerDevice / peer.memoryPerDevice;
  const ratioOf = (of: keyof Side, other: Side): string => (ours[of] / other[of]).toFixed(2);
  const verdict = ratio <= BUDGET ? 'met' : 'NOT MET';
  say(`ratio to MQTT.js as Node runs it: ${ratio.toFixed(2)} (budget ≤ ${BUDGET}: ${verdict})`);
  say(
    `other ratios: after a garbage collection ${ratioOf('collectedPerDevice', peer)}; to MQTT.js with our limit ` +
      `${ratioOf('memoryPerDevice', tight)}, after a garbage collection ${ratioOf('collectedPerDevice', tight)}`,
  );
  return { devices, rate, ours, peer, tight, ratio, budget: BUDGET };
}

/** Throws when a side did less than its work: its memory would be that of something else. */
function checkWork({ connected, acknowledged }: Side): void {
  const { devices, rate, seconds } = flags;
  if (connected === devices && acknowledged >= LEAST_WORK * devices * rate * seconds) return;
  throw new Error(`only ${connected} of ${devices} connected, and ${acknowledged} messages were acknowledged`);
}

function row(name: string, { memoryPerDevice, collectedPerDevice }: Side): void {
  const number = (bytes: number): string => bytes.toLocaleString('en').padStart(12);
  say(`${name.padEnd(40)}${number(memoryPerDevice)}${number(collectedPerDevice)}`);
}

async function sizes(): Promise<object> {
  const rows: Summary[] = [];
  say('devices  readings/s  MiB in all  KiB/device: in all, grown by  CPU ms/s/device  PUBACK p50, p99 ms  lost');
  for (const [devices, rate] of [
    [10, 1],
    [100, 1],
    [1000, 1],
    [10_000, 0.1],
  ] as const) {
    const connect = ['--rate-connect', Math.max(100, devices / 20)];
    const summary = await runFleet(['--devices', devices, '--rate', rate, '--duration', flags.seconds, ...connect]);
    rows.push(summary);
    const { acknowledgementMilliseconds: acknowledged, memory, memoryPerDevice } = summary;
    const kibibytes = (bytes: number): string => (bytes / 1024).toFixed(1);
    // For few devices it is less than what a heap changes by itself.
    const grown = devices < LEAST_GROWN ? '-' : kibibytes(memoryPerDevice);
    say(
      [
        String(devices).padStart(7),
        summary.readingsPerSecond.toFixed(0).padStart(10),
        (memory / 1048576).toFixed(0).padStart(10),
        `${kibibytes(memory / devices)}, ${grown}`.padStart(28),
        summary.cpuPerDevice.toFixed(3).padStart(15),
        `${acknowledged.p50.toFixed(1)}, ${acknowledged.p99.toFixed(1)}`.padStart(18),
        String(summary.lost).padStart(4),
      ].join('  '),
    );
    for (const limit of summary.limitedByLoadGenerator) say(`         limited by the load generator: ${limit}`);
  }
  sayMillion(rows.at(-1)!);
  return { rows };
}

/** A million devices with the cost of those of the largest fleet. */
function sayMillion({ devices, memoryPerDevice, cpuPerDevice }: Summary): void {
  const byProcessors = (MACHINE.processors * SHARE * 1000) / cpuPerDevice;
  const byMemory = (MACHINE.gibibytes * 1024 ** 3 * SHARE) / memoryPerDevice;
  const each = Math.min(byProcessors, byMemory, MACHINE.ports);
  say('');
  const { processors, gibibytes, ports } = MACHINE;
  const rooms = [
    `${thousands(byProcessors)} by processors`,
    `${thousands(byMemory)} by memory`,
    `${thousands(ports)} by the ports of one address`,
  ];
  say(`a million devices, each as one of the ${devices.toLocaleString('en')}:`);
  say(`  processors in all  ${thousands((cpuPerDevice * MILLION) / 1000)}`);
  say(`  memory in all      ${thousands((memoryPerDevice * MILLION) / 1024 ** 3)} GiB`);
  say(`  devices for a machine with ${processors} processors and ${gibibytes} GiB, of which they take half:`);
  say(`                     ${rooms.join(', ')}`);
  say(`  machines           ${Math.ceil(MILLION / each)}`);
}

async function storm(): Promise<object> {
  const { devices, rate } = flags;
  const args = ['--devices', devices, '--rate', rate, '--rate-connect', Math.max(100, devices / 5)];
  const summary = await runFleet(args, restartBroker);
  say(`${devices} devices, broker killed and started again:`);
  say(`connects a second: ${summary.connectsBySecond.join(' ')}`);
  say(
    `${summary.connected} connected, ${summary.connects} accepted, ${summary.refused} refused, ` +
      `${summary.failed} lost or failed, ${summary.published} published, ${summary.acknowledged} acknowledged`,
  );
  for (const limit of summary.limitedByLoadGenerator) say(`limited by the load generator: ${limit}`);
  return summary;
}

/** Kills the broker when all are connected, and says so when they are back. */
async function restartBroker(progress: Summary, fleet: { stop(): void; restarted?: boolean }): Promise<void> {
  const { devices } = flags;
  if (!fleet.restarted && progress.connected === devices) {
    fleet.restarted = true;
    await broker.restart('SIGKILL');
  } else if (fleet.restarted && progress.connected === devices && progress.connects >= 2 * devices) fleet.stop();
}

function runFleet(
  args: (string | number)[],
  onProgress?: (progress: Summary, fleet: { stop(): void }) => Promise<void>,
): Promise<Summary> {
  return run([CLI, 'fleet', '--broker', broker.url, '--json', ...args], onProgress) as Promise<Summary>;
}

function runPeer(args: (string | number)[]): Promise<Side> {
  return run([PEER, ...args]);
}

/** The last line that a program of Node prints, as JSON. */
function run(
  args: (string | number)[],
  onProgress?: (progress: Summary, fleet: { stop(): void }) => Promise<void>,
): Promise<Side> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
    const fleet = { stop: (): void => void child.kill('SIGINT') };
    let text = '';
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      const lines = text.split('\n');
      const last = lines.at(-2);
      if (!onProgress || !last?.includes('"event":"progress"')) return;
      onProgress(JSON.parse(last) as Summary, fleet).catch(reject);
    });
    child.once('error', reject);
    child.once('close', () => {
      try {
        resolve(JSON.parse(text.trim().split('\n').at(-1)!) as Side);
      } catch {
        reject(new Error(`${args.join(' ')} ended without figures`));
      }
    });
  });
}
