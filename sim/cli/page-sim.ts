import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Endpoint } from '../../src/hal/index.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import { BadInput } from '../bad-input.js';
import { ModelListener } from '../dashboard/model-listener.js';
import { ReplaySource } from '../dashboard/replay-source.js';
import { ReplayableWorld } from '../dashboard/replayable-world.js';
import { serveDashboard } from '../dashboard/server.js';
import type { DashboardSource } from '../dashboard/source.js';
import { planOfFile, planOfName } from '../dashboard/world-plan.js';
import type { WorldPlan } from '../dashboard/world-plan.js';
import { WorldSource } from '../dashboard/world-source.js';
import type { ToPage } from '../page/protocol.js';
import { readWorld } from '../read-world.js';
import { EPOCH, ReportFigures } from '../virtual/index.js';
import type { Fault, VirtualWorld } from '../virtual/index.js';
import { defaultWorld } from '../world/default-world.js';
import { findXsHost } from '../xs/engine-paths.js';
import { LockstepWorld } from '../xs/lockstep.js';
import { parseBrokerUrl } from './broker-url.js';
import { ExitCode, withLoginKeys } from './failures.js';
import { readKeys } from './gateway-flags.js';
import type { SimFlags } from './gateway-flags.js';
import { lostCount, PageText } from './page-display.js';
import type { PageFigures } from './page-display.js';
import { RealBroker } from './real-broker.js';
import { addTls, brokerSettings, readTls } from './sim-configuration.js';
import { brokerName } from './sim-display.js';
import { onInterrupt } from './terminal.js';
import { checkSettings, named, readFaults, refuseModelFaults } from './virtual-sim.js';

/** What the gateway of a world is called that has only one, as in real time. */
const GATEWAY = 'sim-gateway';
/** Seconds between two reports of a tag of the built-in world, in which people want to see something. */
const INTERVAL = 2;
/** Milliseconds of the world for what is under way at the end, as an orderly end in real time has them. */
const DRAIN = 2000;
const DRAIN_STEP = 50;

/** What the page has no place for, since it is of the computer and not of a world, or for programs. */
const REAL_TIME: readonly (keyof SimFlags)[] = [
  ...(['capture', 'console', 'consolePort', 'consoleToken', 'duration', 'json', 'store', 'unchecked'] as const),
  ...(['record', 'pcap', 'btsnoop'] as const),
];
/** A run in virtual time has an end, and is over when somebody could look: it is shown when a page is asked for. */
const VIRTUAL: readonly (keyof SimFlags)[] = ['until', 'faults', 'speed'];

/**
 * Whether `tagwire sim` shows a world. A configuration that names a broker is one gateway's, with its credentials: that
 * runs as it would on a board. Throws `BadInput` for `--page-port` and `--page` where there is no page.
 */
export function wantsPage(flags: SimFlags, { broker }: RawConfiguration, command: Command): boolean {
  const isAsked = flags.pagePort !== undefined || flags.page === true;
  const given = REAL_TIME.find((name) => flags[name] !== undefined && flags[name] !== false);
  const isConfigured = broker !== undefined && flags.broker === undefined;
  const isReal = given !== undefined || flags.page === false;
  if (!isReal && !isConfigured) return isAsked || VIRTUAL.every((name) => flags[name] === undefined);
  if (isAsked) {
    const asked = flags.pagePort !== undefined ? '--page-port' : '--page';
    const option = command.options.find((one) => one.attributeName() === given)?.long;
    const other = flags.page === false ? '--no-page' : (option ?? 'a broker in the configuration');
    throw new BadInput(`${asked} and ${other} exclude each other: there is no page with ${other}`);
  }
  return false;
}

