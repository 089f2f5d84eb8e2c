import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { enumModules, enumObjects } from './boards/bundle/enums.js';
import { decodeVlq, encodeVlq } from './boards/bundle/source-map.js';
import { sources } from './boards/bundle/sources.js';
import { minified } from './boards/bundle/steps.js';

export { minified } from './boards/bundle/steps.js';

/*
 * What boards link, and projects that take a part of Tagwire. docs/decisions/0039-bundles-for-boards.md says why.
 * This file says which bundles there are; boards/bundle/steps.js, what is done to their code.
 */

/** The boards, by their folders in dist/moddable/release and dist/moddable/debug. */
const BOARDS = {
  esp32: 'build/boards/esp32/main.js',
  'esp32-without-console': 'build/boards/esp32/main-without-console.js',
  esp8266: 'build/boards/esp8266/main.js',
  desktop: 'build/boards/desktop/main.js',
};

/** What is no path is a module of the SDK. */
const external = (id) => !/^[./]/.test(id);

/**
 * Takes over the compiler's source maps, so that xsbug shows TypeScript. The SDK's compiler reads of a map only from
 * which line of the source each line is, so that is what they say: they are a tenth as long.
 */
const sourceMaps = {
  name: 'source-maps',
  load(id) {
    if (!existsSync(`${id}.map`)) return null;
    const code = readFileSync(id, 'utf8').replace(/\n\/\/# sourceMappingURL=.*/, '');
    return { code, map: readFileSync(`${id}.map`, 'utf8') };
  },
  // What only exports what others have is of no line, and the SDK's compiler wants a source.
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type !== 'chunk') continue;
      if (file.map.sources.length === 1) {
        const { version, sources, mappings } = file.map;
        const map = { version, sources, names: [], mappings: linesOf(mappings) };
        files[file.sourcemapFileName].source = JSON.stringify(map);
      } else {
        file.code = file.code.replace(/\n\/\/# sourceMappingURL=.*/, '');
        delete files[file.sourcemapFileName];
      }
    }
  },
};

/** Of each line of `mappings` the first segment, without columns. The SDK's compiler would take the last one. */
function linesOf(mappings) {
  let line = 0;
  let written = 0;
  const lines = mappings.split(';').map((segments) => {
    let text = '';
    for (const segment of segments.split(',')) {
      const [, , step] = decodeVlq(segment);
      if (step === undefined) continue;
      line += step;
      if (text !== '') continue;
      text = `AA${encodeVlq(line - written)}A`;
      written = line;
    }
    return text;
  });
  return lines.join(';');
}

/**
 * Leaves out of the list of all clouds those that nobody wants: `TAGWIRE_CLOUDS="plain aws"` names the folders below
 * src/cloud of those that stay. Boards with a list of their own link that.
 */
export function onlyClouds(wanted) {
  const names = wanted.split(/[ ,]+/).filter(Boolean);
  const row = /^import \{ (\w+) \} from '\.\/([\w-]+)\/[\w-]+\.js';\n/gm;
  return {
    name: 'only-clouds',
    transform(code, id) {
      if (!id.endsWith('/build/src/cloud/profiles.js') || names.length === 0) return null;
      const clouds = [...code.matchAll(row)].map(([text, constant, name]) => ({ text, constant, name }));
      const unknown = names.find((name) => !clouds.some((cloud) => cloud.name === name));
      if (unknown !== undefined) {
        const known = clouds.map(({ name }) => name).join(', ');
        throw new Error(`TAGWIRE_CLOUDS: no cloud is named ${JSON.stringify(unknown)}; there are ${known}`);
      }
      let chosen = code;
      for (const { text, constant, name } of clouds) {
        if (!names.includes(name)) chosen = chosen.replace(text, '').replace(`    ${constant},\n`, '');
      }
      return { code: chosen, map: null };
    },
  };
}

/** For projects in TypeScript: beside each part its types, which are those of the package. */
const declarations = (prefix) => ({
  name: 'declarations',
  generateBundle() {
    for (const part of Object.keys(PARTS)) {
      const [folder] = part.split('/');
      const up = '../'.repeat(part.split('/').length + 2);
      const source = `export * from '${up}${folder}.js';\n`;
      this.emitFile({ type: 'asset', fileName: `${prefix}${part}.d.ts`, source });
    }
  },
});

const CHOSEN_CLOUDS = onlyClouds(process.env['TAGWIRE_CLOUDS'] ?? '');

const reachedFrom = new Map();

/**
 * What a project includes without a board: the folders of src, and boards/ecma419. Their modules are
 * `tagwire/mqtt/index` and so on. `core` is what a project takes that wants no more than the client, or the decoders.
 */
const PARTS = partInputs();

