import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { partManifests } from '../docs/part-manifests.js';
import type { Manifest } from '../docs/part-manifests.js';
import { TOP as top } from '../support/folders.js';

/** What `TAGWIRE_BUNDLE` may be. */
const BUNDLES = ['release', 'debug'];
const BOARDS = [
  'boards/esp32/manifest.json',
  'boards/esp32/manifest_without_console.json',
  'boards/esp8266/manifest.json',
  'boards/desktop/manifest.json',
];
const PARTS = [...partManifests().keys()];

/**
 * The modules that a project gets of us which includes one manifest, as mcconfig reads it: a pattern takes the files of
 * one folder, but not its folders. Name of the module → file.
 */
function modulesOf(path: string, bundle: string, found = new Map<string, string>(), seen = new Set<string>()) {
  if (seen.has(path)) return found;
  seen.add(path);
  const folder = dirname(path);
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const resolved = (source: string): string => resolve(folder, source.replace('$(TAGWIRE_BUNDLE)', bundle));
  const includes = (manifest.include ?? []).filter((include) => !include.startsWith('$'));
  for (const include of includes) modulesOf(resolved(include), bundle, found, seen);
  for (const [name, source] of Object.entries(manifest.modules ?? {})) {
    if (!name.startsWith('tagwire/')) continue;
    if (!name.endsWith('*')) {
      found.set(name, resolved(`${source as string}.js`));
      continue;
    }
    const from = dirname(resolved(source as string));
    const files = readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { name: file } of files) {
      // mcconfig would take a file of TypeScript, and compile it.
      expect(file).toMatch(/\.(js|js\.map|d\.ts)$/);
      if (file.endsWith('.js')) found.set(name.replace('*', basename(file, '.js')), join(from, file));
    }
  }
  return found;
}

/** What a module imports, by the names that it has on a board: `tagwire/mqtt/index`, or that of the SDK's module. */
function importsOf(name: string, file: string): string[] {
  const paths = [
    ...readFileSync(file, 'utf8').matchAll(/(?:^|[;}\n])\s*(?:import|export)[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/g),
  ];
  return paths.map(([, path]) => (path!.startsWith('.') ? join(dirname(name), path!).replace(/\.js$/, '') : path!));
}

describe.each(BUNDLES)('in %s', (bundle) => {
  it.each(PARTS)('%s alone gives every module that its modules import, and no import of the SDK', (path) => {
    const modules = modulesOf(join(top, path), bundle);
    expect(modules.size).toBeGreaterThan(0);
    for (const [name, file] of modules) {
      for (const needed of importsOf(name, file)) expect([...modules.keys()], `${name} imports`).toContain(needed);
    }
  });

  it.each(PARTS)('%s brings types for what it brings', (path) => {
    const folders = new Set([...modulesOf(join(top, path), bundle).values()].map((file) => dirname(file)));
    for (const folder of folders) {
      const text = readFileSync(join(folder, 'index.d.ts'), 'utf8');
      const [, types] = /from '(.+)'/.exec(text)!;
      expect(existsSync(join(folder, types!.replace(/\.js$/, '.d.ts'))), folder).toBe(true);
    }
  });

  it.each(BOARDS)('%s gives a main module, and every module of ours that this reaches', (path) => {
    const modules = modulesOf(join(top, path), bundle);
    expect(modules.has('tagwire/main')).toBe(true);
    const ofSdk = new Set<string>();
    for (const [name, file] of modules) {
      for (const needed of importsOf(name, file)) {
        if (needed.startsWith('tagwire/')) expect([...modules.keys()], `${name} imports`).toContain(needed);
        else ofSdk.add(needed);
      }
    }
    expect(ofSdk).toContain('mc/config');
    if (bundle === 'release') expect([...modules.keys()]).toEqual(['tagwire/main']);
  });
});

describe('a module of the debug bundles', () => {
  const folder = join(top, 'dist/moddable/debug');
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const maps = paths.filter((path) => path.endsWith('.map'));

  it('is there once, for all boards and parts', () => {
    const texts = paths.filter((path) => path.endsWith('.js')).map((path) => readFileSync(join(folder, path), 'utf8'));
    expect(texts.length).toBeGreaterThan(300);
    expect(new Set(texts.map((text) => text.replace(/\n\/\/# sourceMappingURL=.*/, ''))).size).toBe(texts.length);
  });

  it('has a map that names one source, which is there, since the compiler of the SDK takes no more', () => {
    expect(maps.length).toBeGreaterThan(250);
    for (const path of maps) {
      const { sources } = JSON.parse(readFileSync(join(folder, path), 'utf8')) as { sources: string[] };
      expect(sources, path).toHaveLength(1);
      expect(existsSync(resolve(folder, dirname(path), sources[0]!)), path).toBe(true);
    }
  });

  it('is mapped to the lines of its source', () => {
    let found = 0;
    for (const path of maps) {
      const payload = JSON.parse(readFileSync(join(folder, path), 'utf8')) as SourceMapPayload;
      const source = readFileSync(resolve(folder, dirname(path), payload.sources[0]!), 'utf8').split('\n');
      const map = new SourceMap(payload);
      const lines = readFileSync(join(folder, path.replace(/\.map$/, '')), 'utf8').split('\n');
      lines.forEach((line, index) => {
        const name = /^(?:function|class) (\w+)/.exec(line)?.[1];
        if (name === undefined) return;
        const entry = map.findEntry(index, 0);
        const original = 'originalLine' in entry ? source[entry.originalLine] : undefined;
        expect(original, `${path}, line ${index + 1}`).toContain(name.replace(/\$\d+$/, ''));
        found++;
      });
    }
    expect(found).toBeGreaterThan(1000);
  });
});

describe('src/mqtt/manifest_core.json', () => {
  it('brings the MQTT client and nothing else', async () => {
    const modules = modulesOf(join(top, 'src/mqtt/manifest_core.json'), 'release');
    expect([...modules.keys()]).toEqual(['tagwire/mqtt/core/index']);
    expect(Object.keys((await import([...modules.values()][0]!)) as object)).toEqual(
      expect.arrayContaining(['Session', 'encodeUtf8']),
    );
  });

  it('is among what docs/moddable.md tells to include', () => {
    const text = readFileSync(join(top, 'docs/moddable.md'), 'utf8');
    const included = [...text.matchAll(/"(?:\$\(TAGWIRE\)|\.\/node_modules\/tagwire)\/([^"]+\.json)"/g)].map(
      ([, path]) => path!,
    );
    expect(included).toContain('src/mqtt/manifest_core.json');
    for (const path of included) expect(existsSync(join(top, path)), path).toBe(true);
  });
});
