import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadInput } from '../bad-input.js';

/** The package with the engine, which is no dependency of ours, and its version that is tested here. */
export const XSNAP = '@agoric/xsnap';
export const XSNAP_VERSION = '0.15.0';
/** The folders of its makefiles, by Node's name of the platform. */
const PLATFORMS: { readonly [platform: string]: string } = { linux: 'lin', darwin: 'mac' };

/**
 * The path of xsnap-worker, which runs XS, in the package @agoric/xsnap as it is seen from the module `from` (a file:
 * URL or a path). Throws `BadInput` that says what to do when it is not installed or was not built.
 */
export function findXsWorker(from: string = import.meta.url): string {
  const folder = PLATFORMS[process.platform];
  if (folder === undefined) throw new BadInput(`engine xs runs on Linux and macOS, not on ${process.platform}`);
  let manifest: string;
  try {
    manifest = createRequire(from).resolve(`${XSNAP}/package.json`);
  } catch {
    throw new BadInput(
      `engine xs needs the package ${XSNAP}, which is not installed: with a C compiler and make on PATH, ` +
        `run npm install ${XSNAP}@${XSNAP_VERSION}`,
    );
  }
  const path = join(dirname(manifest), 'xsnap-native/xsnap/build/bin', folder, 'release/xsnap-worker');
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new BadInput(
      `engine xs needs the package ${XSNAP}, which is installed but was not built: with a C compiler and make on ` +
        `PATH, run npm run engine in a checkout of Tagwire, elsewhere npm rebuild ${XSNAP} (where npm holds install ` +
        `scripts back, npm approve-scripts ${XSNAP} first)`,
    );
  }
  return path;
}

/** The path of the module that the engine runs: `boards/xsnap`, compiled. Throws when the package is not built. */
export function findXsFirmware(): string {
  return findModule('xsnap-firmware.js', 'boards/xsnap/main.js');
}

/** The path of the module that replays a recording in the engine. Throws when the package is not built. */
export function findXsReplay(): string {
  return findModule('xsnap-replay.js', 'sim/virtual/recording/xs-program.js');
}

/** The path of the module that runs a device of a world in lockstep. Throws when the package is not built. */
export function findLockstepProgram(): string {
  return findModule('xs-lockstep.js', 'sim/virtual/recording/lockstep-program.js');
}

/** What `npm run engine` writes beside the worker, below the folder of the project: it runs test/xs/host/host.c. */
export const XS_HOST = 'build/xs/host';

/**
 * The path of the program that runs XS for 32 bits, with slots and chunks of the size that chips have, as it is seen
 * from the module `from` (a file: URL). Throws `BadInput` that says what to do when it was not built.
 */
export function findXsHost(from: string = import.meta.url): string {
  const places = [`../${XS_HOST}`, `../../${XS_HOST}`, `../../../${XS_HOST}`];
  const path = places.map((place) => fileURLToPath(new URL(place, from))).find(existsSync);
  if (path !== undefined) return path;
  throw new BadInput(
    'engine xs on a page needs XS for 32 bits, which is not compiled: on Linux with make and a gcc that takes -m32 ' +
      '(Debian: apt-get install build-essential gcc-multilib), run npm run engine in a checkout of Tagwire; or run ' +
      'one gateway without a page, --no-page',
  );
}

/** Seen from a bundle in `dist` or `dist/shared`, from `build/sim/xs`, from the source. */
function findModule(bundled: string, compiled: string): string {
  const places = [`./${bundled}`, `../${bundled}`, `../../${compiled}`, `../../build/${compiled}`];
  const path = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (path === undefined) throw new Error('the program for the XS engine is not built: run npm run build');
  return path;
}
