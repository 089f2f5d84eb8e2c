import type { BrokersOptions } from '../../brokers/broker-settings.js';
import { Brokers } from '../../brokers/brokers.js';
import type { GatewayPart } from '../../device/gateway.js';
import type { Gateway } from '../../device/gateway.js';
import type { TagReporter, TagReporterOptions } from '../../device/tag-reporter.js';
import type { Board, Log, Timer, Timers } from '../../hal/index.js';
import { numberOption } from '../../mqtt/options.js';
import { Schedule } from '../../schedule/schedule.js';
import type { ConsoleServices, LogLines, ScriptVariables } from '../bindings.js';
import { Console } from '../console.js';
import type { ConsoleOutput } from '../console.js';
import { LineEditor } from '../line-editor.js';
import type { LineEditorOptions } from '../line-editor.js';
import { LogRing } from '../log-ring.js';
import type { ScriptFunction } from '../script-library.js';
import { printable } from '../table.js';
import { TerminalOutput } from '../terminal-output.js';
import type { TerminalOptions } from '../terminal-output.js';
import { DeviceBluetooth } from './device-bluetooth.js';
import { StoredJobs } from './stored-jobs.js';
import { StoredScripts } from './stored-scripts.js';
import { DeviceSystem, Identity } from './system-services.js';
import type { ConsoleIdentity } from './system-services.js';

class Delay {
  readonly timer: Timer;
  resolve: () => void = () => {};
  reject: (error: Error) => void = () => {};

  constructor(timers: Timers, over: (delay: Delay) => void) {
    this.timer = timers.create(() => over(this));
  }
}

/** Promises that resolve after a time. Their timers are used again, because a board never gives one back. */
export class Delays {
  private readonly free: Delay[] = [];
  private readonly running: Delay[] = [];

  constructor(private readonly timers: Timers) {}

  /** Rejects with an Error when `end` comes before. */
  wait(milliseconds: number): Promise<void> {
    const delay = this.free.pop() ?? new Delay(this.timers, (done) => this.release(done).resolve());
    this.running.push(delay);
    return new Promise((resolve, reject) => {
      delay.resolve = resolve;
      delay.reject = reject;
      delay.timer.start(milliseconds);
    });
  }

  /** Ends all that run. */
  end(): void {
    for (const delay of this.running.slice()) {
      delay.timer.stop();
      this.release(delay).reject(new Error('the device stops'));
    }
  }

  private release(delay: Delay): Delay {
    this.running.splice(this.running.indexOf(delay), 1);
    this.free.push(delay);
    return delay;
  }
}

/** A board's log whose lines are also kept for `/log print`. */
export class RingLog implements Log {
  /** `next`, the log that people see, may be absent. */
  constructor(
    readonly lines: LogLines,
    private readonly next?: Log,
  ) {}

  line(text: string): void {
    this.add('system,info', text);
  }

  /** A line with its topics as RouterOS has them: `script,error`. */
  add(topics: string, text: string): void {
    this.lines.add(topics, text);
    // A topic or a message of a stranger may be part of it.
    this.next?.line(printable(text));
  }
}

/** What the console of a device is made of. */
export interface DeviceConsoleOptions {
  board: Board;
  identity: ConsoleIdentity;
  /** The tag side; absent: no `/iot bluetooth`. What it keeps for people is in its `ring`. */
  reporter?: TagReporter;
  /** The options with which the reporter was made, as far as they concern its filter. */
  tags?: Pick<TagReporterOptions, 'filter' | 'configuredOnly'>;
  /** `runScript` is the console's. Notices go to the log as well. */
  brokers?: Omit<BrokersOptions, 'runScript'>;
  /** The log that is shown: the board's own, where that is a `RingLog`. Default: one that passes on to the board's. */
  log?: RingLog;
  /** Scripts that are stored at most, 1 to 64. Default 16. */
  maxScripts?: number;
  /** Jobs of the scheduler at most, 1 to 64. Default 8. */
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
 * The console of a device: what the menus of `Console` act on, bound to the parts of the device. It owns what only
 * exists for people and their scripts: brokers beside the gateway's own, scripts, scheduled jobs, the log; what of that
 * is to outlive a restart is in the board's store, and taken back with the first start.
 *
 * A script of a message or of a job that fails leaves a line `script,error` in the log.
 */
export class DeviceConsole implements GatewayPart {
  readonly brokers: Brokers;
  readonly log: RingLog;
  readonly services: ConsoleServices;

