import { parseConfiguration } from '../../src/settings/index.js';
import type { Endpoint } from '../../src/hal/index.js';
import type { Configuration, RawConfiguration } from '../../src/settings/index.js';
import { BadInput } from '../bad-input.js';
import { Pacer } from '../dashboard/pacer.js';
import { readWorld, simulationOfWorld } from '../read-world.js';
import {
  defaultRules,
  EPOCH,
  EventKind,
  faultText,
  hoursOfFile,
  MODEL_FAULTS,
  parseFaults,
  ReportFigures,
  targetOf,
  timeOf,
  VirtualWorld,
} from '../virtual/index.js';
import type { Fault, Rule, SimulatedWorld, Tap, Trace, WorldGateway } from '../virtual/index.js';
import { defaultWorld } from '../world/default-world.js';
import { parseBrokerUrl } from './broker-url.js';
import { tlsFlagsGiven } from './connection-flags.js';
import { ExitCode } from './failures.js';
import { readKeys } from './gateway-flags.js';
import type { SimFlags } from './gateway-flags.js';
import { RealBroker } from './real-broker.js';
import { openRecordings } from './recording-flags.js';
import { addTls, brokerSettings, readTls } from './sim-configuration.js';
import { brokerName } from './sim-display.js';
import { onInterrupt } from './terminal.js';
import { isRare, VirtualJson, VirtualText } from './virtual-display.js';
import type { VirtualDisplay, VirtualFigures } from './virtual-display.js';

const HOUR = 3_600_000;
const PROGRESS_MILLISECONDS = 1000;

/** Runs a world in virtual time, with `given` for all gateways, to its end, and returns the exit code. */
export async function runVirtual(flags: SimFlags, given: RawConfiguration): Promise<number> {
  refuseRealTime(flags);
  const { json, verbose = false, seed } = flags;
  const keys = { ...given, ...(flags.keys !== undefined && { tagKeys: readKeys(flags.keys) }) };
  const urls = (flags.broker ?? []).map(parseBrokerUrl);
  const tls = readTls(flags, keys, urls);
  const read = readVirtualWorld(flags, urls.length > 0 ? brokerSettings(keys, urls, tls) : keys);
  const { configuration, ...plan } = read;
  const endpoints = urls.length > 0 ? configuration.connection.endpoints : [];
  addTls(configuration, tls);
  refuseModelFaults(plan.faults, endpoints);
  const display = json ? new VirtualJson() : new VirtualText();
  const recordings = openRecordings(flags);
  try {
    const run = new VirtualRun({ ...plan, seed, taps: recordings.taps, endpoints }, display, verbose);
    return await run.run(flags.speed ?? (endpoints.length > 0 ? 1 : Infinity));
  } finally {
    recordings.close();
  }
}

/** Throws `BadInput` for faults that a real broker does not have. */
export function refuseModelFaults(faults: readonly Fault[], endpoints: readonly Endpoint[]): void {
  if (endpoints.length === 0) return;
  const found = faults.find(({ kind }) => MODEL_FAULTS.includes(kind));
  if (!found) return;
  throw new BadInput(`${faultText(found)} is a fault of the broker model; leave --broker out, or the fault`);
}

/** Throws `BadInput` for flags that belong to real time. */
function refuseRealTime(flags: SimFlags): void {
  const { until, faults, speed = Infinity } = flags;
  const asked = until !== undefined ? '--until' : faults !== undefined ? '--faults' : `--speed ${pace(speed)}`;
  const refuse = (flag: string, why: string): never => {
    throw new BadInput(`${asked} and ${flag} exclude each other: ${why}`);
  };
  if (flags.broker && flags.speed !== undefined && flags.speed !== 1) {
    const why = 'a real broker keeps real time; use --speed 1, or leave --broker out for the broker model';
    throw new BadInput(`--speed ${pace(flags.speed)} and --broker exclude each other: ${why}`);
  }
  if (flags.capture !== undefined) {
    refuse('--capture', 'a capture is replayed in real time, or faster with --speed alone; name a --world');
  }
  if (flags.engine === 'xs') {
    refuse('--engine xs', 'virtual time is for --engine node; npm run campaign -- --engine xs runs worlds on XS');
  }
  if (flags.duration !== undefined)
    refuse('--duration', 'it counts real seconds; say the time of the world with --until');
  if (flags.console || flags.consolePort !== undefined || flags.consoleToken !== undefined) {
    const flag = flags.console ? '--console' : flags.consolePort !== undefined ? '--console-port' : '--console-token';
    refuse(flag, 'who types needs real time; "people" in the world file type lines at times');
  }
  if (flags.store !== undefined) refuse('--store', 'the memories of the devices are part of the world');
  if (flags.unchecked) refuse('--unchecked', 'a board checks the limits of its cloud');
  const [tls] = tlsFlagsGiven(flags);
  if (tls !== undefined && !flags.broker) {
    refuse(tls, 'the broker model has no certificates; the fault tls lets handshakes fail');
  }
}

