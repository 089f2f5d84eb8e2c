import type { Simulation } from '../simulation.js';

/**
 * Something that goes wrong in a world: from `at` on, for `for` milliseconds, or at one moment when there is no `for`.
 *
 * A fault is plain data with two functions. `install` switches a model (the path of a device, a server, a broker, a
 * memory) or wraps a part of `src/hal`, and `heal` takes that back. Both use nothing but what `simulation` offers, and
 * draw chance from `simulation.chance.stream(...)` with a name of their own, so that nothing else is shifted.
 */
export interface Fault {
  /** What it is, for people and for the command line: `reset`, `powercut`. */
  readonly kind: string;
  /** Milliseconds of the world. */
  readonly at: number;
  /** Milliseconds; absent: a moment. */
  readonly for?: number;
  /** What it works on and how much, for people: ` of gateway-1`. */
  readonly detail?: string;

  install(simulation: Simulation): void;
  heal?(simulation: Simulation): void;
}

/** One line for people, such as `halfopen@10s+30s`. */
export function faultText(fault: Fault): string {
  const length = fault.for === undefined ? '' : '+' + fault.for / 1000 + 's';
  return fault.kind + '@' + fault.at / 1000 + 's' + length + (fault.detail ?? '');
}
