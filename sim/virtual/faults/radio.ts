import type { Advertisement } from '../../../src/hal/index.js';
import { timeOf } from '../../world/duration.js';
import type { SeededRandom } from '../../world/random.js';
import { drawAddress, writeMalformed, writeStranger } from '../radio/strange-advertisements.js';
import { integerOf } from '../random.js';
import type { Simulation } from '../simulation.js';
import type { Fault, FaultDetail } from './fault.js';
import { lastingFault, override } from './fault.js';

/** The Bluetooth radio of a device hears nothing. */
export function radioSilent(at: number, length: number, gateway = 0): Fault {
  return lastingFault('radiosilent', at, length, { gateway }, (simulation) =>
    override(simulation.devices[gateway]!.receiver, { deaf: true }),
  );
}

/** A tag sends nothing: it is away, or its battery is out. */
export function tagSilent(at: number, length: number, tag = 0): Fault {
  return lastingFault('tagsilent', at, length, { tag }, (simulation) =>
    override(simulation.air.tags[tag]!, { silent: true }),
  );
}

/** A share of all advertisements collides, beside those of the world. */
export function interference(at: number, length: number, percent = 60): Fault {
  return lastingFault('interference', at, length, { percent }, (simulation) =>
    override(simulation.air, { interference: percent / 100 }),
  );
}

/** So many advertisements a second of strangers come, each with an address and a name of its own, to every receiver. */
export function advertisementStorm(at: number, length: number, rate = 100): Fault {
  return injection('storm', at, length, rate, writeStranger);
}

/**
 * So many malformed advertisements a second come to every receiver: structures that are longer than what follows, that
 * end early, or that have any content behind the beginning of a known format.
 */
export function malformedAdvertisements(at: number, length: number, rate = 20): Fault {
  return injection('malformed', at, length, rate, writeMalformed);
}

/** A tag that changes its address each `every` milliseconds, as one with resolvable private addresses does. */
export function rotatingAddress(at: number, length: number, tag = 0, every = 900_000): Fault {
  return lastingFault('rotate', at, length, { tag, every: timeOf(every) }, (simulation) => {
    const { address } = simulation.air.tags[tag]!.transmitter;
    const before = ADDRESSES.get(address) ?? address.slice();
    ADDRESSES.set(address, before);
    const random = simulation.chance.stream('fault rotate ' + tag);
    let over = false;
    const turn = (): void => {
      if (over) return;
      drawAddress(random, address);
      simulation.scheduler.after(every, turn);
    };
    turn();
    return () => {
      over = true;
      address.set(before);
    };
  });
}

/** The addresses of tags as they were before the first fault, since faults may overlap. */
const ADDRESSES = new WeakMap<Uint8Array, Uint8Array>();

function injection(
  kind: string,
  at: number,
  length: number,
  rate: number,
  write: (random: SeededRandom, bytes: Uint8Array) => number,
): Fault {
  const detail: FaultDetail = { rate };
  return lastingFault(kind, at, length, detail, (simulation: Simulation) => {
    const random = simulation.chance.stream('fault ' + kind + ' ' + at);
    const advertisement: Advertisement = {
      address: new Uint8Array(6),
      addressType: 1,
      rssi: 0,
      bytes: new Uint8Array(31),
      from: 0,
      to: 0,
    };
    let over = false;
    const send = (): void => {
      if (over) return;
      drawAddress(random, advertisement.address);
      advertisement.rssi = -integerOf(random, 40, 95);
      advertisement.to = write(random, advertisement.bytes);
      simulation.air.inject(advertisement);
      simulation.scheduler.after((2000 / rate) * random.unit(), send);
    };
    send();
    return () => {
      over = true;
    };
  });
}
