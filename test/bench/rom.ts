import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { SRC_FOLDERS } from '../support/folders.js';
import { emitForModdable, isEmpty, modulesOf, usedBy } from '../support/moddable-modules.js';

/**
 * The parts in the order of their imports, each with its folders and modules. A part is measured on top of those before
 * it, together with what it imports and they lack. The parts from src/rpc on are what a board links with a feature.
 */
const PARTS: readonly { part: string; of: readonly string[] }[] = [
  { part: 'src/mqtt', of: ['src/mqtt'] },
  { part: 'src/tags: decoder', of: ['src/tags/decode'] },
  { part: 'src/tags: the rest', of: ['src/tags'] },
  { part: 'src/hal', of: ['src/hal'] },
  { part: 'src/telemetry', of: ['src/telemetry'] },
  { part: 'src/connection', of: ['src/connection'] },
  { part: 'src/rpc', of: ['src/rpc', 'src/settings/remote-configuration', 'src/settings/persisted-policies'] },
  { part: 'src/cloud: plain', of: ['src/cloud/plain'] },
  { part: '  home-assistant', of: ['src/cloud/home-assistant'] },
  { part: '  thingsboard', of: ['src/cloud/thingsboard'] },
  { part: '  thingsboard-gateway', of: ['src/cloud/thingsboard-gateway'] },
  { part: '  azure', of: ['src/cloud/azure'] },
  { part: '  event-grid', of: ['src/cloud/event-grid'] },
  { part: '  aws', of: ['src/cloud/aws'] },
  { part: '  sparkplug', of: ['src/cloud/sparkplug'] },
  { part: '  routeros', of: ['src/cloud/routeros'] },
  { part: '  openmqttgateway', of: ['src/cloud/openmqttgateway'] },
  { part: '  ruuvi', of: ['src/cloud/ruuvi'] },
  { part: '  espresense', of: ['src/cloud/espresense'] },
  { part: '  the rest of src/cloud', of: ['src/cloud'] },
  { part: 'src/device: firmware', of: ['src/device/firmware', 'src/settings/load-configuration'] },
  { part: 'src/device: tags', of: ['src/device/tag-log', 'src/settings/tag-configuration'] },
  { part: 'src/schedule', of: ['src/schedule'] },
  { part: 'src/brokers', of: ['src/brokers'] },
  { part: 'src/console', of: ['src/console'] },
  { part: 'the rest of src', of: ['src/bytes', 'src/settings', 'src/device'] },
  { part: 'boards/ecma419', of: ['boards/ecma419'] },
  { part: 'boards/moddable', of: ['boards/moddable'] },
  { part: 'boards/esp32', of: ['boards/esp32'] },
];

/** The folders with all of that. */
const FOLDERS = SRC_FOLDERS.map((name) => `src/${name}`).concat(['boards/ecma419', 'boards/moddable', 'boards/esp32']);

/** The heaps of ESP32, and the sizes of tables, as mcconfig gives them to xsl. */
const CREATION = '32768,1024,2048,64,384,32,32,53,3,1024,17,0,main,0';

/** What a part takes in ROM. */
interface PartSize {
  part: string;
  /** Bytes of the 32-bit link that the part adds: bytecode, its objects, its names. */
  bytes: number;
  /** Bytes of bytecode of each module. */
  modules: Record<string, number>;
}

const program = new Command('bench:rom')
  .description('links the parts into ROM as mcconfig does for an ESP32, and prints what each takes')
  .option('--json', 'print one JSON object')
  .option('--modules', 'print the bytecode of each module too')
  .addHelpText(
    'after',
    '\nNeeds the host tools of the Moddable SDK (MODDABLE) and gcc with -m32.\n\nExamples:\n' +
      '  $ npm run bench:rom\n  $ npm run --silent bench:rom -- --json',
  )
  .parse();
const options = program.opts<{ json?: boolean; modules?: boolean }>();

