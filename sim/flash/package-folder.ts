import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of this package, which holds `manifest.json`: above `dist`, above `build`, or above the sources. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const path = join(folder, 'package.json');
    if (existsSync(path) && (JSON.parse(readFileSync(path, 'utf8')) as { name?: string }).name === 'tagwire')
      return folder;
    const above = dirname(folder);
    if (above === folder) throw new Error('the folder of the package tagwire was not found');
    folder = above;
  }
}
