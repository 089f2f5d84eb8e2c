import { bytesFromHex } from '../../sim/world/transmitter.js';
import type { Scanner, ScannerHandler, ScanOptions } from '../../src/hal/index.js';

/** A scanner whose advertisements come from the test's hand. */
export class HandScanner implements Scanner {
  options: ScanOptions | undefined;
  private handler: ScannerHandler | undefined;

  get scanning(): boolean {
    return this.handler !== undefined;
  }

  start(options: ScanOptions, handler: ScannerHandler): void {
    this.options = options;
    this.handler = handler;
  }

  stop(): void {
    this.handler = undefined;
  }

  /** One advertisement: address and AD structures in hexadecimal. */
  hear(address: string, advertisement: string, rssi = -60, addressType = 0): void {
    const bytes = bytesFromHex(advertisement);
    this.handler?.onAdvertisement({
      address: bytesFromHex(address.replaceAll(':', '')),
      addressType,
      rssi,
      bytes,
      from: 0,
      to: bytes.length,
    });
  }
}

/** A MikroTik TG-BT5 advertisement with this many seconds of uptime and a temperature in 1/256 °C. */
export function mikrotik(uptime: number, temperature: number): string {
  const bytes = new Uint8Array(22);
  const view = new DataView(bytes.buffer);
  bytes.set([0x15, 0xff, 0x4f, 0x09, 0x01, 0x00]);
  view.setInt16(14, temperature, true);
  view.setUint32(16, uptime, true);
  bytes[21] = 97;
  return Buffer.from(bytes).toString('hex');
}
