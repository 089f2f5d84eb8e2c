import { isUtf8 } from 'node:buffer';
import type { ConnectionOptions } from '../../src/connection/index.js';
import { PROTOCOL } from '../page/protocol.js';
import type {
  Answer,
  ControlName,
  Hello,
  LogUpdate,
  MessageSeen,
  ReadingsUpdate,
  Request,
  StateUpdate,
  ToPage,
} from '../page/protocol.js';
import { Kept, KeptLines } from './kept.js';
import type { DashboardSource } from './source.js';
import { callerName, TopicsCalls } from './topics-calls.js';
import type { CallAnswer } from './topics-calls.js';
import { LONGEST_PAYLOAD, TopicsConnection } from './topics-connection.js';
import type { TopicMessage } from './topics-connection.js';
import { readObject, readStatus, TopicsDevice } from './topics-device.js';
import { readPayload } from './topics-payload.js';
import type { Opener, ReportSeen } from './topics-payload.js';
import { DEFAULT_TEMPLATE, guessPlace, TopicReader } from './topics-place.js';
import { TopicsTags } from './topics-tags.js';

export interface TopicsSourceOptions {
  /** How to reach the broker, as `Connection` wants it. */
  readonly connection: ConnectionOptions;
  /** First levels of the topics of the device, and its own one. */
  readonly prefix: string;
  readonly gateway: string;
  /** The key `topic` of the device. */
  readonly topic?: string;
  /** Of `Hello`. */
  readonly version: string;
  /** Opens sealed payloads. */
  readonly unseal?: Opener;
  /** Seconds between two questions how the device is, by RPC; 0, the default: it is not asked, nothing is published. */
  readonly ask?: number;
  /** Seconds that an answer may take, 1 to 86400. Default 10. */
  readonly patience?: number;
}

type LogLine = LogUpdate['lines'][number];
type Reading = ReadingsUpdate['readings'][number];

/** Milliseconds between two texts of a kind. */
const TICK = 250;
/** What a page that opens is told of what was before. */
const MESSAGES_KEPT = 200;
const LINES_KEPT = 200;
const READINGS_KEPT = 2000;
/** What is told in one text. */
const MESSAGES_AT_ONCE = 100;
const LONGEST_SHOWN = 4096;
const LONGEST_LINE = 1000;
/** Seconds that an answer may take. */
const PATIENCE = 10;
/** A device that did not answer so often has no controls, and is asked more rarely: each so many milliseconds. */
const SILENT = 3;
const RARELY = 60_000;
const MORE =
  'This page only reads: nothing is published to the broker. Start tagwire with --ask 10 to ask the device by RPC ' +
  'every 10 s for policies, statistics and the wear of its flash, and to call it from here.';

/** A real device, as its topics show it; docs/payloads.md, docs/rpc.md and docs/clouds/plain.md describe them. */
export class TopicsSource implements DashboardSource {
  private readonly options: TopicsSourceOptions;
  private readonly base: string;
  private readonly reader: TopicReader;
  private readonly connection: TopicsConnection;
  private readonly calls: TopicsCalls;
  private readonly device = new TopicsDevice();
  private readonly tags = new TopicsTags();
  private readonly ticker: NodeJS.Timeout;
  private tell: (text: ToPage) => void = () => undefined;

  private controls: ControlName[] = [];
  private readonly messages = new Kept<MessageSeen>(MESSAGES_AT_ONCE, MESSAGES_KEPT);
  private readonly lines = new KeptLines(LINES_KEPT, LINES_KEPT);
  private readonly readings = new Kept<Reading>(READINGS_KEPT, READINGS_KEPT);
  private messageCount = 0;
  private reportCount = 0;
  private stateAt = 0;
  private isStateNew = true;
  private asking = false;
  /** Counts up whenever asking begins anew. */
  private round = 0;
  private askAt = 0;
  private unanswered = 0;
  /** It has told what it may be asked for. */
  private isKnown = false;
  private toldHello: string;

  /** Connects at once, and stays connected. Throws a RangeError for options that are not allowed. */
  constructor(options: TopicsSourceOptions) {
    const { connection, prefix, gateway, topic = DEFAULT_TEMPLATE } = options;
    this.options = options;
    this.base = `${prefix}/${gateway}`;
    this.reader = new TopicReader(topic, prefix, gateway);
    const filters = [`${this.base}/#`, ...this.reader.filters.filter((one) => !one.startsWith(`${this.base}/`))];
    this.connection = new TopicsConnection(connection, filters, {
      onMessage: (message) => this.receive(message),
      onLink: () => this.noteLink(),
      onListening: () => this.beginAsking(),
      onNotice: (text) => this.log('broken', text),
    });
    this.calls = new TopicsCalls((to, payload) => this.connection.publish(to, payload), callerName('dashboard'));
    this.toldHello = JSON.stringify(this.hello());
    this.ticker = setInterval(() => this.tick(), TICK);
    this.connection.start();
  }

