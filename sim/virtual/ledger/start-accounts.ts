import { RecordRank } from '../../../src/telemetry/outbox/log-statistics.js';
import type { FlashLog } from '../../../src/telemetry/outbox/flash-log.js';
import type { Outbox } from '../../../src/telemetry/outbox/outbox.js';
import type { Device, Start } from '../device.js';
import type { Simulation } from '../simulation.js';
import { ReportTap } from './report-tap.js';

/** `persist` where it is not configured, in seconds. */
const PERSIST = 5;
/** Milliseconds for a timer that is late, beside the time within which a record goes to the log. */
const SLACK = 1000;
/** Milliseconds within which the log has moved what a bad block holds, with some room. */
const MOVED_AFTER = 600_000;
/** Milliseconds within which the file of a desktop is synchronized with its disk. */
const SYNC_DELAY = 1000;

/** What one start of a device made of reports, by its own statistics, and what its end may have lost. */
export interface StartAccount {
  readonly start: Start;
  /** The first part of the `id` of its reports. */
  boot: number;
  /** Reports made: their second parts are 0 to `made` - 1. */
  made: number;
  /** Reports that left by a rule, those that were refused or have no message in their cloud included. */
  dropped: number;
  /** Reports that wait or are in flight: all, and those that outlive a power cut. */
  held: number;
  kept: number;
  /** Reports that the end of this start may have lost by the promises of docs/outbox.md. */
  mayLose: number;
  /** No report before this one is among those: what was made long ago is in the log. */
  mayLoseFrom: number;
  /** Reports in memory when the power was cut, and of those the ones that `persist` says must have been in the log. */
  overdue: number;
  /**
   * Since when the flash, or a block of it, took no marks at its end, in ms of the scheduler, and when its end was:
   * what a broker acknowledged meanwhile comes again. Infinity: the flash took them.
   */
  unmarkedFrom: number;
  endedAt: number;
  ended: boolean;
}

/**
 * Keeps account of the reports of each start of one device. Reads what the firmware counts, and the number of its next
 * report: what was made and never left the device can be known in no other way.
 */
export class StartAccounts {
  readonly all: StartAccount[] = [];
  /** Reports that are events, by `id`. */
  readonly events = new Set<string>();
  /** Times in which the flash took no marks and bits of it had turned over. */
  private readonly damaged: { readonly from: number; to: number }[] = [];
  /** To be asked before each advertisement. */
  readonly tap: ReportTap;
  private current: StartAccount | undefined;
  /** When the flash was last seen to fail, and before that not to. */
  private failedAt = -Infinity;
  private wasFailing = false;
  private workedAt = 0;
  /** When a block of the flash was last bad. */
  private badAt = -Infinity;
  /** When the number of reports was seen to change, and what it was then: the last of them. */
  private readonly times: number[] = [];
  private readonly counts: number[] = [];

  constructor(
    readonly device: Device,
    private readonly simulation: Simulation,
  ) {
    this.tap = new ReportTap(
      device,
      ({ boot, sequence }, rank) => {
        if (rank === (RecordRank.event as number)) this.events.add(boot + '/' + sequence);
      },
      () => {},
    );
  }

  /** Looks at how many reports there are, and whether the flash fails. To be called before each advertisement. */
  sample(): void {
    const { start } = this.device;
    const reporter = start?.firmware?.gateway.reporter;
    if (!reporter) return;
    const { outbox, flashLog } = reporter.queue;
    const now = this.simulation.now();
    if (this.device.outbox.chip.hasBadBlock) this.badAt = now;
    const isFailingNow = isFailing(outbox, flashLog);
    if (isFailingNow) this.noteFailing();
    // At the first look at which it works, it may be about to write what has waited.
    else if (this.wasFailing) this.failedAt = now;
    else if (!this.fails() && !this.wasBad()) this.workedAt = now;
    this.wasFailing = isFailingNow;
    const made = reporter['sequence'];
    if (this.current?.start === start) {
      if (this.current.made === made) return;
      this.current.made = made;
    } else {
      this.times.length = this.counts.length = 0;
      this.open(start!).made = made;
    }
    this.times.push(now);
    this.counts.push(made);
    if (this.times.length < 4096) return;
    this.times.splice(0, 2048);
    this.counts.splice(0, 2048);
  }

