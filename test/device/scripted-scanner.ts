import type { ScanOptions, Scanner, ScannerHandler } from '../../src/hal/index.js';

const ADVERTISEMENT = {
  address: new Uint8Array(6),
  addressType: 0,
  rssi: -60,
  bytes: new Uint8Array([2, 1, 6]),
  from: 0,
  to: 3,
};

/** A scanner that writes down what it is told, and hears what the test wants as long as it scans. */
export class ScriptedScanner implements Scanner {
  readonly calls: string[] = [];
  scanning = false;
  paused = false;
  handler: ScannerHandler | undefined;
  pause?: () => void;
  resume?: () => void;
  reset?: () => void;

  constructor(canPause = true, canReset = true) {
    if (canPause) {
      this.pause = () => {
        this.calls.push('pause');
        this.paused = true;
      };
      this.resume = () => {
        this.calls.push('resume');
        this.paused = false;
      };
    }
    if (canReset) this.reset = () => this.calls.push('reset');
  }

  start(options: ScanOptions, handler: ScannerHandler): void {
    this.calls.push(`start ${options.windowMilliseconds}/${options.intervalMilliseconds}`);
    this.handler = handler;
    this.scanning = true;
  }

  stop(): void {
    this.calls.push('stop');
    this.scanning = false;
    this.paused = false;
  }

  /** One advertisement, which is heard only when the radio scans. */
  hear(): void {
    if (this.scanning && !this.paused) this.handler?.onAdvertisement(ADVERTISEMENT);
  }

  /** What was called since the last time. */
  take(): string[] {
    return this.calls.splice(0);
  }
}
