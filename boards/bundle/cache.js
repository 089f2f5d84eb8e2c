import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/* What takes seconds to make is kept below node_modules/.cache, by all of which it is made; so is the code here. */

const FOLDER = 'node_modules/.cache/tagwire-moddable';

/** The text that `make` makes of a source. */
export function cachedText(source, extension, make) {
  const path = pathFor(source, extension);
  return existsSync(path) ? readFileSync(path, 'utf8') : keep(path, make());
}

/** The same for what is made later. */
export async function cachedLater(source, extension, make) {
  const path = pathFor(source, extension);
  return existsSync(path) ? readFileSync(path, 'utf8') : keep(path, await make());
}

function pathFor(source, extension) {
  const hash = createHash('sha256').update(source).update(stepsText()).digest('hex');
  return `${FOLDER}/${hash.slice(0, 32)}.${extension}`;
}

function keep(path, text) {
  mkdirSync(FOLDER, { recursive: true });
  // Tests run at the same time, and none may read half a file.
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
  return text;
}

function stepsText() {
  return ownFiles()
    .map((path) => readFileSync(path, 'utf8'))
    .join('');
}

/** All of this folder: what one of its files does may change what another makes. */
export function ownFiles() {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .map((name) => folder + name);
}