  /**
   * What a broker got at this time may come again, on any connection: the flash took no marks, and a bit of it had
   * turned over. Rather twice than never, as docs/outbox.md says.
   */
  mayReturn(time: number): boolean {
    return this.damaged.some(({ from, to }) => time >= from && time <= to);
  }

  private noteFailing(): void {
    const now = this.simulation.now();
    this.failedAt = now;
    if (this.device.outbox.chip.flips === 0) return;
    const last = this.damaged.at(-1);
    if (last?.from === this.workedAt) last.to = now + SLACK;
    else this.damaged.push({ from: this.workedAt, to: now + SLACK });
  }

  /** The start is about to end, or the run is over. */
  close(how: 'cut' | 'restart' | 'run'): void {
    this.sample();
    const reporter = this.device.start?.firmware?.gateway.reporter;
    const account = this.current;
    if (!reporter || !account || account.ended || account.start !== this.device.start) return;
    const { outbox, flashLog } = reporter.queue;
    account.boot = reporter.queue.times.boot;
    account.dropped = droppedBy(outbox);
    account.held = outbox.waitingCount + outbox.inFlightCount;
    account.kept = flashLog ? account.held - outbox.memoryCount : 0;
    account.ended = true;
    account.endedAt = this.simulation.now();
    if (flashLog && (this.fails() || this.wasBad())) account.unmarkedFrom = this.workedAt;
    if (how === 'cut') this.cut(account, outbox, flashLog);
    if (how === 'restart' && (!flashLog || this.fails())) account.mayLose = outbox.memoryCount;
  }

  private open(start: Start): StartAccount {
    const account: StartAccount = {
      start,
      boot: 0,
      made: 0,
      dropped: 0,
      held: 0,
      kept: 0,
      mayLose: 0,
      mayLoseFrom: 0,
      overdue: 0,
      unmarkedFrom: Infinity,
      endedAt: Infinity,
      ended: false,
    };
    this.all.push(account);
    this.current = account;
    return account;
  }

  private cut(account: StartAccount, outbox: Outbox, flashLog: FlashLog | undefined): void {
    // The record that is being written is in memory no more, or not yet; so is its drop.
    const inMemory = outbox.memoryCount + 1;
    if (!flashLog || this.fails()) {
      account.mayLose = inMemory;
      return;
    }
    const { gateway } = this.device;
    const isFile = gateway.board === 'desktop';
    const persist = Number(gateway.settings['persist'] ?? PERSIST) * 1000;
    const recent = this.madeWithin(persist / this.device.clockRate + SLACK + (isFile ? SYNC_DELAY : 0), account.made);
    account.mayLose = isFile ? recent + 1 : Math.min(inMemory, recent + 1);
    account.mayLoseFrom = account.made - recent - 1;
    account.overdue = Math.max(0, outbox.memoryCount - recent);
  }

  /** The flash takes nothing, or did not until now: while it is tried again, the log does not say that it fails. */
  private fails(): boolean {
    return this.simulation.now() - this.failedAt < SLACK;
  }

  /** A block takes no marks, or did not until now: those of its records come when the records are moved. */
  private wasBad(): boolean {
    return this.simulation.now() - this.badAt < MOVED_AFTER;
  }

  /** Reports that were made in the last `milliseconds`. */
  private madeWithin(milliseconds: number, made: number): number {
    const since = this.simulation.now() - milliseconds;
    let i = this.times.length - 1;
    while (i >= 0 && this.times[i]! >= since) i--;
    return made - (i < 0 ? 0 : this.counts[i]!);
  }
}

function droppedBy(outbox: Outbox): number {
  return outbox.droppedCount + outbox.refusedCount + outbox.notCarriedCount + outbox['corruptBefore'];
}

/** The log took nothing when it was last tried. */
function isFailing(outbox: Outbox, log: FlashLog | undefined): boolean {
  return outbox['retryAt'] > -Infinity || log?.failing === true;
}