const folder = mkdtempSync(join(tmpdir(), 'tagwire-rom-'));
try {
  const { sizes, session } = measure();
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (options.json) console.log(JSON.stringify({ parts: sizes, session, total }));
  else print(sizes, session, total);
} catch (error) {
  console.error(`bench:rom: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The parts one on top of the other, and what `Session` needs of the first one. */
function measure(): { sizes: PartSize[]; session: number } {
  const moddable = process.env.MODDABLE;
  if (!moddable) throw new Error('MODDABLE is not set; it names the folder of the Moddable SDK');
  const tools = ['lin', 'mac'].map((host) => join(moddable, 'build/bin', host, 'release'));
  const bin = tools.find((path) => existsSync(join(path, 'xsl')));
  if (!bin) throw new Error(`no xsl in ${tools.join(' nor in ')}; build the SDK's tools first`);

  const modules = join(folder, 'modules');
  const code = emitForModdable(FOLDERS.flatMap(modulesOf));
  compile(bin, usesBuiltIns([...code.values()]), 'main', modules);
  const linked = ['main'];
  const preloaded = ['main'];
  let before = link(bin, modules, linked, preloaded);
  const needed = [...usedBy('src/mqtt/session', code)];
  for (const name of needed) compile(bin, code.get(name)!, name, modules);
  const filled = needed.filter((name) => !isEmpty(code.get(name)!));
  const session = link(bin, modules, [...linked, ...needed], [...preloaded, ...filled]) - before;
  const sizes = PARTS.map(({ part, of }) => {
    const names = modulesFor(of, code).filter((name) => !linked.includes(name));
    const bytecode: Record<string, number> = {};
    for (const name of names) bytecode[name] = compile(bin, code.get(name)!, name, modules);
    linked.push(...names);
    preloaded.push(...names.filter((name) => !isEmpty(code.get(name)!) && !needsSdk(name)));
    const after = link(bin, modules, linked, preloaded);
    const bytes = after - before;
    before = after;
    return { part, bytes, modules: bytecode };
  });
  return { sizes, session };
}

/** The modules of folders, and modules by name, with all that they import. */
function modulesFor(paths: readonly string[], code: Map<string, string>): string[] {
  const names = paths.flatMap((path) => (code.has(path) ? [path] : modulesOf(path)));
  return [...new Set(names.flatMap((name) => [...usedBy(name, code)]))].sort();
}

/** Compiles a module and returns the bytes of its bytecode. */
function compile(bin: string, code: string, name: string, modules: string): number {
  const target = join(modules, dirname(name));
  mkdirSync(target, { recursive: true });
  const source = join(folder, 'module.js');
  writeFileSync(source, code);
  run(join(bin, 'xsc'), [source, '-c', '-e', '-o', target, '-r', basename(name)]);
  return statSync(join(modules, `${name}.xsb`)).size;
}

/**
 * A module that names every built-in that the sources name. The linker strips what nobody names, so without it the
 * first part that uses a built-in would pay for it, and the SDK's own modules use most of them anyway.
 */
function usesBuiltIns(sources: string[]): string {
  const words = new Set(sources.join('\n').match(/[A-Za-z_]\w*/g));
  const globals = Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Z]\w*$/.test(name) && words.has(name));
  const properties = new Set<string>();
  for (const name of globals) {
    const value = (globalThis as Record<string, unknown>)[name] as { prototype?: object };
    for (const owner of [value, value.prototype]) {
      for (let at: object | null | undefined = owner; at; at = Object.getPrototypeOf(at) as object | null) {
        for (const property of Object.getOwnPropertyNames(at)) if (words.has(property)) properties.add(property);
      }
    }
  }
  const uses = [...globals, ...[...properties].filter((name) => !/^\d/.test(name)).map((name) => `any.${name}`)];
  return `export function use(any) {\n${uses.join(';\n')};\n}\n`;
}

/** Links modules as mcconfig does, without what nobody uses, and returns the bytes of ROM. */
function link(bin: string, modules: string, linked: string[], preloaded: string[]): number {
  const files = linked.map((name) => join(modules, `${name}.xsb`));
  // The linker keeps the names of the link before in it.
  rmSync(join(modules, 'mc.xsi'), { force: true });
  const preloads = preloaded.flatMap((name) => ['-p', `${name}.xsb`]);
  run(join(bin, 'xsl'), ['-b', modules, '-o', folder, ...preloads, '-s', '*', '-c', CREATION, ...files]);
  const xs = join(process.env.MODDABLE!, 'xs');
  const flags = ['-m32', '-w', '-c', '-DmxLinux=1', '-DmxParse=0', '-DINCLUDE_XSPLATFORM=0'];
  const includes = ['includes', 'sources', 'platforms'].map((path) => `-I${join(xs, path)}`);
  const object = join(folder, 'mc.xs.o');
  run('gcc', [...flags, ...includes, join(folder, 'mc.xs.c'), '-o', object]);
  const [, text, bytes] = /^\s*(\d+)\s+(\d+)/m.exec(run('size', [object]))!;
  return Number(text) + Number(bytes);
}

/** What wires a board imports modules of the SDK, so it can be linked here but not run. */
function needsSdk(name: string): boolean {
  return /^boards\/esp32\/(main|observer)$/.test(name);
}

function run(command: string, parameters: string[]): string {
  const { error, status, stdout, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (error) throw new Error(`${command} cannot be started: ${error.message}`);
  if (status === 0) return stdout;
  const [line] = `${stderr}\n${stdout}`.split('\n').filter((text) => /error|not found|#/i.test(text));
  throw new Error(`${basename(command)} failed: ${line ?? `status ${status}`}`);
}

function print(sizes: PartSize[], session: number, total: number): void {
  const line = (name: string, bytes: number): void =>
    console.log(`${name.padEnd(22)} ${bytes.toLocaleString('en').padStart(9)}`);
  console.log('part                   ROM bytes');
  for (const { part, bytes, modules } of sizes) {
    line(part, bytes);
    if (part === 'src/mqtt') line('  what Session needs', session);
    if (!options.modules) continue;
    for (const [name, bytecode] of Object.entries(modules)) {
      console.log(`  ${name.padEnd(44)} ${bytecode.toLocaleString('en').padStart(7)} of bytecode`);
    }
  }
  line('together', total);
}