/** Shows a world on a page, and in lines, until Ctrl-C. Returns the exit code. Throws `BadInput`. */
export async function runPage(flags: SimFlags, given: RawConfiguration): Promise<number> {
  const keys: RawConfiguration = { ...given, ...(flags.keys !== undefined && { tagKeys: readKeys(flags.keys) }) };
  const urls = (flags.broker ?? []).map(parseBrokerUrl);
  const tls = readTls(flags, keys, urls);
  const { gateway = GATEWAY, ...settings } = urls.length > 0 ? brokerSettings(keys, urls, tls) : keys;
  const options = { ...(flags.board !== undefined && { board: flags.board }) };
  const called = (plan: WorldPlan): WorldPlan => {
    // A name that was typed is refused where there are several.
    const name = plan.world.gateways.length === 1 || given['gateway'] !== undefined ? gateway : undefined;
    return { ...plan, world: named(plan.world, name) };
  };
  const path = flags.world;
  const ofBuiltIn = { ...options, settings: { interval: INTERVAL, ...settings } };
  const ofFile = { ...options, settings };
  const readOwn = (seed: number): WorldPlan =>
    path === undefined
      ? planOfFile(defaultWorld, defaultWorld.name, seed, ofBuiltIn)
      : planOfFile(readWorld(path), path, seed, ofFile);
  const first = called(readOwn(flags.seed));
  const [configuration] = first.world.gateways.map((one) => checkSettings(one, first.world));
  const endpoints = urls.length > 0 ? configuration!.connection.endpoints : [];
  addTls(configuration!, tls);
  refuseForRealBroker(flags, endpoints);
  const host = flags.engine === 'xs' ? findXsHost() : undefined;
  const plan = { ...first, faults: [...first.faults, ...readPageFaults(flags, first, endpoints)] };
  // A file that is loaded again may have been changed.
  const planOf = (name: string, seed: number): WorldPlan => {
    if (name === first.title) return called(readOwn(seed));
    return called(planOfName(name, seed, name === defaultWorld.name ? ofBuiltIn : ofFile));
  };
  return new PageRun(endpoints, host, flags.verbose ?? false).run(flags, plan, planOf);
}

/** Throws `BadInput` for a pace that a real broker does not keep, and for a pause after which nothing would go on. */
function refuseForRealBroker({ speed = 1, until }: SimFlags, { length }: readonly Endpoint[]): void {
  if (length === 0 || (speed === 1 && until === undefined)) return;
  const flag = speed === 1 ? '--until' : '--speed';
  const why = speed === 1 ? 'a real broker does not wait' : 'a real broker keeps real time';
  throw new BadInput(`${flag} and --broker exclude each other on a page: ${why}; leave --broker out for the model`);
}

/** Those of `--faults`. Throws `BadInput`. */
function readPageFaults(flags: SimFlags, { world }: WorldPlan, endpoints: readonly Endpoint[]): Fault[] {
  const faults = readFaults(flags, world, Infinity);
  refuseModelFaults(faults, endpoints);
  return faults;
}

/** Shows the recording `file` on a page, until Ctrl-C. Returns the exit code. Throws `BadInput`. */
export async function runReplayPage(flags: SimFlags, file: Uint8Array): Promise<number> {
  const title = `replay of ${basename(flags.replay!)}`;
  const source = new ReplaySource(file, { title, ...(flags.speed !== undefined && { speed: flags.speed }) });
  const display = new PageText(flags.verbose ?? false);
  const server = await serveDashboard(
    // The last line of its log says how it ended.
    told(source, (text) => display.take(text)),
    { ...(flags.pagePort !== undefined && { port: flags.pagePort }) },
  );
  display.line(`page ${server.url}`);
  const interrupted = new Promise<void>((resolve) => {
    onInterrupt(resolve);
    process.stdout.on('error', resolve);
  });
  await Promise.race([source.run(), interrupted]);
  // People look at what there is at its end.
  await interrupted;
  await server.close();
  return ExitCode.success;
}

/** One run: a world, its page, and its lines. */
class PageRun {
  private readonly display: PageText;
  private figures = new ReportFigures(false);
  private realBrokers: readonly RealBroker[] = [];
  private listener: ModelListener | undefined;
  private source!: WorldSource;

