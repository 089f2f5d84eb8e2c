import { VERSION } from '../../src/device/firmware.js';
import { timeOf } from '../virtual/index.js';
import { worldNames } from '../read-world.js';
import type { FaultKind, FaultParameter, SimulatedWorld, VirtualWorld } from '../virtual/index.js';
import { PROTOCOL } from '../page/protocol.js';
import type { Answer, FaultForm, Hello, Request, ToPage } from '../page/protocol.js';
import { LiveWorld } from './live-world.js';
import type { LiveWorldOptions } from './live-world.js';
import { measuredMemory } from './measured-memory.js';
import type { LockstepWorld } from '../xs/lockstep.js';
import { Pacer, REAL_TIME } from './pacer.js';
import type { Paced, RealTime } from './pacer.js';
import type { DashboardSource } from './source.js';
import { errorLine, TAG_FORMATS, WorldControls } from './world-controls.js';
import type { ControlHost } from './world-controls.js';
import { planOfName } from './world-plan.js';
import type { WorldPlan } from './world-plan.js';

/** How a world is shown. */
export interface WorldSourceOptions {
  /** Times real time; 0: paused, Infinity: as fast as it goes. Default 1. */
  readonly speed?: number;
  /** Milliseconds of the first world at which it pauses, until somebody lets it go on. Default: it does not. */
  readonly pauseAt?: number;
  /**
   * The broker is a real one, which `onWorld` puts in place of the model. It does not obey, keeps its own time, and
   * nobody sees inside it: controls and faults of the model are absent, and the rules do not judge.
   */
  readonly realBroker?: boolean;
  /** Runs the gateways of a world that is about to run on XS as well. */
  lockstep?(world: SimulatedWorld): LockstepWorld;
  /** Of `LiveWorld`. */
  readonly explain?: NonNullable<LiveWorldOptions['explain']>;
  /** Where a client of one's own reaches the broker of the world that is shown. */
  brokerUrl?(): string | undefined;
  /** A world is about to run: the first one, or another one that was asked for. */
  onWorld?(world: VirtualWorld): void;
  /** Default: that of the computer. */
  readonly realTime?: RealTime;
  /**
   * Makes the plan of a world by its name: one of `worldNames`, or the title of the first plan. Throws `BadInput`.
   * Default: one of `worldNames`, as its file says.
   */
  plan?(name: string, seed: number): WorldPlan;
}

/** Milliseconds of real time between two updates. */
const UPDATE_MILLISECONDS = 250;

/** A simulated world behind a dashboard, with all controls. `run` lets its time pass. */
export class WorldSource implements DashboardSource, Paced, ControlHost {
  readonly endsAt = Infinity;
  readonly worlds: readonly string[];
  live: LiveWorld;

  private readonly pacer: Pacer;
  private readonly controls: WorldControls;
  private tell: ((text: ToPage) => void) | undefined;
  private pauseAt: number;

  constructor(
    plan: WorldPlan,
    private readonly options: WorldSourceOptions = {},
  ) {
    this.live = this.begin(plan);
    // The file that it began with can be loaded again; one with the name of another world stands in its place.
    this.worlds = options.plan ? [...new Set([plan.title, ...worldNames()])] : worldNames();
    this.pauseAt = options.pauseAt ?? Infinity;
    this.pacer = new Pacer(this, options.speed ?? 1, options.realTime);
    this.controls = new WorldControls(this, options.realBroker, options.lockstep !== undefined);
  }

  get speed(): number {
    return this.pacer.speed;
  }

  set speed(speed: number) {
    this.pacer.speed = speed;
  }

  /** The world that runs. */
  get world(): VirtualWorld {
    return this.live.world;
  }

  now(): number {
    return this.world.now();
  }

  /** What the simulation itself throws is a fault of it; it is told, and the world goes on. */
  async runUntil(time: number): Promise<void> {
    const { live, pauseAt } = this;
    try {
      await live.runUntil(Math.min(time, pauseAt));
    } catch (error) {
      const text = 'the simulation: ' + (error instanceof Error ? (error.stack ?? error.message) : String(error));
      live.note({ time: live.now(), kind: 'broken', text });
    }
    if (live.world.now() < pauseAt || live !== this.live) return;
    this.pauseAt = Infinity;
    this.speed = 0;
    live.note({ time: live.now(), kind: 'world', text: `paused at ${timeOf(pauseAt)}, as asked for` });
  }

