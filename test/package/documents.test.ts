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
    // A pattern of a manifest does not reach into the folders of its folder.
    const files = readdirSync(join(top, 'src'), { recursive: true, encoding: 'utf8' });
    const folders = new Set(files.filter((path) => path.endsWith('.ts')).map((path) => join('src', dirname(path))));
    folders.delete('src'); // src/index.ts is for npm
    const names = [...folders].sort();
    expect(names).toContain('src/tags/formats');
    expect(Object.keys(included).sort()).toEqual(names.map((name) => `${name}/*`));
    expect([...preload].sort()).toEqual(names.map((name) => `${name}/*`));
    for (const [name, path] of Object.entries(included)) expect(path).toBe(`./${name}`);
    // Else mcconfig takes tsconfig.json for a module of data.
    const configured = names.filter((name) => existsSync(join(top, name, 'tsconfig.json')));
    expect([...excluded].sort()).toEqual(configured.map((name) => `./${name}/tsconfig`));
  });
});
