import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));
/** Folders that boards share. */
const SHARED = ['ecma419', 'moddable'];

function sources(folder: string): string[] {
  return readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => join(folder, path));
}

/** What a file imports, as it is written. */
function specifiersOf(file: string): string[] {
  const text = readFileSync(join(top, file), 'utf8');
  return [...text.matchAll(/^(?:import|export|\}).* from '([^']+)';$/gm)].map(([, specifier]) => specifier!);
}

/** The files that a file imports with a path, relative to the top. */
function importsOf(file: string): string[] {
  const paths = specifiersOf(file).filter((specifier) => specifier.startsWith('.'));
  return paths.map((path) => relative(top, join(top, dirname(file), path)));
}

const folders = readdirSync(join(top, 'boards'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'typings' && entry.name !== 'bundle')
  .map(({ name }) => name);

describe.each(folders)('boards/%s', (board) => {
  // What is shared must not need a board; the SDK's own modules reach it through constructors.
  const allowed = SHARED.includes(board)
    ? ['src', `boards/${board}`]
    : ['src', `boards/${board}`, ...SHARED.map(inBoards)];

  it.each(sources(`boards/${board}`))('%s imports src and what boards share', (file) => {
    for (const path of importsOf(file))
      expect(
        allowed.some((folder) => path.startsWith(`${folder}/`)),
        path,
      ).toBe(true);
  });

  it('references no other board', () => {
    const config = JSON.parse(readFileSync(join(top, 'boards', board, 'tsconfig.json'), 'utf8')) as {
      references?: { path: string }[];
    };
    const referenced = (config.references ?? []).map(({ path }) => join('boards', board, path));
    expect(referenced.filter((path) => !allowed.some((folder) => path.startsWith(folder)))).toEqual([]);
  });
});

function inBoards(name: string): string {
  return `boards/${name}`;
}

it.each(SHARED)('boards/%s imports no module of the SDK', (folder) => {
  for (const file of sources(`boards/${folder}`)) {
    expect(specifiersOf(file).filter((specifier) => !specifier.startsWith('.'))).toEqual([]);
  }
});

it('src imports no board', () => {
  for (const file of sources('src')) {
    expect(importsOf(file).filter((path) => path.startsWith('boards'))).toEqual([]);
  }
});
