import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ConnectionOptions } from '../../src/connection/index.js';
import { collectGarbage } from './thread-meter.js';
import { sumDevices, sumSeconds } from './figures.js';
import type { DeviceFigures, GeneratorFigures, LoopFigures, SubscriberFigures } from './figures.js';
import { Histogram } from './histogram.js';
import type { HistogramRecord } from './histogram.js';
import type { MessageFormOptions } from './message-form.js';
import type { FromWorker, ToWorker, WorkerStart } from './messages.js';
import { indexesOf, shardRange, threadRange } from './plan.js';
import type { DeviceRange, FleetPlan } from './plan.js';

/** How to find losses: what the subscriber needs. */
export interface FleetCheck {
  readonly form: MessageFormOptions;
  readonly connection: ConnectionOptions;
}

/** The numbers of the whole process, since the start. */
export interface FleetFigures {
  /** Since the barrier; 0 before. */
  readonly seconds: number;
  readonly devices: DeviceFigures;
  readonly connectsBySecond: readonly number[];
  readonly acknowledgement: HistogramRecord;
  readonly lag: HistogramRecord;
  /** Of all threads of devices: all delays, and the busiest. */
  readonly loop: LoopFigures;
  /** Absent when losses are not looked for. */
  readonly subscriber?: SubscriberFigures;
  /** Processor seconds of the process since the barrier. */
  readonly cpuSeconds: number;
  /** Bytes of the process now. */
  readonly memory: number;
}

/** The figures at the end, when all devices have ended. */
export interface FinalFigures extends FleetFigures {
  /** By device of the shard: readings made, and received. The second is empty when losses are not looked for. */
  readonly made: Uint32Array;
  readonly received: Uint32Array;
  /** What the process grew by for its devices while they were connected, as it was, and after a garbage collection. */
  readonly memoryForDevices: number;
  readonly collectedForDevices: number;
  /** Threads that died while it ran, a line each. Of devices that died with theirs no loss is known. */
  readonly deaths: readonly string[];
}

/** What a `Fleet` tells while it runs. */
export interface FleetListener {
  /** It cannot go on. */
  onProblem(text: string): void;
  /** A thread died, and the others go on. */
  onDeath(text: string): void;
}

/** Megabytes of the young generation of a thread: with more, memory of thousands of devices would be mostly garbage. */
export const YOUNG_GENERATION = 4;
/** Milliseconds from the order to start to the barrier. */
const BARRIER_WAIT = 200;
/** Milliseconds that devices may take to end. */
const STOP_PATIENCE = 15_000;
/** Milliseconds without a new reading after which the subscriber waits no longer for those that are missing. */
const LAST_READINGS = 2000;
const LOOK_INTERVAL = 100;
/** Milliseconds after a garbage collection until memory is measured. */
const SETTLE = 100;

/** The threads of a fleet. */
export class Fleet {
  private readonly range: DeviceRange;
  private readonly deaths: string[] = [];
  /** By generator: what it told last. */
  private readonly lastFigures: GeneratorFigures[] = [];
  private readonly generators: WorkerThread[] = [];
  private subscriber: WorkerThread | undefined;
  private baseline = 0;
  private startedAt = 0;
  private cpuAtStart = process.cpuUsage();
  /** All devices died, or a thread before all was ready: nobody answers. */
  died = false;

  constructor(
    private readonly plan: FleetPlan,
    private readonly threads: number,
    private readonly check: FleetCheck | undefined,
    private readonly listener: FleetListener,
  ) {
    this.range = shardRange(plan.devices, plan.shard);
  }

  /** Devices of this process. */
  get size(): number {
    return this.range.to - this.range.from;
  }

  /** Makes the threads and the devices; resolves when they and the subscriber wait for the barrier. */
  async prepare(): Promise<void> {
    const { plan, range, threads, check } = this;
    if (check) {
      this.subscriber = this.startThread({ role: 'subscriber', plan, range, ...check });
      await this.subscriber.next('ready');
    }
    for (let i = 0; i < threads; i++) {
      const start: WorkerStart = { role: 'devices', plan, range: threadRange(range, i, threads) };
      this.generators.push(this.startThread(start));
    }
    await Promise.all(this.generators.map((thread) => thread.next('loaded')));
    // What the modules left behind goes back to the system a little later.
    for (let i = 0; i < 2; i++) {
      await this.measure(true);
      collectGarbage();
      await sleep(SETTLE);
    }
    this.baseline = process.memoryUsage.rss();
    await Promise.all(this.generators.map((thread) => thread.ask({ type: 'prepare' }, 'ready')));
  }

