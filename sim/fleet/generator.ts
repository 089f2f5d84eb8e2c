import { CLOUDS } from '../../src/cloud/index.js';
import type { ConnectionFailure } from '../../src/connection/index.js';
import { FailureKind } from '../../src/connection/index.js';
import type { Board, Health, Scanner } from '../../src/hal/index.js';
import type { TagWorkingMemory } from '../../src/device/tag-reporter.js';
import type { TagOptions } from '../../src/settings/tag-configuration.js';
import { AdvertisementDecoder } from '../../src/tags/index.js';
import { PolicyTable } from '../../src/telemetry/report/policy-table.js';
import { Report } from '../../src/telemetry/report/report.js';
import { parseConfiguration } from '../../src/settings/index.js';
import type { Configuration, RawConfiguration } from '../../src/settings/index.js';
import { MemoryStore, NodeCiphers, NodeClock, NodeEntropy, NodeTransport, SimulatedNetwork } from '../hal/index.js';
import { simTargetOf } from '../virtual/board-target.js';
import { FleetDevice } from './device.js';
import type { FleetDeviceHandler } from './device.js';
import { countFailure, noDevices } from './figures.js';
import type { DeviceFigures, GeneratorFigures } from './figures.js';
import { GeneratedTags } from './generated-tags.js';
import { Histogram } from './histogram.js';
import { LoopMeter } from './thread-meter.js';
import type { FleetFault } from './fleet-faults.js';
import { FaultyTransport } from './faulty-transport.js';
import { connectDelay, deviceName, indexesOf } from './plan.js';
import type { DeviceRange, FleetPlan } from './plan.js';
import { ResolverCache } from './shared-resolver.js';
import { SharedTimers } from './shared-timers.js';
import { Template } from './template.js';
import { gatewayCount, worldTags } from './world-tags.js';
import { SeededRandom } from '../world/random.js';

/** A device sends some hundred bytes at a time; the defaults of a transport are for one gateway, not for thousands. */
const TRANSPORT = { send: 4096, receive: 16384, shares: true };
/** QoS 1 messages of a device that wait for their PUBACK at once: as on a small board. */
export const IN_FLIGHT = 4;
/** Faults of a plan, for the streams of their chance. */
export const MOST_FAULTS = 64;
/** A reading as JSON with topic and header; the longest topic with its header. */
const PACKET_BYTES = 256;
const TOPIC_ROOM = 320;

const NOT_KNOWN = (): number => -1;

/** A device of a fleet knows nothing of the computer that it shares with all the others. */
const HEALTH: Health = {
  model: 'Tagwire fleet',
  restartReason: 'hand',
  freeChunkBytes: NOT_KNOWN,
  freeSlotBytes: NOT_KNOWN,
  rssi: () => 0,
};

/** A device over all its starts. */
class Place {
  device: FleetDevice;
  /** Readings of the starts before this one. */
  madeBefore = 0;
  /** Its power is off. */
  off = false;

  constructor(
    readonly index: number,
    readonly board: Board,
    device: FleetDevice,
  ) {
    this.device = device;
  }
}

/** The devices of one thread. */
export class Generator implements FleetDeviceHandler {
  readonly acknowledgement = new Histogram();

  private readonly clock = new NodeClock();
  private readonly timers = new SharedTimers();
  private readonly entropy = new NodeEntropy();
  private readonly ciphers = new NodeCiphers();
  private readonly resolvers = new ResolverCache();
  private readonly loop = new LoopMeter();
  private readonly places: Place[] = [];
  /** What does not hang on the devices that run now: those of starts that are over are in it. */
  private readonly counts = noDevices();
  private readonly connectsBySecond: number[] = [];
  /** `performance.now()` at the barrier. */
  private origin = 0;
  private running = 0;
  private stopped: (() => void) | undefined;
  /** By the rules of the devices. */
  private readonly working = new Map<TagOptions['rules'], TagWorkingMemory>();
  /** By place in the world file. */
  private readonly configurations: Configuration[] = [];
  private readonly templates: { topic: Template; payload: Template } | undefined;
  private readonly indexes: readonly number[];

  constructor(
    private readonly plan: FleetPlan,
    range: DeviceRange,
  ) {
    this.indexes = indexesOf(range);
    const { work } = plan;
    if (work.kind === 'messages') {
      this.templates = { topic: new Template('--topic', work.topic), payload: new Template('--payload', work.payload) };
    }
  }