  private readonly system: DeviceSystem;
  private readonly identity: Identity;
  private readonly scripts: StoredScripts;
  private readonly schedule: Schedule;
  private readonly jobs: StoredJobs;
  private readonly delays: Delays;
  /** Runs what nobody typed; what it writes, nobody reads. */
  private readonly runner: Console;
  private restored = false;

  /** Throws a RangeError of one line that names the option and what is allowed. */
  constructor(options: DeviceConsoleOptions) {
    const { board, reporter } = options;
    const { clock, store } = board;
    const maxScripts = numberOption(options.maxScripts, 'maxScripts', 16, 1, 64);
    const maxJobs = numberOption(options.maxJobs, 'maxJobs', 8, 1, 64);
    const log = options.log ?? new RingLog(new LogRing(clock), board.log);
    this.log = log;
    this.brokers = new Brokers(board, {
      ...options.brokers,
      runScript: (source, msgTopic, msgData) => this.runMessage(source, msgTopic, msgData),
      onNotice: (text) => {
        log.add('mqtt,warning', text);
        options.brokers?.onNotice?.(text);
      },
    });
    this.scripts = new StoredScripts(store, maxScripts);
    this.identity = new Identity(store, options.identity.name);
    this.system = new DeviceSystem(board, options.identity, this.identity);
    const failed = (name: string, text: string): void => log.add('script,error', 'job ' + name + ': ' + text);
    this.schedule = new Schedule(clock, board.entropy, { onJobFailed: failed }, maxJobs);
    this.jobs = new StoredJobs(store, this.schedule, this.jobRunner(failed), maxJobs);
    this.delays = new Delays(board.timers);
    const services: ConsoleServices = {
      brokers: this.brokers,
      log: log.lines,
      scripts: this.scripts,
      schedules: this.jobs,
      system: this.system,
      delay: (milliseconds) => this.delays.wait(milliseconds),
    };
    this.services = reporter
      ? { ...services, bluetooth: new DeviceBluetooth(reporter, clock, options.tags) }
      : services;
    this.runner = new Console(this.services, { write: () => {} });
  }

  /**
   * Makes a function of the application known to `/system script run NAME`. Throws a RangeError of one line when the
   * name is taken. Before the start, so that no stored script has the name.
   */
  registerScript(name: string, run: ScriptFunction): void {
    this.scripts.register(name, run);
  }

  /**
   * Begins to serve a person or a pipe; there can be several at once, each with a menu, variables and a history of its
   * own. Give what arrives to `LineEditor.receive`; `LineEditor.start` shows the prompt of a terminal.
   */
  attach(output: ConsoleOutput, settings: TerminalSettings = {}): LineEditor {
    const { terminal: options, user = 'admin', ...editor } = settings;
    const terminal = options && new TerminalOutput(output, options);
    const deviceName = (): string => this.identity.property('name');
    return new LineEditor(new Console(this.services, terminal ?? output, { user, deviceName }), terminal, editor);
  }

  /**
   * Ends scripts that wait, and disconnects from all brokers in order; resolves when that is done, within a few
   * seconds. `stopped` does it too.
   */
  async end(): Promise<void> {
    this.delays.end();
    // One that cannot be told good-bye is left all the same.
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
      this.brokers.restore();
    }
    this.schedule.start(now, gateway);
  }

  tick(now: number): void {
    this.schedule.tick(now);
  }

  stopped(): void {
    this.schedule.stopped();
    void this.end();
  }

  private jobRunner(failed: (name: string, text: string) => void): ConstructorParameters<typeof StoredJobs>[2] {
    return {
      check: (event) => {
        if (!this.scripts.find(event)) this.runner.parse(event);
      },
      run: async (name, event) => {
        try {
          await this.runner.run(this.scripts.find(event) ? '/system script run "' + escaped(event) + '"' : event);
        } catch (error) {
          failed(name, (error as Error).message);
        }
      },
      onOverrun: (name) => this.log.add('script,warning', 'job ' + name + ': the run before has not ended'),
    };
  }

  private async runMessage(source: string, msgTopic: string, msgData: string): Promise<void> {
    const variables: ScriptVariables = { msgData, msgTopic };
    try {
      await this.runner.run(source, variables);
    } catch (error) {
      this.log.add('script,error', 'on-message of topic ' + msgTopic + ': ' + (error as Error).message);
    }
  }
}

/** A text as it stands between quotes in a script. */
function escaped(text: string): string {
  return text.replace(/["\\$]/g, '\\$&');
}
