import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of this project: this file runs as a test from there, and as a script from `build`. */
export const TOP = fileURLToPath(new URL('../..', import.meta.url)).replace(/build\/$/, '');

/** The folders of `src`, each a project of its own. */
export const SRC_FOLDERS = foldersOf('src');

function foldersOf(path: string): string[] {
  return readdirSync(join(TOP, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
