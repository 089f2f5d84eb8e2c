import type { Board, Scanner, Store } from '../src/hal/index.js';
import { MemoryStore, NodeHealth } from './hal/index.js';
import { nodePlatforms } from './hal/platform.js';

/** Node's health in a device of a name and a number. */
class SimHealth extends NodeHealth {
  override readonly model = 'Tagwire simulator';
  readonly serial = 'SIM00000001';
}

/**
 * A simulated ESP32: everything of Node's but the radio, which `makeScanner` makes on the board's clock and timers.
 * `store` keeps what outlives a restart; by default nothing does.
 */
export function simBoard(
  makeScanner: (clock: Board['clock'], timers: Board['timers']) => Scanner,
  store: Store = new MemoryStore(),
): Board {
  const platform = nodePlatforms();
  return {
    name: 'sim',
    ...platform,
    store,
    health: new SimHealth(),
    scanner: makeScanner(platform.clock, platform.timers),
  };
}
