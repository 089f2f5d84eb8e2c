import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { partManifests } from '../docs/part-manifests.js';
import { CLI } from '../support/cli.js';

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
      for (const [, script] of read(path).matchAll(/\bnpm run (?:--silent )?([a-z]+(?::[a-z0-9]+)*)\b(?!:)/g)) {
        expect(Object.keys(scripts), `${path}: npm run ${script}`).toContain(script);
      }
    }
  });

  it('name only commands of tagwire that exist', () => {
    const { stdout } = spawnSync(process.execPath, [CLI, '--help'], { encoding: 'utf8' });
    const commands = [...stdout.matchAll(/^ {2}([a-z]+)(?= )/gm)].map(([, command]) => command);
    expect(commands).toContain('sim');
    for (const path of documents(top)) {
      for (const [, command] of read(path).matchAll(/(?:`|\n *)(?:npx )?tagwire ([a-z]+)/g)) {
        expect(commands, `${path}: tagwire ${command}`).toContain(command);
      }
    }
  });
});

describe('boards/README.md', () => {
  const rows = [...read('boards/README.md').matchAll(/^\| `([^`]+)` \| ([123]) \|/gm)];
  const claimed = rows.map(([, name, tier]) => ({ name: name!, tier: Number(tier) }));
  const manifests = (JSON.parse(read('manifest.json')) as { platforms: Record<string, { include?: string }> })
    .platforms;
  const linked = Object.values(manifests).flatMap(({ include }) => (include ? [dirname(include)] : []));

  it('claims the folders that are there, and no other', () => {
    const folders = readdirSync(join(top, 'boards'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = folders.map(({ name }) => name).filter((name) => name !== 'typings' && name !== 'bundle');
    expect(claimed.map(({ name }) => name).sort()).toEqual(names.sort());
  });

  it.each(claimed)('claims tier $tier for $name, and has what that takes', ({ name, tier }) => {
    // 1: its code is run by tests of CI.
    const tests = readdirSync(join(top, 'test'), { recursive: true, encoding: 'utf8' });
    const runs = tests.some((path) => path.endsWith('.test.ts') && read(join('test', path)).includes(`boards/${name}`));
    expect(runs, 'tests that use it').toBe(true);
    // 2: the root manifest gives it to the SDK, whole.
    if (tier === 2) expect(linked.map((path) => join(path))).toContain(`boards/${name}`);
    if (tier === 2) expect(existsSync(join(top, 'boards', name, 'main.ts'))).toBe(true);
  });
});

describe('package-lock.json', () => {
  it('holds no registry addresses', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "\w+:/);
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
  const { platforms } = JSON.parse(read('manifest.json')) as {
    platforms: Record<string, { include?: string; error?: string }>;
  };
  const boards = Object.values(platforms).flatMap(({ include }) => (include ? [include] : []));

  it('has a board for each platform that it names, and names them to the others', () => {
    const { '...': others, ...named } = platforms;
    for (const platform of Object.keys(named)) expect(others!.error).toMatch(new RegExp(`\\b${platform}\\b`));
    expect(boards.length).toBe(Object.keys(named).length);
  });

  it.each(boards)('includes %s, which names its main module and includes what is there', (path) => {
    const manifest = JSON.parse(read(path)) as { include: string[]; preload: string[] };
    expect(manifest.preload).toContain('tagwire/*');
    const ours = manifest.include
      .filter((name) => name.startsWith('.'))
      .map((name) => join(dirname(path), name.replace('$(TAGWIRE_BUNDLE)', 'release')));
    for (const include of ours) expect(existsSync(join(top, include)), include).toBe(true);
    const creations = [path, ...ours].map((name) => JSON.parse(read(name)) as { creation?: { main: string } });
    expect(creations.map(({ creation }) => creation?.main).filter(Boolean)).toEqual(['tagwire/main']);
  });
});

describe('the manifests of the parts', () => {
  it.each([...partManifests()])('%s is as `npm run manifests` writes it', (path, manifest) => {
    expect(JSON.parse(read(path))).toEqual(manifest);
  });
});