  // DashboardSource

  snapshot(): readonly ToPage[] {
    return [
      this.hello(),
      this.state(Date.now()),
      this.tags.all(),
      { type: 'log', lines: this.lines.past() },
      { type: 'readings', readings: this.readings.past() },
      { type: 'messages', messages: this.messages.past() },
    ];
  }

  watch(tell: (text: ToPage) => void): void {
    this.tell = tell;
  }

  async request(request: Request): Promise<Answer> {
    const answer = { type: 'answer', id: request.id } as const;
    if (request.name !== 'call' && request.name !== 'policies') {
      return { ...answer, error: `${request.name} is for simulations; a real device has call and policies` };
    }
    if (request.parameters.gateway !== 0) {
      return { ...answer, error: `gateway must be 0, got ${request.parameters.gateway}` };
    }
    const [method, params] =
      request.name === 'call'
        ? [request.parameters.method, request.parameters.params]
        : ['policy.set', request.parameters.text];
    const told = await this.call(method, params);
    if ('error' in told) return { ...answer, error: told.error };
    return request.name === 'call' ? { ...answer, result: JSON.stringify(told.result) } : answer;
  }

  close(): void {
    clearInterval(this.ticker);
    this.calls.close();
    this.connection.close();
  }

  /** For the summary of the command. */
  get counts(): { messages: number; reports: number; tags: number } {
    return { messages: this.messageCount, reports: this.reportCount, tags: this.tags.size };
  }

  // What comes

  private receive(message: TopicMessage): void {
    const now = Date.now();
    const { topic, payload, length } = message;
    const complete = length <= LONGEST_PAYLOAD;
    let meaning: string | undefined;
    if (topic === `${this.base}/status`) this.receiveStatus(message, now);
    else if (topic === `${this.base}/health`) this.receiveHealth(payload, now, message.retain);
    else if (topic.startsWith(`${this.base}/res/`)) this.calls.take(topic, payload);
    else if (topic === `${this.base}/log`) this.log('device', cutLine(payload.toString()));
    else if (!topic.startsWith(`${this.base}/cmd/`)) {
      const place = this.reader.read(topic) ?? guessPlace(topic);
      const seen = readPayload(payload, place, complete, this.options.unseal);
      meaning = seen.meaning;
      for (const report of seen.reports) this.receiveReport(report, message.retain, now);
    }
    this.showMessage(message, meaning, now);
  }

  private receiveStatus({ payload, retain }: TopicMessage, now: number): void {
    const status = readStatus(payload.toString());
    if (!status) return;
    const news = this.device.noteStatus(status, retain, now);
    if (news !== '') this.log('device', news);
    this.isStateNew = true;
    if (status.online && news !== '') this.beginAsking();
  }

  private receiveHealth(payload: Buffer, now: number, retain: boolean): void {
    const health = readObject(payload.toString());
    if (!health || retain) return;
    this.device.noteHealth(health, now);
    this.isStateNew = true;
  }

  private receiveReport(report: ReportSeen, retain: boolean, now: number): void {
    const { time } = report;
    this.reportCount++;
    if (time !== undefined && !retain) this.device.clock.note(time, now);
    const at = time === undefined ? now : Math.min(now, time - (this.device.clock.ahead(now) ?? 0));
    const tag = this.tags.note(report, at, retain);
    if (tag === undefined || report.fields.length === 0) return;
    const reading = { tag, time: at, fields: report.fields };
    this.readings.add(reading);
  }

  private showMessage(message: TopicMessage, meaning: string | undefined, now: number): void {
    const { topic, payload, length, qos, retain, dup } = message;
    const direction = topic.startsWith(`${this.base}/cmd/`) ? 'down' : 'up';
    const seen: MessageSeen = {
      id: ++this.messageCount,
      time: now,
      gateway: 0,
      direction,
      topic: topic.slice(0, LONGEST_SHOWN),
      ...showPayload(payload),
      length,
      ...(meaning !== undefined && { meaning: meaning.slice(0, LONGEST_SHOWN) }),
      qos,
      ...(retain && { retain }),
      ...(dup && { dup }),
    };
    this.messages.add(seen);
  }

  private noteLink(): void {
    const news = this.connection.news();
    if (news !== '') this.log(this.connection.connected ? 'world' : 'broken', news);
    this.isStateNew = true;
  }

  private log(kind: LogLine['kind'], text: string): void {
    this.lines.add({ time: Date.now(), kind, text, ...(kind === 'device' && { gateway: 0 }) });
  }

  // What is asked