function partInputs() {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = [...folders.map(({ name }) => `src/${name}/index`), 'boards/ecma419/index'];
  const cores = ['mqtt', 'tags'].map((folder) => [`${folder}/core/index`, `build/src/${folder}/core.js`]);
  // What Connection needs of the SDK beside sockets: time and chance.
  const platform = ['moddable/index', 'build/boards/moddable/platform.js'];
  const indexes = files.map((file) => [file.replace(/^\w+\//, ''), `build/${file}.js`]);
  return Object.fromEntries([...indexes, platform, ...cores]);
}

/** The manifest of a minified board, which the one in boards/ includes. */
const releaseManifest = {
  name: 'release-manifest',
  generateBundle() {
    this.emitFile(manifestAsset('manifest.json', { 'tagwire/main': './main' }));
  },
};

/** What makes the bundle of a board, with the clouds that a plugin leaves in. A board has no callers but itself. */
export function boardPlugins(clouds) {
  // The plugin changes a module, so it comes after what reads the module's source map.
  return [...minified({ world: sources() }), clouds, releaseManifest];
}

/** The manifests of the boards for the debugger, each with the modules that its main module reaches. */
const debugManifests = {
  name: 'debug-manifests',
  generateBundle(_, files) {
    for (const [board, main] of Object.entries(BOARDS)) {
      const chunks = Object.values(files);
      const found = new Set([chunks.find(({ facadeModuleId: id }) => id === resolve(main)).fileName]);
      for (const name of found) for (const needed of files[name].imports) if (files[needed]) found.add(needed);
      const [first, ...others] = [...found].map((name) => name.replace(/\.js$/, ''));
      const modules = others.sort().map((name) => [name.replace(/^parts/, 'tagwire'), `../${name}`]);
      this.emitFile(
        manifestAsset(`${board}/manifest.json`, { 'tagwire/main': `../${first}`, ...Object.fromEntries(modules) }),
      );
    }
  },
};

function manifestAsset(fileName, modules) {
  return { type: 'asset', fileName, source: `${JSON.stringify({ modules }, null, 1)}\n` };
}

/**
 * The configurations of rollup: each board and the parts minified, and all of them as they are. The latter have their
 * modules in common, each by itself: the SDK's compiler takes a source map with one source only.
 */
export default [
  ...Object.entries(BOARDS).map(([board, main]) =>
    bundle({ main }, `release/${board}`, boardPlugins(CHOSEN_CLOUDS), {}),
  ),
  bundle(PARTS, 'release/parts', [enumModules, ...minified(), declarations('')], {
    manualChunks: partOf,
    chunkFileNames: '[name].js',
    minifyInternalExports: false,
  }),
  bundle(
    { ...BOARDS, ...PARTS },
    'debug',
    [sourceMaps, CHOSEN_CLOUDS, enumObjects, declarations('parts/'), debugManifests],
    {
      entryFileNames: ({ facadeModuleId: id }) => `parts/${debugName(id)}.js`,
      preserveModules: true,
      sourcemap: true,
    },
  ),
];

/** What a debug build calls a module below `tagwire/`; the main module of a board is `tagwire/main`. */
function debugName(id) {
  const entries = { ...BOARDS, ...PARTS };
  const entry = Object.keys(entries).find((name) => resolve(entries[name]) === id);
  if (entry !== undefined) return entry;
  const path = pathInBuild(id).replace(/\.js$/, '');
  // Apart from the parts, since the manifest of a part takes all files of a folder.
  if (!isOfParts(id)) return `board/${flatName(path)}`;
  return `${dirname(partOf(id))}/${flatName(path.replace(/^\w+\/\w+\//, ''))}`;
}

function isOfParts(id) {
  return Object.values(PARTS).some((part) => reached(resolve(part)).has(id));
}

function bundle(input, folder, plugins, output) {
  const dir = `dist/moddable/${folder}`;
  // What an earlier build left there would be linked, and packed.
  const fresh = { name: 'fresh', buildStart: () => rmSync(dir, { recursive: true, force: true }) };
  return {
    input,
    output: { dir, format: 'es', ...output },
    // A part exports to others too what its index does not.
    preserveEntrySignatures: 'allow-extension',
    external,
    plugins: [fresh, ...plugins],
  };
}

/** The part that has a module: one for each folder, but for the core of a folder. */
function partOf(id) {
  const [, folder] = pathInBuild(id).split('/');
  const core = PARTS[`${folder}/core/index`];
  return core !== undefined && reached(resolve(core)).has(id) ? `${folder}/core/index` : `${folder}/index`;
}

/** A compiled module, and the modules that it imports, directly or not. */
function reached(file) {
  if (!reachedFrom.has(file)) {
    const found = new Set([file]);
    for (const path of found) {
      const imports = readFileSync(path, 'utf8').matchAll(/^(?:import|export) .*? from '(\.[^']+)'/gm);
      for (const [, name] of imports) found.add(resolve(dirname(path), name));
    }
    reachedFrom.set(file, found);
  }
  return reachedFrom.get(file);
}

function pathInBuild(id) {
  return relative('build', id).replaceAll('\\', '/');
}

/** `src/tags/formats/ruuvi.js` → `src-tags-formats-ruuvi.js`: a pattern of a manifest takes the files of one folder. */
function flatName(path) {
  return path.replaceAll('/', '-');
}
