import { performance } from 'node:perf_hooks';
import type { Clock } from '../../src/hal/index.js';

/** The computer's clocks, in whole milliseconds. `now` counts from the start of the process. */
export class NodeClock implements Clock {
  now(): number {
    return Math.floor(performance.now());
  }

  unixTime(): number {
    return Date.now();
  }
}
