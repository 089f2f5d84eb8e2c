import type { Scanner, ScannerHandler, ScanOptions } from '../hal/index.js';
import { checkScanProfile } from '../settings/scan-profile.js';
import type { ScanProfile } from '../settings/scan-profile.js';
import { nextScanState, SCAN_EVENT_COUNT, SCAN_STATE_COUNT, ScanEvent, ScanState, ScanStep } from './scan-state.js';
import { ScanRemedy, ScanWatchdog } from './scan-watchdog.js';

/** Milliseconds of a window. */
const WINDOW = 10000;

/**
 * Events a second, over about the last ten seconds: those of the window that runs, and of the one before as far as it
 * reaches into the last ten seconds, taken to be spread evenly. Allocates nothing. Times are milliseconds of
 * `Clock.now`.
 */
export class ScanRate {
  /** When the window that runs is over, and the events in it: public for `ScanControl.heard`, which saves a call. */
  end = WINDOW;
  current = 0;

  private begin = 0;
  private previous = 0;
  /** Events before the window that runs. */
  private before = 0;
  /** When the measurement began: before a whole window is over, the rate is over what there is. */
  private since = 0;

  /** Begins to measure. */
  start(now: number): void {
    this.since = now;
    this.begin = now;
    this.end = now + WINDOW;
    this.before += this.current;
    this.current = 0;
    this.previous = 0;
  }

  /** An event. */
  note(now: number): void {
    if (now >= this.end) this.roll(now);
    this.current++;
  }

  /** Events since construction. */
  get total(): number {
    return this.before + this.current;
  }

  /** Events a second; 0 in the first moment. */
  perSecond(now: number): number {
    if (now >= this.end) this.roll(now);
    const passed = now - this.begin;
    const measured = now - this.since;
    const counted = this.current + (this.previous * (WINDOW - passed)) / WINDOW;
    const over = measured < WINDOW ? measured : WINDOW;
    return over > 0 ? (counted * 1000) / over : 0;
  }

  /** Begins the next window; for whoever counts in `current`, when `end` is reached. */
  roll(now: number): void {
    const windows = Math.floor((now - this.begin) / WINDOW);
    this.previous = windows === 1 ? this.current : 0;
    this.before += this.current;
    this.current = 0;
    this.begin += windows * WINDOW;
    this.end = this.begin + WINDOW;
  }
}

/** How a `ScanControl` scans. */
export interface ScanControlOptions {
  profile: ScanProfile;
  /** Seconds without an advertisement after which it is `silent`, 1 to 86400; 0 (default): never. */
  silentSeconds?: number;
  /** Seconds between restarts of the chip at least, see `ScanWatchdog`. */
  chipRestartSeconds?: number;
  /**
   * Seconds that a pause lasts at most, 1 to 3600. Default 120: more than an attempt to connect may take with the
   * standard time-outs (10 s for the address, 30 s for TCP and TLS, 30 s for CONNACK), so it ends only a pause that
   * was forgotten.
   */
  pauseSeconds?: number;
}

/**
 * Runs the scanner of a board: when it scans, how much of the time, and what is done when nothing is heard. The states
 * are those of `scan-state.ts`.
 *
 * It has no timer: its owner calls `tick` not later than `deadline`. Times are milliseconds of `Clock.now`. All calls
 * are legal in any state; what makes no sense there has no effect. No call but the constructor allocates; `heard`,
 * which comes with each advertisement, is a count and a comparison.
 */
export class ScanControl {
  /** When `tick` must be called at the latest; Infinity when nothing is due. `heard` does not change it. */
  deadline = Infinity;
  /** Steps by state and event: `steps[state * SCAN_EVENT_COUNT + event]`. Wraps at 2^32. */
  readonly steps: Uint32Array;
  /** Undefined unless `silentSeconds` is given; counts the remedies. */
  readonly watchdog: ScanWatchdog | undefined;

  /** Hears the advertisements, and calls `heard` for each. To be set before the first start. */
  handler: ScannerHandler | undefined;

  private current: ScanState = ScanState.stopped;
  private readonly scanner: Scanner;
  private scanProfile: ScanProfile;
  private readonly pauseTime: number;
  private readonly rate = new ScanRate();
  private online = false;
  /** What the scanner was started with last. */
  private applied: ScanOptions | undefined;

  /**
   * `canRestart` tells whether the board can restart its chip. Throws a RangeError that names the option and what is
   * allowed.
   */
  constructor(options: ScanControlOptions, scanner: Scanner, canRestart: boolean) {
    const pause = options.pauseSeconds ?? 120;
    if (!(pause >= 1 && pause <= 3600)) {
      throw new RangeError('pauseSeconds must be a number from 1 to 3600, got ' + pause);
    }
    this.scanProfile = checkScanProfile(options.profile);
    this.pauseTime = pause * 1000;
    this.scanner = scanner;
    this.steps = new Uint32Array(SCAN_STATE_COUNT * SCAN_EVENT_COUNT);
    const { silentSeconds, chipRestartSeconds } = options;
    if (silentSeconds === undefined || silentSeconds === 0) return;
    const watch = chipRestartSeconds === undefined ? { silentSeconds } : { silentSeconds, chipRestartSeconds };
    this.watchdog = new ScanWatchdog(watch, !!scanner.reset, canRestart);
  }

