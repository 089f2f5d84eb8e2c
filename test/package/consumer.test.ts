import { execFileSync, spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { XSNAP, XSNAP_VERSION } from '../../sim/xs/engine-paths.js';
import { requireXs } from '../sim/xs/require-xs.js';
import { TOP } from '../support/folders.js';
import { makeTemporaryFolder } from '../support/temp.js';
import type { TemporaryFolder } from '../support/temp.js';

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly exports: Record<string, string | Record<string, string>>;
  readonly [field: string]: unknown;
}

const readManifest = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8')) as Manifest;
const manifest = readManifest(join(TOP, 'package.json'));
/** `tagwire/mqtt` and so on. */
const entries = Object.keys(manifest.exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => join('tagwire', entry));

let folder: TemporaryFolder;
let installation: SpawnSyncReturns<string>;

/** Our dependencies and theirs, which the consumer has already: nothing is fetched. */
function copyDependencies(names: string[]): void {
  for (const name of names) {
    const from = join(TOP, 'node_modules', name);
    const to = folder.file(join('node_modules', name));
    if (existsSync(to)) continue;
    cpSync(from, to, { recursive: true, dereference: true });
    copyDependencies(Object.keys(readManifest(join(from, 'package.json')).dependencies ?? {}));
  }
}

function run(args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, args, { cwd: folder.path, encoding: 'utf8' });
}

function tagwire(...args: string[]): SpawnSyncReturns<string> {
  return run([folder.file('node_modules/.bin/tagwire'), ...args]);
}

beforeAll(() => {
  folder = makeTemporaryFolder();
  // What is in dist was built by npm test; prepack would build it again, under the feet of other tests.
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder.path];
  const tarball = execFileSync('npm', pack, { cwd: TOP, encoding: 'utf8' }).trim();
  writeFileSync(folder.file('package.json'), '{"name":"consumer","version":"1.0.0","type":"module"}');
  copyDependencies(Object.keys(manifest.dependencies));
  // No compiler and no make, only what npm itself needs.
  mkdirSync(folder.file('programs'));
  symlinkSync(process.execPath, folder.file('programs/node'));
  symlinkSync('/bin/sh', folder.file('programs/sh'));
  const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  const install = [npm, 'install', '--offline', '--no-audit', '--no-fund', folder.file(tarball)];
  installation = spawnSync(process.execPath, install, {
    cwd: folder.path,
    encoding: 'utf8',
    env: { ...process.env, PATH: folder.file('programs') },
  });
});

afterAll(() => folder.remove());

