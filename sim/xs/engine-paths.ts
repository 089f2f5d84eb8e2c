import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadInput } from '../bad-input.js';

const PACKAGE = '@agoric/xsnap';
/** The folders of its makefiles, by Node's name of the platform. */
const PLATFORMS: { readonly [platform: string]: string } = { linux: 'lin', darwin: 'mac' };

/** Where the firmware may be: seen from a bundle in `dist` or `dist/shared`, from `build/sim/xs`, from the source. */
const places = [
  './xsnap-firmware.js',
  '../xsnap-firmware.js',
  '../../boards/xsnap/main.js',
  '../../build/boards/xsnap/main.js',
];

/**
 * The path of xsnap-worker, which runs XS, in the optional package @agoric/xsnap as it is seen from the module `from`
 * (a file: URL or a path). Throws `BadInput` that says what to do when it is not installed or was not built.
 */
export function findXsWorker(from: string = import.meta.url): string {
  const folder = PLATFORMS[process.platform];
  if (folder === undefined)
    throw new BadInput(`engine xs does not run on ${process.platform}; allowed: Linux and macOS`);
  let manifest: string;
  try {
    manifest = createRequire(from).resolve(`${PACKAGE}/package.json`);
  } catch {
    throw new BadInput(
      `engine xs needs the optional package ${PACKAGE}, which is not installed: ` +
        `with a C compiler and make at hand, run npm install ${PACKAGE}`,
    );
  }
  const path = join(dirname(manifest), 'xsnap-native/xsnap/build/bin', folder, 'release/xsnap-worker');
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new BadInput(
      `engine xs needs the optional package ${PACKAGE}, which is installed and was not built: ` +
        `with a C compiler and make at hand, run npm rebuild ${PACKAGE}`,
    );
  }
  return path;
}

/** The path of the module that the engine runs: `boards/xsnap`, compiled. Throws when the package is not built. */
export function findXsFirmware(): string {
  const path = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (path === undefined) throw new Error('the firmware for the XS engine is not built: run npm run build');
  return path;
}
