import type { Store } from '../../hal/index.js';
import type { Schedule } from '../../schedule/schedule.js';
import type { Entry, EntryList } from '../bindings.js';
import { StoredItems } from './stored-items.js';
import type { Properties } from './stored-items.js';

const DAYS_30 = 2592000;

/** What `StoredJobs` needs to run what is scheduled. */
export interface JobRunner {
  /** Throws an Error of one line when `event`, a script or the name of one, could not run. */
  check(event: string): void;

  /** Runs it; never rejects. */
  run(job: string, event: string): Promise<void>;

  /** A run was left out because the one before had not ended. */
  onOverrun(job: string): void;
}

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

/**
 * The jobs of `/system scheduler`, kept in the board's store, on a `Schedule`. As in RouterOS (manual, Scheduler) one
 * with an interval runs every so often, the first time after one interval; one without runs once, when the device
 * starts. A job that is still running when it is due again is left out that time.
 */
export class StoredJobs implements EntryList {
  readonly list: readonly Entry[];
  private readonly jobs: Job[] = [];
  private readonly items: StoredItems;

  /** At most `most` jobs, which is also the capacity of the schedule. */
  constructor(
    store: Store,
    private readonly schedule: Schedule,
    private readonly runner: JobRunner,
    most: number,
  ) {
    this.list = this.jobs;
    this.items = new StoredItems(store, 'job', 'job', most);
  }

  /** Takes back what is stored; see `StoredItems.restore`. Before the schedule starts. */
  restore(notice: (text: string) => void): void {
    this.items.restore((number, properties) => {
      checkInterval(properties);
      this.begin(new Job(number, properties));
    }, notice);
  }

  /** A new job begins at once, one for the start of the device with the next start. */
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
    this.jobs.splice(this.jobs.indexOf(job), 1);
    this.schedule.remove(job.property('name'));
    this.items.remove(job.number);
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
    if (job.running) return this.runner.onOverrun(name);
    job.running = true;
    job.runs++;
    void this.runner.run(name, job.property('on-event')).then(() => {
      job.running = false;
    });
  }

  private check(properties: Properties, except: Job | undefined): void {
    const name = properties['name']!;
    if (name === '') throw new RangeError('name is empty: expected at least 1 character');
    if (this.jobs.some((job) => job !== except && job.property('name') === name)) {
      throw new RangeError('name ' + name + ' is taken');
    }
    checkInterval(properties);
    this.runner.check(properties['on-event']!);
  }

  private own(entry: Entry): Job {
    for (const job of this.jobs) if (job === entry) return job;
    throw new RangeError('no such job');
  }
}

function checkInterval(properties: Properties): void {
  const seconds = Number(properties['interval']);
  if (seconds === 0 || (seconds >= 1 && seconds <= DAYS_30)) return;
  throw new RangeError('interval ' + seconds + 's: expected 0s, or 1s to 30d');
}