const pace = (speed: number): string => (speed === Infinity ? 'max' : String(speed));

/** What `VirtualRun` runs. */
interface VirtualPlan {
  world: SimulatedWorld;
  hours: number;
  faults: readonly Fault[];
  expectations: Rule;
  /** It runs for as long as its file says, or longer, or the file expects nothing. */
  isWhole: boolean;
  seed: number;
  taps: readonly Tap[];
  /** Real brokers in place of the models, by their places in the world; empty: the models. */
  endpoints: readonly Endpoint[];
}

/** Reads the world and what it is run with. Throws `BadInput`. */
function readVirtualWorld(
  flags: SimFlags,
  { gateway, ...settings }: RawConfiguration,
): Omit<VirtualPlan, 'seed' | 'taps' | 'endpoints'> & { configuration: Configuration } {
  const { board, until, seed } = flags;
  const path = flags.world;
  const file = path === undefined ? defaultWorld : readWorld(path);
  const options = { settings, ...(board !== undefined && { board }) };
  const hours = until === undefined ? undefined : until / HOUR;
  const isWhole = !file.expect || hours === undefined || hours >= hoursOfFile(file);
  const simulation = simulationOfWorld(file, path ?? defaultWorld.name, seed, hours, options);
  const world = named(simulation.world, gateway);
  const [configuration] = world.gateways.map((one) => checkSettings(one, world));
  return {
    ...simulation,
    world,
    configuration: configuration!,
    isWhole,
    faults: [...simulation.faults, ...readFaults(flags, world, simulation.hours)],
  };
}

/** A world of one gateway, with the name that was asked for. */
export function named(world: SimulatedWorld, name: unknown): SimulatedWorld {
  if (name === undefined || name === '') return world;
  const [gateway, ...others] = world.gateways;
  if (others.length > 0) {
    const names = world.gateways.map((one) => one.name).join(', ');
    throw new BadInput(`gateway: the world has ${world.gateways.length} gateways with names of their own, ${names}`);
  }
  return { ...world, gateways: [{ ...gateway!, name: String(name) }] };
}

/** The configuration with which a board would start. Throws `BadInput` when it would not. */
export function checkSettings({ name, board, settings }: WorldGateway, { wifi }: SimulatedWorld): Configuration {
  try {
    return parseConfiguration({ ssid: wifi.ssid, gateway: name, ...settings }, targetOf(board, name));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadInput(`${name}, ${board}: ${error.message.split('\n').join('; ')}`);
  }
}

/** The faults of `--faults`; `hours`: when the world ends. Throws `BadInput`. */
export function readFaults(flags: SimFlags, world: SimulatedWorld, hours: number): Fault[] {
  let faults: Fault[];
  try {
    faults = parseFaults(flags.faults ?? '', world);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadInput(`--faults: ${error.message}`);
  }
  const late = faults.find(({ at }) => at >= hours * HOUR);
  if (!late) return faults;
  throw new BadInput(
    `--faults: ${faultText(late)} is behind the end, ${timeOf(Math.round(hours * HOUR))}; see --until`,
  );
}

/** A world that runs at a pace, and is shown. */
class VirtualRun {
  private readonly figures: ReportFigures;
  private readonly realBrokers: readonly RealBroker[];
  private readonly world: VirtualWorld;
  private readonly begin = performance.now();
  private stopped = false;
  private told = 0;
  private lastProgress = { at: 0, real: this.begin };

