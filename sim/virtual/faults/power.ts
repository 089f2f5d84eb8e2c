import { timeOf } from '../../world/duration.js';
import type { Fault } from './fault.js';
import { momentFault } from './fault.js';

/**
 * The device loses its power at `at`, or when `writes` is given within the write to a memory as number `writes` from
 * then on, at any byte of it, and gets it back after `off` milliseconds.
 */
export function powerCut(at: number, gateway = 0, writes = 0, off = 5000): Fault {
  return momentFault('powercut', at, { gateway, writes, off: timeOf(off) }, (simulation) =>
    simulation.devices[gateway]!.powerCut(off, writes),
  );
}
