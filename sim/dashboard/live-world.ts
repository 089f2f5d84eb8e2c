import { failureLine } from '../../src/device/firmware.js';
import type { Firmware } from '../../src/device/firmware.js';
import { ConnectionState } from '../../src/connection/index.js';
import type { ConnectionFailure } from '../../src/connection/index.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import { EPOCH, EventKind, faultText, liveRules, VirtualWorld } from '../virtual/index.js';
import type { Device, Tap, TappedParts, TappedStart, Trace } from '../virtual/index.js';
import type { ActiveFault, BrokerState, GatewayState, LogUpdate } from '../page/protocol.js';
import type { ReadingsUpdate, StateUpdate, ToPage } from '../page/protocol.js';
import type { LockstepWorld } from '../xs/lockstep.js';
import { Kept, KeptLines } from './kept.js';
import { Decisions } from './world-decisions.js';
import { gatewayState } from './world-gateways.js';
import type { GatewayNotes } from './world-gateways.js';
import { MessageLog, MessageTap } from './world-messages.js';
import type { WorldPlan } from './world-plan.js';
import { WorldTags } from './world-tags.js';

type LogLine = LogUpdate['lines'][number];
type ReadingPoint = ReadingsUpdate['readings'][number];
type Entered = NonNullable<GatewayState['entered']>[number];

/** Lines and readings in one update, and those that a page is told when it opens. */
const MOST_LINES = 100;
const PAST_LINES = 500;
const MOST_READINGS = 400;
const PAST_READINGS = 2000;
/** Characters of a console's output, likewise. */
const MOST_OUTPUT = 16_384;
/** States that a connection or session has entered, in one update. */
const MOST_ENTERED = 50;
/** Tags of which decisions are kept, over all gateways and of one. */
const MOST_RINGS = 8192;
const MOST_RINGS_OF_ONE = 4096;

/** What happened in the world, beside what devices say of themselves. */
const WORLD_EVENTS: readonly EventKind[] = [
  EventKind.boot,
  EventKind.cut,
  EventKind.restart,
  EventKind.connect,
  EventKind.disconnect,
  EventKind.fault,
  EventKind.heal,
  EventKind.person,
];

/** How a world is watched. */
export interface LiveWorldOptions {
  /** The rules look on, which see inside the brokers. Default true. */
  readonly isJudged?: boolean;
  /** Runs the gateways on XS beside the world. */
  lockstep?: LockstepWorld;
  /** A failure with what a person can do about it, by the configuration keys of the gateway. Default: as it is. */
  explain?(failure: ConnectionFailure, settings: RawConfiguration): ConnectionFailure;
}

/** A world that runs, with all that is noted of it for pages. Of each kind there is a bound to what is kept. */
export class LiveWorld {
  readonly world: VirtualWorld;
  /** Milliseconds since 1970 at the beginning of the world. */
  epoch = EPOCH;
  readonly messages: MessageLog;
  readonly tags: WorldTags;
  readonly decisions: readonly Decisions[];

  private readonly notes: GatewayNotes[];
  /** By gateway: states that were entered since the last update. */
  private entered: Entered[][];
  private readonly lines = new KeptLines(MOST_LINES, PAST_LINES);
  private readonly readings = new Kept<ReadingPoint>(MOST_READINGS, PAST_READINGS);
  /** By gateway: what its console printed since the last update, and before. */
  private readonly output: string[];
  private readonly pastOutput: string[];
  private broken = 0;

