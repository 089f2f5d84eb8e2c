import type { ConnectionOptions } from '../../src/connection/index.js';
import { PROTOCOL } from '../page/protocol.js';
import type { Answer, FleetUpdate, Hello, LogUpdate, Request, StateUpdate, ToPage } from '../page/protocol.js';
import { FleetCoverage } from './fleet-coverage.js';
import { FleetMember } from './fleet-member.js';
import { KeptLines } from './kept.js';
import type { DashboardSource } from './source.js';
import { callerName, TopicsCalls } from './topics-calls.js';
import { LONGEST_PAYLOAD, TopicsConnection } from './topics-connection.js';
import type { TopicMessage } from './topics-connection.js';
import { readObject, readStatus } from './topics-device.js';
import type { Told } from './topics-device.js';
import { readPayload } from './topics-payload.js';
import type { Opener, ReportSeen } from './topics-payload.js';
import { DEFAULT_TEMPLATE, TopicReader } from './topics-place.js';

/** How to watch a fleet. */
export interface FleetSourceOptions {
  /** How to reach the broker, as `Connection` wants it. */
  readonly connection: ConnectionOptions;
  /** First levels of the topics of all gateways. */
  readonly prefix: string;
  /** Their key `topic`. */
  readonly topic?: string;
  /** Of `Hello`. */
  readonly version: string;
  /** Opens sealed payloads. */
  readonly unseal?: Opener;
  /** Seconds between two questions by RPC to one gateway, how its flash is; 0, the default: nothing is published. */
  readonly ask?: number;
  /** The most gateways and tags that are kept. Default 10,000 each. */
  readonly mostGateways?: number;
  readonly mostTags?: number;
}

type LogLine = LogUpdate['lines'][number];

/** Milliseconds between two texts. */
const TICK = 1000;
const LINES_KEPT = 500;
/** Gateways in one text. */
const GATEWAYS_AT_ONCE = 1000;
const MOST = 10_000;
const MORE =
  'This page only reads: nothing is published to the broker. Start tagwire with --ask 900 to ask each gateway by RPC ' +
  'every 15 minutes how worn its flash is.';
/** Calls in a second, and seconds for an answer. */
const CALLS_PER_TICK = 20;
const PATIENCE = 30;
/** One that does not answer is asked more rarely. */
const RARELY = 8;
/** The longest name of a gateway that is shown. */
const LONGEST_NAME = 256;

/** All gateways at a broker, as their topics show them. The same texts for any number of pages, once a second. */
export class FleetSource implements DashboardSource {
  private readonly options: FleetSourceOptions;
  private readonly reader: TopicReader;
  private readonly connection: TopicsConnection;
  private readonly calls: TopicsCalls;
  private readonly coverage: FleetCoverage;
  private readonly members = new Map<string, FleetMember>();
  private readonly ticker: NodeJS.Timeout;
  private tell: (text: ToPage) => void = () => undefined;
  private readonly lines = new KeptLines(LINES_KEPT, LINES_KEPT);
  private messageCount = 0;
  private reportCount = 0;
  /** Since when the topics are listened to; Infinity while they are not. */
  private since = Infinity;
  private isFull = false;

  /** Connects at once, and stays connected. Throws a RangeError for options that are not allowed. */
  constructor(options: FleetSourceOptions) {
    const { connection, prefix, topic = DEFAULT_TEMPLATE, mostTags = MOST, ask = 0 } = options;
    this.options = options;
    this.reader = new TopicReader(topic, prefix);
    if (!topic.includes('{gateway}'))
      throw new RangeError(`the topic must have {gateway}, got ${JSON.stringify(topic)}`);
    this.coverage = new FleetCoverage(mostTags);
    const filters = ['status', 'health', ...(ask === 0 ? [] : ['res/+'])].map((name) => `${prefix}/+/${name}`);
    this.connection = new TopicsConnection(connection, [...filters, ...this.reader.filters], {
      onMessage: (message) => this.receive(message, Date.now()),
      onLink: () => this.noteLink(),
      onListening: () => (this.since = Date.now()),
      onNotice: (text) => this.log('broken', text),
    });
    this.calls = new TopicsCalls((to, payload) => this.connection.publish(to, payload), callerName('fleet-view'));
    this.ticker = setInterval(() => this.tick(Date.now()), TICK);
    this.connection.start();
  }

  // DashboardSource

  snapshot(): readonly ToPage[] {
    const now = Date.now();
    return [
      this.hello(),
      this.state(now),
      ...this.updates([...this.members.values()], now),
      ...this.coverage.all(),
      { type: 'log', lines: this.lines.past() },
    ];
  }

  watch(tell: (text: ToPage) => void): void {
    this.tell = tell;
  }

  request(request: Request): Promise<Answer> {
    const error = `${request.name} is for simulations and single devices; this is the view of a fleet`;
    return Promise.resolve({ type: 'answer', id: request.id, error });
  }

  close(): void {
    clearInterval(this.ticker);
    this.calls.close();
    this.connection.close();
  }

  /** For the summary of the command. */
  get counts(): { gateways: number; offline: number; stuck: number; tags: number; messages: number; reports: number } {
    const now = Date.now();
    const states = [...this.members.values()].map((member) => member.state(now));
    return {
      gateways: states.length,
      offline: states.filter(({ online }) => online === false).length,
      stuck: states.filter(({ stage }) => stage !== undefined && stage !== 'offline').length,
      tags: this.coverage.size,
      messages: this.messageCount,
      reports: this.reportCount,
    };
  }

