import type { Advertisement } from '../../src/hal/index.js';
import { BrokerModel } from './broker/broker-model.js';
import { disconnectText } from './broker/observer.js';
import type { BrokerObserver } from './broker/observer.js';
import { Device } from './device.js';
import type { DeviceObserver, DeviceWorld } from './device.js';
import type { Fault } from './faults/fault.js';
import { faultText } from './faults/fault.js';
import type { FaultAccount } from './ledger/ledger.js';
import { EventHash } from './hash.js';
import { Ledger } from './ledger/ledger.js';
import type { BrokenRule } from './ledger/ledger.js';
import type { Rule } from './ledger/rule.js';
import { defaultRules } from './ledger/rules.js';
import { Internet } from './network/internet.js';
import type { TcpConnection } from './network/tcp.js';
import { People } from './people.js';
import type { Tap } from './recording/tap.js';
import { Air } from './radio/air.js';
import type { AirObserver, Receiver } from './radio/air.js';
import { Chance } from './random.js';
import { Scheduler, Task } from './scheduler.js';
import type { WorldTag } from '../world/world-file.js';
import { settle } from './settle.js';
import { EventKind } from './trace.js';
import type { Trace } from './trace.js';
import type { BrokerPlace, Simulation } from './simulation.js';
import type { SimulatedWorld } from './world.js';

const HOUR = 3_600_000;

/** How to run a world. */
export interface RunOptions {
  /** Virtual hours; default 24. */
  hours?: number;
  /** What must hold, beside that no firmware panics; default `defaultRules()`. New ones for each run. */
  rules?: readonly Rule[];
  /** Hears every event in words. Absent: nothing is put into words. */
  trace?: Trace;
  /** Stand between each firmware and its board, such as a `CaptureTap`. */
  taps?: readonly Tap[];
  /**
   * False: the ledger does not keep what brokers received, for a world without an end. Then `finish` means nothing, and
   * `rules` must be those that judge while the world runs, `liveRules()`. Default: true.
   */
  keepsMessages?: boolean;
}

/** A fault that has begun and lasts. */
export interface ActiveFault {
  /** For `VirtualWorld.heal`. */
  readonly id: number;
  readonly fault: Fault;
  /** Milliseconds of the world; Infinity: until it is healed. */
  readonly endsAt: number;
}

/** A fault on its way: planned, begun, or over. */
interface PlannedFault extends ActiveFault {
  readonly account: FaultAccount;
  /** Its end; undefined for one that happens at a moment. */
  end: Task | undefined;
}

/** Numbers for a summary. */
export interface Figures {
  /** Virtual hours. */
  hours: number;
  events: number;
  /** Advertisements sent by tags, and handed to firmware. */
  advertisements: number;
  heard: number;
  /** Messages that brokers received, and their bytes of payload. */
  messages: number;
  payloadBytes: number;
  /** TCP segments that arrived. */
  segments: number;
  connects: number;
  starts: number;
  powerCuts: number;
  restarts: number;
  faults: number;
}

/** What became of a run. */
export interface Outcome {
  /** Of all events, 16 hexadecimal digits: the same world, faults and seed give the same one anywhere. */
  hash: string;
  figures: Figures;
  ledger: Ledger;
  broken: readonly BrokenRule[];
}

/**
 * Runs `world` with `faults` from `seed`, an unsigned number of 32 bits. It waits for nothing but the jobs of promises,
 * which consoles and their scripts are made of.
 */
export async function run(
  world: SimulatedWorld,
  faults: readonly Fault[],
  seed: number,
  options: RunOptions = {},
): Promise<Outcome> {
  const hours = options.hours ?? 24;
  const simulation = new VirtualWorld(world, faults, seed, { ...options, hours });
  await simulation.runUntil(hours * HOUR);
  return simulation.finish();
}

/** A world that runs; see `Simulation`. */
export class VirtualWorld implements Simulation, DeviceWorld, DeviceObserver, AirObserver {
  readonly scheduler = new Scheduler();
  readonly chance: Chance;
  readonly hash = new EventHash();
  readonly internet = new Internet();
  readonly air: Air;
  readonly devices: readonly Device[];
  readonly brokers: readonly BrokerPlace[];
  readonly ledger = new Ledger();
  readonly deviceObservers: Partial<DeviceObserver>[] = [];
  readonly endsAt: number;
  readonly taps: readonly Tap[];
  readonly world: SimulatedWorld;
  /** Faults that last, in the order in which they began. */
  readonly activeFaults: ActiveFault[] = [];

  private lastFault = 0;
  private readonly keepsMessages: boolean;
  /** Those of `world`, which may become more. */
  private readonly tags: WorldTag[];
  /** Promises of a firmware may have jobs that wait. */
  private unsettled = false;
  private readonly rules: readonly Rule[];
  private readonly trace: Trace | undefined;
  private readonly figures: Figures = {
    hours: 0,
    events: 0,
    advertisements: 0,
    heard: 0,
    messages: 0,
    payloadBytes: 0,
    segments: 0,
    connects: 0,
    starts: 0,
    powerCuts: 0,
    restarts: 0,
    faults: 0,
  };

