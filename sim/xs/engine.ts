import { Call, CallOffset, Counter, Event, EventOffset, PRIVATE_KEY } from '../../boards/xsnap/channel.js';
import type { FailureReport, XsnapConfiguration } from '../../boards/xsnap/channel.js';
import type { ConnectionFailure } from '../../src/connection/index.js';
import { DROP_RULES } from '../../src/device/outbox-statistics.js';
import type { Board, Endpoint, TlsOptions } from '../../src/hal/index.js';
import type { ConfigurationTarget, RawConfiguration } from '../../src/settings/index.js';
import type { CloudDefinition } from '../../src/cloud/index.js';
import type { DropCounts, EngineMeter, GatewayCounts, GatewayEngine, GatewayEngineHandler } from '../gateway-engine.js';
import { NodeCiphers } from '../hal/ciphers.js';
import { findXsFirmware } from './engine-paths.js';
import { EventWriter } from './event-writer.js';
import type { EventSource } from './event-writer.js';
import { HostCiphers, HostFlash, HostNetwork, HostResolver, HostStore, HostTimers } from './host-platform.js';
import { HostScanner } from './host-scanner.js';
import { HostTransport } from './host-transport.js';
import { describeWorkerEnd, ScriptException, UNHANDLED_EXCEPTION, WorkerDied, XsWorker } from './worker.js';
import type { WorkerReply } from './worker.js';

const NOTHING = new Uint8Array(0);
const REPLY_LENGTH = 4 * Counter.size;

/** What an `XsEngine` is made of. */
export interface XsEngineOptions {
  /** See `findXsWorker`. */
  worker: string;
  /** What is built into the firmware. Private keys stay in this process. */
  settings: RawConfiguration;
  /** What its configuration is judged by. */
  target: ConfigurationTarget & { clouds: readonly CloudDefinition[] };
  backoff?: XsnapConfiguration['backoff'];
  /** What TLS needs beside what the settings say. */
  tls?: TlsOptions | undefined;
  /** What the firmware's calls reach. */
  board: Board;
}

/**
 * A gateway on the XS engine, in a process of its own: `boards/xsnap` inside, this class outside.
 *
 * Events wait with their sources, each of which holds a bounded amount and merges what can be merged; the firmware gets
 * one at a time, and the next when it has replied.
 */
export class XsEngine implements GatewayEngine {
  readonly name = 'xs';

  private readonly worker: XsWorker;
  private readonly board: Board;
  /** Those that the firmware has named. */
  private readonly endpoints: Endpoint[] = [];
  private readonly ciphers = new HostCiphers(new NodeCiphers());
  private readonly handler: GatewayEngineHandler;
  private readonly timers: HostTimers;
  private readonly resolver: HostResolver;
  private readonly network: HostNetwork;
  private readonly transport: HostTransport;
  private readonly scanner: HostScanner;
  private readonly store: HostStore;
  private readonly flash: HostFlash | undefined;
  private readonly sources: EventSource[];
  private readonly event = new EventWriter();

  private counters = new Uint32Array(Counter.size);
  private engineSlots = 0;
  private slots = 0;
  private peakSlots = 0;
  private compute = 0;
  private startPending = false;
  private stopPending = false;
  /** Those who wait for `Event.collect` to be sent, and for the reply to it. */
  private readonly measuring: ((meter: EngineMeter | undefined) => void)[] = [];
  private readonly collecting: ((meter: EngineMeter | undefined) => void)[] = [];
  /** The firmware said so in the event under way. */
  private stopped = false;
  /** Events are going to the firmware. */
  private busy = false;
  private over = false;

  private constructor(
    private readonly options: XsEngineOptions,
    handler: GatewayEngineHandler,
  ) {
    const { board } = options;
    if (!board.scanner) throw new RangeError(`board ${board.name} has no Bluetooth scanner`);
    this.board = board;
    this.handler = handler;
    const wake = (): void => void this.run();
    this.timers = new HostTimers(board.timers, wake);
    this.resolver = new HostResolver(board.resolver, wake);
    this.network = new HostNetwork(board.network, wake);
    this.transport = new HostTransport(board.transport, wake);
    this.scanner = new HostScanner(board.scanner, wake);
    this.store = new HostStore(board.store);
    this.flash = board.flash && new HostFlash(board.flash, wake);
    const control: EventSource = { next: (event) => this.nextControl(event) };
    // The end waits for what was heard before it.
    this.sources = [this.network, this.timers, this.resolver, this.transport, this.scanner, control];
    if (this.flash) this.sources.push(this.flash);
    this.worker = new XsWorker({ path: options.worker, onCall: (bytes) => this.answer(bytes) });
  }

