import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { TOP } from '../support/folders.js';

/** The files of src, sim, boards and examples, and what each imports: types and exports from others included. */
function importGraph(): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  for (const folder of ['src', 'sim', 'boards', 'examples']) {
    for (const name of readdirSync(join(TOP, folder), { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, name);
      if (path.endsWith('.ts') && !path.endsWith('.d.ts')) graph.set(path, importsOf(path));
    }
  }
  return graph;
}

function importsOf(path: string): string[] {
  const source = ts.preProcessFile(readFileSync(join(TOP, path), 'utf8'), true, true);
  const relative = source.importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith('.'));
  return [...new Set(relative)].map((name) => resolve('/', dirname(path), name).slice(1).replace(/\.js$/, '.ts'));
}

/** The circles of a graph: each as the way from a file back to itself, `a.ts → b.ts → a.ts`. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const way: string[] = [];
  const circles: string[] = [];
  const visit = (path: string): void => {
    const at = way.indexOf(path);
    if (at >= 0) circles.push([...way.slice(at), path].join(' → '));
    if (at >= 0 || done.has(path)) return;
    way.push(path);
    for (const other of graph.get(path) ?? []) visit(other);
    way.pop();
    done.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return circles;
}

describe('the imports of src, sim, boards and examples', () => {
  const graph = importGraph();

  it('are found, and lead to files that exist', () => {
    expect(graph.get('src/device/index.ts')).toContain('src/device/gateway.ts');
    expect(graph.get('src/mqtt/session.ts')!.length).toBeGreaterThan(0);
    for (const [path, imports] of graph) {
      for (const other of imports) expect(existsSync(join(TOP, other)), `${path} → ${other}`).toBe(true);
    }
  });

  it('go in no circle, imports of types included', () => {
    expect(circlesOf(graph)).toEqual([]);
  });
});

describe('the search for circles', () => {
  it('names the way of each', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['b']],
      ['d', ['a', 'e']],
      ['e', []],
      ['f', ['f']],
    ]);
    expect(circlesOf(graph)).toEqual(['b → c → b', 'a → b → d → a', 'f → f']);
  });

  it('sees imports of types, side effects, and exports from other files', () => {
    const text =
      "import type { A } from './a.js';\nimport './b.js';\nexport * from './c.js';\nexport type { D } from './d.js';";
    const { importedFiles } = ts.preProcessFile(text, true, true);
    expect(importedFiles.map(({ fileName }) => fileName)).toEqual(['./a.js', './b.js', './c.js', './d.js']);
  });
});