  get state(): ScanState {
    return this.current;
  }

  /** How it scans. */
  get profile(): ScanProfile {
    return this.scanProfile;
  }

  /** Advertisements heard since construction, recognised or not. */
  get advertisements(): number {
    return this.rate.total;
  }

  /** Advertisements a second, over the last ten seconds; pauses are not left out. */
  perSecond(now: number): number {
    return this.rate.perSecond(now);
  }

  /** Begins to scan, or to wait for the first connection where the profile says so. */
  start(now: number): void {
    if (this.current !== ScanState.stopped) return;
    this.rate.start(now);
    if (this.scanProfile.waitSeconds > 0 && !this.online) {
      this.step(ScanEvent.wait);
      this.deadline = now + this.scanProfile.waitSeconds * 1000;
    } else {
      this.begin(ScanEvent.begin, now);
    }
  }

  /** Ends scanning. What starts again later connects anew, so it waits anew. */
  stop(): void {
    if (!this.step(ScanEvent.stop)) return;
    this.online = false;
    this.scanner.stop();
    this.applied = undefined;
    this.watchdog?.stop();
    this.deadline = Infinity;
  }

  /** Keeps the radio still, where the scanner offers it, for an attempt to connect; see `Scanner.pause`. */
  pause(now: number): void {
    const { scanner, watchdog } = this;
    if (!scanner.pause || !this.step(ScanEvent.pause)) return;
    scanner.pause();
    watchdog?.pause(now);
    this.deadline = now + this.pauseTime;
  }

  /** Scans on after `pause`. */
  resume(now: number): void {
    if (this.step(ScanEvent.resume)) this.scanAgain(now);
  }

  /** The broker is connected: scans as much as the profile allows beside that. */
  connected(now: number): void {
    this.online = true;
    if (this.current === ScanState.waiting) this.begin(ScanEvent.begin, now);
    else this.applyDuty();
  }

  /** The connection is lost, or an attempt to connect failed: leaves the radio more time. */
  disconnected(): void {
    this.online = false;
    this.applyDuty();
  }

  /**
   * Scans by this profile from now on, a scan under way included; a wait for the first connection goes on as it began.
   * Throws a RangeError that names what is not allowed, and changes nothing then.
   */
  setProfile(profile: ScanProfile): void {
    this.scanProfile = checkScanProfile(profile);
    this.applyDuty();
  }

  /** An advertisement, of whatever device. For the handler of the scanner, with each. */
  heard(now: number): void {
    // As `ScanRate.note`.
    const rate = this.rate;
    if (now >= rate.end) rate.roll(now);
    rate.current++;
    if (this.current === ScanState.scanning) return;
    this.step(ScanEvent.heard);
  }

  /**
   * Does what is due, and returns what was done against silence, for a log. `restartChip` alone is left to the owner.
   * Does nothing before the deadline.
   */
  tick(now: number): ScanRemedy {
    if (now < this.deadline) return ScanRemedy.none;
    if (this.current === ScanState.waiting) {
      this.begin(ScanEvent.overdue, now);
      return ScanRemedy.none;
    }
    if (this.current === ScanState.paused) {
      this.step(ScanEvent.overdue);
      this.scanAgain(now);
      return ScanRemedy.none;
    }
    const remedy = this.watchdog ? this.watchdog.tick(now, this.rate.total) : ScanRemedy.none;
    this.watch();
    if (remedy === ScanRemedy.none) return remedy;
    this.step(ScanEvent.overdue);
    if (remedy === ScanRemedy.restartChip) return remedy;
    this.scanner.stop();
    if (remedy === ScanRemedy.resetRadio) this.scanner.reset!();
    this.scan();
    return remedy;
  }

  private begin(event: ScanEvent, now: number): void {
    this.step(event);
    this.watchdog?.start(now, this.rate.total);
    this.watch();
    this.scan();
  }

  private scanAgain(now: number): void {
    this.scanner.resume?.();
    this.watchdog?.resume(now);
    this.watch();
    this.applyDuty();
  }

  /** Restarts the scan when it is to be another one. What changes during a pause waits for its end. */
  private applyDuty(): void {
    if (this.applied === undefined || this.current === ScanState.paused) return;
    if (!isSame(this.applied, this.duty())) this.scan();
  }

  private scan(): void {
    this.applied = this.duty();
    this.scanner.start(this.applied, this.handler!);
  }

  private duty(): ScanOptions {
    return this.online ? this.scanProfile.connected : this.scanProfile.connecting;
  }

  private watch(): void {
    this.deadline = this.watchdog ? this.watchdog.deadline : Infinity;
  }

  /** Takes a step; false when there is none. */
  private step(event: ScanEvent): boolean {
    const next = nextScanState(this.current, event);
    if (next === ScanStep.none) return false;
    const at = this.current * SCAN_EVENT_COUNT + event;
    this.steps[at] = this.steps[at]! + 1;
    this.current = next;
    return true;
  }
}

function isSame(one: ScanOptions, other: ScanOptions): boolean {
  return (
    one.intervalMilliseconds === other.intervalMilliseconds &&
    one.windowMilliseconds === other.windowMilliseconds &&
    one.active === other.active
  );
}