  constructor(
    readonly plan: WorldPlan,
    private readonly options: LiveWorldOptions = {},
  ) {
    const { isJudged = true } = options;
    const count = plan.world.gateways.length;
    this.notes = plan.world.gateways.map(() => ({}));
    this.entered = plan.world.gateways.map(() => []);
    this.output = plan.world.gateways.map(() => '');
    this.pastOutput = plan.world.gateways.map(() => '');
    this.messages = new MessageLog();
    const trace: Trace = {
      shows: (kind) => WORLD_EVENTS.includes(kind),
      line: (time, text) => this.note({ time: this.epoch + Math.floor(time), kind: 'world', text }),
    };
    const now = (): number => this.now();
    const messages = new MessageTap(this.messages, () => this.epoch + this.world.now());
    const starts = new StartTap((start) => this.launched(start));
    const taps: Tap[] = [...(plan.taps ?? []), ...(options.lockstep?.taps ?? []), messages, starts];
    const watching = { rules: isJudged ? liveRules() : [], taps, trace, keepsMessages: false };
    this.world = new VirtualWorld(plan.world, plan.faults, plan.seed, watching);
    const kept = Math.min(MOST_RINGS_OF_ONE, Math.floor(MOST_RINGS / count));
    this.decisions = plan.world.gateways.map(
      () =>
        new Decisions(now, kept, (address, format, time, fields) => {
          this.readings.add({ tag: this.tags.idOf(address, format), time, fields });
        }),
    );
    this.tags = new WorldTags(this.world, this.decisions, now);
    this.world.deviceObservers.push({
      onLine: (device, text) => this.note({ time: now(), gateway: device.index, kind: 'device', text }),
      onOutput: (device, text) => this.printed(device, text),
      onBoot: ({ index }) => (this.notes[index] = {}),
    });
    this.watchBrokers(messages);
  }

  /** Milliseconds since 1970 on the clock of the world. */
  now(): number {
    return this.epoch + Math.floor(this.world.now());
  }

  /** Lets the world go on until `time`, and XS with it. */
  async runUntil(time: number): Promise<void> {
    await this.world.runUntil(time);
    await this.options.lockstep?.follow((gateway, text) => {
      this.note({ time: this.now(), gateway, kind: 'broken', text });
    });
  }

  /** The gateway at this place runs on XS as well. */
  isOnXs(gateway: number): boolean {
    return this.options.lockstep?.stateOf(gateway) !== undefined;
  }

  /** Another one takes its place. */
  close(): void {
    void this.options.lockstep?.stop();
  }

  note(line: LogLine): void {
    this.lines.add(line);
  }

  /** What is as it is now, and the states that were entered since the last update. */
  stateUpdate(speed: number): StateUpdate {
    const { entered } = this;
    this.entered = entered.map(() => []);
    const update = this.state(speed);
    const gateways = update.gateways.map((gateway, i) => ({ ...gateway, entered: entered[i]! }));
    return { ...update, gateways };
  }

  state(speed: number): StateUpdate {
    const { world } = this;
    const now = this.now();
    return {
      type: 'state',
      now,
      speed: Math.min(speed, 1e9),
      gateways: world.devices.map((device) => {
        const xs = this.options.lockstep?.stateOf(device.index);
        const told = gatewayState(device, now, this.notes[device.index]!);
        if (!xs) return told;
        const { engine } = told;
        return { ...told, ...(engine !== undefined && !xs.failed && { engine: `${engine} and XS` }), xs };
      }),
      brokers: world.brokers.map(({ name, model, servers }): BrokerState => ({
        name,
        up: servers.every(({ state }) => state === 'listens'),
        sessions: model.clientIds.length,
        messages: this.received[world.brokers.findIndex((broker) => broker.model === model)]!,
      })),
      faults: world.activeFaults.map(({ id, fault, endsAt }): ActiveFault => ({
        id,
        text: faultText(fault).replace(/@\S+/, ''),
        ...(endsAt < Infinity && { endsAt: this.epoch + endsAt }),
      })),
    };
  }

