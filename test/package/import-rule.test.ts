import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SRC_FOLDERS as layers, TOP as top } from '../support/folders.js';

const boards = ['ecma419', 'moddable', 'esp32', 'esp8266', 'desktop', 'xsnap'];

/** The table of src/README.md: folder → folders that it may import. */
function readTable(): Map<string, string[]> {
  const text = readFileSync(join(top, 'src/README.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([^`]+)` \|.*\| ([^|]+) \|$/gm)];
  return new Map(
    rows.map(([, folder, allowed]) => [folder!, allowed!.trim() === 'nothing' ? [] : allowed!.trim().split(', ')]),
  );
}

describe('the table of src/README.md', () => {
  const rows = [...readTable()].filter(([folder]) => folder !== 'test');

  it.each(rows)('%s references what it may import', (folder, allowed) => {
    const config = JSON.parse(readFileSync(join(top, folder, 'tsconfig.json'), 'utf8')) as {
      references?: { path: string }[];
    };
    expect((config.references ?? []).map(({ path }) => path.split('/').pop()).sort()).toEqual([...allowed].sort());
  });

  it('names every folder of src and boards', () => {
    const folders = [...layers.map((layer) => `src/${layer}`), ...boards.map((board) => `boards/${board}`)];
    expect([...readTable().keys()].sort()).toEqual([...folders, 'sim', 'examples', 'test'].sort());
  });
});

/** Statements that need what only Node or a browser has. */
const foreign = [
  'setTimeout(() => {}, 1);',
  'console.log(1);',
  'new TextEncoder();',
  "Buffer.from('');",
  'process.exit();',
  "import('node:fs');",
];

describe('the compiler', () => {
  let copy = '';

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'tagwire-imports-'));
    for (const path of ['src', 'boards', 'sim', 'build', 'tsconfig.base.json', 'package.json']) {
      cpSync(join(top, path), join(copy, path), { recursive: true });
    }
    symlinkSync(join(top, 'node_modules'), join(copy, 'node_modules'));
  });

  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  /**
   * Compiles a folder with these files added, and returns what the compiler says about each; with `all` everything
   * that it says.
   */
  function compile(folder: string, sources: string[], all = false): string[] {
    const names = sources.map((_, i) => `added-${i}.ts`);
    names.forEach((name, i) => writeFileSync(join(copy, folder, name), `export {};\n${sources[i]}\n`));
    try {
      const tsc = join(dirname(fileURLToPath(import.meta.resolve('typescript'))), 'tsc.js');
      const options = { cwd: copy, encoding: 'utf8', maxBuffer: 1 << 26 } as const;
      // Not -b: that takes a project for up to date when an added file has the same time as the build information.
      const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--noEmit', '--pretty', 'false'], options);
      if (all) return [stdout];
      const lines = stdout.split('\n');
      return names.map((name) => lines.filter((line) => line.includes(`${name}(`)).join('\n'));
    } finally {
      for (const name of names) rmSync(join(copy, folder, name));
    }
  }

  const table = readTable();

  /** What a folder reaches through what it may import: for the compiler references are transitive. */
  function reached(layer: string, found = new Set<string>()): Set<string> {
    for (const other of table.get(`src/${layer}`)!) {
      if (!found.has(other)) reached(other, found.add(other));
    }
    return found;
  }

  /** A file of a board's folder. */
  function entryOf(board: string): string {
    if (board === 'ecma419') return 'index';
    return board === 'moddable' ? 'clock' : 'main';
  }

  it.each(layers)('refuses everything that src/%s must not import', (layer) => {
    const allowed = reached(layer);
    const others = [...layers, 'sim'].filter((other) => other !== layer && !allowed.has(other));
    const files = others.map((other) => (other === 'sim' ? 'sim/index' : `src/${other}/index`));
    const sources = files.map((file) => `import * as other from '../../${file}.js';\nexport const all = other;`);
    // It names each file once, at the first of the imports that reach it.
    const told = compile(`src/${layer}`, sources, true);
    for (const file of files) expect(told[0], `src/${layer} → ${file}`).toContain(`/${file}.ts' is not listed`);
  });

  it.each(layers)('refuses what only Node or a browser has in src/%s', (layer) => {
    const errors = compile(`src/${layer}`, foreign);
    foreign.forEach((statement, i) => expect(errors[i], statement).toMatch(/TS2304|TS2307|TS2580|TS2584|TS2591/));
  });

  it.each(boards)('refuses everything that boards/%s must not import', (board) => {
    const allowed = table.get(`boards/${board}`)!;
    // References are transitive for the compiler; other boards and the simulator nobody references.
    const others = boards.filter((other) => other !== board && !allowed.includes(other));
    const paths = [...others.map((other) => `../${other}/${entryOf(other)}.js`), '../../sim/index.js'];
    const errors = compile(
      `boards/${board}`,
      paths.map((path) => `import * as other from '${path}';\nexport const all = other;`),
    );
    paths.forEach((path, i) => expect(errors[i], `boards/${board} → ${path}`).toContain('TS6307'));
  });

  it('takes what the table allows', () => {
    const source = "import { Session } from '../mqtt/index.js';\nexport const x = Session;";
    expect(compile('src/connection', [source])).toEqual(['']);
  });
});

describe('ESLint', () => {
  const table = readTable();

  it.each(layers)('refuses everything that src/%s must not import', (layer) => {
    const others = layers.filter((other) => other !== layer && !table.get(`src/${layer}`)!.includes(other));
    const input = others.map((other, i) => `export * as other${i} from '../${other}/index.js';\n`).join('');
    const eslint = join(top, 'node_modules/eslint/bin/eslint.js');
    const { stdout } = spawnSync(
      process.execPath,
      [eslint, '--stdin', '--stdin-filename', `src/${layer}/breaks-the-rule.ts`],
      { cwd: top, encoding: 'utf8', input },
    );
    for (const other of others) expect(stdout).toContain(`src/${layer} must not import src/${other}:`);
  });
});
