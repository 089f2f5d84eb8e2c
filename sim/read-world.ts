import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadInput, readInputFile, showValue } from './bad-input.js';
import { expectationsOfFile, faultsOfFile, hoursOfFile, parseFaults, worldFromFile } from './virtual/index.js';
import type { Fault, FileWorldOptions, Rule, SimulatedWorld } from './virtual/index.js';
import { defaultWorld } from './world/default-world.js';
import { parseWorld } from './world/parse-world.js';
import type { WorldFile } from './world/world-file.js';

const LONGEST_WORLD_FILE = 16 * 1024 * 1024;

/**
 * Reads and checks a world: the file at the path `world`, or else the one of `worldNames` that is called so. Throws
 * `BadInput`.
 */
export function readWorld(world: string): WorldFile {
  const path = existsSync(world) ? world : pathOfName(world);
  return parseWorld(new TextDecoder().decode(readInputFile(path, 'world file', LONGEST_WORLD_FILE)), path);
}

/** The names of the worlds that come with this: the built-in one first, then those of sim/worlds if they are there. */
export function worldNames(): string[] {
  const folder = worldsFolder();
  const names = folder === undefined ? [] : readdirSync(folder);
  const others = names.filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'));
  return [...new Set([defaultWorld.name, ...others.map((name) => name.slice(0, -'.json'.length)).sort()])];
}

function pathOfName(name: string): string {
  const folder = worldsFolder();
  const path = folder === undefined ? name : join(folder, `${name}.json`);
  // What looks like a path was meant as one, and its own error says more.
  if (/[./\\]/.test(name)) return name;
  if (existsSync(path)) return path;
  throw new BadInput(`world ${showValue(name)} must be a file, or one of ${worldNames().join(', ')}`);
}

/** sim/worlds, which lies beside the bundle in the package and in the sources; undefined where it is missing. */
function worldsFolder(): string | undefined {
  let above = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const folder = join(above, 'sim', 'worlds');
    if (existsSync(join(folder, 'world.schema.json'))) return folder;
    const next = dirname(above);
    if (next === above) return undefined;
    above = next;
  }
}

/** What a world file holds, for `run`. */
export interface FileSimulation {
  world: SimulatedWorld;
  hours: number;
  faults: Fault[];
  /** Its expectations, for one run. */
  expectations: Rule;
}

/** `file` for a run of `hours`, or of as many as it says. Throws `BadInput` for a fault that there is not. */
export function simulationOfWorld(
  file: WorldFile,
  fileName: string,
  seed: number,
  hours = hoursOfFile(file),
  options: FileWorldOptions = {},
): FileSimulation {
  const world = worldFromFile(file, options);
  try {
    const faults = parseFaults(faultsOfFile(file, seed, hours), world);
    return { world, hours, faults, expectations: expectationsOfFile(file) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadInput(`${showValue(fileName)}: faults: ${error.message}`);
  }
}
