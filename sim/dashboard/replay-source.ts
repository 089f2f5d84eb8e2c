import { VERSION } from '../../src/device/firmware.js';
import { formatName } from '../../src/tags/formats/index.js';
import { STREAMS_PER_TAG } from '../../src/tags/tag-table.js';
import { PROTOCOL } from '../page/protocol.js';
import type { Answer, FieldValue, GatewayPlace, GatewayState, Hello } from '../page/protocol.js';
import type { ReadingsUpdate, Request, StateUpdate, TagState, ToPage } from '../page/protocol.js';
import { addressNumber, addressText, BadRecording, EPOCH, isRing, Replay, timeText } from '../virtual/index.js';
import type { Tap, TappedParts, TappedStart } from '../virtual/index.js';
import { BadInput } from '../bad-input.js';
import { Kept, KeptLines } from './kept.js';
import { measuredMemory } from './measured-memory.js';
import { Pacer } from './pacer.js';
import type { Paced } from './pacer.js';
import type { DashboardSource } from './source.js';
import { Decisions } from './world-decisions.js';
import { firmwareState } from './world-gateways.js';
import { MessageLog, MessageTap } from './world-messages.js';

const UPDATE_MILLISECONDS = 250;
const MOST_LINES = 100;
const PAST_LINES = 500;
const MOST_READINGS = 400;
const PAST_READINGS = 2000;
/** Tags of a device of which decisions are kept. */
const MOST_RINGS = 4096;
/** Events at the same time before the first page is told which devices there are. */
const FIRST_EVENTS = 10_000;
const FASTEST = 1e9;

/** A device of the recording. */
interface ReplayedGateway {
  readonly place: GatewayPlace;
  readonly decisions: Decisions;
  /** The start that runs; undefined: it has no power. */
  start: TappedStart | undefined;
  starts: number;
  lastError: GatewayState['lastError'];
}

/** How a recording is shown. */
export interface ReplayOptions {
  /** For people, such as the name of the file. */
  readonly title: string;
  /** Times as fast as it was recorded; 0: paused, Infinity: as fast as it goes. Default 1. */
  readonly speed?: number;
}

/**
 * A recording behind a dashboard: each firmware gets the inputs that it had, at their times, and its state, its
 * messages, tags and log are shown. There is no world, so nothing can be broken; what is compared after each event, as
 * `tagwire sim --replay` does, is told at the end, or where it differs.
 */
export class ReplaySource implements DashboardSource, Paced, Tap {
  private readonly replay: Replay;
  private readonly pacer: Pacer;
  private readonly gateways: ReplayedGateway[] = [];
  private readonly messages = new MessageLog();
  private readonly messageTap: MessageTap;
  private readonly lines = new KeptLines(MOST_LINES, PAST_LINES);
  private readonly readings = new Kept<ReadingsUpdate['readings'][number]>(MOST_READINGS, PAST_READINGS);
  /** What was told of a tag last. */
  private readonly told = new Map<string, string>();
  private over = false;
  private isNew = false;
  private tell: ((text: ToPage) => void) | undefined;

  /** Throws `BadInput` for what is no recording. */
  constructor(
    file: Uint8Array,
    private readonly options: ReplayOptions,
  ) {
    if (isRing(file)) {
      throw new BadInput('this is the ring of a device, which has no states to show; see tagwire sim --replay');
    }
    this.messageTap = new MessageTap(this.messages, () => EPOCH + this.replay.time);
    try {
      this.replay = new Replay(file, [this, this.messageTap]);
    } catch (error) {
      if (!(error instanceof BadRecording)) throw error;
      throw new BadInput(error.message);
    }
    this.pacer = new Pacer(this, options.speed ?? 1);
  }

  /** Lets it go on until it is over, or `close`, and tells what is new. To be called once. */
  async run(): Promise<void> {
    // All devices have their power from the beginning, as a rule.
    for (let i = 0; i < FIRST_EVENTS && !this.over && this.replay.time === 0; i++) await this.step();
    this.isNew = false;
    for (const text of this.snapshot()) this.tell?.(text);
    this.pacer.restart();
    let told = -Infinity;
    await this.pacer.run(() => {
      const now = performance.now();
      if (now - told < UPDATE_MILLISECONDS) return;
      told = now;
      this.update();
    });
    this.update();
  }

  // Paced

  now(): number {
    return this.replay.time;
  }

  get endsAt(): number {
    return this.over ? -Infinity : Infinity;
  }

  async runUntil(time: number): Promise<void> {
    while (!this.over && this.replay.time <= time) await this.step();
  }

  // DashboardSource