  /** `endpoints`: real brokers in place of the models; empty: the models. `host`: runs XS; undefined: nothing does. */
  constructor(
    private readonly endpoints: readonly Endpoint[],
    private readonly host: string | undefined,
    verbose: boolean,
  ) {
    this.display = new PageText(verbose);
  }

  /** `planOf`: makes the worlds that are loaded later, `plan` again under its title. */
  async run(
    { pagePort: port, speed, until }: Pick<SimFlags, 'pagePort' | 'speed' | 'until'>,
    plan: WorldPlan,
    planOf: (name: string, seed: number) => WorldPlan,
  ): Promise<number> {
    const { endpoints, host, display } = this;
    const isModel = endpoints.length === 0;
    const source = new WorldSource(plan, {
      onWorld: (world) => this.begin(world),
      brokerUrl: () => (isModel ? this.listener!.url : brokerName(endpoints[0]!)),
      plan: planOf,
      ...(speed !== undefined && { speed }),
      ...(until !== undefined && { pauseAt: until }),
      realBroker: !isModel,
      ...(host !== undefined && { lockstep: (world) => new LockstepWorld(host, world) }),
      // Of a model, a refusal is a fault of the world, and no key is wrong.
      ...(!isModel && { explain: withLoginKeys }),
    });
    this.source = source;
    if (isModel) this.listener = await ModelListener.start(source.world.brokers[0]!);
    const server = await serveDashboard(
      told(new ReplayableWorld(source), (text) => this.take(text)),
      {
        ...(port !== undefined && { port }),
      },
    ).catch(async (error: unknown) => {
      await this.listener?.close();
      throw error;
    });
    display.line(`page ${server.url}`);
    for (const text of source.snapshot()) this.take(text);
    const removeListener = onInterrupt(() => source.close());
    process.stdout.on('error', () => source.close());
    await source.run();
    removeListener();
    await this.drain();
    const figures = this.figuresNow();
    display.summary(figures);
    for (const broker of this.realBrokers) broker.close();
    await Promise.all([server.close(), this.listener?.close()]);
    const isWell = source.world.ledger.broken.length === 0 && lostCount(figures) === 0;
    return isWell ? ExitCode.success : ExitCode.failure;
  }

  /** A world is about to run. */
  private begin(world: VirtualWorld): void {
    const { endpoints } = this;
    this.figures = new ReportFigures(false);
    this.figures.watch(world);
    this.listener?.move(world.brokers[0]!);
    for (const broker of this.realBrokers) broker.close();
    const notice = (text: string): void => this.display.line(`broker: no connection: ${text}`);
    this.realBrokers = endpoints.map((endpoint) => new RealBroker(endpoint, notice));
    this.realBrokers.forEach((broker, index) => {
      for (const server of world.brokers[index]!.servers) server.listener = broker;
    });
    // Certificates and tokens are good for the time that it is.
    if (endpoints.length > 0) world.internet.time.ahead = Date.now() - EPOCH;
  }

  private take(text: ToPage): void {
    this.display.take(text);
    if (text.type === 'state') this.display.progress(this.figuresNow());
  }

  private figuresNow(): PageFigures {
    const { figures } = this;
    figures.count();
    const { made, received, held, notCarried, dropped } = figures;
    let heard = 0;
    for (const tag of this.source.world.ledger.tags) heard += tag.heard;
    return { heard, made, acknowledged: received, held, notCarried, dropped };
  }

  /** Waits for what is on its way to the broker model, in its time; with a real one as long in real time. */
  private async drain(): Promise<void> {
    const { world } = this.source;
    if (this.endpoints.length > 0) return;
    for (const end = world.now() + DRAIN; world.now() < end && this.figures.held > 0;) {
      await world.runUntil(world.now() + DRAIN_STEP);
    }
    this.source.update();
  }
}

/** `source`, with one more that hears what is new. */
function told(source: DashboardSource, hear: (text: ToPage) => void): DashboardSource {
  return {
    snapshot: () => source.snapshot(),
    watch: (tell) =>
      source.watch((text) => {
        hear(text);
        tell(text);
      }),
    request: (request) => source.request(request),
    close: () => source.close(),
  };
}