  /** Makes the devices, in pieces, so that the thread stays responsive. Throws a RangeError for wrong settings. */
  async prepare(): Promise<void> {
    for (const index of this.indexes) {
      const board = this.makeBoard(index);
      this.places.push(new Place(index, board, this.makeDevice(index, board, 0)));
      if (this.places.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** All connect, one after the other as the plan says; the barrier is `wait` milliseconds away. */
  start(wait: number): void {
    this.origin = performance.now() + wait;
    for (const place of this.places) {
      const delay = wait + connectDelay(this.plan, place.index);
      this.after(delay, () => {
        this.counts.started++;
        this.startDevice(place);
      });
      for (const fault of this.plan.faults) this.planFault(place, fault, wait, delay);
    }
  }

  /** Ends all in order; resolves when they are stopped. Those that were not started stay so. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.stopped = resolve;
      if (this.running === 0) resolve();
      for (const { device } of this.places) device.stop();
    });
  }

  figures(): GeneratorFigures {
    const devices: DeviceFigures = { ...this.counts, failures: { ...this.counts.failures } };
    devices.devices = this.places.length;
    for (const { device, madeBefore, off } of this.places) {
      devices.readings += madeBefore + device.made;
      if (!off) device.addTo(devices);
    }
    return {
      devices,
      connectsBySecond: Array.from(this.connectsBySecond, (count) => count ?? 0),
      acknowledgement: this.acknowledgement.toRecord(),
      lag: this.timers.lag.toRecord(),
      loop: this.loop.measure(),
    };
  }

  /** By device: the readings that it made, each of which has a counter of its own. */
  readings(): Uint32Array {
    return Uint32Array.from(this.places, ({ device, madeBefore }) => madeBefore + device.made);
  }

  // FleetDeviceHandler

  /** By the options themselves, since devices with a configuration in common have the same object. */
  workingMemory(options: TagOptions): TagWorkingMemory | undefined {
    if (options.keys) return undefined;
    let working = this.working.get(options.rules);
    if (!working) {
      working = {
        decoder: new AdvertisementDecoder(),
        report: new Report(options.advertisementSize),
        policies: new PolicyTable(options.rules),
      };
      this.working.set(options.rules, working);
    }
    return working;
  }

  onConnected(): void {
    this.counts.connects++;
    const second = Math.floor((performance.now() - this.origin) / 1000);
    this.connectsBySecond[second] = (this.connectsBySecond[second] ?? 0) + 1;
  }

  onFailed(failure: ConnectionFailure): void {
    if (failure.kind === FailureKind.refused) this.counts.refused++;
    else this.counts.failed++;
    countFailure(this.counts.failures, failure.detail);
  }

  onStopped(): void {
    if (--this.running === 0) this.stopped?.();
  }

  private startDevice({ device }: Place): void {
    this.running++;
    device.start();
  }

  /** Nothing happens any more once the end has begun. */
  private after(milliseconds: number, callback: () => void): void {
    const timer = this.timers.create(() => {
      if (!this.stopped) callback();
    });
    timer.start(milliseconds);
  }

  private makeBoard(index: number): Board {
    const { plan, clock, timers, entropy, ciphers } = this;
    const transport = new NodeTransport(TRANSPORT);
    const scanner = this.makeScanner(index);
    return {
      name: 'fleet',
      ...{ clock, timers, entropy, ciphers },
      network: new SimulatedNetwork(),
      resolver: this.resolvers.make(),
      transport: plan.faults.length > 0 ? new FaultyTransport(transport) : transport,
      store: new MemoryStore(),
      health: HEALTH,
      ...(scanner && { scanner }),
    };
  }

  private makeDevice(index: number, board: Board, madeBefore: number): FleetDevice {
    const { plan, templates } = this;
    const configuration = this.configure(index);
    if (plan.work.kind !== 'messages') return new FleetDevice(configuration, board, CLOUDS, this);
    const messages = {
      name: configuration.gateway,
      number: plan.startNumber + index,
      prefix: configuration.prefix,
      ...templates!,
      rate: plan.work.rate,
      phase: this.chance(),
    };
    return new FleetDevice(configuration, board, CLOUDS, this, messages, madeBefore);
  }

  private makeScanner(index: number): Scanner | undefined {
    const { plan, clock, timers } = this;
    const { work } = plan;
    if (work.kind === 'messages') return undefined;
    if (work.kind === 'world') return worldTags(work.file, index, plan.seed, clock, timers);
    return new GeneratedTags(plan.startNumber + index, work.tags, work.rate, this.chance(), timers);
  }

  /** 0 inclusive to 1 exclusive. */
  private chance(): number {
    return this.entropy.uint32() / 0x1_0000_0000;
  }

  /** The configuration of a device: for any broker what all have in common is read once. */
  private configure(index: number): Configuration {
    const { plan, configurations } = this;
    const gateway = deviceName(plan, index);
    if (needsOwnReading(plan.settings)) return readConfiguration(plan, index);
    const place = plan.work.kind === 'world' ? index % gatewayCount(plan.work.file) : 0;
    const shared = (configurations[place] ??= readConfiguration(plan, index));
    return { ...shared, gateway, connection: { ...shared.connection, clientId: 'tagwire-' + gateway } };
  }

  /** `wait`: milliseconds to the barrier; `start`: until the device begins to connect. */
  private planFault(place: Place, fault: FleetFault, wait: number, start: number): void {
    // By the number of the device, so that the same devices have it wherever they run.
    const random = new SeededRandom(this.plan.seed, place.index * MOST_FAULTS + this.plan.faults.indexOf(fault));
    if (random.unit() >= fault.share) return;
    if (fault.at !== undefined) {
      this.after(wait + fault.at, () => this.happen(place, fault));
      return;
    }
    const next = (): void => {
      this.after(-Math.log(1 - random.unit()) * fault.every!, () => {
        this.happen(place, fault);
        next();
      });
    };
    this.after(start, next);
  }

  private happen(place: Place, { kind, for: length }: FleetFault): void {
    const { board } = place;
    if (place.off) return;
    this.counts.faults++;
    switch (kind) {
      case 'reset':
        (board.transport as FaultyTransport).reset();
        return;
      case 'halfopen':
        (board.transport as FaultyTransport).halfOpen();
        return;
      case 'wifigone': {
        const network = board.network as SimulatedNetwork;
        network.set(false);
        this.after(length, () => network.set(true));
        return;
      }
      case 'powercut':
        this.cutPower(place, length);
    }
  }

  /** What is in memory alone is lost; the store stays. */
  private cutPower(place: Place, length: number): void {
    const { device, board, index } = place;
    const left = deviceFigures(device);
    this.counts.cut += left.waiting + left.inFlight;
    for (const key of ['published', 'acknowledged', 'dropped'] as const) this.counts[key] += left[key];
    device.gateway.close();
    board.transport.close();
    place.off = true;
    this.after(length, () => {
      // Templates count on; a firmware with tags begins anew, with the number of its start before the counter.
      const isMessages = this.templates !== undefined;
      const madeBefore = isMessages ? 0 : place.madeBefore + device.made;
      place.device = this.makeDevice(index, board, isMessages ? device.made : 0);
      place.madeBefore = madeBefore;
      place.off = false;
      this.startDevice(place);
    });
  }
}

/** The numbers of one device. */
function deviceFigures(device: FleetDevice): DeviceFigures {
  const figures = noDevices();
  device.addTo(figures);
  return figures;
}

/** Reads the configuration of device `index`. Throws a RangeError that lists every mistake. */
export function readConfiguration(plan: FleetPlan, index: number): Configuration {
  const gateway = deviceName(plan, index);
  const settings: RawConfiguration = {};
  for (const [key, value] of Object.entries({ ...worldSettings(plan, index), ...plan.settings })) {
    settings[key] =
      typeof value === 'string'
        ? value.replaceAll('{name}', gateway).replaceAll('{number}', String(plan.startNumber + index))
        : value;
  }
  const { tags, ...device } = simTargetOf({
    inFlight: IN_FLIGHT,
    cloud: String(settings['cloud'] ?? 'plain'),
    unchecked: plan.unchecked,
  });
  const target = plan.work.kind === 'messages' ? device : { ...device, ...(tags && { tags }) };
  const configuration = parseConfiguration({ ...settings, gateway }, target);
  shrink(configuration);
  for (const endpoint of configuration.connection.endpoints) {
    if (endpoint.tls) endpoint.tls = { ...plan.tls, ...endpoint.tls };
  }
  return configuration;
}

/** What the world file says of the gateway that the device is; its broker is one of the world. */
function worldSettings({ work }: FleetPlan, index: number): RawConfiguration {
  if (work.kind !== 'world') return {};
  const {
    broker: _broker,
    gateway: _gateway,
    ...settings
  } = (work.file.gateways?.[index % gatewayCount(work.file)]!.settings as RawConfiguration) ?? {};
  return settings;
}

/** A device of a fleet has room for what it has in flight, and no more: boards have it for messages of other parts. */
function shrink({ connection, maxPayload }: Configuration): void {
  const needed = Math.max((connection.maxInFlight ?? 1) * PACKET_BYTES, maxPayload + TOPIC_ROOM);
  connection.transmitArenaSize = Math.min(connection.transmitArenaSize ?? needed, needed);
}

/** What a cloud makes of the settings may hang on the name of the device. */
function needsOwnReading(settings: RawConfiguration): boolean {
  if ((settings['cloud'] ?? 'plain') !== 'plain') return true;
  return Object.values(settings).some((value) => typeof value === 'string' && /\{(name|number)\}/.test(value));
}
