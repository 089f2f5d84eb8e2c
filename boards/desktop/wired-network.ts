import type { Network } from '../../src/hal/index.js';

/** The network of a desktop, which is the operating system's business: always up as far as the firmware knows. */
export class WiredNetwork implements Network {
  readonly up = true;

  watch(): void {}

  /** Not known. */
  rssi(): number {
    return 0;
  }
}
