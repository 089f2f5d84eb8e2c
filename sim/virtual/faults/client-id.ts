import { timeOf } from '../../world/duration.js';
import { encodeConnect } from '../../../src/mqtt/index.js';
import type { Simulation } from '../simulation.js';
import type { Fault } from './fault.js';
import { lastingFault, momentFault } from './fault.js';

/** The username of the stranger, by which rules tell its connections from those of the device. */
export const STRANGER = 'stranger';

/**
 * A stranger connects to broker 0 with the client identifier of a device, and leaves a second later. `session`: it asks
 * for a clean session, so that the device's is lost, or takes the device's own.
 */
export function sessionTakenOver(at: number, gateway = 0, session: 'kept' | 'lost' = 'kept'): Fault {
  return momentFault('takeover', at, { gateway, session }, (simulation) =>
    intrude(simulation, gateway, session === 'lost'),
  );
}

/** A second gateway has the same client identifier, and connects `every` milliseconds: each cuts the other off. */
export function sameClientId(at: number, length: number, gateway = 0, every = 15_000): Fault {
  return lastingFault('twin', at, length, { gateway, every: timeOf(every) }, (simulation) => {
    let over = false;
    const turn = (): void => {
      if (over) return;
      intrude(simulation, gateway, false);
      simulation.scheduler.after(every, turn);
    };
    turn();
    return () => {
      over = true;
    };
  });
}

function intrude(simulation: Simulation, gateway: number, cleanSession: boolean): void {
  const { settings, name } = simulation.world.gateways[gateway]!;
  const { model, touch } = simulation.brokers[0]!;
  const clientId = String(settings['clientId'] ?? 'tagwire-' + name);
  const connect = encodeConnect({ clientId, cleanSession, username: STRANGER, keepAliveSeconds: 60 });
  let gone = false;
  const program = model.accept({
    send: () => {},
    close: () => {
      gone = true;
    },
  });
  program.receive(connect, 0, connect.length);
  touch();
  simulation.scheduler.after(1000, () => {
    if (!gone) program.ended();
    touch();
  });
}
