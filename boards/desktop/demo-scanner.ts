import type { Advertisement, ScanOptions, Scanner, ScannerHandler, Timer, Timers } from '../../src/hal/index.js';

/** Milliseconds between two advertisements. */
const INTERVAL = 1000;
/** The temperature moves by 1/16 degree up to this many steps, and back. */
const STEPS = 64;
/** Bytes of the advertisement below. */
const TEMPERATURE = 14;
const UPTIME = 16;

/**
 * One simulated MikroTik tag, so that somebody without a board sees readings at a broker: it advertises every second,
 * 20 to 24 degrees and back in about two minutes.
 */
export class DemoScanner implements Scanner, Advertisement {
  readonly address = Uint8Array.of(0xd4, 0x01, 0xc3, 0x00, 0x00, 0x01);
  readonly addressType = 0;
  readonly rssi = -55;
  /** Company 0x094f, version 1: user data, salt, acceleration, temperature in 1/256, uptime, flags, battery. */
  readonly bytes = Uint8Array.of(0x15, 0xff, 0x4f, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 95);
  readonly from = 0;
  readonly to = 22;

  private readonly timer: Timer;
  private handler: ScannerHandler | undefined;
  private count = 0;

  constructor(timers: Timers) {
    this.timer = timers.create(() => this.advertise());
  }

  start(_options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
    this.timer.start(INTERVAL);
  }

  stop(): void {
    this.handler = undefined;
    this.timer.stop();
  }

  private advertise(): void {
    const phase = this.count % (2 * STEPS);
    const temperature = 20 * 256 + (phase < STEPS ? phase : 2 * STEPS - phase) * 16;
    this.writeNumber(TEMPERATURE, temperature, 2);
    this.writeNumber(UPTIME, this.count, 4);
    this.count++;
    this.timer.start(INTERVAL);
    this.handler?.onAdvertisement(this);
  }

  /** Least significant byte first. */
  private writeNumber(at: number, value: number, length: number): void {
    for (let i = 0; i < length; i++) this.bytes[at + i] = value >> (8 * i);
  }
}