  /** Lets time pass at the pace that was asked for, and tells what is new four times a second, until `close`. */
  async run(): Promise<void> {
    const { realTime = REAL_TIME } = this.options;
    let told = -Infinity;
    await this.pacer.run(() => {
      const now = realTime.now();
      if (now - told < UPDATE_MILLISECONDS) return;
      told = now;
      this.update();
    });
  }

  /** Tells what is new. */
  update(): void {
    const { live, tell, pacer } = this;
    const news = live.news();
    if (!tell) return;
    tell(live.stateUpdate(pacer.speed));
    for (const text of news) tell(text);
  }

  snapshot(): readonly ToPage[] {
    return [this.hello(), this.live.state(this.pacer.speed), ...this.live.past()];
  }

  watch(tell: (text: ToPage) => void): void {
    this.tell = tell;
  }

  async request(request: Request): Promise<Answer> {
    const { id, name, parameters } = request;
    try {
      return { type: 'answer', id, ...(await this.controls.run(name, parameters)) };
    } catch (error) {
      return { type: 'answer', id, error: errorLine(error) };
    }
  }

  close(): void {
    this.pacer.stop();
    this.controls.endCalls('the dashboard has ended');
    this.live.close();
  }

  loadWorld(name: string, seed: number): void {
    const { plan } = this.options;
    this.load(plan ? plan(name, seed) : planOfName(name, seed));
  }

  /** Shows another world from its beginning. Pages forget what they had. */
  load(plan: WorldPlan): void {
    this.controls.endCalls('another world was loaded before the answer came');
    this.live.close();
    this.live = this.begin(plan);
    this.pauseAt = Infinity;
    this.pacer.restart();
    for (const text of this.snapshot()) this.tell?.(text);
  }

  private begin(plan: WorldPlan): LiveWorld {
    const { realBroker = false, explain, onWorld, lockstep } = this.options;
    const beside = lockstep?.(plan.world);
    const watching = { ...(explain && { explain }), ...(beside && { lockstep: beside }) };
    const live = new LiveWorld(plan, { isJudged: !realBroker, ...watching });
    onWorld?.(live.world);
    // Its time servers tell the time that it is, for certificates; so does the page.
    if (realBroker) live.epoch += live.world.internet.time.ahead;
    return live;
  }

  private hello(): Hello {
    const { plan, world } = this.live;
    const { gateways, radio } = world.world;
    const brokerUrl = this.options.brokerUrl?.();
    return {
      type: 'hello',
      protocol: PROTOCOL,
      version: VERSION,
      source: 'simulation',
      title: plan.title,
      controls: this.controls.names,
      worlds: this.worlds,
      faults: this.controls.faultKinds.filter((row) => isPossible(row, world.world)).map(faultForm),
      formats: TAG_FORMATS,
      gateways: gateways.map(({ name, board, position: [x, y] }, place) => {
        // What is live is not told a second time.
        const measured = this.live.isOnXs(place) ? undefined : measuredMemory(board);
        return { name, board, position: [x, y], ...(measured && { measured }) };
      }),
      walls: (radio?.walls ?? []).map(({ from, to }) => ({ from, to })),
      ...(brokerUrl !== undefined && { brokerUrl }),
    };
  }
}

/** A world has a gateway to whose board it can happen. */
function isPossible({ boards }: FaultKind, world: SimulatedWorld): boolean {
  return world.gateways.some(({ board }) => boards.includes(board));
}

function faultForm({ kind, what, time, parameters }: FaultKind): FaultForm {
  const value = ({ type, default: given }: FaultParameter): string =>
    type === 'time' ? timeOf(given as number) : String(given);
  return {
    kind,
    what,
    lasts: time !== 'moment',
    parameters: Object.fromEntries(parameters.map((parameter) => [parameter.name, value(parameter)])),
  };
}
