import type { Store } from '../../hal/index.js';
import type { Schedule } from '../../schedule/schedule.js';
import type { Console } from '../console.js';
import type { ConsoleLog } from '../log.js';
import { Item, PersistedItems } from './persisted-items.js';
import type { Properties } from './persisted-items.js';
import type { Scripts } from './scripts.js';

const MAX_SECONDS = 2592000;

/** A job of `/system scheduler`. */
class Job extends Item {
  running = false;
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
export class Jobs extends PersistedItems<Job> {
  /** At most `maxJobs` jobs, which is also the capacity of the schedule. */
  constructor(
    store: Store,
    private readonly schedule: Schedule,
    private readonly context: JobContext,
    maxJobs: number,
  ) {
    super(store, 'job', 'schedule', maxJobs);
  }

  /** A new job begins at once; one for the start of the device runs at the next start. */
  override add(properties: Properties): Job {
    const given = { interval: '0', 'start-time': 'startup', disabled: 'no', 'on-event': '', ...properties };
    this.checkEvent(given['on-event']);
    return super.add(given);
  }

  override set(job: Job, properties: Properties): void {
    const before = job.properties;
    const event = properties['on-event'];
    if (event !== undefined) this.checkEvent(event);
    super.set(job, properties);
    const changed = job.properties;
    if (changed['name'] !== before['name'] || changed['interval'] !== before['interval']) {
      this.schedule.remove(before['name']!);
      this.plan(job);
    } else {
      this.schedule.enable(changed['name']!, changed['disabled'] !== 'yes');
    }
  }

  override remove(job: Job): void {
    super.remove(job);
    this.schedule.remove(job.property('name'));
  }

  protected make(number: number, properties: Properties): Job {
    return new Job(number, properties);
  }

  protected override check(properties: Properties, except: Job | undefined): void {
    super.check(properties, except);
    const seconds = Number(properties['interval']);
    if (seconds === 0 || (seconds >= 1 && seconds <= MAX_SECONDS)) return;
    throw new RangeError('interval must be 0s, or from 1s to 30d, got ' + seconds + 's');
  }

  protected override insert(job: Job): void {
    this.plan(job);
    super.insert(job);
  }

  /** The script that it names, if it is no script itself, need not be there when a job is restored. */
  private checkEvent(event: string): void {
    if (!this.context.scripts.find(event)) this.context.console.parse(event);
  }

  private plan(job: Job): void {
    const name = job.property('name');
    const seconds = Number(job.property('interval'));
    const run = (): void => this.runJob(job);
    this.schedule.add(name, seconds > 0 ? { kind: 'every', seconds } : { kind: 'start' }, run);
    if (job.property('disabled') === 'yes') this.schedule.enable(name, false);
  }

  private runJob(job: Job): void {
    const name = job.property('name');
    if (job.running) {
      this.context.log.add('script,warning', 'job ' + name + ': run skipped, the one before has not ended');
      return;
    }
    job.running = true;
    job.runs++;
    void this.runEvent(name, job.property('on-event')).then(() => {
      job.running = false;
    });
  }

  private async runEvent(name: string, event: string): Promise<void> {
    const { console, log, scripts } = this.context;
    try {
      await console.run(scripts.find(event) ? '/system script run "' + escaped(event) + '"' : event);
    } catch (error) {
      log.add('script,error', 'job ' + name + ': ' + (error as Error).message);
    }
  }
}

/** A text as it stands between quotes in a script. */
function escaped(text: string): string {
  return text.replace(/["\\$]/g, '\\$&');
}
