import type { Advertisement, Clock, ScanOptions, Scanner, ScannerHandler, Timer, Timers } from '../../src/hal/index.js';
import type { World } from '../world/world.js';
import { checkScanOptions } from './check-scan-options.js';

/**
 * The Bluetooth radio of a simulated board in a `World`, whose time runs with the board's clock from the
 * construction on, also while nobody scans. An advertisement outside the scan window is not heard.
 * The tags of a world have no scan responses, so `active` changes nothing.
 * `start` throws `BadInput` on an interval or a window that a controller refuses.
 */
export class WorldScanner implements Scanner {
  private readonly timer: Timer;
  /** What the clock said when the world's time was 0. */
  private readonly origin: number;
  private handler: ScannerHandler | undefined;
  private startedAt = 0;
  private intervalMilliseconds = 0;
  private windowMilliseconds = 0;

  constructor(
    private readonly world: World,
    private readonly clock: Clock,
    timers: Timers,
  ) {
    this.origin = clock.now() - world.time;
    this.timer = timers.create(() => this.run());
  }

  start(options: ScanOptions, handler: ScannerHandler): void {
    checkScanOptions(options);
    this.startedAt = this.clock.now() - this.origin;
    this.intervalMilliseconds = options.intervalMilliseconds;
    this.windowMilliseconds = options.windowMilliseconds;
    this.handler = handler;
    this.arm();
  }

  stop(): void {
    this.handler = undefined;
    this.timer.stop();
  }

  private arm(): void {
    const wait = this.world.nextAt - (this.clock.now() - this.origin);
    // Whole milliseconds upwards: a timer that came early would find nothing to do.
    this.timer.start(Math.max(0, Math.ceil(wait)));
  }

  private run(): void {
    this.world.advance(this.clock.now() - this.origin, this.deliver);
    // The handler may have stopped the scan.
    if (this.handler !== undefined) {
      this.arm();
    }
  }

  private readonly deliver = (advertisement: Advertisement, at: number): void => {
    const sinceStart = at - this.startedAt;
    if (sinceStart >= 0 && sinceStart % this.intervalMilliseconds < this.windowMilliseconds) {
      this.handler?.onAdvertisement(advertisement);
    }
  };
}
