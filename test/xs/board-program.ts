import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rollup } from 'rollup';
import type { Plugin } from 'rollup';
import { PROGRAMS, ROOT } from './host/paths.js';

/** Where the programs are kept, beside the list of files of which each is made. */
const FOLDER = join(ROOT, 'build', 'test', 'xs', 'bundled');

/** The modules of the Moddable SDK that programs have a stand-in for, and its name in programs/sdk-modules.ts. */
const SDK_MODULES = new Map([
  ['embedded:io/socket/tcp', 'Tcp'],
  ['embedded:io/socket/udp', 'Udp'],
  ['instrumentation', 'Instrumentation'],
  ['mc/config', 'config'],
  ['net', 'Net'],
  ['preference', 'Preference'],
  ['time', 'Time'],
  ['timer', 'Timer'],
  ['wifi', 'Wifi'],
]);

/** Finds the stand-ins, so that a program can import the `main` of a board. */
const sdkModules: Plugin = {
  name: 'sdk-modules',
  resolveId: (name) => (SDK_MODULES.has(name) ? `\0${name}` : null),
  load: (id) => {
    const standIn = id.startsWith('\0') && SDK_MODULES.get(id.slice(1));
    return standIn ? `export { ${standIn} as default } from '${join(PROGRAMS, 'sdk-modules.js')}';` : null;
  },
};

/** A file, and when it was written. */
type Stamp = [path: string, milliseconds: number];

/**
 * Makes of a program of test/xs/programs what a board would link, with all that it imports, and returns its path
 * without `.js`. So what is counted is what a chip executes; boards/bundle/steps.js says why no function is an arrow
 * here. A program whose files are as they were is not made again.
 */
export async function boardProgram(program: string): Promise<string> {
  const path = join(FOLDER, program);
  if (isFresh(path)) return path;
  const stepsFile = pathToFileURL(join(ROOT, 'boards', 'bundle', 'steps.js')).href;
  const steps = (await import(stepsFile)) as typeof import('../../boards/bundle/steps.js');
  const world = steps.sourcesWith('test/xs/programs');
  const plugins = [sdkModules, ...steps.minified({ arrows: false, world })];
  const bundle = await rollup({ input: join(PROGRAMS, `${program}.js`), plugins });
  const files = [...bundle.watchFiles, ...steps.ownFiles()].map(stampOf);
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  mkdirSync(FOLDER, { recursive: true });
  write(`${path}.js`, output[0].code);
  write(`${path}.json`, JSON.stringify(files));
  return path;
}

function isFresh(path: string): boolean {
  if (!existsSync(`${path}.json`)) return false;
  const files = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Stamp[];
  return files.every(([file, milliseconds]) => existsSync(file) && stampOf(file)[1] === milliseconds);
}

function stampOf(file: string): Stamp {
  return [file, statSync(file).mtimeMs];
}

/** Tests run at the same time, and none may load half a file. */
function write(path: string, text: string): void {
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}
