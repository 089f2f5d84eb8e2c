import { relative } from 'node:path';
import ts from 'typescript';

let typed;

/** The sources with their types. */
export function typedSources() {
  typed ??= ts.createProgram(sources(), { ...options(), noEmit: true });
  return typed;
}

/** The source of a compiled module. */
export function sourceOf(id) {
  return relative('build', id).replaceAll('\\', '/').replace(/\.js$/, '.ts');
}

export function sources() {
  const list = (folder) => ts.sys.readDirectory(folder, ['.ts'], undefined, ['**/*.ts']);
  return [...list('src'), ...list('boards')];
}

function options() {
  const { config } = ts.readConfigFile('tsconfig.base.json', ts.sys.readFile);
  const { options: parsed } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
  return { ...parsed, lib: ['lib.es2024.d.ts'], composite: false, declaration: false, sourceMap: false };
}
