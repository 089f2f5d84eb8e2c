import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const top = fileURLToPath(new URL('../..', import.meta.url)).replace(/build\/$/, '');

/** Names of the modules in a folder of the repository and in its folders: paths without extension, sorted. */
export function modulesOf(folder: string): string[] {
  return readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => join(folder, path.slice(0, -3)))
    .sort();
}

/**
 * The JavaScript that mcconfig makes of modules. Unlike the package's own build it leaves no objects of const enums,
 * and so nothing at all of a module of types.
 */
export function emitForModdable(names: string[]): Map<string, string> {
  const typings = readdirSync(join(top, 'boards/typings')).map((name) => `boards/typings/${name}`);
  const files = [...names.map((name) => `${name}.ts`), ...typings].map((path) => join(top, path));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2025,
    module: ts.ModuleKind.Preserve,
    lib: ['lib.es2025.d.ts'],
    types: [],
    skipLibCheck: true,
    rootDir: top,
    outDir: '/',
  });
  const emitted = new Map<string, string>();
  program.emit(undefined, (path, text) => emitted.set(path.replace(/^\/|\.js$/g, ''), text));
  return emitted;
}

/** True for a module without code, which nothing imports when the firmware runs. */
export function isEmpty(code: string): boolean {
  return /^(export \{\};)?\s*$/.test(code.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '').trimStart());
}

/** A module and all that it imports, directly or not. */
export function usedBy(name: string, emitted: Map<string, string>): Set<string> {
  const used = new Set<string>();
  const waiting = [name];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (used.has(next)) continue;
    used.add(next);
    for (const [, path] of emitted.get(next)!.matchAll(/\bfrom '(\.[^']*)\.js'/g)) {
      waiting.push(join(dirname(next), path!));
    }
  }
  return used;
}
