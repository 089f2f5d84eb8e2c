import { builtinModules } from 'node:module';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import nodeResolve from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import { dts } from 'rollup-plugin-dts';

// Chunks of an earlier build would be packed with the new ones.
for (const name of existsSync('dist') ? readdirSync('dist') : []) {
  // That is what rollup.moddable.js makes.
  if (name !== 'moddable') rmSync(`dist/${name}`, { recursive: true, force: true });
}

const { dependencies, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
/** The folders of src that are package entries. */
const layers = Object.keys(exports)
  .map((entry) => entry.slice(2))
  .filter((entry) => entry !== '' && existsSync(`src/${entry}/index.ts`));

/** Built by `tsc -b`, which is what enforces the import table; rollup only bundles. */
const entries = (extension) => ({
  index: `build/src/index${extension}`,
  ...Object.fromEntries(layers.map((layer) => [layer, `build/src/${layer}/index${extension}`])),
  sim: `build/sim/index${extension}`,
});

const external = (id) =>
  id.startsWith('node:') || builtinModules.includes(id) || Object.keys(dependencies).includes(id.split('/')[0]);

/** Makes the command executable, as npm does when it installs the package. */
const executable = {
  name: 'executable',
  writeBundle: ({ dir }) => chmodSync(`${dir}/cli.js`, 0o755),
};

/** What sim/dashboard/measured-memory.ts shows: of the committed table, what the firmware of a chip holds. */
const firmwareSizes = {
  name: 'firmware-sizes',
  writeBundle({ dir }) {
    const { firmware } = JSON.parse(readFileSync('test/sizes.json', 'utf8'));
    writeFileSync(`${dir}/firmware-sizes.json`, JSON.stringify({ firmware }));
  },
};

/** A consumer with isolatedModules may not use a const enum of a .d.ts; the objects exist (preserveConstEnums). */
const ordinaryEnums = {
  name: 'ordinary-enums',
  renderChunk: (code) => code.replace(/\bconst enum\b/g, 'enum'),
};

/** In this order, the style sheets of the two pages. */
const pageStyles = [
  'node_modules/uplot/dist/uPlot.min.css',
  'sim/page/colours.css',
  'sim/page/page.css',
  'sim/page/parts/parts.css',
];
const flashPageStyles = ['sim/page/colours.css', 'sim/page/flash-page/flash-page.css'];

function joinStyles(files, path) {
  writeFileSync(path, files.map((file) => readFileSync(file, 'utf8')).join('\n'));
}

/** The files of the page that need no build. */
const pageFiles = {
  name: 'page-files',
  writeBundle({ dir }) {
    copyFileSync('sim/page/index.html', `${dir}/index.html`);
    joinStyles(pageStyles, `${dir}/page.css`);
  },
};

/** What is linked into the page that flashes, under licences that ask to be passed on. */
const flashPageParts = [
  'esp-web-tools',
  'esptool-js',
  'improv-wifi-serial-sdk',
  'lit',
  'lit-html',
  'lit-element',
  '@lit/reactive-element',
  '@material/web',
  'pako',
  'atob-lite',
  'tslib',
];

/** The files of the page that flashes that need no build. */
const flashPageFiles = {
  name: 'flash-page-files',
  writeBundle({ dir }) {
    copyFileSync('sim/page/flash-page/index.html', `${dir}/index.html`);
    joinStyles(flashPageStyles, `${dir}/flash-page.css`);
    const texts = flashPageParts.map((name) => {
      const folder = `node_modules/${name}`;
      const file = readdirSync(folder).find((found) => /^licen[cs]e/i.test(found));
      const { license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
      const text = file ? readFileSync(`${folder}/${file}`, 'utf8').trim() : license;
      return `${name} (${license})\n\n${text}\n`;
    });
    writeFileSync(`${dir}/LICENSES.txt`, texts.join(`\n${'-'.repeat(80)}\n\n`));
  },
};

/** For programs that run in an engine of their own: their lines stay, for errors that name one. */
const withoutComments = () => terser({ compress: false, mangle: false, format: { beautify: true, comments: false } });

export default [
  {
    input: { ...entries('.js'), cli: 'build/sim/cli.js', 'fleet-worker': 'build/sim/fleet/worker.js' },
    output: {
      dir: 'dist',
      format: 'es',
      chunkFileNames: 'shared/[name].js',
      banner: (chunk) => (chunk.name === 'cli' ? '#!/usr/bin/env node' : ''),
    },
    external,
    plugins: [executable, firmwareSizes],
  },
  // What runs on XS, which reads the files that a module imports: what `tagwire sim --engine xs` loads, what
  // `--replay FILE` loads with it, and what runs a device of a world in lockstep.
  {
    input: {
      'xsnap-firmware': 'build/boards/xsnap/main.js',
      'xsnap-replay': 'build/sim/virtual/recording/xs-program.js',
      'xs-lockstep': 'build/sim/virtual/recording/lockstep-program.js',
    },
    output: { dir: 'dist', format: 'es', chunkFileNames: 'shared/xs/[name].js' },
    plugins: [withoutComments()],
  },
  // The dashboard, with everything it needs.
  {
    input: { page: 'build/sim/page/main.js' },
    output: { dir: 'dist/page', format: 'es' },
    plugins: [nodeResolve({ browser: true }), terser(), pageFiles],
  },
  // The page that flashes, which `tagwire flash-page` copies.
  {
    input: { 'flash-page': 'build/sim/page/flash-page/main.js' },
    output: { dir: 'dist/flash-page', format: 'es', chunkFileNames: 'parts/[name].js' },
    plugins: [nodeResolve({ browser: true }), terser(), flashPageFiles],
  },
  {
    // The last two are for projects that link them: see rollup.moddable.js.
    input: {
      ...entries('.d.ts'),
      ecma419: 'build/boards/ecma419/index.d.ts',
      moddable: 'build/boards/moddable/platform.d.ts',
    },
    // A chunk is named after a file of declarations, `reading.d`, which would give `reading.d.d.ts`.
    output: { dir: 'dist', format: 'es', chunkFileNames: ({ name }) => `shared/${name.replace(/\.d$/, '')}.d.ts` },
    external,
    plugins: [dts(), ordinaryEnums],
  },
];
