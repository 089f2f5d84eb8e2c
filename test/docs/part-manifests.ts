import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SRC_FOLDERS, TOP } from '../support/folders.js';

/** What a manifest of the SDK says, as far as ours say it. */
export interface Manifest {
  build: { [name: string]: string };
  include?: string[];
  modules?: { [name: string]: string | string[] };
  preload: string[];
}

/** Folders of which a project can take the core alone. */
const WITH_CORE = ['mqtt', 'tags'];
/** The default of `BUNDLE`: minified. mcconfig does not tell a manifest that it builds for the debugger. */
const BUILD = { 'TAGWIRE_BUNDLE ?=': 'release' };

/** The manifests of the parts, by their paths: each includes what its folder may import, and brings its own modules. */
export function partManifests(): Map<string, Manifest> {
  const manifests = new Map<string, Manifest>();
  for (const folder of SRC_FOLDERS) {
    const others = mayImport(folder).map((other) => `../${other}/manifest.json`);
    const hasCore = WITH_CORE.includes(folder);
    const include = [...(hasCore ? ['./manifest_core.json'] : []), ...others];
    manifests.set(`src/${folder}/manifest.json`, part(folder, include));
    if (hasCore) manifests.set(`src/${folder}/manifest_core.json`, part(`${folder}/core`, []));
  }
  manifests.set('boards/moddable/manifest.json', part('moddable', ['../../src/hal/manifest.json']));
  const sockets = ['$(MODDABLE)/modules/io/manifest.json'];
  const parts = ['../../src/connection/manifest.json', '../moddable/manifest.json'];
  manifests.set('boards/ecma419/manifest.json', part('ecma419', [...sockets, ...parts]));
  return manifests;
}

/** What the table of src/README.md lets a folder import. */
function mayImport(folder: string): string[] {
  const text = readFileSync(join(TOP, 'src/README.md'), 'utf8');
  const cell = new RegExp(`^\\| \`src/${folder}\` \\|.*\\| ([^|]+) \\|$`, 'm').exec(text)![1]!.trim();
  return cell === 'nothing' ? [] : cell.split(', ');
}

function part(name: string, include: string[]): Manifest {
  return {
    build: BUILD,
    ...(include.length > 0 && { include }),
    modules: { [`tagwire/${name}/*`]: `../../dist/moddable/$(TAGWIRE_BUNDLE)/parts/${name}/*` },
    preload: [`tagwire/${name}/*`],
  };
}
