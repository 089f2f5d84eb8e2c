import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { TOP } from '../support/folders.js';
import { partManifests } from './part-manifests.js';

/** Writes the manifests of the parts that a project includes without a board. */
async function main(): Promise<void> {
  for (const [path, manifest] of partManifests()) {
    const text = JSON.stringify(manifest, undefined, 2);
    writeFileSync(join(TOP, path), await format(text, { parser: 'json', printWidth: 120 }));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
