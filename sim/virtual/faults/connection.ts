import type { Fault } from './fault.js';

/** Somebody on the way resets all connections of the device with this place in the world. */
export function connectionReset(at: number, gateway = 0): Fault {
  return {
    kind: 'reset',
    at,
    detail: ' of gateway ' + gateway,
    install: (simulation) => {
      for (const connection of [...simulation.devices[gateway]!.connections]) connection.reset();
    },
  };
}