  /** The barrier: all devices begin to connect as the plan says, `wait` milliseconds from now. */
  start(wait = BARRIER_WAIT): void {
    this.startedAt = performance.now() + wait;
    this.cpuAtStart = process.cpuUsage();
    for (const thread of this.generators) thread.tell({ type: 'start', wait });
  }

  /** `collect`: after a garbage collection in all threads. */
  async measure(collect = false): Promise<FleetFigures> {
    const ask: ToWorker = { type: 'measure', counts: false, collect };
    return this.join(await this.askAll(ask));
  }

  /** Measures a last time, ends all devices in order, waits for what they published, and ends the subscriber. */
  async stop(): Promise<FinalFigures> {
    const memoryForDevices = process.memoryUsage.rss() - this.baseline;
    const { cpuSeconds, seconds } = await this.measure(true);
    collectGarbage();
    const collectedForDevices = process.memoryUsage.rss() - this.baseline;
    const stopped = this.generators.map((thread) => thread.ask({ type: 'stop' }, 'stopped'));
    await Promise.race([Promise.all(stopped), sleep(STOP_PATIENCE, undefined, { ref: false })]);
    if (this.subscriber) await this.awaitLastReadings();
    const answers = await this.askAll({ type: 'measure', counts: true, collect: false });
    await this.subscriber?.ask({ type: 'stop' }, 'stopped');
    const made = new Uint32Array(this.size);
    const received = answers.subscriber?.counts ?? new Uint32Array(0);
    this.generators.forEach((_, thread) => {
      const counts = answers.generators[thread]?.counts;
      for (let i = thread; i < made.length; i += this.threads) {
        made[i] = counts?.[(i - thread) / this.threads] ?? received[i] ?? 0;
      }
    });
    return {
      ...this.join(answers),
      ...{ cpuSeconds, seconds, made, received, memoryForDevices, collectedForDevices, deaths: this.deaths },
    };
  }

  /** Ends all threads at once. */
  async close(): Promise<void> {
    await Promise.all([...this.generators, this.subscriber].map((thread) => thread?.end()));
  }

  /** Waits until the subscriber has all that was made, or nothing comes any more. */
  private async awaitLastReadings(): Promise<void> {
    let before = -1;
    let since = performance.now();
    for (;;) {
      const { devices, subscriber } = await this.measure();
      // How many those made that died is not known.
      if (!subscriber || (this.deaths.length === 0 && subscriber.received >= devices.readings)) return;
      const { received } = subscriber;
      if (received !== before) since = performance.now();
      else if (performance.now() - since > LAST_READINGS) return;
      before = received;
      await sleep(LOOK_INTERVAL);
    }
  }

  private async askAll(message: ToWorker): Promise<Answers> {
    const [subscriber, ...generators] = await Promise.all([
      this.subscriber?.ask(message, 'figures'),
      ...this.generators.map((thread) => thread.ask(message, 'figures')),
    ]);
    generators.forEach((answer, i) => {
      if (answer) this.lastFigures[i] = answer.figures as GeneratorFigures;
    });
    return { subscriber, generators };
  }

  private startThread(start: WorkerStart): WorkerThread {
    const thread: WorkerThread = new WorkerThread(start, {
      onProblem: (text) => this.listener.onProblem(text),
      onDeath: (why) => this.noteDeath(thread, start, why),
    });
    return thread;
  }

  private noteDeath(thread: WorkerThread, { role, range }: WorkerStart, why: string): void {
    const isSubscriber = role === 'subscriber';
    const isReady = this.startedAt > 0;
    if (!isReady || (!isSubscriber && this.generators.every(({ isDead }) => isDead))) {
      this.died = true;
      return this.listener.onProblem(`a thread of the fleet died: ${why}`);
    }
    const who = isSubscriber ? 'the subscriber died' : `a thread with ${indexesOf(range).length} devices died`;
    const text = `${who}: ${why}; ${isSubscriber ? 'losses' : 'what these devices lost'} cannot be known`;
    this.deaths.push(text);
    thread.giveUp();
    this.listener.onDeath(text);
  }

