import type { Advertisement, ScanOptions, Scanner, ScannerHandler, Timer, Timers } from '../../src/hal/index.js';
import { putFlags } from '../world/encode/ad-structure.js';
import { putRuuvi } from '../world/encode/ruuvi.js';

/** °C in the steps of the format, of the coldest reading and of one after the other. */
const COLDEST = 15;
const STEP = 0.005;
const STEPS = 2000;
/** The largest sequence number of the format, and 1. */
const SEQUENCES = 65535;
/** First bytes of the addresses; random static ones (Core 5.4, Vol 6, Part B, 1.3.2.1). */
const ADDRESS_BEGIN = [0xe0, 0x74];

/** What all scanners of a thread write their advertisements into: it is valid only until the handler returns. */
const bytes = new Uint8Array(31);
const shared = {
  address: new Uint8Array(6),
  addressType: 1,
  rssi: -60,
  bytes,
  from: 0,
  to: 0,
} satisfies Advertisement;
const reading = { celsius: 0, humidityPercent: 40, x: 0, y: 0, z: 1, batteryMillivolts: 2900, sequence: 0 };

/**
 * A radio that hears a fixed number of RuuviTags, one after the other at equal distances of time. Each advertisement
 * has another temperature than the one before of its tag, so that with `interval` 0 each leads to a reading.
 */
export class GeneratedTags implements Scanner {
  private readonly timer: Timer;
  private handler: ScannerHandler | undefined;
  private count = 0;
  private nextAt = 0;

  /** `device`: its number, which is in the addresses of its tags; `rate`: advertisements a second; `phase`: 0 to 1. */
  constructor(
    private readonly device: number,
    private readonly tags: number,
    private readonly rate: number,
    private readonly phase: number,
    timers: Timers,
  ) {
    this.timer = timers.create(() => this.advertise());
  }

  start(_options: ScanOptions, handler: ScannerHandler): void {
    if (this.handler) return;
    this.handler = handler;
    const wait = (1000 / this.rate) * this.phase;
    this.nextAt = performance.now() + wait;
    this.timer.start(wait);
  }

  stop(): void {
    this.handler = undefined;
    this.timer.stop();
  }

  private advertise(): void {
    const now = performance.now();
    // From the time that was meant, so that lateness does not lower the rate; what is later than a period is left out.
    this.nextAt = Math.max(this.nextAt + 1000 / this.rate, now);
    this.timer.start(this.nextAt - now);
    const tag = this.count % this.tags;
    const turn = Math.floor(this.count / this.tags);
    this.count++;
    const { address } = shared;
    address[0] = ADDRESS_BEGIN[0]!;
    address[1] = ADDRESS_BEGIN[1]!;
    address[2] = this.device >> 16;
    address[3] = this.device >> 8;
    address[4] = this.device;
    address[5] = tag;
    reading.celsius = COLDEST + STEP * (turn % STEPS);
    reading.sequence = turn % SEQUENCES;
    shared.to = putRuuvi(bytes, putFlags(bytes, 0), { ...reading, address });
    this.handler?.onAdvertisement(shared);
  }
}
