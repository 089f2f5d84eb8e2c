import {
  defaultRules,
  expectationsOfFile,
  faultsOfFile,
  parseFaults,
  randomFaults,
  randomWorld,
  run,
  worldFromFile,
} from '../../sim/virtual/index.js';
import type { BoardName, BrokenRule, Fault, Figures, Rule, SimulatedWorld, Trace } from '../../sim/virtual/index.js';
import { Chance } from '../../sim/virtual/random.js';
import type { WorldFile } from '../../sim/world/world-file.js';

/*
 * What a seed of a campaign is, and its run. Nothing here is of Node, so that XS runs the same code: xs-engine.ts
 * bundles this file.
 */

/** What is the same for all seeds of a campaign; plain data, which goes to other processes and engines. */
export interface SeedOptions {
  /** Virtual hours of each seed. */
  hours: number;
  /** Tags of each random world. */
  tags: number;
  board: BoardName;
  /** False: nothing goes wrong. */
  faults: boolean;
  /** On average. */
  faultsPerHour: number;
  /** A world file, read, instead of random worlds; `tags` and `board` do not count then. */
  file?: WorldFile;
}

/** What a run came to; plain data. */
export interface SeedOutcome {
  seed: number;
  hash: string;
  figures: Figures;
  /** Faults by kind. */
  kinds: Record<string, number>;
  broken: readonly BrokenRule[];
}

/** What runs with a seed: the same for the same seed and options. */
export interface SeedWorld {
  world: SimulatedWorld;
  /** Those of the world file come first, then `faultsPerHour` random ones. */
  faults: Fault[];
  /** Of the world file, for one run. */
  expectations: Rule[];
}

/** What runs with `seed`. Throws a RangeError when the world file has a fault that there is not. */
export function seedWorld(seed: number, options: SeedOptions): SeedWorld {
  const { tags, board, hours, faultsPerHour, file } = options;
  const world = file ? worldFromFile(file) : randomWorld(seed, { tags, board });
  const random = randomFaults(new Chance(seed).stream('faults'), world, hours, faultsPerHour);
  const own = file ? parseFaults(faultsOfFile(file, seed, hours), world) : [];
  const faults = options.faults ? [...own, ...random] : [];
  return { world, faults, expectations: file ? [expectationsOfFile(file)] : [] };
}

/** Runs `seed` with those of its faults whose places are in `only`, or with all. */
export async function runSeed(
  seed: number,
  options: SeedOptions,
  only?: readonly number[],
  trace?: Trace,
): Promise<SeedOutcome> {
  const { world, faults: all, expectations } = seedWorld(seed, options);
  const faults = only ? all.filter((_, place) => only.includes(place)) : all;
  const { hours } = options;
  const { hash, figures, broken } = await run(world, faults, seed, {
    hours,
    rules: [...defaultRules(), ...expectations],
    ...(trace && { trace }),
  });
  const kinds: Record<string, number> = {};
  for (const { kind } of faults) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return { seed, hash, figures, kinds, broken };
}