  constructor(
    private readonly plan: VirtualPlan,
    private readonly display: VirtualDisplay,
    verbose: boolean,
  ) {
    const { world, faults, seed, hours, expectations, taps } = plan;
    const atEnd: Rule = {
      name: expectations.name,
      // What is expected of the whole is not to be had earlier.
      finish: (simulation) => {
        if (plan.isWhole && !this.stopped) expectations.finish?.(simulation);
      },
    };
    const isReal = plan.endpoints.length > 0;
    this.figures = new ReportFigures(!isReal);
    const trace: Trace = {
      // Of a real broker nothing else is seen.
      shows: (kind) => verbose || isRare(kind) || (isReal && kind === EventKind.line),
      line: (at, text, kind) => display.happened(at, kind, text),
    };
    const rules = isReal ? [this.figures] : [...defaultRules(), atEnd, this.figures];
    this.world = new VirtualWorld(world, faults, seed, { hours, rules, taps, trace });
    const notice = (text: string): void =>
      display.happened(this.world.now(), EventKind.disconnect, 'broker: no connection: ' + text);
    this.realBrokers = plan.endpoints.map((endpoint) => new RealBroker(endpoint, notice));
    this.realBrokers.forEach((broker, index) => {
      for (const server of this.world.brokers[index]!.servers) server.listener = broker;
    });
    // Certificates and tokens are good for the time that it is.
    if (isReal) this.world.internet.time.ahead = Date.now() - EPOCH;
  }

  /** Runs to the end, or until Ctrl-C, at `speed` times real time. Returns the exit code. */
  async run(speed: number): Promise<number> {
    const { plan, display, world } = this;
    const { seed, faults } = plan;
    const { name, gateways } = plan.world;
    display.started({
      world: name,
      gateways: gateways.map((gateway) => ({ name: gateway.name, board: gateway.board })),
      seed,
      until: world.endsAt,
      speed,
      faults: faults.length,
      brokers: plan.endpoints.map(brokerName),
      expects: plan.isWhole,
    });
    const pacer = new Pacer(world, speed);
    const stop = (): void => {
      this.stopped = true;
      pacer.stop();
    };
    const removeListener = onInterrupt(stop);
    process.stdout.on('error', stop);
    await pacer.run(() => this.tell());
    removeListener();
    for (const broker of this.realBrokers) broker.close();
    return this.summarize();
  }

  /** Tells of rules that were broken, and once a second of the figures. */
  private tell(): void {
    const { display, world, lastProgress } = this;
    const { broken } = world.ledger;
    for (; this.told < broken.length; this.told++) display.broken(broken[this.told]!);
    const now = performance.now();
    const passed = now - lastProgress.real;
    if (passed < PROGRESS_MILLISECONDS) return;
    display.progress(this.figuresNow((world.now() - lastProgress.at) / passed));
    this.lastProgress = { at: world.now(), real: now };
  }

  private summarize(): number {
    const { plan, display, world, begin } = this;
    // Judged now, and for the first time as a whole.
    const { hash, figures, broken } = world.finish();
    const speed = world.now() / (performance.now() - begin);
    const faultsBy: { [kind: string]: number } = {};
    for (const { kind } of this.begun()) faultsBy[kind] = (faultsBy[kind] ?? 0) + 1;
    for (; this.told < broken.length; this.told++) display.broken(broken[this.told]!);
    const { advertisements, heard, messages, connects, starts, powerCuts, restarts } = figures;
    display.summary({
      ended: this.stopped ? 'interrupted' : 'until',
      world: plan.world.name,
      seed: plan.seed,
      hash,
      ...this.figuresNow(speed),
      faultsBy,
      ...{ advertisements, heard, starts, powerCuts, restarts },
      ...(plan.endpoints.length === 0 && { messages, connects }),
    });
    return broken.length === 0 ? ExitCode.success : ExitCode.failure;
  }

  private figuresNow(speed: number): VirtualFigures {
    const { figures, world, begin } = this;
    figures.count();
    const { made, received, repeated, held, notCarried, dropped: droppedBy } = figures;
    let dropped = 0;
    for (const count of Object.values(droppedBy)) dropped += count;
    return {
      at: world.now(),
      seconds: (performance.now() - begin) / 1000,
      speed,
      readings: {
        ...{ made, received, repeated, held, notCarried, dropped },
        // What the broker has and did not acknowledge yet is held, too.
        lost: Math.max(0, made - received - held - notCarried - dropped),
      },
      droppedBy,
      faults: this.begun().length,
      broken: world.ledger.broken.length,
    };
  }

  private begun(): Fault[] {
    return this.plan.faults.filter(({ at }) => at <= this.world.now());
  }
}
