import { AdvertisementOffset, Event } from '../../boards/xsnap/channel.js';
import type { Advertisement, ScanOptions, Scanner, ScannerHandler } from '../../src/hal/index.js';
import { LONGEST_BODY } from './event-writer.js';
import type { EventSource, EventWriter } from './event-writer.js';

const LONGEST_ADVERTISEMENT = AdvertisementOffset.bytes + 255;

/**
 * The firmware's radio. Advertisements gather while the firmware is busy and go to it together. When there are more
 * than one event holds, the scanner is stopped until the firmware has had them: a capture waits then, and a world goes
 * on unheard, as around a chip that is too slow for it.
 */
export class HostScanner implements EventSource, ScannerHandler {
  private readonly bytes = Buffer.alloc(LONGEST_BODY);
  private length = 0;
  private count = 0;
  private options: ScanOptions | undefined;
  private paused = false;

  constructor(
    private readonly scanner: Scanner,
    private readonly wake: () => void,
  ) {}

  start(options: ScanOptions): void {
    this.options = options;
    this.paused = false;
    this.scanner.start(options, this);
  }

  stop(): void {
    this.halt();
    this.length = this.count = 0;
  }

  /** Hears nothing more; what was heard is still told. */
  halt(): void {
    this.options = undefined;
    this.scanner.stop();
  }

  next(event: EventWriter): boolean {
    if (this.count === 0) return false;
    event.begin(Event.advertisements, 0, this.count);
    event.bytes(this.bytes, 0, this.length);
    this.length = this.count = 0;
    if (this.paused && this.options) {
      this.paused = false;
      this.scanner.start(this.options, this);
    }
    return true;
  }

  onAdvertisement(advertisement: Advertisement): void {
    const { bytes, length: at } = this;
    const length = advertisement.to - advertisement.from;
    bytes[at + AdvertisementOffset.addressType] = advertisement.addressType;
    bytes[at + AdvertisementOffset.rssi] = advertisement.rssi & 0xff;
    bytes[at + AdvertisementOffset.length] = length;
    bytes.set(advertisement.address, at + AdvertisementOffset.address);
    bytes.set(advertisement.bytes.subarray(advertisement.from, advertisement.to), at + AdvertisementOffset.bytes);
    this.length += AdvertisementOffset.bytes + length;
    this.count++;
    if (this.length + LONGEST_ADVERTISEMENT > bytes.length) {
      this.paused = true;
      this.scanner.stop();
    }
    this.wake();
  }
}
