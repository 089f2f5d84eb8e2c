import { timeOf } from '../../world/duration.js';
import type { Simulation } from '../simulation.js';

/**
 * Something that goes wrong in a world: from `at` on, for `for` milliseconds, or at one moment when there is no `for`.
 *
 * A fault is plain data with two functions. `install` switches a model (the path of a device, a server, a broker, a
 * memory) or wraps a part of `src/hal`, and `heal` takes that back. Both use nothing but what `simulation` offers, and
 * draw chance from `simulation.chance.stream(...)` with a name of their own, so that nothing else is shifted. What they
 * remember belongs to the simulation and not to the fault, which is used in more than one run.
 */
export interface Fault {
  /** What it is, for people and for the command line: `reset`, `powercut`. */
  readonly kind: string;
  /** Milliseconds of the world. */
  readonly at: number;
  /** Milliseconds; absent: a moment. */
  readonly for?: number;
  /** What it works on and how much, as the command line takes it: ` gateway=1 off=5s`. */
  readonly detail?: string;

  install(simulation: Simulation): void;
  heal?(simulation: Simulation): void;
}

/** The parameters of a fault as its text has them, by name: numbers, words, and times as `timeOf` writes them. */
export interface FaultDetail {
  readonly [name: string]: number | string;
}

/** A fault at one moment. What it does lasts, or heals by itself. */
export function momentFault(
  kind: string,
  at: number,
  detail: FaultDetail,
  install: (simulation: Simulation) => void,
): Fault {
  return { kind, at, detail: detailText(detail), install };
}

/** A fault that lasts for `length` milliseconds. `install` returns what takes it back. */
export function lastingFault(
  kind: string,
  at: number,
  length: number,
  detail: FaultDetail,
  install: (simulation: Simulation) => () => void,
): Fault {
  const cures = new WeakMap<Simulation, () => void>();
  return {
    kind,
    at,
    for: length,
    detail: detailText(detail),
    install: (simulation) => void cures.set(simulation, install(simulation)),
    heal: (simulation) => {
      cures.get(simulation)?.();
      cures.delete(simulation);
    },
  };
}

/** Values that faults gave to the fields of an object: of each field the one from before, and those that still hold. */
type Layers = Map<PropertyKey, { readonly before: unknown; readonly changes: { readonly value: unknown }[] }>;
const layersOf = new WeakMap<object, Layers>();

/**
 * Gives fields of `target` other values until the function that it returns is called. Faults may overlap: the latest of
 * those that last counts, and after all of them each field is as it was before the first.
 */
export function override<T extends object>(target: T, values: Partial<T>): () => void {
  const layers: Layers = layersOf.get(target) ?? new Map<PropertyKey, never>();
  layersOf.set(target, layers);
  const fields = Object.keys(values) as (keyof T)[];
  const added = fields.map((field) => {
    const layer = layers.get(field) ?? { before: target[field], changes: [] };
    layers.set(field, layer);
    const change = { value: values[field] };
    layer.changes.push(change);
    target[field] = values[field]!;
    return { field, layer, change };
  });
  return () => {
    for (const { field, layer, change } of added) {
      const { changes, before } = layer;
      const place = changes.indexOf(change);
      if (place < 0) continue;
      changes.splice(place, 1);
      target[field] = (changes.length > 0 ? changes[changes.length - 1]!.value : before) as T[keyof T];
      if (changes.length === 0) layers.delete(field);
    }
  };
}

function detailText(detail: FaultDetail): string {
  let text = '';
  for (const name of Object.keys(detail)) text += ' ' + name + '=' + detail[name];
  return text;
}

/**
 * One line for people and for the command line, such as `slow@10s+30s gateway=0 bytes=1`; see `parseFaults`. One that
 * lasts until somebody heals it has no length.
 */
export function faultText(fault: Fault): string {
  const length = fault.for === undefined || fault.for === Infinity ? '' : '+' + timeOf(fault.for);
  return fault.kind + '@' + timeOf(fault.at) + length + (fault.detail ?? '');
}