  /**
   * Starts the process and makes the gateway in it.
   * Rejects with a RangeError of the gateway's options, or with an error of one line when the engine does not run.
   */
  static async create(options: XsEngineOptions, handler: GatewayEngineHandler): Promise<XsEngine> {
    const engine = new XsEngine(options, handler);
    try {
      await engine.load();
    } catch (error) {
      const problem = await engine.release(error as Error);
      const range = /^RangeError: (.*)$/s.exec((error as Error).message)?.[1];
      throw range === undefined ? new Error(`the XS engine does not start: ${problem}`) : new RangeError(range);
    }
    return engine;
  }

  /** Of the engine's process. */
  get pid(): number {
    return this.worker.pid;
  }

  get endpoint(): Endpoint {
    return this.endpoints[this.counters[Counter.endpoint]!]!;
  }

  get drops(): DropCounts {
    const drops = DROP_RULES.map((rule, i): [string, number] => [rule, this.counters[Counter.drops + i]!]);
    return Object.fromEntries(drops.filter(([, count]) => count > 0));
  }

  get counts(): GatewayCounts {
    const { counters } = this;
    return {
      advertisements: counters[Counter.advertisements]!,
      readings: counters[Counter.readings]!,
      published: counters[Counter.published]!,
      acknowledged: counters[Counter.acknowledged]!,
      notCarried: counters[Counter.notCarried]!,
      inFlight: counters[Counter.inFlight]!,
      waiting: counters[Counter.waiting]!,
      persisted: counters[Counter.persisted]!,
      dropped: counters[Counter.dropped]!,
      connects: counters[Counter.connects]!,
    };
  }

  start(): void {
    this.startPending = true;
    void this.run();
  }

  stop(): void {
    this.stopPending = true;
    this.scanner.halt();
    void this.run();
  }