  /** Of a thread that died, what it told last, without connections. */
  private join({ generators, subscriber }: Answers): FleetFigures {
    const parts = this.lastFigures.map((last, i): GeneratorFigures => {
      if (generators[i]) return last;
      const devices = { ...last.devices, connected: 0, waiting: 0, inFlight: 0 };
      return { ...last, devices, loop: { ...last.loop, busy: 0 } };
    });
    const sum = (of: (part: GeneratorFigures) => HistogramRecord): HistogramRecord =>
      Histogram.sum(parts.map(of)).toRecord();
    const { user, system } = process.cpuUsage(this.cpuAtStart);
    return {
      seconds: this.startedAt === 0 ? 0 : Math.max(0, performance.now() - this.startedAt) / 1000,
      devices: sumDevices(parts.map(({ devices }) => devices)),
      connectsBySecond: sumSeconds(parts.map(({ connectsBySecond }) => connectsBySecond)),
      acknowledgement: sum(({ acknowledgement }) => acknowledgement),
      lag: sum(({ lag }) => lag),
      loop: { delay: sum(({ loop }) => loop.delay), busy: Math.max(0, ...parts.map(({ loop }) => loop.busy)) },
      ...(subscriber && { subscriber: subscriber.figures as SubscriberFigures }),
      cpuSeconds: (user + system) / 1e6,
      memory: process.memoryUsage.rss(),
    };
  }

  /** Numbers of the devices, in the order of `FinalFigures.made`. */
  get indexes(): number[] {
    return indexesOf(this.range);
  }
}

type Figures = Extract<FromWorker, { type: 'figures' }>;

/** Undefined: the thread is dead, or there is none. */
interface Answers {
  readonly generators: readonly (Figures | undefined)[];
  readonly subscriber: Figures | undefined;
}

/** A thread that is asked one thing at a time of each kind. */
class WorkerThread {
  /** It ended though nobody wanted it to. */
  isDead = false;
  private readonly worker: Worker;
  private readonly waiting: { type: FromWorker['type']; resolve: (message: FromWorker | undefined) => void }[] = [];
  private isEnding = false;
  private isGivenUp = false;

  constructor(
    start: WorkerStart,
    { onProblem, onDeath }: { onProblem(text: string): void; onDeath(why: string): void },
  ) {
    this.worker = new Worker(findWorker(), {
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
    });
    this.worker.on('message', (message: FromWorker) => {
      if (message.type === 'problem') onProblem(message.text);
      const place = this.waiting.findIndex(({ type }) => type === message.type);
      if (place >= 0) this.waiting.splice(place, 1)[0]!.resolve(message);
    });
    const onEnd = (why: string): void => {
      if (this.isDead || this.isEnding) return;
      this.isDead = true;
      onDeath(why);
    };
    this.worker.on('error', (error: Error) => onEnd(error.message));
    this.worker.on('exit', (code) => onEnd(`it ended with exit code ${code}`));
  }

  /** What it was asked, and will be, is answered by undefined. */
  giveUp(): void {
    this.isGivenUp = true;
    for (const { resolve } of this.waiting.splice(0)) resolve(undefined);
  }

  tell(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  /** The next message of the type; undefined when it was given up. */
  next<Type extends FromWorker['type']>(type: Type): Promise<Extract<FromWorker, { type: Type }> | undefined> {
    if (this.isGivenUp) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.waiting.push({ type, resolve: resolve as (message: FromWorker | undefined) => void });
    });
  }

  ask<Type extends FromWorker['type']>(
    message: ToWorker,
    type: Type,
  ): Promise<Extract<FromWorker, { type: Type }> | undefined> {
    const answer = this.next(type);
    this.tell(message);
    return answer;
  }

  async end(): Promise<void> {
    this.isEnding = true;
    await this.worker.terminate();
  }
}

/** Seen from a bundle in `dist` or `dist/shared`, from `build/sim/fleet`, and from the source. */
function findWorker(): string {
  const places = ['./fleet-worker.js', '../fleet-worker.js', './worker.js', '../../build/sim/fleet/worker.js'];
  const path = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (path === undefined) throw new Error('the threads of a fleet are not built: run npm run build');
  return path;
}
