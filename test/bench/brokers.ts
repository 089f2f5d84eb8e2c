import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOP } from '../support/folders.js';
import { startMosquitto } from '../support/mosquitto.js';
import type { Mosquitto } from '../support/mosquitto.js';
import type { SinkNotice, SinkOrder } from './sink.js';

const SINK = join(TOP, 'build/test/bench/sink.js');
/** How often Mosquitto's log is looked at. */
const LOOK_MILLISECONDS = 1;

/** A broker in a process of its own, on 127.0.0.1. */
export interface BenchBroker {
  readonly name: 'the sink' | 'Mosquitto';
  readonly port: number;
  /** Processor time of its main thread in milliseconds; undefined where there is no /proc. */
  cpuMilliseconds(): number | undefined;
  /** Resolves when it has granted a subscription of `clientId`, from now on. */
  subscribed(clientId: string): Promise<void>;
  /**
   * Resolves when it has taken all that `clientId` sends, and its DISCONNECT, from now on. The sink tells how many
   * messages those were.
   */
  gone(clientId: string): Promise<number | undefined>;
  /** Ends all connections, and refuses new ones until `listen`. */
  halt(): Promise<void>;
  listen(): Promise<void>;
  stop(): Promise<void>;
}

/** What the main thread of a process has used, by Linux. */
function cpuMilliseconds(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return undefined;
  }
}

/** The broker of sink.ts. */
export class Sink implements BenchBroker {
  readonly name = 'the sink';
  private readonly notices = new EventEmitter();

  static async start(): Promise<Sink> {
    const child = fork(SINK, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const [first] = (await once(child, 'message')) as [SinkNotice];
    if (!('listening' in first)) throw new Error('the sink did not begin to listen');
    return new Sink(child, first.listening);
  }

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    this.notices.setMaxListeners(0);
    child.on('message', (notice: SinkNotice) => {
      for (const [name, value] of Object.entries(notice)) this.notices.emit(name, value, notice);
    });
    child.on('exit', () => this.notices.emit('error', new Error('the sink ended')));
    // Whoever waits hears of it; when nobody does, it is its end.
    this.notices.on('error', () => undefined);
  }

  cpuMilliseconds(): number | undefined {
    return cpuMilliseconds(this.child.pid!);
  }

  subscribed(clientId: string): Promise<void> {
    return this.notice('subscribed', clientId).then(() => undefined);
  }

  async gone(clientId: string): Promise<number | undefined> {
    const notice = await this.notice('gone', clientId);
    return 'gone' in notice ? notice.messages : undefined;
  }

  /** Resolves at the first PUBLISH of a connection of `clientId`, from now on. */
  firstMessage(clientId: string): Promise<void> {
    return this.notice('first', clientId).then(() => undefined);
  }

  halt(): Promise<void> {
    return this.order('halt', 'halted');
  }

  listen(): Promise<void> {
    return this.order('listen', 'listening');
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  private async order(order: SinkOrder, answer: string): Promise<void> {
    const answered = once(this.notices, answer);
    this.child.send(order);
    await answered;
  }

  private notice(name: string, value: string): Promise<SinkNotice> {
    return new Promise((resolve, reject) => {
      const heard = (got: string, notice: SinkNotice): void => {
        if (got !== value) return;
        this.notices.off(name, heard);
        this.notices.off('error', reject);
        resolve(notice);
      };
      this.notices.on(name, heard);
      this.notices.once('error', reject);
    });
  }
}

/** Mosquitto that limits nothing and logs no packets, with which it would be measured; `settings` are further lines. */
export function startQuickMosquitto(...settings: string[]): Promise<Mosquitto> {
  const quick = ['log_type none', 'set_tcp_nodelay true', ...settings];
  return startMosquitto({ maxQueuedMessages: 0, maxInflightMessages: 0, settings: quick });
}

/** Mosquitto without a log of packets, and with no limits on what it queues. */
export class MosquittoBroker implements BenchBroker {
  readonly name = 'Mosquitto';

  /** With `delay` its kernel holds back small packets (Nagle's algorithm), which is the default of Mosquitto. */
  static async start({ delay = false } = {}): Promise<MosquittoBroker> {
    const settings = ['log_type notice', 'log_type subscribe', `set_tcp_nodelay ${!delay}`];
    return new MosquittoBroker(await startQuickMosquitto(...settings));
  }

  private constructor(private readonly broker: Mosquitto) {}

  get port(): number {
    return this.broker.port;
  }

  cpuMilliseconds(): number | undefined {
    return cpuMilliseconds(this.broker.pid);
  }

  subscribed(clientId: string): Promise<void> {
    return this.logged(new RegExp(`: ${clientId} \\d `));
  }

  gone(clientId: string): Promise<undefined> {
    return this.logged(new RegExp(`Client ${clientId} (disconnected|closed)`));
  }

  halt(): Promise<void> {
    return this.broker.halt('SIGKILL');
  }

  listen(): Promise<void> {
    return this.broker.start();
  }

  stop(): Promise<void> {
    return this.broker.stop();
  }

  /** Client identifiers are used once, so what the log has is what was waited for. */
  private async logged(line: RegExp): Promise<undefined> {
    while (!line.test(this.broker.log())) {
      if (this.broker.pid === 0) throw new Error(`mosquitto ended:\n${this.broker.log()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
    }
    return undefined;
  }
}