  constructor(world: SimulatedWorld, faults: readonly Fault[], seed: number, options: RunOptions = {}) {
    const { scheduler } = this;
    this.tags = [...world.tags];
    this.world = { ...world, tags: this.tags };
    this.keepsMessages = options.keepsMessages !== false;
    this.trace = options.trace;
    this.taps = options.taps ?? [];
    this.rules = options.rules ?? defaultRules();
    this.endsAt = (options.hours ?? Infinity) * HOUR;
    this.chance = new Chance(seed);
    this.air = new Air(scheduler, this.chance, world.tags, world.radio);
    this.air.observers.push(this);
    for (const tag of world.tags) this.ledger.tags.push({ name: tag.name, sent: 0, heard: 0 });
    this.brokers = world.brokers.map((_, index) => this.placeBroker(index));
    this.devices = world.gateways.map((gateway, index) => new Device(index, gateway, this));
    new People(this).plan();
    for (const fault of faults) this.planFault(fault);
    for (const rule of this.rules) rule.watch?.(this);
  }

  /** Of `DeviceWorld`: it hears of its devices itself. */
  get observer(): DeviceObserver {
    return this;
  }

  now(): number {
    return this.scheduler.now();
  }

  async runUntil(time: number): Promise<void> {
    const { scheduler } = this;
    while (scheduler.nextAt <= time) {
      scheduler.step();
      if (!this.unsettled) continue;
      this.unsettled = false;
      await settle();
    }
    scheduler.runUntil(time);
  }

  /**
   * Lets something go wrong now, with the same account as a planned fault: `fault.at` is not looked at. One with an
   * infinite `for` lasts until it is healed. Returns what `heal` takes.
   */
  inject(fault: Fault): number {
    const planned = this.plannedFault(fault, this.now());
    if (fault.for !== undefined) planned.end = this.scheduler.at(planned.endsAt, () => this.endFault(planned));
    this.beginFault(planned);
    return planned.id;
  }

  /** Ends a fault before its time. False when there is none that lasts. */
  heal(id: number): boolean {
    const planned = this.activeFaults.find((one) => one.id === id) as PlannedFault | undefined;
    if (!planned) return false;
    this.scheduler.cancel(planned.end!);
    this.endFault(planned);
    return true;
  }

  /** A tag begins to advertise, and has its first event within its interval. Returns its place in the world. */
  addTag(tag: WorldTag): number {
    this.tags.push(tag);
    this.ledger.tags.push({ name: tag.name, sent: 0, heard: 0 });
    return this.air.addTag(tag);
  }

  onEntered(device: Device): void {
    if (this.now() <= device.busyUntil) this.unsettled = true;
  }

  finish(): Outcome {
    for (const rule of this.rules) rule.finish?.(this);
    const { figures, ledger } = this;
    figures.hours = this.now() / HOUR;
    figures.events = this.scheduler.events;
    for (const tag of ledger.tags) {
      figures.advertisements += tag.sent;
      figures.heard += tag.heard;
    }
    return { hash: this.hash.text, figures, ledger, broken: ledger.broken };
  }

  /** Adds an event to the hash, and to the trace when there is one. `text` is asked for only then. */
  note(kind: EventKind, who: number, text?: () => string): void {
    this.hash.add(kind * 0x1000 + who);
    this.hash.addNumber(this.now());
    const { trace } = this;
    if (trace && text && trace.shows?.(kind) !== false) trace.line(this.now(), text(), kind);
  }

  // AirObserver

  onSent(tag: number): void {
    this.ledger.tags[tag]!.sent++;
  }

  onHeard(receiver: Receiver, tag: number, advertisement: Advertisement): void {
    const { hash } = this;
    hash.add(tag);
    hash.addNumber(this.now());
    hash.add(advertisement.rssi);
    hash.addBytes(advertisement.bytes, advertisement.from, advertisement.to);
    if (tag >= 0) this.ledger.tags[tag]!.heard++;
    this.trace?.advertisement?.(this.now(), receiver.name, advertisement);
  }

  // DeviceObserver

  onLine(device: Device, text: string): void {
    this.ledger.lines++;
    this.hash.addText(text);
    this.note(EventKind.line, device.index, () => device.name + ': ' + text);
    for (const observer of this.deviceObservers) observer.onLine?.(device, text);
  }

  onOutput(device: Device, text: string): void {
    this.hash.addText(text);
    this.note(EventKind.output, device.index, () => device.name + ' console: ' + JSON.stringify(text));
    for (const observer of this.deviceObservers) observer.onOutput?.(device, text);
  }

  onBoot(device: Device): void {
    this.figures.starts++;
    this.note(EventKind.boot, device.index, () => device.name + ' starts');
    for (const observer of this.deviceObservers) observer.onBoot?.(device);
  }

  onCut(device: Device): void {
    this.figures.powerCuts++;
    this.ledger.disturbed(device.startsAt);
    this.note(EventKind.cut, device.index, () => device.name + ' has no power');
    for (const observer of this.deviceObservers) observer.onCut?.(device);
  }

