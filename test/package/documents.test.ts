import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(top, path), 'utf8');

function documents(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (['node_modules', 'build', 'dist', '.git'].includes(entry.name)) return [];
    if (entry.isDirectory()) return documents(path);
    return entry.name.endsWith('.md') ? [relative(top, path)] : [];
  });
}

describe('README.md', () => {
  it('begins with exactly two command lines: run and test', () => {
    const commands = read('README.md').match(/^npm ci.*$/gm);
    expect(commands).toEqual(['npm ci && npm start', 'npm ci && npm test']);
  });
});

describe('documents', () => {
  it.each(documents(top))('%s links to files that exist', (path) => {
    for (const [, target] of read(path).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      expect(existsSync(join(top, dirname(path), target!)), `${path} → ${target}`).toBe(true);
    }
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const path of documents(top)) {
      for (const [, script] of read(path).matchAll(/`npm run (?:--silent )?([a-z:-]+)/g)) {
        expect(Object.keys(scripts), `${path}: npm run ${script}`).toContain(script);
      }
    }
  });
});

describe('boards/README.md', () => {
  it('claims the boards that are there, and no other', () => {
    const claimed = [...read('boards/README.md').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
    const folders = readdirSync(join(top, 'boards'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(claimed.sort()).toEqual(folders.map(({ name }) => name).sort());
  });
});

describe('package-lock.json', () => {
  it('holds no registry addresses', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });

  it('has the parts of a package for every platform, without which npm ci refuses it', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const installed = Object.keys(packages);
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
      .filter((name) => !installed.some((path) => path.endsWith(`node_modules/${name}`)));
    expect(missing).toEqual([]);
  });
});

describe('manifest.json', () => {
  it('gives the modules of every folder of src', () => {
    const { modules, preload } = JSON.parse(read('manifest.json')) as {
      modules: Record<string, string> & { '~': string[] };
      preload: string[];
    };
    const { '~': excluded, ...included } = modules;
    const folders = readdirSync(join(top, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = folders.map(({ name }) => `src/${name}`);
    expect(Object.keys(included).sort()).toEqual(names.map((name) => `${name}/*`));
    expect([...preload].sort()).toEqual(names.map((name) => `${name}/*`));
    for (const [name, path] of Object.entries(included)) expect(path).toBe(`./${name}`);
    // Else mcconfig takes tsconfig.json for a module of data.
    expect([...excluded].sort()).toEqual(names.map((name) => `./${name}/tsconfig`));
  });
});
