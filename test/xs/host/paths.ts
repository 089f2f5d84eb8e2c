import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this project: this file runs as a test from there, and as a bench from `build`. */
export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The package with XS in it. */
export const PACKAGE = join(ROOT, 'node_modules', '@agoric', 'xsnap');

/** What its installation compiled. */
export const OBJECTS = join(PACKAGE, 'xsnap-native/xsnap/build/tmp/lin/release/xsnap-worker/xsAll.o');

/** Where the programs for XS are, compiled. */
export const PROGRAMS = join(ROOT, 'build', 'test', 'xs', 'programs');

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}
