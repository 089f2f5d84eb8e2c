import { readInputFile } from './bad-input.js';
import { parseWorld } from './world/parse-world.js';
import type { WorldFile } from './world/world-file.js';

const LONGEST_WORLD_FILE = 16 * 1024 * 1024;

/** Reads and checks the world file at `path`. Throws `BadInput`. */
export function readWorld(path: string): WorldFile {
  return parseWorld(new TextDecoder().decode(readInputFile(path, 'world file', LONGEST_WORLD_FILE)), path);
}
