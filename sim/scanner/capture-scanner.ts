import type { Advertisement, Clock, ScanOptions, Scanner, ScannerHandler, Timer, Timers } from '../../src/hal/index.js';
import { BadInput } from '../bad-input.js';
import type { Capture, CapturedAdvertisement } from '../capture/capture.js';
import { checkScanOptions } from './check-scan-options.js';

/** A clock that was set during the capture leaves a gap of years; none is replayed longer than this. */
const LONGEST_GAP_MILLISECONDS = 3_600_000;
/** Advertisements in one turn of the event loop, so that a replay at any speed lets others run. */
const BATCH = 64;

/** Options of a `CaptureScanner`. */
export interface CaptureScannerOptions {
  /** 2 replays twice as fast; above 0, `Infinity` as fast as possible. Default 1. */
  speed?: number;
  /** Called once, from the event loop, after the last advertisement. */
  onEnd?: () => void;
}

/**
 * The Bluetooth radio of a simulated board that hears again what a capture holds, at the capture's own times.
 * `stop` pauses and `start` goes on, so that nothing is lost. The capturing scanner had its own interval and
 * window, so those of `start` are checked and not applied; without `active`, scan responses are left out.
 * A time that goes back counts as no time, and a gap is at most an hour.
 */
export class CaptureScanner implements Scanner {
  private readonly timer: Timer;
  private readonly source: Iterator<CapturedAdvertisement, void>;
  private readonly speed: number;
  private readonly onEnd: (() => void) | undefined;
  private readonly advertisement: Advertisement = {
    address: new Uint8Array(6),
    addressType: 0,
    rssi: 127,
    bytes: new Uint8Array(255),
    from: 0,
    to: 0,
  };
  private handler: ScannerHandler | undefined;
  private active = false;
  private next: CapturedAdvertisement | undefined;
  /** Due time of `next` in milliseconds of replay, and the replay's time when the clock said `base`. */
  private due = 0;
  private base = 0;
  private played = 0;
  private ended = false;

  /** Throws `BadInput` on a wrong speed. */
  constructor(
    capture: Capture,
    private readonly clock: Clock,
    timers: Timers,
    options: CaptureScannerOptions = {},
  ) {
    const speed = options.speed ?? 1;
    if (!(speed > 0)) {
      throw new BadInput(`replay speed must be a number above 0, got ${speed}`);
    }
    this.speed = speed;
    this.onEnd = options.onEnd;
    this.timer = timers.create(() => this.run());
    this.source = capture.advertisements();
    this.next = this.source.next().value ?? undefined;
  }

  start(options: ScanOptions, handler: ScannerHandler): void {
    checkScanOptions(options);
    if (this.handler === undefined) {
      this.base = this.clock.now();
    }
    this.active = options.active;
    this.handler = handler;
    this.arm();
  }

  stop(): void {
    if (this.handler !== undefined) {
      this.played = this.time();
    }
    this.handler = undefined;
    this.timer.stop();
  }

  private time(): number {
    return this.played + (this.clock.now() - this.base);
  }

  private arm(): void {
    if (!this.ended) {
      this.timer.start(this.next === undefined ? 0 : Math.max(0, Math.ceil(this.due - this.time())));
    }
  }

  private run(): void {
    for (let i = 0; i < BATCH && this.next !== undefined && this.due <= this.time(); i++) {
      this.play(this.next);
      if (this.handler === undefined) {
        return;
      }
    }
    if (this.next === undefined) {
      this.ended = true;
      this.onEnd?.();
    } else {
      this.arm();
    }
  }

  private play(captured: CapturedAdvertisement): void {
    // Moved on before the handler runs: it may stop and start again.
    this.next = this.source.next().value ?? undefined;
    if (this.next !== undefined) {
      const gap = (this.next.timeMicroseconds - captured.timeMicroseconds) / 1000;
      this.due += Math.min(LONGEST_GAP_MILLISECONDS, Math.max(0, gap)) / this.speed;
    }
    if (captured.scanResponse && !this.active) {
      return;
    }
    const advertisement = this.advertisement;
    advertisement.address.set(captured.address);
    advertisement.addressType = captured.addressType;
    advertisement.rssi = captured.rssi;
    advertisement.bytes.set(captured.bytes);
    advertisement.to = captured.bytes.length;
    this.handler?.onAdvertisement(advertisement);
  }
}
