import { Brokers } from '../../brokers/brokers.js';
import type { BrokersOptions } from '../../brokers/brokers.js';
import type { GatewayPart } from '../../cloud/part.js';
import type { Gateway } from '../../device/gateway.js';
import type { TagReporter, TagReporterOptions } from '../../device/tag-reporter.js';
import type { Board, Timer, Timers } from '../../hal/index.js';
import type { FlashLog } from '../../telemetry/outbox/flash-log.js';
import { numberOption } from '../../mqtt/options.js';
import { Schedule } from '../../schedule/schedule.js';
import type { ConsoleBindings, EntryList } from '../bindings.js';
import { Console } from '../console.js';
import type { ConsoleOutput } from '../console.js';
import { LineEditor } from '../line-editor.js';
import type { LineEditorOptions } from '../line-editor.js';
import { ConsoleLog } from '../log.js';
import { Slices } from '../slices.js';
import { TerminalOutput } from '../terminal-output.js';
import type { TerminalOptions } from '../terminal-output.js';
import { DeviceBluetooth } from './bluetooth.js';
import { Jobs } from './jobs.js';
import { DeviceOutbox } from './outbox.js';
import { Scripts } from './scripts.js';
import type { ScriptFunction } from './scripts.js';
import { DeviceSystem, Identity } from './system.js';
import type { ConsoleIdentity } from './system.js';

interface Delay {
  readonly timer: Timer;
  resolve(): void;
  reject(error: Error): void;
}

/** Promises that resolve after a time. Their timers are reused, because a board never frees one. */
class Delays {
  private readonly free: Delay[] = [];
  private readonly running: Delay[] = [];

  constructor(private readonly timers: Timers) {}

  /** Rejects with an Error when `end` is called before. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const delay = this.free.pop() ?? this.makeDelay();
      this.running.push(Object.assign(delay, { resolve, reject }));
      delay.timer.start(milliseconds);
    });
  }

  /** Ends all delays that are running. */
  end(): void {
    for (const delay of this.running.slice()) {
      delay.timer.stop();
      this.release(delay).reject(new Error('device stopping'));
    }
  }

  private makeDelay(): Delay {
    const over = (): void => this.release(delay).resolve();
    const delay: Delay = { timer: this.timers.create(over), resolve: over, reject: over };
    return delay;
  }

  private release(delay: Delay): Delay {
    this.running.splice(this.running.indexOf(delay), 1);
    this.free.push(delay);
    return delay;
  }
}

/** What the console of a device is made of. */
export interface DeviceConsoleOptions {
  board: Board;
  identity: ConsoleIdentity;
  /** The tag side; absent: no `/iot bluetooth`. Its `ring` is what the menu of advertisements shows. */
  reporter?: TagReporter;
  /** Those options of the reporter that concern its filter. */
  tags?: Pick<TagReporterOptions, 'filter'>;
  /** All but `runScript`, which is the console's. Notices go to the log as well. */
  brokers?: Omit<BrokersOptions, 'runScript'>;
  /** Where messages for the brokers outlive a restart, and after how many seconds (default 5) they go there. */
  flashLog?: FlashLog | undefined;
  persistSeconds?: number;
  /** Default: a log that passes its lines on to the board's. */
  log?: ConsoleLog;
  /** Scripts in the store, at most; 1 to 64, default 16. */
  maxScripts?: number;
  /** Jobs of the scheduler, at most; 1 to 64, default 8. */
  maxJobs?: number;
}

/** One person, or one pipe, at a console. */
export interface TerminalSettings extends LineEditorOptions {
  /** Absent: lines of a pipe or a file, without prompt and echo. */
  terminal?: TerminalOptions;
  /** In the prompt; default `admin`. */
  user?: string;
}

/**
 * The console of a device: binds the menus of `Console` to the parts of the device. It owns what exists only for
 * people and their scripts: brokers beside the gateway's own, scripts, scheduled jobs, the log. Brokers, scripts, jobs
 * and the identity are persisted in the board's `userStore`, and restored by the first start.
 *
 * When the script of a message or a job fails, the log gets a line `script,error`.
 */
export class DeviceConsole implements GatewayPart {
  readonly brokers: Brokers;
  readonly log: ConsoleLog;
  readonly bindings: ConsoleBindings;

  private readonly system: DeviceSystem;
  private readonly identity: Identity;
  private readonly scripts: Scripts;
  private readonly schedule: Schedule;
  private readonly jobs: Jobs;
  private readonly delays: Delays;
  /** Runs the scripts of messages and jobs; its output is discarded. */
  private readonly runner: Console;
  private restored = false;