  onRestart(device: Device): void {
    this.figures.restarts++;
    this.note(EventKind.restart, device.index, () => device.name + ' restarts');
    for (const observer of this.deviceObservers) observer.onRestart?.(device);
  }

  onPanic(device: Device, text: string, stack?: string): void {
    this.note(EventKind.panic, device.index, () => device.name + ' panics: ' + text);
    this.ledger.break('panic', this.now(), device.name + ': ' + text, stack);
    for (const observer of this.deviceObservers) observer.onPanic?.(device, text, stack);
  }

  // TcpObserver

  onSegment(connection: TcpConnection, up: boolean, length: number): void {
    this.figures.segments++;
    this.hash.add(up ? length : -length);
    this.hash.addNumber(this.now());
    for (const observer of this.deviceObservers) observer.onSegment?.(connection, up, length);
  }

  onEnd(connection: TcpConnection): void {
    for (const { connections } of this.devices) {
      const place = connections.indexOf(connection);
      if (place >= 0) connections.splice(place, 1);
    }
    for (const observer of this.deviceObservers) observer.onEnd?.(connection);
  }

  isClientUp(connection: TcpConnection): boolean {
    for (const device of this.devices) {
      if (device.connections.includes(connection)) return device.running && device.start!.isUp();
    }
    return false;
  }

  private placeBroker(index: number): BrokerPlace {
    const { scheduler, internet } = this;
    const { name, port, addresses, tls } = this.world.brokers[index]!;
    const model = new BrokerModel(scheduler);
    // The broker's deadlines, watched from the event loop; it may set one in any call.
    const tick = new Task(() => {
      model.tick(scheduler.now());
      arm();
    });
    const arm = (): void => scheduler.plan(tick, model.deadline);
    const listener = {
      accept: (link: Parameters<BrokerModel['accept']>[0]) => {
        const program = model.accept(link);
        arm();
        return {
          receive: (bytes: Uint8Array, from: number, to: number) => {
            program.receive(bytes, from, to);
            arm();
          },
          ended: () => {
            program.ended();
            arm();
          },
        };
      },
    };
    model.watch(this.watchBroker(index));
    internet.name(name, addresses);
    return { name, model, servers: [internet.listen(addresses[0]!, port, listener, tls)], touch: arm };
  }

  private watchBroker(broker: number): BrokerObserver {
    const { ledger, figures, hash } = this;
    return {
      onConnect: (_, { clientId }) => {
        figures.connects++;
        ledger.connects.set(clientId, (ledger.connects.get(clientId) ?? 0) + 1);
        this.note(EventKind.connect, broker, () => 'broker: ' + clientId + ' connects');
      },
      onDisconnect: ({ clientId }, reason, _, detail) => {
        const why = (): string => disconnectText(reason, detail);
        this.note(EventKind.disconnect, broker, () => 'broker: ' + clientId + ' is gone: ' + why());
      },
      onPublish: ({ clientId: client, connection }, { message, dup, packetId, outcome }) => {
        const { topic: name, payload, qos, retain } = message;
        const topic = name.text;
        figures.messages++;
        figures.payloadBytes += payload.length;
        hash.addText(topic);
        hash.addBytes(payload, 0, payload.length);
        hash.add(outcome);
        this.note(EventKind.publish, broker, () => 'broker: ' + client + ' publishes to ' + topic);
        if (!this.keepsMessages) return;
        const time = this.now();
        ledger.received.push({ time, broker, client, connection, topic, payload, qos, dup, retain, packetId, outcome });
      },
    };
  }

  private planFault(fault: Fault): void {
    const { scheduler } = this;
    const planned = this.plannedFault(fault, fault.at);
    scheduler.at(fault.at, () => this.beginFault(planned));
    if (fault.for !== undefined) planned.end = scheduler.at(planned.endsAt, () => this.endFault(planned));
  }

  private plannedFault(fault: Fault, at: number): PlannedFault {
    const account = { kind: fault.kind, detail: fault.detail ?? '', to: Infinity };
    return { id: ++this.lastFault, fault, endsAt: at + (fault.for ?? 0), account, end: undefined };
  }

  private beginFault(planned: PlannedFault): void {
    const { fault, account } = planned;
    this.figures.faults++;
    this.ledger.disturbed(this.now());
    account.to = fault.for === undefined ? this.now() : Infinity;
    this.ledger.faults.push(account);
    if (fault.for !== undefined) {
      this.ledger.activeFaults++;
      this.activeFaults.push(planned);
    }
    this.note(EventKind.fault, 0, () => 'fault: ' + faultText(fault));
    fault.install(this);
  }

  private endFault(planned: PlannedFault): void {
    const { fault, account } = planned;
    account.to = this.now();
    this.ledger.activeFaults--;
    this.activeFaults.splice(this.activeFaults.indexOf(planned), 1);
    this.ledger.disturbed(this.now());
    this.note(EventKind.heal, 0, () => 'healed: ' + faultText(fault));
    fault.heal?.(this);
  }
}
