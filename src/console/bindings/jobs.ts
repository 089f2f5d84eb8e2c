import type { Store } from '../../hal/index.js';
import type { Schedule } from '../../schedule/schedule.js';
import type { Entry, EntryList } from '../bindings.js';
import type { Console } from '../console.js';
import type { ConsoleLog } from '../log.js';
import { PersistedItems } from './persisted-items.js';
import type { Properties } from './persisted-items.js';
import type { Scripts } from './scripts.js';

const MAX_SECONDS = 2592000;

/** A job of `/system scheduler`. */
class Job implements Entry {
  runs = 0;
  running = false;

  constructor(
    readonly number: number,
    public properties: Properties,
  ) {}

  property(name: string): string {
    return name === 'run-count' ? String(this.runs) : (this.properties[name] ?? '');
  }
}

/** What jobs run with. */
export interface JobContext {
  /** Runs what nobody typed. */
  console: Console;
  /** `on-event` is the name of one of these, or a script itself. */
  scripts: Scripts;
  /** Gets a line for each run that failed or was skipped. */
  log: ConsoleLog;
}

/**
 * The jobs of `/system scheduler`, persisted in the board's store, on a `Schedule`. As in RouterOS (manual, Scheduler)
 * one with an interval runs every so often, the first time after one interval; one without runs once, when the device
 * starts. A job that is still running when it is due again skips that run.
 */
export class Jobs implements EntryList {
  readonly list: readonly Entry[];
  private readonly jobs: Job[] = [];
  private readonly items: PersistedItems;

  /** At most `maxJobs` jobs, which is also the capacity of the schedule. */
  constructor(
    store: Store,
    private readonly schedule: Schedule,
    private readonly context: JobContext,
    maxJobs: number,
  ) {
    this.list = this.jobs;
    this.items = new PersistedItems(store, 'job', 'job', maxJobs);
  }

  /** Reads what is persisted; see `PersistedItems.restore`. Call it before the schedule starts. */
  restore(notice: (text: string) => void): void {
    this.items.restore((number, properties) => {
      checkInterval(properties);
      this.begin(new Job(number, properties));
    }, notice);
  }

  /** A new job begins at once; one for the start of the device runs at the next start. */
  add(properties: Properties): Entry {
    const given: Properties = { interval: '0', 'start-time': 'startup', disabled: 'no', 'on-event': '', ...properties };
    const number = this.items.freeNumber(this.jobs.map((job) => job.number));
    if (!given['name']) given['name'] = 'schedule' + (number + 1);
    this.check(given, undefined);
    const job = new Job(number, given);
    this.items.write(number, given);
    this.begin(job);
    return job;
  }

  set(entry: Entry, properties: Properties): void {
    const job = this.own(entry);
    const changed = { ...job.properties, ...properties };
    this.check(changed, job);
    this.items.write(job.number, changed);
    const before = job.properties;
    job.properties = changed;
    const moved = ['name', 'interval'].some((name) => changed[name] !== before[name]);
    if (moved) {
      this.schedule.remove(before['name']!);
      this.plan(job);
    } else {
      this.schedule.enable(changed['name']!, changed['disabled'] !== 'yes');
    }
  }

  remove(entry: Entry): void {
    const job = this.own(entry);
    this.items.remove(job.number);
    this.jobs.splice(this.jobs.indexOf(job), 1);
    this.schedule.remove(job.property('name'));
  }

  private begin(job: Job): void {
    this.plan(job);
    this.jobs.push(job);
  }

  private plan(job: Job): void {
    const name = job.property('name');
    const seconds = Number(job.property('interval'));
    const run = (): void => this.run(job);
    this.schedule.add(name, seconds > 0 ? { kind: 'every', seconds } : { kind: 'start' }, run);
    if (job.property('disabled') === 'yes') this.schedule.enable(name, false);
  }

  private run(job: Job): void {
    const name = job.property('name');
    if (job.running) {
      this.context.log.add('script,warning', 'job ' + name + ': run skipped, the one before has not ended');
      return;
    }
    job.running = true;
    job.runs++;
    void this.execute(name, job.property('on-event')).then(() => {
      job.running = false;
    });
  }

  private async execute(name: string, event: string): Promise<void> {
    const { console, log, scripts } = this.context;
    try {
      await console.run(scripts.find(event) ? '/system script run "' + escaped(event) + '"' : event);
    } catch (error) {
      log.add('script,error', 'job ' + name + ': ' + (error as Error).message);
    }
  }

  private check(properties: Properties, except: Job | undefined): void {
    const name = properties['name']!;
    if (name === '') throw new RangeError('name must not be empty');
    if (this.jobs.some((job) => job !== except && job.property('name') === name)) {
      throw new RangeError('name ' + name + ' is already in use');
    }
    checkInterval(properties);
    const event = properties['on-event']!;
    if (!this.context.scripts.find(event)) this.context.console.parse(event);
  }

  private own(entry: Entry): Job {
    for (const job of this.jobs) if (job === entry) return job;
    throw new RangeError('no such job');
  }
}

function checkInterval(properties: Properties): void {
  const seconds = Number(properties['interval']);
  if (seconds === 0 || (seconds >= 1 && seconds <= MAX_SECONDS)) return;
  throw new RangeError('interval must be 0s, or from 1s to 30d, got ' + seconds + 's');
}

/** A text as it stands between quotes in a script. */
function escaped(text: string): string {
  return text.replace(/["\\$]/g, '\\$&');
}
