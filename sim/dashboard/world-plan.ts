import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWorld, simulationOfWorld } from '../read-world.js';
import type { Fault, FileWorldOptions, SimulatedWorld, Tap } from '../virtual/index.js';
import { defaultWorld } from '../world/default-world.js';
import type { WorldFile } from '../world/world-file.js';

/** A world to show, without an end. */
export interface WorldPlan {
  /** For people. */
  readonly title: string;
  readonly world: SimulatedWorld;
  readonly faults: readonly Fault[];
  readonly seed: number;
  readonly taps?: readonly Tap[];
}

/**
 * `file` as a plan; `fileName` for messages. An ESP32 has a serial console, so that somebody can type there. Throws
 * `BadInput`.
 */
export function planOfFile(file: WorldFile, fileName: string, seed: number, options: FileWorldOptions = {}): WorldPlan {
  const { world, faults } = simulationOfWorld(file, fileName, seed, undefined, options);
  return { title: file.name, world: withConsoles(world), faults, seed };
}

/** Gives each gateway a serial console that can have one, and of which nothing else is said. */
export function withConsoles(world: SimulatedWorld): SimulatedWorld {
  const gateways = world.gateways.map((gateway) =>
    gateway.board === 'esp32' ? { ...gateway, settings: { serialConsole: true, ...gateway.settings } } : gateway,
  );
  return { ...world, gateways };
}

/** The names that `planOfName` takes: the built-in world first, then those of sim/worlds, as far as they are there. */
export function worldNames(): string[] {
  const folder = worldsFolder();
  const names = folder === undefined ? [] : readdirSync(folder);
  const others = names.filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'));
  return [...new Set([defaultWorld.name, ...others.map((name) => name.slice(0, -'.json'.length)).sort()])];
}

/** The world with one of these names. Throws `BadInput` when its file is wrong. */
export function planOfName(name: string, seed: number, options?: FileWorldOptions): WorldPlan {
  if (name === defaultWorld.name) return planOfFile(defaultWorld, name, seed, options);
  const path = join(worldsFolder()!, name + '.json');
  return planOfFile(readWorld(path), path, seed, options);
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
