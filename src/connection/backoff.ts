import type { Entropy } from '../hal/board.js';

/** How long to wait between attempts to connect. */
export interface BackoffOptions {
  /** Longest wait after the first failure, in milliseconds, at least 1. Default 1,000. */
  minimum?: number;
  /** Longest wait of all, in milliseconds. Default 60,000. */
  maximum?: number;
}

/**
 * Exponential backoff with jitter: the longest wait doubles with each failure, and each wait is drawn at random from
 * its upper half, so that devices that lost the same broker do not all reconnect at once.
 */
export class Backoff {
  private readonly entropy: Entropy;
  private readonly minimum: number;
  private readonly maximum: number;
  private failures = 0;

  /** Throws a RangeError that names the option and its limits. */
  constructor(options: BackoffOptions, entropy: Entropy) {
    this.entropy = entropy;
    this.minimum = options.minimum ?? 1000;
    this.maximum = options.maximum ?? 60000;
    if (!(this.minimum >= 1)) throw new RangeError('backoff.minimum must be at least 1 ms, got ' + this.minimum);
    if (!(this.maximum >= this.minimum && this.maximum <= 86400000)) {
      throw new RangeError(
        'backoff.maximum must be ' + this.minimum + ' (the minimum) to 86400000 ms, got ' + this.maximum,
      );
    }
  }

  /** Counts a failure and returns how many milliseconds to wait. */
  next(): number {
    let longest = this.minimum;
    for (let i = 0; i < this.failures && longest < this.maximum; i++) longest *= 2;
    if (longest > this.maximum) longest = this.maximum;
    this.failures++;
    return longest / 2 + this.random(longest / 2);
  }

  /** A short random wait before another broker is tried; counts no failure. */
  short(): number {
    return this.random(this.minimum / 2);
  }

  /** The connection was stable: the next failure waits the minimum again. */
  reset(): void {
    this.failures = 0;
  }

  private random(max: number): number {
    return (this.entropy.uint32() / 4294967296) * max;
  }
}