  private async call(method: string, params: unknown): Promise<CallAnswer> {
    const answer = await this.calls.call(this.base, method, params, this.options.patience ?? PATIENCE);
    const result = 'result' in answer ? answer.result : undefined;
    if (typeof result === 'object' && result !== null) {
      if (method === 'statistics') this.device.noteHealth(result as Record<string, unknown>, Date.now());
      if (method === 'outbox.statistics') this.device.noteOutbox(result as Record<string, unknown>, Date.now());
      if ('policy' in result && typeof result.policy === 'string') this.notePolicies(result.policy);
      this.isStateNew = true;
    }
    if ('error' in answer && answer.code === undefined && this.device.online === false) {
      return { error: `${answer.error}; its status is offline` };
    }
    return answer;
  }

  private notePolicies(text: string): void {
    if (text === this.device.policies) return;
    this.device.policies = text;
    this.tags.setPolicies(text);
  }

  /** It may have another firmware, and other rights, than before; what was asked last may have come to nobody. */
  private beginAsking(): void {
    this.round++;
    this.asking = false;
    this.unanswered = 0;
    this.askAt = 0;
    this.isKnown = false;
  }

  /** Asks for what no topic tells, one thing after the other. */
  private async ask(): Promise<void> {
    this.asking = true;
    const round = this.round;
    const methods = [...(this.isKnown ? [] : ['policy.get']), 'statistics', 'outbox.statistics'];
    for (const method of methods) {
      const answer = await this.call(method, undefined);
      if (round !== this.round) return;
      // A refusal is an answer, too.
      const isAnswered = 'result' in answer || answer.code !== undefined;
      this.unanswered = isAnswered ? 0 : this.unanswered + 1;
      if (this.unanswered >= SILENT) {
        this.controls = [];
        this.isKnown = false;
      }
      if (!isAnswered) break;
      if (method === 'policy.get') {
        this.controls = 'result' in answer ? ['call', 'policies'] : ['call'];
        this.isKnown = true;
      }
    }
    this.asking = false;
    const interval = (this.options.ask ?? 0) * 1000;
    this.askAt = Date.now() + (this.unanswered < SILENT ? interval : Math.max(RARELY, interval));
  }

  // What is told

  private tick(): void {
    const now = Date.now();
    const { ask = 0 } = this.options;
    const mayAsk = ask > 0 && this.connection.connected && this.device.online !== false;
    if (mayAsk && !this.asking && now >= this.askAt) void this.ask();
    const hello = this.hello();
    if (this.toldHello !== JSON.stringify(hello)) {
      this.toldHello = JSON.stringify(hello);
      for (const text of this.snapshot()) this.tell(text);
    }
    if (this.isStateNew || now - this.stateAt >= 1000) this.tell(this.state(now));
    const changes = this.tags.takeChanges();
    if (changes) this.tell(changes);
    const { fresh: readings } = this.readings.take();
    if (readings.length > 0) this.tell({ type: 'readings', readings });
    const { fresh: messages, left } = this.messages.take();
    if (messages.length > 0) this.tell({ type: 'messages', messages, ...(left > 0 && { left }) });
    for (const lines of this.lines.update(now)) this.tell(lines);
  }

  private hello(): Hello {
    const { gateway, version, ask = 0 } = this.options;
    return {
      type: 'hello',
      protocol: PROTOCOL,
      version,
      source: 'topics',
      title: `${gateway} at ${this.connection.broker}`,
      controls: this.controls,
      worlds: [],
      faults: [],
      formats: [],
      gateways: [{ name: gateway, board: this.device.board }],
      walls: [],
      brokerUrl: this.connection.broker,
      ...(ask === 0 && { more: MORE }),
    };
  }

  private state(now: number): StateUpdate {
    this.isStateNew = false;
    this.stateAt = now;
    const { broker, connected, text } = this.connection;
    return {
      type: 'state',
      now,
      gateways: [this.device.state(now, this.reportCount, broker)],
      brokers: [{ name: broker, up: connected, text, messages: this.messageCount }],
      faults: [],
    };
  }
}

function showPayload(payload: Buffer): { payload: string; hex?: true } {
  const shown = payload.subarray(0, LONGEST_SHOWN);
  // A character that is cut at the end is none of another kind of payload.
  for (let end = shown.length; end >= shown.length - 3 && end >= 0; end--) {
    if (isUtf8(shown.subarray(0, end))) return { payload: shown.subarray(0, end).toString() };
    if (payload.length <= LONGEST_SHOWN) break;
  }
  return { payload: shown.toString('hex'), hex: true };
}

function cutLine(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, ' ');
  return line.length <= LONGEST_LINE ? line : line.slice(0, LONGEST_LINE - 1) + '…';
}
