import type { Board, Scanner } from '../src/hal/index.js';
import { MemoryStore, NodeCiphers, NodeHealth } from './hal/index.js';
import { nodePlatforms } from './hal/platform.js';

/** Node's health in a device of a name and a number. */
class SimHealth extends NodeHealth {
  override readonly model = 'Tagwire simulator';
  readonly serial = 'SIM00000001';
}

/** Where a simulated device keeps what outlives a restart; see `Board`. */
export type SimStores = Required<Pick<Board, 'store' | 'userStore'>> & Pick<Board, 'flash'>;

/**
 * A simulated ESP32: everything of Node's but the radio, which `makeScanner` makes on the board's clock and timers.
 * By default nothing outlives a restart.
 */
export function simBoard(
  makeScanner: (clock: Board['clock'], timers: Board['timers']) => Scanner,
  stores: SimStores = { store: new MemoryStore(), userStore: new MemoryStore() },
): Board {
  const platform = nodePlatforms();
  return {
    name: 'sim',
    ...platform,
    ...stores,
    ciphers: new NodeCiphers(),
    health: new SimHealth(),
    scanner: makeScanner(platform.clock, platform.timers),
  };
}
