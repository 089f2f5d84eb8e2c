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

/** The world with one of `worldNames`. Throws `BadInput` when its file is wrong. */
export function planOfName(name: string, seed: number, options?: FileWorldOptions): WorldPlan {
  if (name === defaultWorld.name) return planOfFile(defaultWorld, name, seed, options);
  return planOfFile(readWorld(name), name, seed, options);
}
