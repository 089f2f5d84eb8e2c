import { relative } from 'node:path';
import ts from 'typescript';

const typed = new Map();

/** The sources with their types; or those of another world, a list of sources. */
export function typedSources(world = sources()) {
  const key = world.join('\n');
  if (!typed.has(key)) typed.set(key, ts.createProgram(world, { ...options(), noEmit: true }));
  return typed.get(key);
}

/** The source of a compiled module. */
export function sourceOf(id) {
  return relative('build', id).replaceAll('\\', '/').replace(/\.js$/, '.ts');
}

/** All text of a list of sources: what the compiler says of them is kept by this. */
export function sourceText(world = sources()) {
  return [...world]
    .sort()
    .map((path) => `${path}\n${ts.sys.readFile(path)}`)
    .join('\n');
}

export function sources() {
  return [...listOf('src'), ...listOf('boards')];
}

/** The sources, with those of another folder that uses them. */
export function sourcesWith(folder) {
  return [...sources(), ...listOf(folder)];
}

function listOf(folder) {
  return ts.sys.readDirectory(folder, ['.ts'], undefined, ['**/*.ts']);
}

function options() {
  const { config } = ts.readConfigFile('tsconfig.base.json', ts.sys.readFile);
  const { options: parsed } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
  return { ...parsed, lib: ['lib.es2024.d.ts'], composite: false, declaration: false, sourceMap: false };
}
