import type { Advertisement, ScanOptions, Scanner, ScannerHandler } from '../../src/hal/index.js';
import { AdvertisementOffset, Call, CallOffset } from './channel.js';
import type { Calls } from './calls.js';

const ADDRESS_SIZE = 6;

/** The host's radio. */
export class ChannelScanner implements Scanner {
  private readonly calls: Calls;
  private readonly advertisement: Advertisement;
  private handler: ScannerHandler | undefined;

  /** `event` is where the host's events lie: an advertisement is handed over where it is. */
  constructor(calls: Calls, event: Uint8Array) {
    this.calls = calls;
    this.advertisement = {
      address: new Uint8Array(ADDRESS_SIZE),
      addressType: 0,
      rssi: 127,
      bytes: event,
      from: 0,
      to: 0,
    };
  }

  start(options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
    const { calls } = this;
    calls.view.setFloat64(CallOffset.body, options.intervalMilliseconds, true);
    calls.view.setFloat64(CallOffset.body + 8, options.windowMilliseconds, true);
    calls.issue(Call.startScan, options.active ? 1 : 0, 0, 0, 16);
  }

  stop(): void {
    if (!this.handler) return;
    this.handler = undefined;
    this.calls.issue(Call.stopScan, 0, 0, 0, 0);
  }

  /** The event holds `count` advertisements from `from` on. */
  heard(count: number, from: number): void {
    const advertisement = this.advertisement;
    const { address, bytes } = advertisement;
    let at = from;
    for (let i = 0; i < count; i++) {
      if (!this.handler) return;
      advertisement.addressType = bytes[at + AdvertisementOffset.addressType]!;
      advertisement.rssi = (bytes[at + AdvertisementOffset.rssi]! << 24) >> 24;
      for (let j = 0; j < ADDRESS_SIZE; j++) address[j] = bytes[at + AdvertisementOffset.address + j]!;
      advertisement.from = at + AdvertisementOffset.bytes;
      at = advertisement.from + bytes[at + AdvertisementOffset.length]!;
      advertisement.to = at;
      this.handler.onAdvertisement(advertisement);
    }
  }
}
