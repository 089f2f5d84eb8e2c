import type { Store } from '../hal/index.js';

/** How often the scan watchdog restarted the chip: a count that has to outlive what it counts. */
const KEY = 'chip-restarts';
const LENGTH = 4;

/** The count; 0 when there is none. */
export function readRestartCount(store: Store): number {
  const bytes = new Uint8Array(LENGTH);
  if (store.read(KEY, bytes) !== LENGTH) return 0;
  return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
}

/** Stores the count (below 2^32). Without it the statistics have one restart less. */
export function writeRestartCount(store: Store, count: number): void {
  const bytes = new Uint8Array(LENGTH);
  for (let i = 0; i < LENGTH; i++) bytes[i] = count >>> (8 * i);
  void store.write(KEY, bytes, 0, LENGTH);
}

/** What a `ScanWatchdog` asks its owner to do. */
export const enum ScanRemedy {
  none = 0,
  /** Stop scanning and start again. */
  restartScan = 1,
  /** Stop scanning, restart the radio, and start again. */
  resetRadio = 2,
  restartChip = 3,
}

/** Times of a `ScanWatchdog`. */
export interface ScanWatchdogOptions {
  /** Seconds without any advertisement after which the scan is restarted, 1 to 86400. */
  silentSeconds: number;
  /** Seconds from the start, or from the last restart of the chip, before the chip may be restarted. Default 21600. */
  chipRestartSeconds?: number;
}

const RUNGS = 3;
const LONGEST_WAIT = 3600000;

/**
 * Notices that a scanner hears nothing any more, and says what to do about it: first restart the scan, then the radio,
 * then the chip. The wait doubles from step to step, up to an hour (or `silentSeconds`, if that is more), and the steps
 * begin again for as long as it is silent. One advertisement, of whatever device, and the next silence begins with the
 * first step and the first wait. A step that the board does not offer is replaced by a restart of the scan.
 *
 * Silence may also be the truth: a shed at night. Restarting the scan or the radio costs nothing then. The chip
 * is restarted only when something was heard since the last start, because one that starts into silence proves that a
 * start is no cure; so a world that stays silent costs one restart, and then none. A world that wakes up now and then
 * would get one for each silence; so there is none within `chipRestartSeconds` of the last start, which makes four a
 * day at most. Nothing has to be remembered over the restart for either rule.
 *
 * It has no timer and does nothing itself: its owner calls `tick` not later than `deadline`. Times are milliseconds of
 * `Clock.now`. It compares counts of advertisements instead of being told of each, so hearing one costs nothing; in
 * return, silence is noticed after `silentSeconds` to twice that.
 */
export class ScanWatchdog {
  /** When `tick` must be called at the latest; Infinity when it is not watching. */
  deadline = Infinity;
  /** How often each remedy was asked for. */
  scanRestarts = 0;
  radioResets = 0;
  chipRestarts = 0;

  private readonly canReset: boolean;
  private readonly canRestart: boolean;
  private readonly shortestWait: number;
  private readonly chipRestartTime: number;
  private chipStartedAt = 0;
  private heardSinceStart = false;
  private heardCount = 0;
  /** Remedies in a row. */
  private tries = 0;
  private wait: number;
  /** When the next remedy is due, if nothing is heard before. */
  private remedyAt = Infinity;
  /** The deadline before the pause, and when that began; Infinity while not paused. */
  private heldDeadline = Infinity;
  private pausedAt = Infinity;

  /**
   * `canReset` and `canRestart` tell what the board offers. Throws a RangeError that names the option and what is
   * allowed.
   */
  constructor(options: ScanWatchdogOptions, canReset: boolean, canRestart: boolean) {
    const silent = options.silentSeconds;
    if (!(silent >= 1 && silent <= 86400)) {
      throw new RangeError('silentSeconds must be a number from 1 to 86400 (0: no watchdog), got ' + silent);
    }
    const chip = options.chipRestartSeconds ?? 21600;
    if (!(chip >= 0 && chip <= 31536000)) {
      throw new RangeError('chipRestartSeconds must be a number from 0 to 31536000, got ' + chip);
    }
    this.canReset = canReset;
    this.canRestart = canRestart;
    this.shortestWait = silent * 1000;
    this.chipRestartTime = chip * 1000;
    this.wait = this.shortestWait;
  }

  /** True from the first remedy until something is heard. */
  get silent(): boolean {
    return this.tries > 0;
  }

  /** Scanning begins; `advertisements` were heard until now. */
  start(now: number, advertisements: number): void {
    this.chipStartedAt = now;
    this.heardSinceStart = false;
    this.pausedAt = Infinity;
    this.relax(now, advertisements);
  }

  /** Scanning has ended. */
  stop(): void {
    this.deadline = Infinity;
    this.pausedAt = Infinity;
  }

  /** Scanning is interrupted; the time until `resume` does not count as silence. Legal twice, and when stopped. */
  pause(now: number): void {
    if (this.deadline === Infinity) return;
    this.heldDeadline = this.deadline;
    this.pausedAt = now;
    this.deadline = Infinity;
  }

  /** Scanning goes on after `pause`. */
  resume(now: number): void {
    if (this.pausedAt === Infinity) return;
    this.deadline = this.heldDeadline + now - this.pausedAt;
    this.remedyAt += now - this.pausedAt;
    this.pausedAt = Infinity;
  }

  /** Says what to do now, when `advertisements` were heard since the start in all. Does nothing before the deadline. */
  tick(now: number, advertisements: number): ScanRemedy {
    if (now < this.deadline) return ScanRemedy.none;
    if (advertisements !== this.heardCount) {
      this.heardSinceStart = true;
      this.relax(now, advertisements);
      return ScanRemedy.none;
    }
    this.deadline = now + this.shortestWait;
    if (now < this.remedyAt) return ScanRemedy.none;
    const remedy = this.choose(now);
    this.tries++;
    const longest = this.shortestWait > LONGEST_WAIT ? this.shortestWait : LONGEST_WAIT;
    this.wait = this.wait * 2 < longest ? this.wait * 2 : longest;
    this.remedyAt = now + this.wait;
    return remedy;
  }

  private relax(now: number, advertisements: number): void {
    this.heardCount = advertisements;
    this.tries = 0;
    this.wait = this.shortestWait;
    this.remedyAt = now + this.wait;
    this.deadline = this.remedyAt;
  }

  private choose(now: number): ScanRemedy {
    const rung = this.tries % RUNGS;
    if (rung === 1 && this.canReset) {
      this.radioResets++;
      return ScanRemedy.resetRadio;
    }
    const due = this.canRestart && this.heardSinceStart && now - this.chipStartedAt >= this.chipRestartTime;
    if (rung === 2 && due) {
      this.chipRestarts++;
      // Should the restart not come about, this counts as one all the same.
      this.chipStartedAt = now;
      this.heardSinceStart = false;
      return ScanRemedy.restartChip;
    }
    this.scanRestarts++;
    return ScanRemedy.restartScan;
  }
}
