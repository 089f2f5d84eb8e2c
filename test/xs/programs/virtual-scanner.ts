import type { Advertisement, ScanOptions, Scanner, ScannerHandler, Timer, Timers } from '../../../src/hal/index.js';

/** MikroTik manual, "MikroTik Tag advertisement formats": length, manufacturer data, company 0x094F, version 1. */
const HEADER = [0x15, 0xff, 0x4f, 0x09, 0x01, 0x00];
const LENGTH = 22;
const COMPANY = 2;
const TEMPERATURE = 14;
const UPTIME = 16;
const BATTERY = 21;

/** MikroTik tags that are heard in turn. The uptime in each advertisement is its number, so that none can hide. */
export class VirtualScanner implements Scanner, Advertisement {
  readonly address = new Uint8Array([0xdc, 0x2c, 0x6e, 0, 0, 0]);
  readonly addressType = 0;
  readonly rssi = -60;
  readonly bytes = new Uint8Array(LENGTH);
  readonly from = 0;
  readonly to = LENGTH;
  /** Tags that are heard, one after the other. */
  tags = 1;
  /** Milliseconds between two advertisements; Infinity: they come by `advertise` only. */
  interval = Infinity;
  /** Advertisements sent. */
  count = 0;

  private readonly view = new DataView(this.bytes.buffer);
  private readonly timer: Timer;
  private running = false;
  private handler: ScannerHandler | undefined;

  constructor(timers: Timers) {
    this.bytes.set(HEADER);
    this.bytes[BATTERY] = 97;
    this.timer = timers.create(() => this.hear());
  }

  start(_options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
    // Tags keep their time, however often somebody begins to listen.
    if (this.running) return;
    this.running = true;
    this.timer.start(this.interval);
  }

  stop(): void {
    this.handler = undefined;
  }

  /** The tags are silent from now on. */
  silence(): void {
    this.timer.stop();
  }

  reset(): void {}

  /** The next advertisement; its temperature differs from the last one of its tag. */
  advertise(): void {
    const number = this.count++;
    this.address[5] = number % this.tags;
    this.view.setInt16(TEMPERATURE, 5120 + (Math.floor(number / this.tags) % 100) * 16, true);
    this.view.setUint32(UPTIME, number, true);
    this.handler?.onAdvertisement(this);
  }

  /** From now on the advertisements are those of a device that is no tag: its company is one that no format knows. */
  set stranger(is: boolean) {
    this.address[0] = is ? 0xc0 : 0xdc;
    this.bytes[COMPANY] = is ? 0xfe : HEADER[COMPANY]!;
  }

  /** The last advertisement with another uptime: the tag says nothing new that is worth a report. */
  age(): void {
    this.view.setUint32(UPTIME, this.count++, true);
    this.handler?.onAdvertisement(this);
  }

  /** The last advertisement once more. */
  repeat(): void {
    this.handler?.onAdvertisement(this);
  }

  private hear(): void {
    this.timer.start(this.interval);
    if (this.handler) this.advertise();
  }
}
