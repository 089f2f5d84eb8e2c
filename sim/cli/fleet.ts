import { availableParallelism } from 'node:os';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { ConnectionOptions } from '../../src/connection/index.js';
import type { Configuration, RawConfiguration } from '../../src/settings/index.js';
import { BadInput, showValue } from '../bad-input.js';
import { checkFileLimit } from '../fleet/file-limit.js';
import { Fleet } from '../fleet/fleet.js';
import type { FleetCheck, FleetFigures } from '../fleet/fleet.js';
import { MOST_FAULTS, readConfiguration } from '../fleet/generator.js';
import { parseFleetFaults } from '../fleet/fleet-faults.js';
import type { FleetFault } from '../fleet/fleet-faults.js';
import type { MessageFormOptions } from '../fleet/message-form.js';
import { Template } from '../fleet/template.js';
import { readWorld } from '../read-world.js';
import { connectDelay, shardRange } from '../fleet/plan.js';
import type { FleetPlan, FleetWork, MessageWork, Shard } from '../fleet/plan.js';
import { MetricsServer } from '../fleet/metrics.js';
import { joinReports, makeReport } from '../fleet/report.js';
import type { FleetReport } from '../fleet/report.js';
import { ShardControl } from '../fleet/shard-control.js';
import type { ShardControlHandler } from '../fleet/shard-control.js';
import { startTimer } from '../hal/index.js';
import { parseBrokerUrl } from './broker-url.js';
import { mistakesOf } from './configuration-file.js';
import { addTlsFlags } from './connection-flags.js';
import type { TlsFlags } from './connection-flags.js';
import { ExitCode } from './failures.js';
import { FleetJson, FleetText } from './fleet-display.js';
import type { FleetDisplay } from './fleet-display.js';
import { checkTopic, integer, positive, seconds } from './parse-values.js';
import { addConfigurationFlags, brokerSettings, givenSettings, givenText, readTls } from './sim-configuration.js';
import type { ConfigurationFlags } from './sim-configuration.js';
import { brokerName } from './sim-display.js';
import { onInterrupt, warn } from './terminal.js';