  /** Throws a RangeError of one line that names the option and what is allowed. */
  constructor(options: DeviceConsoleOptions) {
    const { board, reporter } = options;
    const { clock, userStore: store } = board;
    if (!store) throw new RangeError('a console needs a board with a userStore');
    const maxScripts = numberOption(options.maxScripts, 'maxScripts', 16, 1, 64);
    const maxJobs = numberOption(options.maxJobs, 'maxJobs', 8, 1, 64);
    const log = options.log ?? new ConsoleLog(clock, { next: board.log });
    this.log = log;
    this.brokers = new Brokers(board, {
      ...options.brokers,
      ...(options.flashLog && { log: options.flashLog }),
      outgoing: { ...options.brokers?.outgoing, persistSeconds: options.persistSeconds ?? 5 },
      runScript: (source, msgTopic, msgData) => this.runMessage(source, msgTopic, msgData),
      onNotice: (text) => {
        log.add('mqtt,warning', text);
        options.brokers?.onNotice?.(text);
      },
    });
    this.scripts = new Scripts(store, maxScripts);
    this.identity = new Identity(store, options.identity.name);
    this.system = new DeviceSystem(board, options.identity, this.identity);
    this.delays = new Delays(board.timers);
    const bindings: ConsoleBindings & { schedules?: EntryList } = {
      brokers: this.brokers,
      log,
      scripts: this.scripts,
      system: this.system,
      ...(reporter && {
        bluetooth: new DeviceBluetooth(reporter, clock, options.tags),
        outbox: new DeviceOutbox(reporter.queue, board.store),
      }),
      slices: new Slices(() => this.delays.wait(0)),
      delay: (milliseconds) => this.delays.wait(milliseconds),
    };
    this.bindings = bindings;
    this.runner = new Console(bindings, { write: () => {} });
    // Jobs do not throw: what fails in them is reported by themselves.
    this.schedule = new Schedule(clock, board.entropy, { onJobFailed: () => {} }, maxJobs);
    const context = { console: this.runner, scripts: this.scripts, log };
    this.jobs = new Jobs(store, this.schedule, context, maxJobs);
    bindings.schedules = this.jobs;
  }

  /**
   * Registers a function of the application for `/system script run NAME`. Throws a RangeError of one line when the
   * name is in use. Call it before the start, so that no persisted script has the name.
   */
  registerScript(name: string, run: ScriptFunction): void {
    this.scripts.register(name, run);
  }

  /**
   * Begins to serve a person or a pipe; there can be several at once, each with its own menu, variables and history.
   * Pass what arrives to `LineEditor.receive`; `LineEditor.start` shows the prompt of a terminal.
   */
  attach(output: ConsoleOutput, settings: TerminalSettings = {}): LineEditor {
    const { terminal: options, user = 'admin', ...editor } = settings;
    const terminal = options && new TerminalOutput(output, options);
    const deviceName = (): string => this.identity.property('name');
    return new LineEditor(new Console(this.bindings, terminal ?? output, { user, deviceName }), terminal, editor);
  }

  /**
   * Ends scripts that wait, and disconnects cleanly from all brokers; resolves when that is done, within a few seconds.
   * `stopped` does it too.
   */
  async end(): Promise<void> {
    this.delays.end();
    // A disconnect that fails must not keep the others from ending.
    await Promise.all(this.brokers.list.map((broker) => broker.disconnect().catch(() => undefined)));
  }

  // GatewayPart

  get deadline(): number {
    return this.schedule.deadline;
  }

  start(now: number, gateway: Gateway): void {
    if (this.restored) {
      for (const broker of this.brokers.list) broker.begin();
    } else {
      this.restored = true;
      this.system.startedAt = now;
      const notice = (text: string): void => this.log.add('system,warning', text);
      this.identity.restore(notice);
      this.scripts.restore(notice);
      this.jobs.restore(notice);
      this.brokers.loadPersisted();
    }
    this.schedule.start(now, gateway);
  }

  tick(now: number): void {
    this.schedule.tick(now);
  }

  persist(): void {
    this.brokers.flush();
  }

  stopped(): void {
    this.schedule.stopped();
    this.brokers.flush();
    void this.end();
  }

  private async runMessage(source: string, msgTopic: string, msgData: string): Promise<void> {
    try {
      await this.runner.run(source, { msgData, msgTopic });
    } catch (error) {
      this.log.add('script,error', 'on-message of topic ' + msgTopic + ': ' + (error as Error).message);
    }
  }
}