  snapshot(): readonly ToPage[] {
    return [
      this.hello(),
      this.state(),
      { type: 'tags', tags: this.tags() },
      ...this.messages.past(),
      { type: 'readings', readings: this.readings.past() },
      { type: 'log', lines: this.lines.past() },
    ];
  }

  watch(tell: (text: ToPage) => void): void {
    this.tell = tell;
  }

  request({ id, name, parameters }: Request): Promise<Answer> {
    const answer = (rest: Pick<Answer, 'error' | 'why'> = {}): Promise<Answer> =>
      Promise.resolve({ type: 'answer', id, ...rest });
    if (name === 'speed') {
      const { speed } = parameters;
      if (!(speed >= 0 && speed <= FASTEST)) return answer({ error: `speed must be from 0 to 1e9, got ${speed}` });
      this.pacer.speed = speed === FASTEST ? Infinity : speed;
      return answer();
    }
    if (name !== 'why') return answer({ error: `${name} is not to be had in a replay` });
    const { tag, gateway = this.nearest(tag) } = parameters;
    const device = this.gateways[gateway];
    if (!device) return answer({ error: `gateway must be from 0 to ${this.gateways.length - 1}, got ${gateway}` });
    const address = numberOf(tag);
    const policies = device.start?.firmware?.gateway.reporter?.policies;
    const policy = policies && device.decisions.policyOf(address, policies);
    const decisions = device.decisions.of(address, undefined);
    return answer({ why: { tag, gateway, ...(policy !== undefined && { policy }), decisions } });
  }

  close(): void {
    this.pacer.stop();
  }

  // Tap

  wrap<P extends TappedParts>(parts: P, start: TappedStart): P {
    const gateway = this.gatewayOf(start);
    gateway.start = start;
    gateway.lastError = undefined;
    if (gateway.starts++ > 0) this.note(start, 'world', `${start.name} starts again (${start.restartReason})`);
    const { log } = parts as { log?: { line(text: string): void } };
    if (!log) return parts;
    const heard = {
      line: (text: string): void => {
        this.note(start, 'device', text);
        log.line(text);
      },
    };
    return { ...parts, log: heard };
  }

  launched(start: TappedStart): void {
    const reporter = start.firmware?.gateway.reporter;
    if (reporter) this.gatewayOf(start).decisions.watch(reporter);
  }

  ended(start: TappedStart): void {
    const gateway = this.gatewayOf(start);
    if (gateway.start === start) gateway.start = undefined;
  }

  private gatewayOf({ device, name, board }: TappedStart): ReplayedGateway {
    let gateway = this.gateways[device];
    if (!gateway) {
      // One that gets its power later: in between there are none.
      for (let i = this.gateways.length; i < device; i++) this.add(i, `device ${i + 1}`, board);
      gateway = this.add(device, name, board);
    }
    return gateway;
  }

  private add(index: number, name: string, board: string): ReplayedGateway {
    this.isNew = true;
    const measured = measuredMemory(board);
    const gateway: ReplayedGateway = {
      place: { name, board, ...(measured && { measured }) },
      decisions: new Decisions(
        () => EPOCH + Math.floor(this.gateways[index]?.start?.worldTime() ?? 0),
        MOST_RINGS,
        (address, _format, time, fields) => this.readings.add({ tag: textOfNumber(address), time, fields }),
      ),
      start: undefined,
      starts: 0,
      lastError: undefined,
    };
    this.gateways[index] = gateway;
    return gateway;
  }

  private async step(): Promise<void> {
    if (await this.replay.advance(1)) return;
    this.over = true;
    const { events, starts, difference, problem, hash } = this.replay.outcome;
    const time = EPOCH + Math.floor(this.replay.time);
    if (problem !== undefined) this.lines.add({ time, kind: 'broken', text: `the recording is damaged: ${problem}` });
    if (difference) {
      const { event, device, what } = difference;
      const text = `event ${event}, ${timeText(difference.time)}, ${device}: ${what}; the replay ends here`;
      this.lines.add({ time, kind: 'broken', text });
    } else if (problem === undefined) {
      const text = `the recording is over: ${events} events of ${starts} starts, all states equal, hash ${hash}`;
      this.lines.add({ time, kind: 'world', text });
    }
  }

  private note({ device, worldTime }: TappedStart, kind: 'device' | 'world', text: string): void {
    const time = EPOCH + Math.floor(worldTime());
    this.lines.add({ time, ...(kind === 'device' && { gateway: device }), kind, text });
    if (kind === 'device' && FAILURE.test(text)) this.gateways[device]!.lastError = { time, text };
  }

