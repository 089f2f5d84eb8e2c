import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the firmware may be: seen from a bundle in `dist` or `dist/shared`, from `build/sim/xs`, from the source. */
const places = [
  './xsnap-firmware.js',
  '../xsnap-firmware.js',
  '../../boards/xsnap/main.js',
  '../../build/boards/xsnap/main.js',
];

/** The path of the module that the engine runs: `boards/xsnap`, compiled. Throws when the package is not built. */
export function findXsFirmware(): string {
  const path = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (path === undefined) throw new Error('the firmware for the XS engine is not built: run npm run build');
  return path;
}
