import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TOP } from '../support/folders.js';

/** The heaps of ESP32, and the sizes of tables, as mcconfig gives them to xsl. */
const CREATION = '32768,1024,2048,64,384,32,32,53,3,1024,17,0,main,0';

/** What `size` says of an image that the SDK's linker made, and how many of its objects are not frozen. */
export interface Image {
  /** Bytes of bytecode, objects and names, in a link for 32 bits. */
  bytes: number;
  /** Entries of 4 bytes in RAM. */
  aliases: number;
}

/** What linking needs and does not find, in one line; undefined: all is there. */
export function missingForRom(): string | undefined {
  const { MODDABLE } = process.env;
  if (!MODDABLE) return 'MODDABLE is not set; it names the folder of the Moddable SDK';
  if (!hostTools(MODDABLE)) return `no xsl in build/bin of ${MODDABLE}; build the SDK's tools first`;
  const compiled = spawnSync('gcc', ['-m32', '-x', 'c', '-', '-c', '-o', '/dev/null'], { input: 'int i;' });
  return compiled.status === 0 ? undefined : 'gcc cannot compile for 32 bits; on Debian: apt-get install gcc-multilib';
}

/** The folder of the SDK's tools for this computer. */
export function hostTools(moddable: string): string | undefined {
  const folders = ['lin', 'mac'].map((host) => join(moddable, 'build/bin', host, 'release'));
  return folders.find((path) => existsSync(join(path, 'xsl')));
}

/** Links modules into ROM as mcconfig does for an ESP32, in a folder of its own. */
export class RomLinker {
  private readonly bin = hostTools(process.env['MODDABLE']!)!;
  private readonly modules: string;

  constructor(private readonly folder: string) {
    this.modules = join(folder, 'modules');
  }

  /** Compiles a module under a name, and returns the bytes of its bytecode, without names. */
  compile(name: string, code: string): number {
    const target = join(this.modules, dirname(name));
    mkdirSync(target, { recursive: true });
    const source = join(this.folder, 'module.js');
    writeFileSync(source, code);
    run(join(this.bin, 'xsc'), [source, '-c', '-e', '-o', target, '-r', basename(name)]);
    return bytecodeOf(readFileSync(join(this.modules, `${name}.xsb`)));
  }

  /** Links compiled modules, all of them as they are after their first run, without the built-ins that nobody uses. */
  link(names: readonly string[]): Image {
    const files = names.map((name) => join(this.modules, `${name}.xsb`));
    // The linker keeps the names of the link before in it.
    rmSync(join(this.modules, 'mc.xsi'), { force: true });
    const preloads = names.flatMap((name) => ['-p', `${name}.xsb`]);
    run(join(this.bin, 'xsl'), [
      '-b',
      this.modules,
      '-o',
      this.folder,
      ...preloads,
      '-s',
      '*',
      '-c',
      CREATION,
      ...files,
    ]);
    return compiledImage(this.folder);
  }
}

/** The length of the atom CODE in a compiled module: atoms have a length of 32 bits and a name of four letters. */
function bytecodeOf(module: Buffer): number {
  for (let at = 8; at < module.length; at += module.readUInt32BE(at)) {
    if (module.toString('latin1', at + 4, at + 8) === 'CODE') return module.readUInt32BE(at) - 8;
  }
  throw new Error('a compiled module has no bytecode');
}

/**
 * Makes what mcconfig makes of a board before the chip's compiler and libraries come in, mc.xs.c, and compiles it for
 * 32 bits: our module, those of the SDK, the built-ins that are used, and their names. `platform` is the SDK's,
 * `manifest` a path from the top, `bundle` a folder of dist/moddable.
 */
export function boardImage(platform: string, manifest: string, bundle: string, folder: string): Image {
  const moddable = process.env['MODDABLE']!;
  const sdkconfig = join(folder, 'sdkconfig.h');
  mkdirSync(join(folder, 'esp'), { recursive: true });
  writeFileSync(sdkconfig, '');
  const env = {
    ...process.env,
    ESP_BASE: join(folder, 'esp'),
    TAGWIRE_BUNDLE: bundle,
    PATH: `${hostTools(moddable)!}:${process.env['PATH'] ?? ''}`,
  };
  run('mcconfig', ['-p', platform, '-o', folder, manifest], env);
  const makefile = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
    (path) => basename(path) === 'makefile',
  )!;
  const made = join(folder, dirname(makefile));
  // The makefiles look for the chip's tools before they know what is to be made; none is needed for this.
  const roots = ['IDF_PATH', 'ARDUINO_ROOT', 'ESPRESSIF_SDK_ROOT', 'TOOLS_ROOT'].map((name) => `${name}=${folder}`);
  const variables = [...roots, 'IDF_VERSION=v6.0', `SDKCONFIG_H=${sdkconfig}`];
  run('make', ['-j2', '-f', join(made, 'makefile'), ...variables, join(made, 'mc.xs.c')], env);
  return compiledImage(made);
}

function compiledImage(folder: string): Image {
  const xs = join(process.env['MODDABLE']!, 'xs');
  const flags = ['-m32', '-w', '-c', '-DmxLinux=1', '-DmxParse=0', '-DINCLUDE_XSPLATFORM=0'];
  const includes = ['includes', 'sources', 'platforms'].map((path) => `-I${join(xs, path)}`);
  const object = join(folder, 'mc.xs.o');
  run('gcc', [...flags, ...includes, join(folder, 'mc.xs.c'), '-o', object]);
  const [, text, data] = /^\s*(\d+)\s+(\d+)/m.exec(run('size', [object]))!;
  const [, aliases] = /mxAliasCount (\d+)/.exec(readFileSync(join(folder, 'mc.xs.c'), 'utf8'))!;
  return { bytes: Number(text) + Number(data), aliases: Number(aliases) };
}

/**
 * A module that names every built-in that the parts name. The linker strips what nobody names, so without it the first
 * part that uses a built-in would pay for it, and the SDK's own modules use most of them anyway.
 */
export function usesBuiltIns(sources: string[]): string {
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

/** The text of a module of dist/moddable/release/parts. */
export function partCode(part: string): string {
  return readFileSync(join(TOP, 'dist/moddable/release/parts', `${part}.js`), 'utf8');
}

function run(command: string, parameters: string[], env = process.env): string {
  const { error, status, stdout, stderr } = spawnSync(command, parameters, { cwd: TOP, env, encoding: 'utf8' });
  if (error) throw new Error(`${command} cannot be started: ${error.message}`);
  if (status === 0) return stdout;
  const [line] = `${stderr}\n${stdout}`.split('\n').filter((text) => /error|not found|#/i.test(text));
  throw new Error(`${basename(command)} failed: ${line ?? `status ${status}`}`);
}