describe('the package, packed and installed', () => {
  it('needs no compiler and brings no engine', () => {
    expect(installation.stderr).toBe('');
    expect(installation.status).toBe(0);
    expect(readdirSync(folder.file('node_modules'))).not.toContain('@agoric');
    expect(readFileSync(folder.file('node_modules/.package-lock.json'), 'utf8')).not.toContain('hasInstallScript');
  });

  it('takes no more than 15 MB of a disk', () => {
    const path = folder.file('node_modules/tagwire');
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(path, name)));
    const bytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
    expect(bytes).toBeLessThan(15_000_000);
  });

  it('has the command tagwire, which simulates', () => {
    const help = tagwire('--help');
    expect({ status: help.status, stderr: help.stderr }).toEqual({ status: 0, stderr: '' });
    expect(help.stdout).toContain('sim');
    const sim = tagwire('sim', '--json', '--duration', '1');
    expect({ status: sim.status, stderr: sim.stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(sim.stdout.trim().split('\n').at(-1)!)).toMatchObject({ event: 'summary', lost: 0 });
  });

  it('loads the embedded broker and the WebSocket server only when they are needed', () => {
    const hooks = `export function resolve(name, context, next) {
      if (['aedes', 'ws'].includes(name)) throw new Error(name + ' was loaded');
      return next(name, context);
    }`;
    const url = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
    const watch = [
      '--import',
      url(`import { register } from 'node:module'; register('${url(hooks).replaceAll("'", '%27')}');`),
    ];
    const start = (...args: string[]): string => run([...watch, ...args]).stderr;
    expect(start('--input-type=module', '-e', "import 'ws'")).toContain('ws was loaded');
    expect(start('--input-type=module', '-e', "import 'tagwire/sim'")).toBe('');
    expect(start(folder.file('node_modules/.bin/tagwire'), 'pub', '--help')).toBe('');
  });

  it('flashes a board from what is in it, without a clone and without TypeScript', () => {
    const flash = tagwire('flash', 'desktop', 'broker=mqtt://127.0.0.1', '--release', '--dry-run');
    expect([flash.stdout, flash.status]).toEqual(['mcconfig -m -p lin broker=mqtt://127.0.0.1\n', 0]);
    for (const path of ['manifest.json', 'boards/desktop/manifest.json', 'dist/moddable/release/desktop/main.js']) {
      expect(existsSync(folder.file(join('node_modules/tagwire', path))), path).toBe(true);
    }
  });

  it('says how to get the engine XS', () => {
    const { status, stdout, stderr } = tagwire('sim', '--engine', 'xs', '--duration', '1');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`${XSNAP}, which is not installed`);
    expect(stderr).toContain(`npm install ${XSNAP}@${XSNAP_VERSION}`);
    const page = tagwire('sim', '--engine', 'xs');
    expect({ status: page.status, stdout: page.stdout }).toEqual({ status: 2, stdout: '' });
    expect(page.stderr).toMatch(/^tagwire: engine xs on a page needs XS for 32 bits, .* npm run engine .*--no-page\n$/);
  });

  requireXs()('with the engine', () => {
    it('runs on XS', () => {
      const link = folder.file(join('node_modules', XSNAP));
      mkdirSync(dirname(link));
      symlinkSync(join(TOP, 'node_modules', XSNAP), link);
      const { status, stdout, stderr } = tagwire('sim', '--engine', 'xs', '--json', '--duration', '1');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ event: 'summary', engine: 'xs' });
    });
  });

  it('compiles with isolatedModules and runs, every entry of it', () => {
    const program = `
      ${entries.map((entry, i) => `import * as entry${i} from '${entry}';`).join('\n')}
      import { Session, encodeUtf8, CloseReason } from 'tagwire/mqtt';
      import { AdvertisementDecoder, Field, Reading } from 'tagwire/tags';

      const reading = new Reading();
      const bytes = Uint8Array.from([0x15, 0xff, 0x4f, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 21, 0, 0, 0, 0, 0, 99]);
      new AdvertisementDecoder().decode(bytes, 0, bytes.length, reading);
      const reason: CloseReason = CloseReason.refused;
      console.log(reading.get(Field.temperature), typeof Session, reason, encodeUtf8('a').length);
      ${entries.map((entry, i) => `console.log('${entry}', Object.keys(entry${i}).length > 0);`).join('\n')}
    `;
    writeFileSync(folder.file('program.ts'), program);
    const compilerOptions = {
      module: 'NodeNext',
      target: 'ES2022',
      strict: true,
      isolatedModules: true,
      lib: ['ES2022', 'DOM'],
      types: [],
      skipLibCheck: false,
    };
    writeFileSync(folder.file('tsconfig.json'), JSON.stringify({ compilerOptions, include: ['program.ts'] }));
    const tsc = join(dirname(fileURLToPath(import.meta.resolve('typescript'))), 'tsc.js');
    expect(run([tsc]).stdout).toBe('');
    const { stdout, stderr } = run(['program.js']);
    expect(stderr).toBe('');
    expect(stdout).toBe(['21.5 function 3 1', ...entries.map((entry) => `${entry} true`), ''].join('\n'));
  });

  it('has every file that exports names', () => {
    for (const entry of Object.values(manifest.exports)) {
      for (const path of typeof entry === 'string' ? [entry] : Object.values(entry)) {
        expect(existsSync(folder.file(join('node_modules/tagwire', path))), path).toBe(true);
      }
    }
  });
});

describe('package.json', () => {
  it('has an entry for each folder of src, and one for the simulator', () => {
    const folders = readdirSync(join(TOP, 'src')).filter((name) => existsSync(join(TOP, 'src', name, 'index.ts')));
    expect(entries.sort()).toEqual(['tagwire', ...folders.map((name) => `tagwire/${name}`), 'tagwire/sim'].sort());
  });

  it('builds before it is packed, and tells registries what it is', () => {
    expect(manifest['scripts']).toMatchObject({ prepack: expect.stringContaining('build') });
    expect(manifest['repository']).toMatchObject({ type: 'git', url: expect.stringMatching(/^git\+https:\/\//) });
    expect(manifest['keywords']).toContain('mqtt');
  });

  it('gives the engine to development only, in the version that the command names', () => {
    const engine = readManifest(join(TOP, 'test/xs/engine/package.json'));
    expect(engine['optionalDependencies']).toEqual({ [XSNAP]: XSNAP_VERSION });
    expect(readFileSync(join(TOP, 'sim/README.md'), 'utf8')).toContain(`npm install ${XSNAP}@${XSNAP_VERSION}`);
    for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies']) {
      expect(Object.keys(manifest[field] ?? {}), field).not.toContain(XSNAP);
    }
  });
});
