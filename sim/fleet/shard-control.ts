import { randomUUID } from 'node:crypto';
import { Connection, ConnectionState } from '../../src/connection/index.js';
import type { ConnectionFailure, ConnectionHandler, ConnectionOptions } from '../../src/connection/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import { nodePlatform, startTimer } from '../hal/platform.js';
import { topicBytes, WholePayload } from '../whole-payload.js';
import type { FleetPlan } from './plan.js';
import { isReport } from './report.js';
import type { FleetReport } from './report.js';

/*
 * The shards of a run, on machines of their own, wait for each other and join their reports over the broker that they
 * try. Shard 1 leads. On `{prefix}/fleet-control/{run}/…` there are
 *
 *   hello/{shard}     each shard, once a second until it may start: what it is (`Hello`)
 *   start             shard 1, when it has heard all; again when it hears a hello later
 *   refuse/{instance} shard 1: this process does not fit the others, and why
 *   stop              shard 1, when it was interrupted: all end
 *   report/{shard}    each shard at its end, once a second until it is acknowledged (`Final`)
 *   done/{shard}      shard 1: it has the report
 *
 * all with QoS 1, nothing retained: what is left of an earlier run disturbs no later one.
 */

/** What must be the same in all shards, and who this is. */
interface Hello {
  readonly instance: string;
  readonly count: number;
  readonly devices: number;
  readonly startNumber: number;
  readonly name: string;
}

interface Final {
  readonly instance: string;
  readonly report: FleetReport;
}

/** Who hears of the other shards. */
export interface ShardControlHandler {
  /** Shard 1 ends all. */
  onStop(): void;
  /** This shard cannot take part. One line for people. */
  onProblem(text: string): void;
  /** One line for people. */
  onLine(text: string): void;
}

const REPEAT = 1000;
const BUFFER = 1 << 20;
/** Bytes of a report as JSON: far more than one has. */
const LONGEST_REPORT = 1 << 26;

/** The connection of a shard to the others of its run. */
export class ShardControl implements ConnectionHandler {
  private readonly connection: Connection;
  private readonly base: string;
  private readonly hello: Hello;
  /** Of shard 1: by shard, the process that it is, and its report. */
  private readonly instances = new Map<number, string>();
  private readonly reports = new Map<number, FleetReport>();
  private started: (() => void) | undefined;
  private isStarted = false;
  private changed: (() => void) | undefined;
  private stopped: (() => void) | undefined;
  private repeating: NodeJS.Timeout | undefined;
  private acknowledged = false;
  private connects = 0;
  private readonly payload = new WholePayload(LONGEST_REPORT);

  constructor(
    private readonly plan: FleetPlan,
    run: string,
    prefix: string,
    options: ConnectionOptions,
    private readonly handler: ShardControlHandler,
  ) {
    const { shard, devices, startNumber, name } = plan;
    this.base = `${prefix}/fleet-control/${run}`;
    this.hello = { instance: randomUUID(), count: shard.count, devices, startNumber, name };
    this.connection = new Connection(
      { ...options, receiveBufferSize: BUFFER, transmitArenaSize: BUFFER, backoff: { minimum: 100, maximum: 2000 } },
      nodePlatform(),
      this,
    );
  }

  private get leads(): boolean {
    return this.plan.shard.index === 1;
  }

  /** Resolves when all shards are ready to start. */
  async start(): Promise<void> {
    const { index } = this.plan.shard;
    const topics = this.leads
      ? ['hello/+', 'report/+']
      : ['start', 'stop', `done/${index}`, `refuse/${this.hello.instance}`];
    if (this.leads) {
      this.instances.set(1, this.hello.instance);
      topics.push('start');
    }
    for (const topic of topics) this.connection.subscribe(encodeUtf8(`${this.base}/${topic}`), 1);
    const done = new Promise<void>((resolve) => (this.started = resolve));
    this.connection.start();
    await this.repeat(`hello/${index}`, this.hello, done);
  }

  /** Shard 1 was interrupted. */
  stopAll(): void {
    if (this.leads) this.publish('stop', {});
  }

  /**
   * Hands in the report. Shard 1 gets those that came within `patience` milliseconds, its own too, by shard; the others
   * get nothing, when shard 1 has it or the time is over.
   */
  async report(report: FleetReport, patience: number): Promise<ReadonlyMap<number, FleetReport> | undefined> {
    const { index, count } = this.plan.shard;
    const isDone = (): boolean => (this.leads ? this.reports.size === count : this.acknowledged);
    if (this.leads) this.reports.set(1, report);
    const done = new Promise<void>((resolve) => {
      const timer = startTimer(patience, resolve);
      this.changed = () => {
        if (!isDone()) return;
        timer.stop();
        resolve();
      };
      this.changed();
    });
    if (this.leads) await done;
    else await this.repeat(`report/${index}`, { instance: this.hello.instance, report }, done);
    return this.leads ? this.reports : undefined;
  }

