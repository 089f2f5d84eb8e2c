import type { Board, Scanner } from '../src/hal/index.js';
import { MemoryStore } from './hal/index.js';
import { nodePlatforms } from './node-platform.js';

/** A simulated ESP32: everything of Node's but the radio, which `makeScanner` makes on the board's clock and timers. */
export function simBoard(makeScanner: (clock: Board['clock'], timers: Board['timers']) => Scanner): Board {
  const platform = nodePlatforms();
  return {
    name: 'sim',
    ...platform,
    store: new MemoryStore(),
    scanner: makeScanner(platform.clock, platform.timers),
  };
}
