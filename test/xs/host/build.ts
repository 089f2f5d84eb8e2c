import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { PACKAGE, ROOT } from './paths.js';

/** 32: slots of 16 bytes and chunk headers of 8, as on ESP32 and ESP8266. 64: twice that, but ready at once. */
export type Bits = 32 | 64;

/**
 * Builds the XS host, unless it is built already, and resolves to the path of its program. It is kept below
 * node_modules/.cache, by what it was made from. Rejects with what the compiler says.
 * The first build for 32 bits takes some 10 seconds on two cores, that for 64 bits less than one.
 */
export async function buildHost(bits: Bits): Promise<string> {
  const makefile = join(ROOT, 'test/xs/host/Makefile');
  const source = join(ROOT, 'test/xs/host/host.c');
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  const compiler = spawnSync('gcc', ['--version'], { encoding: 'utf8' }).stdout.split('\n', 1)[0] ?? '';
  const hash = createHash('sha256').update(version).update(compiler);
  for (const path of [makefile, source]) hash.update(readFileSync(path));
  const folder = join(ROOT, 'node_modules/.cache/tagwire-xs', `${hash.digest('hex').slice(0, 16)}-${bits}`);
  mkdirSync(folder, { recursive: true });

  const variables = [`PACKAGE=${PACKAGE}`, `BITS=${bits}`, `OUT=${folder}`, `HOST=${source}`];
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
  if (code !== 0) throw new Error(`the XS host for ${bits} bits does not build:\n${errors.trim()}`);
  return join(folder, 'host');
}
