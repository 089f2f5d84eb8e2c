import { mkdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rollup } from 'rollup';
import type { OutputChunk } from 'rollup';
import { TOP } from '../support/folders.js';
import { RomLinker, usesBuiltIns } from './link.js';

/** Folders of src/cloud that are a cloud of their own. The plain one is part of what all share. */
export const CLOUD_NAMES = [
  'aws',
  'azure',
  'event-grid',
  'espresense',
  'home-assistant',
  'openmqttgateway',
  'routeros',
  'ruuvi',
  'sparkplug',
  'thingsboard',
  'thingsboard-gateway',
] as const;

export type CloudName = (typeof CLOUD_NAMES)[number];

/** What a cloud adds, as a part. */
export type CloudSizes = Record<CloudName, { bytes: number; bytecode: number }>;

/** Links each cloud on top of what all share, and of another cloud where it imports one. */
export async function measureClouds(folder: string): Promise<CloudSizes> {
  mkdirSync(folder, { recursive: true });
  const linker = new RomLinker(folder);
  const chunks = await cloudChunks();
  const codes = [...chunks.values()].map(({ code }) => code);
  const bytecode = new Map([...chunks].map(([name, { code }]) => [name, linker.compile(name, code)]));
  linker.compile('main', usesBuiltIns(codes));
  const sizes = CLOUD_NAMES.map((name) => {
    const shared = [...importedBy(SHARED, chunks), 'main'];
    const below = new Set([...shared, ...importedBy(name, chunks)].filter((other) => other !== name));
    const before = linker.link([...below]).bytes;
    const { bytes } = linker.link([...below, name]);
    return [name, { bytes: bytes - before, bytecode: bytecode.get(name)! }] as const;
  });
  return Object.fromEntries(sizes) as CloudSizes;
}

/** The list of all clouds and what it imports, minified: a module for each cloud, and one for what all share. */
async function cloudChunks(): Promise<Map<string, OutputChunk>> {
  const { minified } = await configuration();
  const bundle = await rollup({ input: join(TOP, 'build/src/cloud/profiles.js'), plugins: minified() });
  const { output } = await bundle.generate({
    format: 'es',
    minifyInternalExports: false,
    chunkFileNames: '[name].js',
    manualChunks: (id) => {
      const [, folder, file] = relative(join(TOP, 'build'), id).split(/[/\\]/) as [string, string, string];
      if (folder !== 'cloud') return folder;
      return CLOUD_NAMES.find((name) => name === file) ?? (file === 'profiles.js' ? 'profiles' : SHARED);
    },
  });
  await bundle.close();
  const chunks = output.filter((file) => file.type === 'chunk');
  return new Map(chunks.map((chunk) => [basename(chunk.fileName, '.js'), chunk]));
}

const SHARED = 'cloud';

/** A module and all that it needs. */
function importedBy(name: string, chunks: Map<string, OutputChunk>, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const file of chunks.get(name)!.imports) importedBy(basename(file, '.js'), chunks, found);
  return found;
}

/**
 * Makes the bundle of an ESP32 that has one cloud only, as `TAGWIRE_CLOUDS` does, in `folder`, and returns that folder
 * as seen from dist/moddable.
 */
export async function writeBundleFor(cloud: string, folder: string): Promise<string> {
  const { boardPlugins, onlyClouds } = await configuration();
  const bundle = await rollup({
    input: { main: join(TOP, 'build/boards/esp32/main.js') },
    external: (id) => !/^[./]/.test(id),
    plugins: boardPlugins(onlyClouds(cloud)),
  });
  await bundle.write({ dir: join(folder, 'esp32'), format: 'es' });
  await bundle.close();
  return relative(join(TOP, 'dist/moddable'), folder);
}

/** This file runs compiled, too, and that is plain JavaScript. */
async function configuration(): Promise<typeof import('../../rollup.moddable.js')> {
  return (await import(
    pathToFileURL(join(TOP, 'rollup.moddable.js')).href
  )) as typeof import('../../rollup.moddable.js');
}
