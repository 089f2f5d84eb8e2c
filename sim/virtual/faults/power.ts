import type { Fault } from './fault.js';

/**
 * The device loses its power at `at`, or when `writes` is given within the write to a memory as number `writes` from
 * then on, and gets it back after `off` milliseconds.
 */
export function powerCut(at: number, gateway = 0, writes = 0, off = 5000): Fault {
  return {
    kind: 'powercut',
    at,
    detail: ' of gateway ' + gateway + (writes > 0 ? ' within write ' + writes : ''),
    install: (simulation) => simulation.devices[gateway]!.powerCut(off, writes),
  };
}
