import { BadInput, readInputFile, showValue } from './bad-input.js';
import { expectationsOfFile, faultsOfFile, hoursOfFile, parseFaults, worldFromFile } from './virtual/index.js';
import type { Fault, FileWorldOptions, Rule, SimulatedWorld } from './virtual/index.js';
import { parseWorld } from './world/parse-world.js';
import type { WorldFile } from './world/world-file.js';

const LONGEST_WORLD_FILE = 16 * 1024 * 1024;

/** Reads and checks the world file at `path`. Throws `BadInput`. */
export function readWorld(path: string): WorldFile {
  return parseWorld(new TextDecoder().decode(readInputFile(path, 'world file', LONGEST_WORLD_FILE)), path);
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
