import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
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
    expect([...readTable().keys()].sort()).toEqual(
      [...folders, 'sim', 'sim/page', 'sim/virtual', 'examples', 'test'].sort(),
    );
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

/** Parsed once for all programs: their options differ in nothing that matters to a parser. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/**
 * Compiles a folder of this project with these sources as further files, which are on no disk. Returns what the
 * compiler says about each of them.
 */
function compile(folder: string, sources: readonly string[]): string[] {
  const added = new Map(sources.map((source, i) => [join(top, folder, `added-${i}.ts`), `export {};\n${source}\n`]));
  const path = join(top, folder, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as { config: unknown };
  const { fileNames, options, projectReferences } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(path));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => added.has(file) || fileExists(file);
  host.readFile = (file) => added.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    if (added.has(file)) return getSourceFile(file, ...rest);
    if (!parsed.has(file)) parsed.set(file, getSourceFile(file, ...rest));
    return parsed.get(file);
  };
  const program = ts.createProgram({
    rootNames: [...added.keys(), ...fileNames],
    options: { ...options, configFilePath: path },
    projectReferences: projectReferences ?? [],
    host,
  });
  return [...added.keys()].map((file) =>
    program.getSemanticDiagnostics(program.getSourceFile(file)).map(showError).join('\n'),
  );
}

function showError({ code, messageText }: ts.Diagnostic): string {
  return `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}

describe('the compiler', () => {
  const table = readTable();

  /** The folders of src, each behind those that it may import. */
  const rows = [...table.keys()].filter((row) => row.startsWith('src/')).map((row) => row.slice(4));

  /** What a folder reaches through what it may import: for the compiler references are transitive. */
  function reached(layer: string, found = new Set<string>()): Set<string> {
    for (const other of table.get(`src/${layer}`)!) {
      if (!found.has(other)) reached(other, found.add(other));
    }
    return found;
  }

  /** A file of a board's folder, without its extension. */
  function entryOf(board: string): string {
    return readdirSync(join(top, 'boards', board))
      .find((name) => name.endsWith('.ts'))!
      .slice(0, -3);
  }

  it.each(layers)('refuses everything that src/%s must not import', (layer) => {
    const allowed = reached(layer);
    // The compiler tells of each file once, at the first import that reaches it; so what others import comes first.
    const others = [...rows, 'sim'].filter((other) => other !== layer && !allowed.has(other));
    const paths = others.map((other) => (other === 'sim' ? '../../sim/index.js' : `../${other}/index.js`));
    const errors = compile(
      `src/${layer}`,
      paths.map((path) => `import * as other from '${path}';\nexport const all = other;`),
    );
    paths.forEach((path, i) => expect(errors[i], `src/${layer} → ${path}`).toContain('TS6307'));
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

  const eslint = new ESLint({ cwd: top });

  it.each(layers)('refuses everything that src/%s must not import', async (layer) => {
    const others = layers.filter((other) => other !== layer && !table.get(`src/${layer}`)!.includes(other));
    const source = others.map((other, i) => `export * as other${i} from '../${other}/index.js';\n`).join('');
    const [result] = await eslint.lintText(source, { filePath: `src/${layer}/breaks-the-rule.ts` });
    const told = result!.messages.map(({ message }) => message).join('\n');
    for (const other of others) expect(told).toContain(`src/${layer} must not import src/${other}:`);
  });
});
