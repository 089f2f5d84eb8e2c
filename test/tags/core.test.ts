import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { TOP } from '../support/folders.js';

/** The files that a file of `src` imports or exports from, itself included, types aside. */
function reached(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const [, from] of readFileSync(path, 'utf8').matchAll(
    /^(?:import|export) (?!type\b)[^;]*? from '(\.[^']+)'/gm,
  )) {
    reached(join(dirname(path), from!.replace(/\.js$/, '.ts')), found);
  }
  return found;
}

it('the decoders reach no table of tags, no filter, and nothing for people', () => {
  const files = [...reached(join(TOP, 'src/tags/core.ts'))];
  expect(files.filter((path) => path.includes('/formats/')).length).toBeGreaterThan(20);
  const others = files.filter((path) => !path.includes('/formats/')).map((path) => basename(path, '.ts'));
  const own = [
    'core',
    'decode',
    'ad-structures',
    'aes',
    'frame',
    'address',
    'key-table',
    'check-range',
    'reading',
    'field',
  ];
  expect(others.sort()).toEqual(own.sort());
});
