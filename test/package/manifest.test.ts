import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SRC_FOLDERS as layers, TOP as top } from '../support/folders.js';

interface Manifest {
  include?: string[];
  modules: { [name: string]: string | string[] };
  preload: string[];
}

function readManifest(layer: string): Manifest {
  return JSON.parse(readFileSync(join(top, 'src', layer, 'manifest.json'), 'utf8')) as Manifest;
}

/** What the table of src/README.md lets a folder import. */
function allowed(layer: string): string[] {
  const text = readFileSync(join(top, 'src/README.md'), 'utf8');
  const cell = new RegExp(`^\\| \`src/${layer}\` \\|.*\\| ([^|]+) \\|$`, 'm').exec(text)![1]!.trim();
  return cell === 'nothing' ? [] : cell.split(', ');
}

/**
 * The modules that a project gets which includes one manifest, as mcconfig reads it: a pattern takes the files of one
 * folder, but not its folders; files under `~` are left out, as are manifests. Name of the module → file.
 */
function modulesOf(path: string, found = new Map<string, string>(), seen = new Set<string>()): Map<string, string> {
  if (seen.has(path)) return found;
  seen.add(path);
  const folder = dirname(path);
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  // Not those of the SDK.
  const includes = (manifest.include ?? []).filter((include) => !include.startsWith('$'));
  for (const include of includes) modulesOf(resolve(folder, include), found, seen);
  const { '~': excluded = [], ...patterns } = manifest.modules;
  const left = [excluded].flat().map((name) => resolve(folder, name));
  for (const [name, source] of Object.entries(patterns)) {
    if (!name.endsWith('*')) continue;
    const from = resolve(folder, source as string);
    for (const file of readdirSync(dirname(from), { withFileTypes: true })) {
      const module = join(dirname(from), basename(file.name).replace(/\.\w+$/, ''));
      const isModule = /\.(js|ts|json)$/.test(file.name) && !file.name.startsWith('manifest');
      if (!file.isFile() || !isModule || left.includes(module)) continue;
      found.set(name.replace('*', basename(module)), join(dirname(from), file.name));
    }
  }
  return found;
}

/** The files that a module needs at run time. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?\bfrom\s+'([^']+)'/gm);
  return [...statements].map(([, path]) => resolve(dirname(file), path!.replace(/\.js$/, '.ts')));
}

describe.each(layers)('src/%s/manifest.json', (layer) => {
  const manifest = readManifest(layer);

  it('includes what the folder may import, and nothing else', () => {
    expect((manifest.include ?? []).sort()).toEqual(
      allowed(layer)
        .map((other) => `../${other}/manifest.json`)
        .sort(),
    );
  });

  it('has the modules of its folder and of the folders in it', () => {
    const files = readdirSync(join(top, 'src', layer), { recursive: true, encoding: 'utf8' });
    const folders = [...new Set(files.filter((path) => path.endsWith('.ts')).map(dirname))].sort();
    const { '~': excluded, ...patterns } = manifest.modules;
    const names = folders.map((folder) => join('tagwire/src', layer, folder, '*'));
    expect(patterns).toEqual(
      Object.fromEntries(folders.map((folder, i) => [names[i], folder === '.' ? './*' : `./${folder}/*`])),
    );
    // Else mcconfig takes tsconfig.json for a module.
    expect(excluded).toEqual(['./tsconfig']);
    expect(existsSync(join(top, 'src', layer, 'tsconfig.json'))).toBe(true);
  });

  it('preloads modules of its own only', () => {
    const modules = modulesOf(join(top, 'src', layer, 'manifest.json'));
    for (const name of manifest.preload) {
      expect(name.startsWith(`tagwire/src/${layer}/`), name).toBe(true);
      expect(modules.has(name), name).toBe(true);
    }
  });

  it('alone gives every module that its modules import', () => {
    const modules = modulesOf(join(top, 'src', layer, 'manifest.json'));
    expect(modules.get(`tagwire/src/${layer}/index`)).toBe(join(top, 'src', layer, 'index.ts'));
    const files = new Set(modules.values());
    for (const [name, file] of modules) {
      // A relative import is resolved against the name of the module, so names mirror the tree.
      expect(name).toBe(join('tagwire', relative(top, file)).replace(/\.ts$/, ''));
      for (const needed of importsOf(file)) expect(files, `${name} imports ${needed}`).toContain(needed);
    }
  });
});

describe.each(['esp32', 'esp8266', 'desktop'])('boards/%s/manifest.json', (board) => {
  it('gives every module that its main program reaches', () => {
    const files = new Set(modulesOf(join(top, 'boards', board, 'manifest.json')).values());
    const seen = new Set<string>();
    const waiting = [join(top, 'boards', board, 'main.ts')];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      expect(files).toContain(file);
      waiting.push(...importsOf(file).filter((path) => path.startsWith(top) && path.endsWith('.ts')));
    }
    expect(seen.size).toBeGreaterThan(50);
  });
});

describe('src/mqtt/manifest.json', () => {
  it('brings the MQTT client and nothing else', () => {
    const names = [...modulesOf(join(top, 'src/mqtt/manifest.json')).keys()];
    expect(names).toContain('tagwire/src/mqtt/session');
    expect(names.filter((name) => !name.startsWith('tagwire/src/mqtt/'))).toEqual([]);
  });

  it('is what docs/moddable.md tells to include', () => {
    const text = readFileSync(join(top, 'docs/moddable.md'), 'utf8');
    const included = [...text.matchAll(/"(?:\$\(TAGWIRE\)|\.\/node_modules\/tagwire)\/([^"]+manifest\.json)"/g)];
    expect(included.length).toBeGreaterThan(0);
    for (const [, path] of included) expect(existsSync(join(top, path!)), path).toBe(true);
  });
});