  private update(): void {
    const { tell } = this;
    const changed = this.tags().filter((tag) => {
      const stamp = JSON.stringify(tag);
      if (this.told.get(tag.id) === stamp) return false;
      this.told.set(tag.id, stamp);
      return true;
    });
    const messages = this.messages.take();
    const readings = this.readings.take().fresh;
    const lines = this.lines.update(EPOCH + Math.floor(this.replay.time));
    if (!tell) return;
    if (this.isNew) {
      this.isNew = false;
      for (const text of this.snapshot()) tell(text);
      return;
    }
    tell(this.state());
    if (changed.length > 0) tell({ type: 'tags', tags: changed });
    for (const text of messages) tell(text);
    if (readings.length > 0) tell({ type: 'readings', readings });
    for (const text of lines) tell(text);
  }

  private hello(): Hello {
    return {
      type: 'hello',
      protocol: PROTOCOL,
      version: VERSION,
      source: 'replay',
      title: this.options.title,
      controls: ['speed', 'why'],
      ...{ worlds: [], faults: [], formats: [], walls: [] },
      gateways: this.gateways.map(({ place }) => place),
    };
  }

  private state(): StateUpdate {
    return {
      type: 'state',
      now: EPOCH + Math.floor(this.replay.time),
      speed: this.over ? 0 : Math.min(this.pacer.speed, FASTEST),
      gateways: this.gateways.map((gateway) => stateOf(gateway)),
      brokers: [],
      faults: [],
    };
  }

  /** What the devices know of the tags that they have heard. */
  private tags(): TagState[] {
    const states = new Map<string, TagState>();
    for (const [gateway, { start, decisions }] of this.gateways.entries()) {
      const reporter = start?.firmware?.gateway.reporter;
      if (!reporter || !start) continue;
      const { tags, presence, policies } = reporter;
      const ahead = EPOCH + start.worldTime() - reporter['board'].clock.now();
      for (let index = tags.nextUsed(-1); index >= 0; index = tags.nextUsed(index)) {
        if (tags.advertisements[index] === 0) continue;
        tags.copyAddress(index, ADDRESS, 0);
        const address = addressNumber(ADDRESS);
        const id = addressText(ADDRESS);
        const format = decisions.formatOf(address);
        const at = Math.floor(ahead + tags.lastSeen[index]!);
        const heard = { gateway, rssi: tags.rssi[index]!, at, count: tags.advertisements[index]! };
        let reports = 0;
        let heartbeatAt = Infinity;
        for (let stream = index * STREAMS_PER_TAG; stream < (index + 1) * STREAMS_PER_TAG; stream++) {
          if (tags.formatOf(stream) !== format || tags.reports[stream] === 0) continue;
          reports += tags.reports[stream]!;
          const maximum = policies.maximumInterval(policies.choose(tags.ownPolicy[index]!, format));
          if (maximum > 0) heartbeatAt = Math.floor(ahead + tags.lastReported[stream]! + maximum);
        }
        const other = states.get(id);
        const fields: readonly FieldValue[] = decisions.fields(address, format)?.fields ?? other?.fields ?? [];
        const isHere = presence?.isPresent(index) === true || other?.presence === 'here';
        states.set(id, {
          ...{ id, address: id, name: '', format: format === 0 ? '' : formatName(format), fields },
          heard: [...(other?.heard ?? []), heard],
          ...((presence || other?.presence) && { presence: isHere ? 'here' : 'away' }),
          ...(heartbeatAt < Infinity && { heartbeatAt }),
          reports: reports + (other?.reports ?? 0),
        });
      }
    }
    return [...states.values()];
  }

  /** The gateway that has heard a tag last. */
  private nearest(tag: string): number {
    const address = numberOf(tag);
    let best = 0;
    this.gateways.forEach(({ decisions }, index) => {
      if (decisions.heardAt(address) > this.gateways[best]!.decisions.heardAt(address)) best = index;
    });
    return best;
  }
}

/** A line of the firmware that says why there is no connection. */
const FAILURE = /; next attempt /;
const ADDRESS = new Uint8Array(6);

function stateOf({ start, place, starts, lastError }: ReplayedGateway): GatewayState {
  const restarts = Math.max(0, starts - 1);
  const firmware = start?.firmware;
  const error = lastError && { lastError };
  if (!firmware) return { powered: start !== undefined, ...error, meters: [], drops: {}, counts: { restarts } };
  const told = firmwareState(firmware, place.board as TappedStart['board']);
  const uptime = firmware.gateway.reporter?.['board'].clock.now();
  return {
    powered: true,
    ...told,
    ...error,
    ...(uptime !== undefined && { uptime }),
    counts: { ...told.counts, restarts },
  };
}

function numberOf(address: string): number {
  return Number.parseInt(address.split(':').join(''), 16);
}

function textOfNumber(address: number): string {
  return address.toString(16).padStart(12, '0').toUpperCase().match(/../g)!.join(':');
}