  measure(): Promise<EngineMeter | undefined> {
    if (this.over) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.measuring.push(resolve);
      void this.run();
    });
  }

  async end(): Promise<void> {
    if (this.over) return;
    await this.release(undefined);
  }

  private async load(): Promise<void> {
    const { worker } = this;
    await worker.ready();
    await worker.importModule(findXsFirmware());
    await this.collect();
    this.engineSlots = this.slots;
    const { settings, target, backoff } = this.options;
    const { clouds, ...limits } = target;
    const inside: XsnapConfiguration = {
      settings: { ...settings, ...(settings['key'] !== undefined && settings['key'] !== '' && { key: PRIVATE_KEY }) },
      // Its functions are not text.
      limits,
      clouds: clouds.map(({ name }) => name),
      ...(backoff && { backoff }),
      networkUp: this.board.network.up,
    };
    const { flash } = this.board;
    if (flash) inside.flash = { blockLength: flash.blockLength, blocks: flash.blocks, unit: flash.unit };
    const head = Buffer.alloc(EventOffset.body);
    head[EventOffset.event] = Event.configure;
    this.account(await worker.command(Buffer.concat([head, Buffer.from(JSON.stringify(inside))])));
    await this.collect();
    this.compute = 0;
    this.peakSlots = this.slots;
  }

  private async collect(): Promise<void> {
    this.event.begin(Event.collect);
    await this.send(this.event);
  }

  /** Sends events until no source has one. */
  private async run(): Promise<void> {
    if (this.busy || this.over) return;
    this.busy = true;
    try {
      while (!this.over && this.sources.some((source) => source.next(this.event))) {
        await this.send(this.event);
        this.transport.consumed(this.counters[Counter.consumed]!);
        const meter = this.meter();
        for (const resolve of this.collecting.splice(0)) resolve(meter);
        // Not within the firmware's call: only now are the counters the last ones.
        if (this.stopped && !this.over) {
          this.stopped = false;
          this.handler.onStopped();
        }
      }
    } catch (error) {
      if (!this.over) this.handler.onDied(await this.release(error as Error));
    } finally {
      this.busy = false;
    }
  }

  private async send(event: EventWriter): Promise<void> {
    const { clock } = this.board;
    this.account(await this.worker.command(event.finish(clock.now(), clock.unixTime())));
  }

  private account({ bytes, meter }: WorkerReply): void {
    if (bytes.length !== REPLY_LENGTH) throw new ScriptException('the firmware does not reply');
    this.counters = new Uint32Array(Uint8Array.from(bytes).buffer);
    this.slots = meter.slots;
    this.peakSlots = Math.max(this.peakSlots, meter.slots);
    this.compute += meter.compute;
  }

  private meter(): EngineMeter {
    const published = this.counters[Counter.published]!;
    return {
      slots: this.slots - this.engineSlots,
      peakSlots: this.peakSlots - this.engineSlots,
      engineSlots: this.engineSlots,
      computePerReading: published === 0 ? 0 : Math.round(this.compute / published),
    };
  }

  private nextControl(event: EventWriter): boolean {
    if (this.measuring.length > 0) {
      this.collecting.push(...this.measuring.splice(0));
      event.begin(Event.collect);
    } else if (this.startPending) {
      this.startPending = false;
      event.begin(Event.start);
    } else if (this.stopPending) {
      this.stopPending = false;
      event.begin(Event.stop);
    } else {
      return false;
    }
    return true;
  }

  /** Answers a call of the firmware; see `Call`. What it throws ends the engine. */
  private answer(bytes: Uint8Array): Uint8Array {
    const { handler } = this;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const small = view.getUint8(CallOffset.small);
    const index = view.getUint16(CallOffset.index, true);
    const number = view.getUint32(CallOffset.number, true);
    const body = bytes.subarray(CallOffset.body);
    const call: Call = view.getUint8(CallOffset.call);
    switch (call) {
      case Call.startTimer:
        this.timers.start(number, view.getFloat64(CallOffset.body, true));
        break;
      case Call.stopTimer:
        this.timers.stop(number);
        break;
      case Call.resolve:
        this.resolver.resolve(textOf(body));
        break;
      case Call.cancelResolve:
        this.resolver.cancel();
        break;
      case Call.open:
        this.transport.open(textOf(body), this.endpoints[index]!);
        break;
      case Call.write: {
        const taken = this.transport.write(body);
        return taken === body.length ? NOTHING : u32(taken);
      }
      case Call.resume:
        this.transport.resume();
        break;
      case Call.close:
        this.transport.close();
        break;
      case Call.startScan:
        this.scanner.start({
          intervalMilliseconds: view.getFloat64(CallOffset.body, true),
          windowMilliseconds: view.getFloat64(CallOffset.body + 8, true),
          active: small === 1,
        });
        break;
      case Call.stopScan:
        this.scanner.stop();
        break;
      case Call.entropy:
        return u32(this.board.entropy.uint32());
      case Call.readStore:
        return this.store.read(textOf(body), number);
      case Call.writeStore:
        return this.store.write(textOf(body.subarray(0, small)), body.subarray(small));
      case Call.removeStore:
        return this.store.remove(textOf(body));
      case Call.readFlash:
        return this.flash!.read(number, index);
      case Call.programFlash:
        return this.flash!.program(number, body);
      case Call.eraseFlash:
        return this.flash!.erase(number);
      case Call.syncFlash:
        this.flash!.sync();
        break;
      case Call.endpoint:
        this.endpoints[index] = this.completed(JSON.parse(textOf(body)) as Endpoint);
        break;
      case Call.hmac:
        return this.ciphers.hmac(body, index);
      case Call.makeAead:
        return u32(this.ciphers.makeAead(small, body));
      case Call.seal:
        return this.ciphers.seal(number, small, body);
      case Call.unseal:
        return this.ciphers.unseal(number, small, body);
      case Call.log:
        handler.onLog(textOf(body));
        break;
      case Call.connected:
        handler.onConnected(this.endpoints[index]!);
        break;
      case Call.failed:
        handler.onFailed(this.failure(JSON.parse(textOf(body)) as FailureReport));
        break;
      case Call.tag:
        handler.onTag(body, view.getInt16(CallOffset.index, true), small);
        break;
      case Call.published:
        handler.onPublished(index, body);
        break;
      case Call.stopped:
        this.stopped = true;
        break;
      default:
        throw new Error(`the firmware made call ${call as number}, which is not known`);
    }
    return NOTHING;
  }

  /** An endpoint of the firmware with what it does not know of TLS. */
  private completed({ host, port, tls }: Endpoint): Endpoint {
    if (!tls) return { host, port };
    const { settings } = this.options;
    const own: TlsOptions = { ...this.options.tls, ...tls };
    // It says itself whether it is to show a certificate.
    if (tls.certificate === undefined) {
      delete own.certificate;
      delete own.key;
    }
    if (own.key === PRIVATE_KEY) own.key = settings['key'] as string;
    return { host, port, tls: own };
  }

  private failure(report: FailureReport): ConnectionFailure {
    const { endpoint, retryIn } = report;
    return { ...report, endpoint: this.endpoints[endpoint]!, retryIn: retryIn < 0 ? Infinity : retryIn };
  }

  /** Lets go of everything, and returns how the process ended or, if it had to be ended, why. */
  private async release(error: Error | undefined): Promise<string> {
    this.over = true;
    this.timers.release();
    this.network.release();
    this.resolver.cancel();
    this.transport.close();
    this.scanner.stop();
    for (const resolve of [...this.measuring.splice(0), ...this.collecting.splice(0)]) resolve(undefined);
    const end = await this.worker.quit();
    // An engine that aborted replies with nonsense first, and says why when it ends.
    const excepted = end.code === 0 || end.code === UNHANDLED_EXCEPTION;
    const aborted = error instanceof WorkerDied || (error instanceof ScriptException && !excepted);
    return aborted || error === undefined ? describeWorkerEnd(end) : error.message;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
