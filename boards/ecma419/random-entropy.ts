import type { Entropy } from '../../src/hal/board.js';

/**
 * Random numbers from a function such as `Math.random`. That is the hardware's source on ESP32 and ESP8266
 * (xs/platforms/esp/xsHost.h of the Moddable SDK). On the SDK's Linux target it is rand(), the same after each start:
 * there `seed` must differ, for example the time of day.
 */
export class RandomEntropy implements Entropy {
  /** `random` returns a number from 0 up to 1, of at least 16 bits. */
  constructor(
    private readonly random: () => number,
    private seed = 0,
  ) {}

  uint32(): number {
    // A linear congruential generator (Numerical Recipes, section 7.1) carries the seed on.
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) | 0;
    const high = (this.random() * 0x10000) << 16;
    return (high ^ (this.random() * 0x10000) ^ this.seed) >>> 0;
  }
}
