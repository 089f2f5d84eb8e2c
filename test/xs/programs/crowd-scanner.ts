import type { Advertisement, ScanOptions, Scanner, ScannerHandler, Timer, Timers } from '../../../src/hal/index.js';

/** MikroTik manual, "MikroTik Tag advertisement formats": length, manufacturer data, company 0x094F, version 1. */
const HEADER = [0x15, 0xff, 0x4f, 0x09, 0x01, 0x00];
const LENGTH = 22;
const TEMPERATURE = 14;
const UPTIME = 16;
const BATTERY = 21;
/** Milliseconds between two advertisements of a tag. */
const INTERVAL = 100;
/** Every so many strangers there is one that changes its address, every so many rounds. */
const RESTLESS = 8;
const STAY_ROUNDS = 30;
/** Coprime to the number of tags, so that all are heard in a round, and neighbours are not heard in a row. */
const STRIDE = 389;

/**
 * A crowd: each tag is heard every 100 ms, and says something else each time. The first `owned` tags have the addresses
 * DC:2C:6E:00:hh:ll of their numbers; the others are strangers, some of which change theirs every 3 s.
 */
export class CrowdScanner implements Scanner, Advertisement {
  readonly address = new Uint8Array(6);
  readonly addressType = 0;
  rssi = -60;
  readonly bytes = new Uint8Array(LENGTH);
  readonly from = 0;
  readonly to = LENGTH;
  /** Advertisements sent. */
  count = 0;

  private readonly view = new DataView(this.bytes.buffer);
  private readonly timer: Timer;
  private readonly perMillisecond: number;
  private handler: ScannerHandler | undefined;

  /** `tags`: a multiple of 100. */
  constructor(
    timers: Timers,
    private readonly tags: number,
    private readonly owned: number,
  ) {
    this.perMillisecond = tags / INTERVAL;
    this.bytes.set(HEADER);
    this.bytes[BATTERY] = 97;
    this.timer = timers.create(() => this.millisecond());
  }

  start(_options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
    this.timer.start(1);
  }

  stop(): void {
    this.timer.stop();
    this.handler = undefined;
  }

  private millisecond(): void {
    this.timer.start(1);
    for (let i = 0; i < this.perMillisecond; i++) this.advertise();
  }

  private advertise(): void {
    const number = this.count++;
    const round = Math.floor(number / this.tags);
    const tag = (number * STRIDE) % this.tags;
    const { address, view } = this;
    address[0] = 0xdc;
    address[1] = 0x2c;
    address[2] = 0x6e;
    address[3] = tag >= this.owned && tag % RESTLESS === 0 ? Math.floor(round / STAY_ROUNDS) & 0xff : 0;
    address[4] = tag >> 8;
    address[5] = tag & 0xff;
    this.rssi = -50 - (number % 40);
    view.setInt16(TEMPERATURE, 5120 + (round % 100) * 16, true);
    view.setUint32(UPTIME, round, true);
    this.handler?.onAdvertisement(this);
  }
}