  /** Ends in order; legal twice, and at any time. */
  async close(): Promise<void> {
    clearInterval(this.repeating);
    if (this.connection.state === ConnectionState.stopped) return;
    await new Promise<void>((resolve) => {
      this.stopped = resolve;
      this.connection.stop();
    });
  }

  // ConnectionHandler

  onConnected(): void {
    this.connects++;
  }

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    if (returnCode <= 1) return;
    this.handler.onProblem(`the broker refused the subscription to ${Buffer.from(filter).toString()} of the shards`);
  }

  onMessage(incoming: IncomingMessage): void {
    const payload = this.payload.take(incoming);
    if (!payload || incoming.retain) return;
    const name = topicBytes(incoming)
      .toString()
      .slice(this.base.length + 1);
    let message: unknown;
    try {
      message = JSON.parse(payload.toString());
    } catch {
      // Not of a shard.
      return;
    }
    const [kind, whose = ''] = name.split('/');
    const shard = Number(whose);
    if (kind === 'hello' && isHello(message)) this.noteHello(shard, message);
    else if (kind === 'report' && isFinal(message)) this.noteReport(shard, message);
    else if (kind === 'start') this.begin();
    else if (kind === 'stop') this.handler.onStop();
    else if (kind === 'refuse') this.handler.onProblem(String((message as { why?: unknown }).why));
    else if (kind === 'done') {
      this.acknowledged = true;
      this.changed?.();
    }
  }

  onAcknowledged(): void {}
  onUnsubscribed(): void {}
  onRoom(): void {}

  onFailed(failure: ConnectionFailure): void {
    if (this.connects === 0 || failure.returnCode > 0) this.handler.onProblem(failure.detail);
  }

  onStopped(): void {
    this.stopped?.();
  }

  private begin(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    this.started?.();
  }

  /** Of shard 1. */
  private noteHello(shard: number, hello: Hello): void {
    const { count, devices, startNumber, name } = this.hello;
    const known = this.instances.get(shard);
    const differs =
      !(shard >= 1 && shard <= count) || hello.count !== count
        ? `shard ${shard}/${hello.count} does not fit shard 1/${count}`
        : hello.devices !== devices || hello.startNumber !== startNumber || hello.name !== name
          ? `shard ${shard} has other devices than shard 1, which has --devices ${devices} --start-number ` +
            `${startNumber} --name ${name}`
          : known !== undefined && known !== hello.instance
            ? `shard ${shard}/${count} runs twice`
            : undefined;
    if (differs !== undefined) {
      // Its equal decides in the same way.
      if (shard === 1) this.handler.onProblem(differs);
      else this.publish(`refuse/${hello.instance}`, { why: differs });
      return;
    }
    this.instances.set(shard, hello.instance);
    if (known === undefined) this.handler.onLine(`shard ${shard} of ${count} is ready`);
    if (this.instances.size === count) this.publish('start', {});
  }

  /** Of shard 1. */
  private noteReport(shard: number, { instance, report }: Final): void {
    if (this.instances.get(shard) !== instance) return;
    this.reports.set(shard, report);
    this.publish(`done/${shard}`, {});
    this.changed?.();
  }

  /** Says it once a second, until `done`. */
  private async repeat(topic: string, message: object, done: Promise<void>): Promise<void> {
    this.publish(topic, message);
    this.repeating = setInterval(() => this.publish(topic, message), REPEAT);
    await done;
    clearInterval(this.repeating);
  }

  private publish(topic: string, message: object): void {
    // Without room it is said again, or somebody else asks again.
    this.connection.publish(encodeUtf8(`${this.base}/${topic}`), encodeUtf8(JSON.stringify(message)), 1, false);
  }
}

function isHello(value: unknown): value is Hello {
  const { instance, count, devices, startNumber, name } = (value ?? {}) as Partial<Hello>;
  return (
    typeof instance === 'string' &&
    /^[0-9a-f-]{36}$/.test(instance) &&
    [count, devices, startNumber].every((number) => typeof number === 'number') &&
    typeof name === 'string'
  );
}

function isFinal(value: unknown): value is Final {
  const { instance, report } = (value ?? {}) as Partial<Final>;
  return typeof instance === 'string' && isReport(report);
}