  // What comes

  private receive(message: TopicMessage, now: number): void {
    this.messageCount++;
    const { topic, payload, length, retain, dup } = message;
    const { prefix, unseal } = this.options;
    // A retained payload that is empty removes one.
    if (length === 0) return;
    if (topic.startsWith(`${prefix}/`)) {
      const [gateway, kind, id, ...more] = topic.slice(prefix.length + 1).split('/');
      if (kind === 'status' && id === undefined) return this.receiveStatus(gateway!, payload, retain, now);
      if (kind === 'health' && id === undefined) return this.receiveHealth(gateway!, payload, retain, now);
      if (kind === 'res' && id !== undefined && more.length === 0) return this.calls.take(topic, payload);
    }
    const place = this.reader.read(topic);
    if (place?.gateway === undefined) return;
    const { reports } = readPayload(payload, place, length <= LONGEST_PAYLOAD, unseal);
    for (const report of reports) this.receiveReport(place.gateway, report, !retain && !dup, now);
  }

  private receiveStatus(gateway: string, payload: Buffer, retain: boolean, now: number): void {
    const status = readStatus(payload.toString());
    if (status) this.member(gateway, now)?.noteStatus(status, retain, now);
  }

  private receiveHealth(gateway: string, payload: Buffer, retain: boolean, now: number): void {
    const health = readObject(payload.toString());
    if (health && !retain) this.member(gateway, now)?.noteHealth(health, now);
  }

  private receiveReport(gateway: string, report: ReportSeen, isNew: boolean, now: number): void {
    const member = this.member(gateway, now);
    if (!member) return;
    this.reportCount++;
    member.noteReport(report, isNew, now);
    const { address, rssi, time, presence } = report;
    // That a tag is away has the strength with which it was heard last.
    if (!isNew || rssi === undefined || presence === 'away') return;
    const at = time === undefined ? now : Math.min(now, time - (member.clock.ahead(now) ?? 0));
    this.coverage.note(address, gateway, rssi, at);
  }

  /** Undefined when there are too many. */
  private member(name: string, now: number): FleetMember | undefined {
    const known = this.members.get(name);
    if (known) return known;
    const { mostGateways = MOST } = this.options;
    if (name === '' || name.length > LONGEST_NAME) return undefined;
    if (this.members.size >= mostGateways) {
      if (!this.isFull) this.log('broken', `more than ${mostGateways} gateways: further ones are not shown`);
      this.isFull = true;
      return undefined;
    }
    const member = new FleetMember(name, now);
    this.members.set(name, member);
    return member;
  }

  private noteLink(): void {
    const { connected } = this.connection;
    if (!connected) this.since = Infinity;
    const news = this.connection.news();
    if (news !== '') this.log(connected ? 'world' : 'broken', news);
  }

  private log(kind: LogLine['kind'], text: string): void {
    this.lines.add({ time: Date.now(), kind, text });
  }

  // What is asked

  private askSome(now: number): void {
    const { ask = 0 } = this.options;
    if (ask === 0) return;
    let left = CALLS_PER_TICK;
    for (const member of this.members.values()) {
      if (member.online !== true || now < member.askAt) continue;
      if (--left < 0) break;
      void this.askOne(member, now, ask * 1000);
    }
  }

  private async askOne(member: FleetMember, now: number, interval: number): Promise<void> {
    member.askAt = now + RARELY * interval;
    const answer = await this.calls.call(
      `${this.options.prefix}/${member.name}`,
      'outbox.statistics',
      undefined,
      PATIENCE,
    );
    if (!('result' in answer)) return;
    member.askAt = now + interval;
    const { result } = answer;
    if (typeof result === 'object' && result !== null) member.noteOutbox(result as Told, Date.now());
  }

  // What is told

  private tick(now: number): void {
    const isListening = this.since !== Infinity;
    if (isListening) {
      this.askSome(now);
      for (const member of this.members.values()) {
        const news = member.judge(now, this.since);
        if (news !== '') this.log(member.isStuck ? 'broken' : 'device', news);
      }
    }
    this.tell(this.state(now));
    const changed = [...this.members.values()].filter(({ isNew }) => isNew);
    for (const member of changed) member.isNew = false;
    for (const update of this.updates(changed, now)) this.tell(update);
    for (const update of this.coverage.takeChanges()) this.tell(update);
    for (const lines of this.lines.update(now)) this.tell(lines);
  }

  private updates(members: readonly FleetMember[], now: number): FleetUpdate[] {
    const updates: FleetUpdate[] = [];
    for (let i = 0; i < members.length; i += GATEWAYS_AT_ONCE) {
      const gateways = members.slice(i, i + GATEWAYS_AT_ONCE).map((member) => member.state(now));
      updates.push({ type: 'fleet', gateways, total: this.members.size });
    }
    return updates;
  }

  private hello(): Hello {
    return {
      type: 'hello',
      protocol: PROTOCOL,
      version: this.options.version,
      source: 'fleet',
      title: `gateways at ${this.connection.broker}`,
      controls: [],
      worlds: [],
      faults: [],
      formats: [],
      gateways: [],
      walls: [],
      brokerUrl: this.connection.broker,
      ...((this.options.ask ?? 0) === 0 && { more: MORE }),
    };
  }

  private state(now: number): StateUpdate {
    const { broker, connected, text } = this.connection;
    return {
      type: 'state',
      now,
      gateways: [],
      brokers: [{ name: broker, up: connected, text, messages: this.messageCount }],
      faults: [],
    };
  }
}
