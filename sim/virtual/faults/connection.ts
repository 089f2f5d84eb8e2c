import { timeOf } from '../../world/duration.js';
import type { Simulation } from '../simulation.js';
import type { Path } from '../network/tcp.js';
import type { Fault } from './fault.js';
import { lastingFault, momentFault, override } from './fault.js';

/** Somebody on the way resets all connections of the device with this place in the world. */
export function connectionReset(at: number, gateway = 0): Fault {
  return momentFault('reset', at, { gateway }, (simulation) => {
    for (const connection of [...simulation.devices[gateway]!.connections]) connection.reset();
  });
}

/** A router forgets all connections of a device: nothing passes on them ever after, and nobody is told. */
export function halfOpen(at: number, length = 0, gateway = 0): Fault {
  const forget = (simulation: Simulation): void => {
    for (const connection of simulation.devices[gateway]!.connections) connection.halfOpen();
  };
  if (length === 0) return momentFault('halfopen', at, { gateway }, forget);
  // For so long it takes no new ones either.
  return lastingFault('halfopen', at, length, { gateway }, (simulation) => {
    forget(simulation);
    return changePath(simulation, gateway, { down: true });
  });
}

/** Nothing gets through between a device and the rest of the world; its connections may outlive that. */
export function blackout(at: number, length: number, gateway = 0): Fault {
  return pathFault('blackout', at, length, { gateway }, { down: true });
}

/** A path that carries no more than `bytes` bytes of payload a second, one in each segment. */
export function slowPath(at: number, length: number, gateway = 0, bytes = 1): Fault {
  return pathFault('slow', at, length, { gateway, bytes }, { bytesPerSecond: 41 * bytes, segmentBytes: 1 });
}

/** Segments have at most `bytes` bytes, so that packets come in pieces. */
export function fragmentation(at: number, length: number, gateway = 0, bytes = 1): Fault {
  return pathFault('fragments', at, length, { gateway, bytes }, { segmentBytes: bytes });
}

/** The device's stack holds `bytes` bytes at most, so that writes are short. */
export function shortWrites(at: number, length: number, gateway = 0, bytes = 16): Fault {
  return pathFault('shortwrites', at, length, { gateway, bytes }, { sendBufferBytes: bytes });
}

/** The server takes nothing more: its window is zero, though it lives and acknowledges. */
export function zeroWindow(at: number, length: number, gateway = 0): Fault {
  return pathFault('zerowindow', at, length, { gateway }, { serverWindowBytes: 0 });
}

/** A share of the segments is lost, each way. */
export function segmentLoss(at: number, length: number, gateway = 0, percent = 20): Fault {
  return pathFault('loss', at, length, { gateway, percent }, { loss: percent / 100 });
}

/** Each segment takes so long one way, as over a satellite or a full uplink. */
export function highLatency(at: number, length: number, gateway = 0, delay = 2000): Fault {
  return pathFault('latency', at, length, { gateway, delay: timeOf(delay) }, { latency: delay });
}

/** The computer of a broker answers every connection with RST; its connections break. */
export function connectionRefused(at: number, length: number, broker = 0): Fault {
  return serverFault('refused', at, length, broker, 'refuses');
}

/** The computer of a broker answers nothing to those who connect anew; its connections break. */
export function serverSilent(at: number, length: number, broker = 0): Fault {
  return serverFault('noanswer', at, length, broker, 'silent');
}

function serverFault(kind: string, at: number, length: number, broker: number, state: 'refuses' | 'silent'): Fault {
  return lastingFault(kind, at, length, { broker }, (simulation) => {
    const place = simulation.brokers[broker]!;
    const cures = place.servers.map((server) => override(server, { state }));
    place.model.disconnect();
    place.touch();
    return () => {
      for (const cure of cures) cure();
    };
  });
}

function pathFault(
  kind: string,
  at: number,
  length: number,
  detail: { readonly gateway: number; readonly [name: string]: number | string },
  change: Partial<Path>,
): Fault {
  return lastingFault(kind, at, length, detail, (simulation) => changePath(simulation, detail.gateway, change));
}

function changePath(simulation: Simulation, gateway: number, change: Partial<Path>): () => void {
  const device = simulation.devices[gateway]!;
  const cure = override(device.path, change);
  device.changePath({});
  return () => {
    cure();
    device.changePath({});
  };
}
