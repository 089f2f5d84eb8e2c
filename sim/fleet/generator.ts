import { CLOUDS } from '../../src/cloud/index.js';
import type { ConnectionFailure } from '../../src/connection/index.js';
import { FailureKind } from '../../src/connection/index.js';
import type { Board, Health, Scanner } from '../../src/hal/index.js';
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
import { LoopMeter } from './loop-meter.js';
import { connectDelay, deviceName, indexesOf } from './plan.js';
import type { DeviceRange, FleetPlan } from './plan.js';
import { ResolverCache } from './shared-resolver.js';
import { SharedTimers } from './shared-timers.js';

/** A device sends some hundred bytes at a time; the defaults of a transport are for one gateway, not for thousands. */
const TRANSPORT = { send: 2048, receive: 512 };
/** QoS 1 messages of a device that wait for their PUBACK at once: as on a small board. */
export const IN_FLIGHT = 8;

const NOT_KNOWN = (): number => -1;

/** A device of a fleet knows nothing of the computer that it shares with all the others. */
const HEALTH: Health = {
  model: 'Tagwire fleet',
  restartReason: 'hand',
  freeChunkBytes: NOT_KNOWN,
  freeSlotBytes: NOT_KNOWN,
  rssi: () => 0,
};

/** The devices of one thread. */
export class Generator implements FleetDeviceHandler {
  readonly acknowledgement = new Histogram();

  private readonly clock = new NodeClock();
  private readonly timers = new SharedTimers();
  private readonly entropy = new NodeEntropy();
  private readonly ciphers = new NodeCiphers();
  private readonly resolvers = new ResolverCache();
  private readonly loop = new LoopMeter();
  private readonly devices: FleetDevice[] = [];
  private readonly counts = noDevices();
  private readonly connectsBySecond: number[] = [];
  /** `performance.now()` at the barrier. */
  private origin = 0;
  private running = 0;
  private stopped: (() => void) | undefined;
  private shared: Configuration | undefined;

  private readonly indexes: readonly number[];

  constructor(
    private readonly plan: FleetPlan,
    range: DeviceRange,
  ) {
    this.indexes = indexesOf(range);
  }

  /** Makes the devices, in pieces, so that the thread stays responsive. Throws a RangeError for wrong settings. */
  async prepare(): Promise<void> {
    for (const index of this.indexes) {
      this.devices.push(this.make(index));
      if (this.devices.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** All connect, one after the other as the plan says; the barrier is `wait` milliseconds away. */
  start(wait: number): void {
    this.origin = performance.now() + wait;
    this.devices.forEach((device, i) => {
      const delay = wait + connectDelay(this.plan, this.indexes[i]!);
      this.timers
        .create(() => {
          if (this.stopped) return;
          this.counts.started++;
          this.running++;
          device.start();
        })
        .start(delay);
    });
  }

  /** Ends all in order; resolves when they are stopped. Those that were not started stay so. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.stopped = resolve;
      for (const device of this.devices) device.stop();
      if (this.running === 0) resolve();
    });
  }

  close(): void {
    for (const device of this.devices) device.gateway.close();
    this.timers.close();
    this.loop.close();
  }

  figures(): GeneratorFigures {
    const devices: DeviceFigures = { ...this.counts, failures: { ...this.counts.failures } };
    devices.devices = this.devices.length;
    for (const { connected, gateway } of this.devices) {
      if (connected) devices.connected++;
      const { reporter } = gateway;
      if (!reporter) continue;
      const { outbox, queue } = reporter;
      devices.readings += outbox.appendedCount;
      devices.published += queue.published;
      devices.acknowledged += outbox.acknowledgedCount;
      devices.waiting += outbox.waitingCount;
      devices.inFlight += outbox.inFlightCount;
      devices.dropped += outbox.droppedCount + outbox.refusedCount;
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
    return Uint32Array.from(this.devices, ({ gateway }) => gateway.reporter?.outbox.appendedCount ?? 0);
  }

  // FleetDeviceHandler

  onConnected(): void {
    this.counts.connects++;
    const second = Math.floor((performance.now() - this.origin) / 1000);
    this.connectsBySecond[second] = (this.connectsBySecond[second] ?? 0) + 1;
  }

  onFailed(_device: FleetDevice, failure: ConnectionFailure): void {
    if (failure.kind === FailureKind.refused) this.counts.refused++;
    else this.counts.failed++;
    countFailure(this.counts.failures, failure.detail);
  }

  onStopped(): void {
    if (--this.running === 0) this.stopped?.();
  }

  private make(index: number): FleetDevice {
    const { plan, clock, timers, entropy, ciphers } = this;
    const number = plan.startNumber + index;
    const board: Board = {
      name: 'fleet',
      ...{ clock, timers, entropy, ciphers },
      network: new SimulatedNetwork(),
      resolver: this.resolvers.make(),
      transport: new NodeTransport(TRANSPORT),
      store: new MemoryStore(),
      health: HEALTH,
      scanner: this.makeScanner(number),
    };
    return new FleetDevice(this.configure(index), board, CLOUDS, this);
  }

  private makeScanner(number: number): Scanner {
    const { tags, rate } = this.plan.work;
    return new GeneratedTags(number, tags, rate, this.entropy.uint32() / 0x1_0000_0000, this.timers);
  }

  /** The configuration of a device: for any broker what all have in common is read once. */
  private configure(index: number): Configuration {
    const { plan } = this;
    const gateway = deviceName(plan, index);
    if (needsOwnReading(plan.settings)) return readConfiguration(plan, index);
    this.shared ??= readConfiguration(plan, index);
    const { connection } = this.shared;
    return { ...this.shared, gateway, connection: { ...connection, clientId: 'tagwire-' + gateway } };
  }
}

/** Reads the configuration of device `index`. Throws a RangeError that lists every mistake. */
export function readConfiguration(plan: FleetPlan, index: number): Configuration {
  const gateway = deviceName(plan, index);
  const settings: RawConfiguration = {};
  for (const [key, value] of Object.entries(plan.settings)) {
    settings[key] =
      typeof value === 'string'
        ? value.replaceAll('{name}', gateway).replaceAll('{number}', String(plan.startNumber + index))
        : value;
  }
  const target = simTargetOf({ inFlight: IN_FLIGHT, cloud: String(settings['cloud'] ?? 'plain'), unchecked: false });
  const configuration = parseConfiguration({ ...settings, gateway }, target);
  for (const endpoint of configuration.connection.endpoints) {
    if (endpoint.tls) endpoint.tls = { ...plan.tls, ...endpoint.tls };
  }
  return configuration;
}

/** What a cloud makes of the settings may hang on the name of the device. */
function needsOwnReading(settings: RawConfiguration): boolean {
  if ((settings['cloud'] ?? 'plain') !== 'plain') return true;
  return Object.values(settings).some((value) => typeof value === 'string' && /\{(name|number)\}/.test(value));
}
