import { readWorld, simulationOfWorld } from '../../sim/read-world.js';
import { defaultRules, faultText, randomFaults, randomWorld, run } from '../../sim/virtual/index.js';
import type { BoardName, BrokenRule, Fault, Figures, Rule, SimulatedWorld, Trace } from '../../sim/virtual/index.js';
import { Chance } from '../../sim/virtual/random.js';

/** What is the same for all seeds of a campaign; plain data, which goes to other processes. */
export interface SearchOptions {
  /** Virtual hours of each seed. */
  hours: number;
  /** Tags of each random world. */
  tags: number;
  board: BoardName;
  /** False: nothing goes wrong. */
  faults: boolean;
  /** On average. */
  faultsPerHour: number;
  /** Runs that may be spent on the shrinking of a failure; 0: none. */
  shrinkRuns: number;
  /** Path of a world file instead of random worlds; `tags` and `board` do not count then. */
  world?: string;
}

/** What became of a seed; plain data. */
export interface SeedResult {
  seed: number;
  hash: string;
  figures: Figures;
  /** Faults by kind. */
  kinds: Record<string, number>;
  broken: readonly BrokenRule[];
  /** Of a failure: the faults that are left, by their places in the list of the seed, and in words. */
  shrunk?: { only: number[]; faults: string[]; runs: number };
  /** Real time, shrinking included. */
  seconds: number;
}

/** What runs with a seed: the same for the same seed and options. Throws `BadInput` for a world file that is wrong. */
export interface SeedWorld {
  world: SimulatedWorld;
  /** Those of the world file come first, then `faultsPerHour` random ones. */
  faults: Fault[];
  /** Of the world file, for one run. */
  expectations: Rule[];
}

/** What runs with `seed`. */
export function seedWorld(seed: number, options: SearchOptions): SeedWorld {
  const { tags, board, hours, faultsPerHour, world: path } = options;
  const file = path === undefined ? undefined : simulationOfWorld(readWorld(path), path, seed, hours);
  const world = file?.world ?? randomWorld(seed, { tags, board });
  const random = randomFaults(new Chance(seed).stream('faults'), world, hours, faultsPerHour);
  const faults = options.faults ? [...(file?.faults ?? []), ...random] : [];
  return { world, faults, expectations: file ? [file.expectations] : [] };
}

/** Runs `seed` with those of its faults whose places are in `only`, or with all, and does not shrink. */
export async function runSeed(
  seed: number,
  options: SearchOptions,
  only?: readonly number[],
  trace?: Trace,
): Promise<SeedResult> {
  const started = performance.now();
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
  return { seed, hash, figures, kinds, broken, seconds: (performance.now() - started) / 1000 };
}

/** Runs `seed`, and when a rule breaks, looks for fewer of its faults with which the same rule breaks. */
export async function searchSeed(seed: number, options: SearchOptions): Promise<SeedResult> {
  const started = performance.now();
  const result = await runSeed(seed, options);
  const first = result.broken[0];
  if (!first || options.shrinkRuns === 0) return result;
  const all = seedWorld(seed, options).faults;
  const breaks = async (only: readonly number[]): Promise<boolean> =>
    (await runSeed(seed, options, only)).broken.some(({ rule }) => rule === first.rule);
  const { kept, runs } = await shrink([...all.keys()], breaks, options.shrinkRuns);
  result.shrunk = { only: kept, faults: kept.map((place) => faultText(all[place]!)), runs };
  result.seconds = (performance.now() - started) / 1000;
  return result;
}

/**
 * Takes items out of `items` while `breaks` still holds for what is left: all of them, then halves, quarters and so on,
 * then one by one until none can go. Calls `breaks` at most `maxRuns` times.
 */
export async function shrink<Item>(
  items: readonly Item[],
  breaks: (items: readonly Item[]) => Promise<boolean>,
  maxRuns: number,
): Promise<{ kept: Item[]; runs: number }> {
  let kept = [...items];
  let runs = 0;
  for (let length = kept.length; length > 0 && runs < maxRuns;) {
    let removed = false;
    for (let from = 0; from < kept.length && runs < maxRuns;) {
      const rest = [...kept.slice(0, from), ...kept.slice(from + length)];
      runs++;
      if (await breaks(rest)) {
        kept = rest;
        removed = true;
      } else from += length;
    }
    if (length > 1) length = Math.min(Math.ceil(length / 2), kept.length);
    else if (!removed) break;
  }
  return { kept, runs };
}
