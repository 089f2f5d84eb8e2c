import {
  defaultRules,
  expectationsOfFile,
  faultsOfFile,
  faultText,
  parseFaults,
  randomFaults,
  randomVisits,
  randomWorld,
  run,
  visitText,
  worldFromFile,
} from '../../sim/virtual/index.js';
import type {
  BoardName,
  BrokenRule,
  Fault,
  Figures,
  Rule,
  SimulatedWorld,
  Trace,
  Visit,
} from '../../sim/virtual/index.js';
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
  /** Of people and programs, on average, in random worlds. Default 4. */
  visitsPerHour?: number;
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
  /** What people do beside what the world says. */
  visits: Visit[];
  /** Of the world file, for one run. */
  expectations: Rule[];
}

/** Hours at the end in which nothing goes wrong, so that the rules of a quarter of an hour can judge. */
const QUIET = 0.3;

/** What runs with `seed`. Throws a RangeError when the world file has a fault that there is not. */
export function seedWorld(seed: number, options: SeedOptions): SeedWorld {
  const { tags, board, hours, faultsPerHour, file, visitsPerHour = file ? 0 : 4 } = options;
  const world = file
    ? worldFromFile(file)
    : randomWorld(seed, { tags, board, remote: visitsPerHour > 0, varied: true });
  const disturbed = Math.max(hours - QUIET, hours / 2);
  const visits = randomVisits(new Chance(seed).stream('visits'), world, hours, visitsPerHour);
  const random = randomFaults(new Chance(seed).stream('faults'), world, disturbed, faultsPerHour);
  const own = file ? parseFaults(faultsOfFile(file, seed, hours), world) : [];
  const faults = options.faults ? [...own, ...random] : [];
  return { world, faults, visits, expectations: file ? [expectationsOfFile(file)] : [] };
}

/** The faults and visits of a seed in words; their places are what `only` names. */
export function seedTexts(seed: number, options: SeedOptions): string[] {
  const { faults, visits } = seedWorld(seed, options);
  return [...faults.map(faultText), ...visits.map(visitText)];
}

/** Runs `seed` with those of its faults, and behind them visits, whose places are in `only`, or with all. */
export async function runSeed(
  seed: number,
  options: SeedOptions,
  only?: readonly number[],
  trace?: Trace,
): Promise<SeedOutcome> {
  const { world: empty, faults: all, visits, expectations } = seedWorld(seed, options);
  const faults = only ? all.filter((_, place) => only.includes(place)) : all;
  const world = withVisits(empty, only ? visits.filter((_, place) => only.includes(all.length + place)) : visits);
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

function withVisits(world: SimulatedWorld, visits: readonly Visit[]): SimulatedWorld {
  if (visits.length === 0) return world;
  const gateways = world.gateways.map((gateway, index) => {
    const more = visits.filter((visit) => visit.gateway === index).flatMap(({ actions }) => actions);
    return { ...gateway, people: [...(gateway.people ?? []), ...more] };
  });
  return { ...world, gateways };
}
