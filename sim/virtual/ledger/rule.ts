import type { Simulation } from '../simulation.js';

/**
 * Something that always holds. `watch` is called once, before the first event: there a rule takes its place among the
 * observers of the simulation. `finish` is called once, behind the last event. A rule that does not hold calls
 * `simulation.ledger.break(name, time, detail)`.
 */
export interface Rule {
  readonly name: string;
  watch?(simulation: Simulation): void;
  finish?(simulation: Simulation): void;
}