  /** What is new since the last call. */
  news(): ToPage[] {
    const { broken } = this.world.ledger;
    for (; this.broken < broken.length; this.broken++) {
      const { rule, time, detail } = broken[this.broken]!;
      this.note({ time: this.epoch + Math.floor(time), kind: 'broken', text: rule + ': ' + detail });
    }
    const tags = this.tags.update();
    const news: ToPage[] = tags ? [tags] : [];
    news.push(...this.messages.take());
    const readings = this.readings.take();
    if (readings.fresh.length > 0) news.push({ type: 'readings', readings: readings.fresh });
    news.push(...this.lines.update(this.now()));
    this.output.forEach((text, gateway) => {
      if (text === '') return;
      news.push({ type: 'console', gateway, text });
      this.pastOutput[gateway] = (this.pastOutput[gateway]! + text).slice(-MOST_OUTPUT);
      this.output[gateway] = '';
    });
    return news;
  }

  /** What a page has to be told that opens, behind the state. */
  past(): ToPage[] {
    const consoles = this.pastOutput.map((text, gateway): ToPage => ({ type: 'console', gateway, text }));
    return [
      this.tags.update(true)!,
      ...this.messages.past(),
      { type: 'readings', readings: this.readings.past() },
      { type: 'log', lines: this.lines.past() },
      ...consoles.filter((one) => one.type === 'console' && one.text !== ''),
    ];
  }

  /** Messages that each broker took. */
  private readonly received: number[] = [];

  /** A firmware was launched: from now on it tells what it decides. */
  private launched({ device, firmware }: TappedStart): void {
    if (!firmware) return;
    const { reporter } = firmware.gateway;
    if (reporter) this.decisions[device]!.watch(reporter);
    const { connection } = firmware.gateway;
    const note = (state: Omit<Entered, 'time'>): void => {
      const entered = this.entered[device]!;
      if (entered.length < MOST_ENTERED) entered.push({ time: this.now(), ...state });
    };
    /** What was said last of failures, beside what the device says; it is said again after a connection. */
    let advice = '';
    onSet(connection, 'current', (state) => {
      note({ connection: state });
      if (state === ConnectionState.connected) advice = '';
    });
    onSet(connection.session, 'state', (state) => note({ session: state }));
    const onFailed = firmware.onFailed.bind(firmware);
    const { settings } = this.plan.world.gateways[device]!;
    firmware.onFailed = (failure: Parameters<Firmware['onFailed']>[0]): void => {
      const explained = this.options.explain?.(failure, settings) ?? failure;
      this.notes[device] = { lastError: { time: this.now(), text: failureLine(explained) } };
      onFailed(failure);
      if (explained.detail === failure.detail || explained.detail === advice) return;
      advice = explained.detail;
      this.note({ time: this.now(), gateway: device, kind: 'world', text: advice });
    };
  }

  private printed({ index }: Device, text: string): void {
    this.output[index] = (this.output[index]! + text).slice(-MOST_OUTPUT);
  }

  /** Shows what does not go through a device: messages of other clients, of people, and wills. */
  private watchBrokers({ clientIds, log, now }: MessageTap): void {
    for (const [index, { model }] of this.world.brokers.entries()) {
      /** That came last: what is distributed beside it is a will, or comes from inside the broker. */
      let published: unknown;
      this.received[index] = 0;
      model.watch({
        onPublish: (_client, { message }) => {
          this.received[index]!++;
          published = message;
        },
        onDistribute: (message) => {
          const { publisher, topic, payload, qos, retain } = message;
          const gateway = clientIds.get(publisher);
          if (message === published && gateway !== undefined) return;
          log.add(now(), () => ({
            gateway,
            direction: 'up',
            topic: topic.text,
            payload: payload.subarray(0, 4096),
            length: payload.length,
            qos,
            retain,
            dup: false,
          }));
        },
      });
    }
  }
}

/** Hears when a property gets another number. */
function onSet(target: object, name: string, listener: (value: number) => void): void {
  let value = (target as { [key: string]: number })[name]!;
  Object.defineProperty(target, name, {
    get: () => value,
    set: (next: number) => {
      if (next !== value) listener(next);
      value = next;
    },
  });
}

/** Hears of starts. */
class StartTap implements Tap {
  constructor(readonly launched: (start: TappedStart) => void) {}

  wrap<P extends TappedParts>(parts: P): P {
    return parts;
  }
}
