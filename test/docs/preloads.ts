import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { moduleLists } from './preload-lists.js';

/*
 * Writes into the manifests which modules are preloaded, and which a board leaves out. mcconfig matches a pattern with
 * a star only with JavaScript, so each module of TypeScript has to be named; one that is not preloaded is not in ROM,
 * and takes the memory of the chip.
 */
const top = fileURLToPath(new URL('../../..', import.meta.url));
for (const [path, { preload, unused }] of moduleLists()) {
  const manifest = JSON.parse(readFileSync(join(top, path), 'utf8')) as {
    modules: { '~': string[] };
    preload: string[];
  };
  const others = manifest.modules['~'].filter((name) => name.endsWith('tsconfig') || name.startsWith('$'));
  manifest.modules['~'] = [...others, ...unused];
  manifest.preload = preload;
  const text = JSON.stringify(manifest, undefined, 2);
  writeFileSync(join(top, path), await format(text, { parser: 'json', printWidth: 120 }));
}