interface FleetFlags extends TlsFlags, ConfigurationFlags {
  devices: number;
  broker: string;
  username?: string;
  pw?: string;
  name: string;
  startNumber: number;
  shard: Shard;
  tags: number;
  world?: string;
  payload?: string;
  topic?: string;
  faults: FleetFault[];
  rate: number;
  rateConnect: number;
  duration?: number;
  threads?: number;
  check: boolean;
  run?: string;
  metrics?: number | true;
  seed: number;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  $ tagwire fleet --devices 1000 --broker mqtt://localhost --duration 60
  $ tagwire fleet --devices 10000 --rate 0.1 --rate-connect 500 --broker mqtt://broker.example
  $ tagwire fleet --devices 200 --world greenhouse --broker mqtt://localhost --faults 'reset every=5m'
  $ tagwire fleet --payload '{"n":{counter},"time":{time},"t":{random:15.0..25.0}}' --broker mqtt://localhost
  $ tagwire fleet --devices 4000 --shard 2/4 --run monday --broker mqtt://broker.example   (on the second of four)

Each device is the firmware with a session of its own. {name} and {number} in configuration keys are replaced for each.

Fields of --payload and --topic: {name}, {number}, {prefix}, {counter}, {time} (ms since 1970), {isotime},
{random:15.0..25.0}. Losses and latencies are found by {counter} and {time}.

--faults: KIND@TIME[+LENGTH], counted from the start, or KIND[+LENGTH] every=TIME, at times of its own for each device;
devices=PERCENT% of them. Kinds: reset, halfopen, wifigone (10s), powercut (10s).

Exit codes: 0 success, 1 readings were lost, a device was not connected at the end or a thread died, 2 bad input.
`;

/** Devices of the largest fleet of all shards. */
const MOST_DEVICES = 10_000_000;
const MOST_TAGS = 250;
/** Room in the tag tables of devices in a world. */
const MOST_WORLD_TAGS = 16;
/** Bytes; that of a device of a fleet is a small session. */
const LONGEST_PAYLOAD = 4096;
const LEAST_PAYLOAD = 64;
/** A counter grows, and the sample has a short name and a short time. */
const COUNTER_ROOM = 128;
/** One for each processor is enough, and memory grows with each. */
const MOST_THREADS = 64;
const PROGRESS_MILLISECONDS = 1000;

/** Adds `tagwire fleet`. */
export function addFleetCommand(program: Command): void {
  const command = program
    .command('fleet')
    .description('run many devices against a broker, and measure what becomes of their readings')
    .requiredOption('--broker <url>', 'mqtt(s)://[user[:password]@]host[:port]')
    .option('--devices <number>', 'devices of all shards together', integer(1, MOST_DEVICES), 100)
    .option('-u, --username <name>', 'user name, if the URL has none')
    .option('-P, --pw <password>', 'password, if the URL has none')
    .option('--name <name>', 'devices are called by it and a number: fleet-1', deviceNames, 'fleet')
    .option('--start-number <number>', 'number of the first device', integer(0, MOST_DEVICES), 1)
    .option('--shard <i/n>', 'run only part i of n of the devices', shard, { index: 1, count: 1 })
    .option('--run <name>', 'shards of the same run start together, and shard 1 prints the report of all', runName)
    .option('--prefix <topic>', 'first levels of all topics', 'tagwire')
    .option('--tags <number>', 'tags for each device', integer(1, MOST_TAGS), 1)
    .option('--rate <readings>', 'readings of each device in a second', positive, 1)
    .option(
      '--world <file>',
      'tags from a world file, or one by its name: each device is one of its gateways, in a copy of the world',
    )
    .option('--payload <template>', 'no tags: publish this, with fields such as {counter} and {time}')
    .option('--topic <template>', 'with --payload: where to (default: {prefix}/{name}/data)')
    .option(
      '--faults <list>',
      'what goes wrong, such as "reset@30s, wifigone@1m+20s devices=50%"',
      parseFleetFaults,
      [],
    )
    .option('--rate-connect <number>', 'connections that begin in a second, over all shards, or max', rate, 200)
    .option('--duration <seconds>', 'end so long after the last device began to connect', seconds)
    .option('--threads <number>', 'threads for devices (default: one for each processor)', integer(1, MOST_THREADS))
    .option('--no-check', 'do not look for losses: no subscriber')
    .option('--metrics [port]', 'figures for Prometheus on this port of 127.0.0.1 (default: 9464)', integer(0, 65535))
    .option('--seed <number>', 'seed for the random numbers of the worlds', integer(0, 4294967295), 1)
    .option('--json', 'print each event as a JSON object, and a summary at the end')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: FleetFlags) => {
      const isGiven = (flag: string): boolean => (command.getOptionValueSource(flag) ?? 'default') !== 'default';
      const given = givenSettings(flags, command, ['rate']);
      process.exitCode = await runFleet(flags, readPlan(flags, given, isGiven));
    });
  addConfigurationFlags(command);
  addTlsFlags(command);
}

async function runFleet(flags: FleetFlags, plan: FleetPlan): Promise<number> {
  const { from, to } = shardRange(plan.devices, plan.shard);
  const configuration = checkDevice(plan, from);
  const check = readCheck(flags, plan, configuration);
  const threads = Math.min(flags.threads ?? availableParallelism(), Math.max(1, to - from));
  checkFileLimit(to - from, threads);
  const display = flags.json ? new FleetJson() : new FleetText();
  const fleet = new Fleet(plan, threads, check, {
    onProblem: (text) => run.fail(text),
    onDeath: (text) => display.line(text),
  });
  const run: FleetRun = new FleetRun(plan, fleet, display, flags.duration);
  if (flags.run !== undefined) {
    const { index, count } = plan.shard;
    if (count === 1) throw new BadInput('--run is for the shards of a fleet; give --shard i/n, too');
    const options = connectionOptionsOf(plan, configuration, `shard-${index}`);
    run.shards = new ShardControl(plan, flags.run, configuration.prefix, options, run);
  }
  const labels = { fleet: plan.name, shard: `${plan.shard.index}/${plan.shard.count}` };
  const port = flags.metrics === true ? METRICS_PORT : flags.metrics;
  const metrics = port === undefined ? undefined : await MetricsServer.open(port, labels, async () => fleet.measure());
  const broker = brokerName(configuration.connection.endpoints[0]!);
  try {
    // It hears Ctrl-C from here on, before anybody is told that it runs.
    const exitCode = run.run();
    display.started({
      ...{ devices: to - from, broker, shard: plan.shard, threads, checks: check !== undefined },
      ...(metrics && { metrics: metrics.url }),
    });
    return await exitCode;
  } finally {
    await run.shards?.close();
    await metrics?.close();
    await fleet.close();
  }
}

/** One run of `tagwire fleet`. */
class FleetRun implements ShardControlHandler {
  /** Absent: there are none, or they do not wait for each other. */
  shards: ShardControl | undefined;
  private end: (() => void) | undefined;
  private readonly ended: Promise<void>;
  private problem: string | undefined;
  private before: FleetFigures | undefined;
  private steady: FleetFigures | undefined;

  constructor(
    private readonly plan: FleetPlan,
    private readonly fleet: Fleet,
    private readonly display: FleetDisplay,
    private readonly duration: number | undefined,
  ) {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  /** It cannot go on. */
  fail(problem: string): void {
    this.problem ??= problem;
    this.end!();
  }

  /** Runs it to its end, and returns the exit code. */
  async run(): Promise<number> {
    const { fleet, display, ended, shards } = this;
    const removeListener = onInterrupt(() => {
      display.stopping();
      shards?.stopAll();
      this.end!();
    });
    process.stdout.on('error', () => this.end!());
    const ready = fleet.prepare().then(() => shards?.start());
    const isReady = await Promise.race([ready.then(() => true), ended.then(() => false)]);
    if (!isReady) {
      removeListener();
      warn(this.problem ?? 'interrupted before the devices began to connect; there is nothing to report');
      return this.problem === undefined ? ExitCode.interrupted : ExitCode.failure;
    }
    fleet.start();
    const connecting = connectDelay(this.plan, shardRange(this.plan.devices, this.plan.shard).to - 1) + START_MARGIN;
    const timers = [startTimer(connecting, () => void this.noteSteady())];
    if (this.duration !== undefined) timers.push(startTimer(connecting + this.duration * 1000, () => this.end!()));
    const progress = setInterval(() => void this.showProgress(), PROGRESS_MILLISECONDS);
    await ended;
    clearInterval(progress);
    for (const timer of timers) timer.stop();
    if (fleet.died) {
      removeListener();
      warn(this.problem!);
      return ExitCode.failure;
    }
    const last = await fleet.measure();
    const report = makeReport(this.steady ?? atBarrier(last), last, await fleet.stop());
    display.summary(report);
    const exitCode = this.problem === undefined ? exitCodeOf(await this.join(report)) : ExitCode.failure;
    if (this.problem !== undefined) warn(this.problem);
    removeListener();
    return exitCode;
  }

  // ShardControlHandler

  onStop(): void {
    this.display.line('shard 1 was interrupted: stopping');
    this.end!();
  }

  onProblem(text: string): void {
    this.fail(text);
  }

  onLine(text: string): void {
    this.display.line(text);
  }

  private async noteSteady(): Promise<void> {
    this.steady = await this.fleet.measure();
  }

  private async showProgress(): Promise<void> {
    const figures = await this.fleet.measure();
    this.display.progress(figures, this.before);
    this.before = figures;
  }

  /** The report that counts for the exit code: of shard 1 that of all shards, which it shows. */
  private async join(report: FleetReport): Promise<FleetReport> {
    const { shards, display, plan } = this;
    const reports = await shards?.report(report, JOIN_PATIENCE);
    await shards?.close();
    if (!reports) return report;
    const missing = Array.from({ length: plan.shard.count }, (_, i) => i + 1).filter((shard) => !reports.has(shard));
    if (missing.length > 0) {
      this.problem = `shards without a report after ${JOIN_PATIENCE / 1000} s: ${missing.join(', ')}`;
    }
    const joined = joinReports([...reports.values()]);
    display.joined(joined, reports.size);
    return joined;
  }
}

/** All devices were connected at the end, no reading is missing, and no thread that would have told of some. */
function exitCodeOf(report: FleetReport): number {
  const lost = report.check?.lost ?? report.readings - report.acknowledged;
  const isWhole = report.connected === report.devices && report.deaths.length === 0;
  return lost === 0 && isWhole ? ExitCode.success : ExitCode.failure;
}

/** Milliseconds that shard 1 waits for the reports of the others, and they for its acknowledgement. */
const JOIN_PATIENCE = 60_000;
const METRICS_PORT = 9464;
/** Milliseconds from the order to start to the first connection that began. */
const START_MARGIN = 200;

/** The same at the barrier, when nothing had happened. */
const atBarrier = (figures: FleetFigures): FleetFigures => ({
  ...figures,
  seconds: 0,
  devices: { ...figures.devices, acknowledged: 0 },
});

/**
 * What a device of a fleet has when nobody says otherwise: each advertisement is a reading, and else only status and
 * health go out. The outbox holds about 20 readings.
 */
const FLEET_DEFAULTS: RawConfiguration = {
  interval: 0,
  presence: 0,
  silent: 0,
  rpc: 'off',
  outbox: 2048,
  maxPayload: 384,
};

/** What every device of a world has, over what the firmware has when nobody says. */
const WORLD_DEFAULTS: RawConfiguration = { silent: 0, rpc: 'off', outbox: 4096 };

/** Throws `BadInput`. */
function readPlan(flags: FleetFlags, given: RawConfiguration, isGiven: (flag: string) => boolean): FleetPlan {
  const url = parseBrokerUrl(flags.broker);
  for (const key of ['gateway', 'broker'] as const) {
    if (givenText(given, key) !== undefined) {
      throw new BadInput(`${key} is not for the configuration of a fleet: use --${key === 'broker' ? key : 'name'}`);
    }
  }
  const clientId = givenText(given, 'clientId');
  if (clientId !== undefined && !/\{(name|number)\}/.test(clientId)) {
    throw new BadInput(
      `clientId must have {name} or {number}, so that each device has one of its own, got ${showValue(clientId)}`,
    );
  }
  if (flags.faults.length > MOST_FAULTS) {
    throw new BadInput(`--faults must have at most ${MOST_FAULTS} faults, got ${flags.faults.length}`);
  }
  const tls = readTls(flags, given, [url]);
  const work = readWork(flags, isGiven);
  const defaults =
    work.kind === 'world'
      ? { ...WORLD_DEFAULTS, tags: Math.max(MOST_WORLD_TAGS, work.file.tags.length) }
      : { ...FLEET_DEFAULTS, tags: flags.tags, ...(work.kind === 'messages' && { maxPayload: work.maxPayload }) };
  return {
    devices: flags.devices,
    startNumber: flags.startNumber,
    shard: flags.shard,
    name: flags.name,
    settings: { ...defaults, ...brokerSettings(given, [url], tls) },
    tls,
    work,
    connectRate: flags.rateConnect,
    faults: flags.faults,
    unchecked: flags.unchecked ?? false,
    seed: flags.seed,
  };
}

/** What the devices have to tell. Throws `BadInput` for flags that exclude each other. */
function readWork(flags: FleetFlags, isGiven: (flag: string) => boolean): FleetWork {
  const { world, payload, rate, tags } = flags;
  const exclude = (one: string, other: string, why: string): void => {
    if (isGiven(one) && isGiven(other)) throw new BadInput(`--${one} and --${other} exclude each other: ${why}`);
  };
  exclude('world', 'payload', 'a device has either tags or messages from a template');
  exclude('world', 'tags', 'the world file says which tags there are');
  exclude('world', 'rate', 'the tags of the world file and the key interval say how often is reported');
  exclude('payload', 'tags', 'a device has either tags or messages from a template');
  if (isGiven('topic') && payload === undefined) {
    throw new BadInput('--topic needs --payload; the topic of readings is the configuration key topic: --set topic=…');
  }
  if (world !== undefined) return { kind: 'world', file: readWorld(world) };
  if (payload === undefined) return { kind: 'tags', tags, rate };
  const topic = flags.topic ?? '{prefix}/{name}/data';
  const sample = { name: `${flags.name}-1`, number: 1, prefix: 'p', counter: 0, time: 0 };
  checkTopic(new Template('--topic', topic).write(sample));
  const length = Buffer.byteLength(new Template('--payload', payload).write(sample));
  if (length > LONGEST_PAYLOAD) {
    throw new BadInput(`--payload must make payloads of at most ${LONGEST_PAYLOAD} bytes, got ${length}`);
  }
  return { kind: 'messages', topic, payload, rate, maxPayload: Math.max(LEAST_PAYLOAD, length + COUNTER_ROOM) };
}

/** The configuration of the first device. Throws `BadInput` that lists every mistake. */
function checkDevice(plan: FleetPlan, index: number): Configuration {
  try {
    return readConfiguration(plan, index);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadInput(mistakesOf(error).join('; '));
  }
}

/** What the subscriber needs; undefined when nobody asks for it. Throws `BadInput` where losses cannot be found. */
function readCheck(flags: FleetFlags, plan: FleetPlan, configuration: Configuration): FleetCheck | undefined {
  if (!flags.check) return undefined;
  const connection = connectionOptionsOf(plan, configuration, `subscriber-${plan.shard.index}`);
  const { work } = plan;
  const form = work.kind === 'messages' ? templateForm(work, configuration) : readingForm(configuration);
  return { form, connection };
}

/** Of a client beside the devices, with the credentials of the first one. */
function connectionOptionsOf(plan: FleetPlan, { connection }: Configuration, role: string): ConnectionOptions {
  const { endpoints, username, password } = connection;
  return {
    endpoints,
    clientId: `tagwire-${plan.name}-${role}-${process.pid}`,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
}

function templateForm({ topic, payload }: MessageWork, { prefix }: Configuration): MessageFormOptions {
  const fields = new Template('--payload', payload);
  if (!fields.has('counter') || !fields.has('time')) {
    throw new BadInput('losses are found by {counter} and {time} in --payload; put them in, or give --no-check');
  }
  const inTopic = new Template('--topic', topic);
  if (!inTopic.has('name') && !inTopic.has('number')) {
    throw new BadInput('losses cannot be found with a --topic without {name} or {number}; give --no-check');
  }
  return { prefix, topic, payload };
}

function readingForm({ cloud, cloudValues, prefix }: Configuration): MessageFormOptions {
  const { payload = 'json', seal = 'off', topic = '{prefix}/{gateway}/{kind}/{tag}' } = cloudValues;
  const why =
    cloud !== 'plain'
      ? `cloud=${cloud}`
      : payload !== 'json'
        ? `payload=${String(payload)}`
        : seal !== 'off'
          ? `seal=${String(seal)}`
          : undefined;
  if (why !== undefined) {
    throw new BadInput(`losses cannot be found with ${why}: that needs cloud=plain with payload=json; give --no-check`);
  }
  if (!String(topic).includes('{gateway}')) {
    throw new BadInput('losses cannot be found with a topic without {gateway}; give --no-check');
  }
  return { prefix, topic: String(topic) };
}

/** A parser for commander: `i/n`. */
function shard(text: string): Shard {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const index = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (!(index >= 1 && index <= count))
    throw new InvalidArgumentError('It must be i/n with i from 1 to n, such as 2/4.');
  return { index, count };
}

/** A parser for commander: a number above 0, or max. */
function rate(text: string): number {
  if (text === 'max') return Infinity;
  try {
    return positive(text);
  } catch {
    throw new InvalidArgumentError('It must be a number above 0, or max.');
  }
}

/** A parser for commander: a level of topics. */
function runName(text: string): string {
  if (!/^[\w.-]{1,40}$/.test(text)) {
    throw new InvalidArgumentError('It must be 1 to 40 of A-Z, a-z, 0-9, ., _ and -.');
  }
  return text;
}

/** A parser for commander: what the names of devices begin with. */
function deviceNames(text: string): string {
  if (!/^[\w.-]{1,40}$/.test(text)) {
    throw new InvalidArgumentError('It must be 1 to 40 of A-Z, a-z, 0-9, ., _ and -.');
  }
  return text;
}
