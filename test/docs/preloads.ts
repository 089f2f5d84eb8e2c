import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { moduleLists } from './preload-lists.js';

/*
 * Writes into the manifests which modules are preloaded, and which a board leaves out. mcconfig matches a pattern with
 * a star only with JavaScript, so each module of TypeScript has to be named; one that is not preloaded is not in ROM,
 * and takes the memory of the chip. For a folder of src also a pattern for each folder in it.
 */
const top = fileURLToPath(new URL('../../..', import.meta.url));
for (const [path, { preload, unused }] of moduleLists()) {
  const manifest = JSON.parse(readFileSync(join(top, path), 'utf8')) as {
    modules: { [name: string]: string | string[]; '~': string[] };
    preload: string[];
  };
  const others = manifest.modules['~'].filter((name) => name.endsWith('tsconfig') || name.startsWith('$'));
  manifest.modules = { ...patterns(path, manifest.modules), '~': [...others, ...unused] };
  manifest.preload = preload;
  const text = JSON.stringify(manifest, undefined, 2);
  writeFileSync(join(top, path), await format(text, { parser: 'json', printWidth: 120 }));
}

/** The patterns of a manifest: those of src name every folder that has modules, the others stay as they are. */
function patterns(path: string, modules: { [name: string]: string | string[] }): { [name: string]: string | string[] } {
  if (!path.startsWith('src/')) return modules;
  const layer = dirname(path);
  const files = readdirSync(join(top, layer), { recursive: true, encoding: 'utf8' });
  const folders = [...new Set(files.filter((file) => file.endsWith('.ts')).map((file) => dirname(file)))].sort();
  return Object.fromEntries(
    folders.map((folder) =>
      folder === '.' ? [`tagwire/${layer}/*`, './*'] : [`tagwire/${layer}/${folder}/*`, `./${folder}/*`],
    ),
  );
}
