import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { PACKAGE, ROOT } from './paths.js';

/** 32: slots of 16 bytes and chunk headers of 8, as on ESP32 and ESP8266. 64: twice that, but ready at once. */
export type Bits = 32 | 64;

/** The core of a chip, in an emulator that counts its instructions: that of an ESP32-C3, and that of an ESP8266. */
export type Core = 'rv32' | 'lx106';

/** What a host is built for. */
export type Target = Bits | Core;

const COMPILERS = { 32: 'gcc', 64: 'gcc', rv32: 'riscv64-unknown-elf-gcc', lx106: 'xtensa-lx106-elf-gcc' } as const;

/** The compiler for a target: the name of its program. */
export function compilerFor(target: Target): string {
  return COMPILERS[target];
}

/** GCC's own sources, of which the lx106 needs some: an archive; undefined where there is none. */
export function findGccSource(): string | undefined {
  const folder = '/usr/src/gcc-12';
  if (!existsSync(folder)) return undefined;
  const archive = readdirSync(folder).find((name) => /^gcc-12.*\.tar\.xz$/.test(name));
  return archive === undefined ? undefined : join(folder, archive);
}

/**
 * Builds the XS host, unless it is built already, and resolves to the path of its program. It is kept below
 * node_modules/.cache, by what it was made from. Rejects with what the compiler says.
 * The first build takes some 10 seconds on two cores, that for 64 bits less than one.
 */
export async function buildHost(target: Target): Promise<string> {
  const here = join(ROOT, 'test/xs/host');
  const makefile = join(here, 'Makefile');
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  const compiler = spawnSync(compilerFor(target), ['--version'], { encoding: 'utf8' }).stdout.split('\n', 1)[0] ?? '';
  const hash = createHash('sha256').update(version).update(compiler);
  for (const path of [makefile, join(here, 'host.c')]) hash.update(readFileSync(path));
  if (typeof target === 'string') {
    for (const name of readdirSync(join(here, 'core'))) hash.update(readFileSync(join(here, 'core', name)));
  }
  const folder = join(ROOT, 'node_modules/.cache/tagwire-xs', `${hash.digest('hex').slice(0, 16)}-${target}`);
  mkdirSync(folder, { recursive: true });

  const variables = [`PACKAGE=${PACKAGE}`, `TARGET=${target}`, `OUT=${folder}`, `HERE=${here}`];
  if (target === 'lx106') variables.push(`GCC_SOURCE=${findGccSource() ?? ''}`);
  const make = ['make', '--silent', `--jobs=${cpus().length}`, '--no-builtin-rules', '-f', makefile, ...variables];
  // Test files run at the same time: one builds, the others wait for it and find it done.
  const building = spawn('flock', [join(folder, 'lock'), ...make], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  building.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    building.once('error', reject);
    building.once('close', resolve);
  });
  if (code !== 0)
    throw new Error(
      `the XS host for ${typeof target === 'number' ? `${target} bits` : target} does not build:\n${errors.trim()}`,
    );
  return join(folder, 'host');
}
