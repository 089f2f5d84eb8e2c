import type { ScanOptions } from '../../src/hal/index.js';
import { BadInput } from '../bad-input.js';

/** Throws `BadInput` when `options` are outside what a controller takes (Core 5.4, Vol 4, Part E, 7.8.10). */
export function checkScanOptions(options: ScanOptions): void {
  const interval = options.intervalMilliseconds;
  const window = options.windowMilliseconds;
  if (!(interval >= 2.5 && interval <= 10240)) {
    throw new BadInput(`scan interval must be 2.5 to 10240 ms, got ${interval}`);
  }
  if (!(window >= 2.5 && window <= interval)) {
    throw new BadInput(`scan window must be from 2.5 ms to the scan interval of ${interval} ms, got ${window}`);
  }
}
