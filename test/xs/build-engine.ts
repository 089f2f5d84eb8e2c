import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BadInput } from '../../sim/bad-input.js';
import { findXsWorker, XS_HOST, XSNAP } from '../../sim/xs/engine-paths.js';
import { buildHost } from './host/build.js';
import { ROOT } from './host/paths.js';
import { supportFor } from './host/support.js';

/**
 * `npm run engine`: compiles the XS engine, which `npm ci` only fetches, and the host that runs it in the memory of a
 * chip. With `--optional`, as `npm test` calls it, a machine that cannot is no failure: what needs the engine says so
 * itself.
 */
async function main(): Promise<number> {
  const isOptional = process.argv.includes('--optional');
  const isBuilt = buildWorker(isOptional);
  const hasHost = await writeHost(isOptional);
  return isOptional || (isBuilt && hasHost) ? 0 : 1;
}

function buildWorker(isOptional: boolean): boolean {
  if (missing() === undefined) return true;
  process.stderr.write(`compiling the XS engine (${XSNAP}), once; this takes about a minute\n`);
  // The project holds install scripts back, and this one is wanted.
  spawnSync('npm', ['rebuild', XSNAP, '--ignore-scripts=false', '--silent'], { stdio: ['ignore', 'ignore', 'ignore'] });
  const problem = missing();
  if (problem === undefined) return true;
  process.stderr.write(`the XS engine could not be compiled: ${problem}\n`);
  if (!isOptional)
    process.stderr.write(`to see why: npm rebuild ${XSNAP} --ignore-scripts=false --foreground-scripts\n`);
  return false;
}

/** Writes a program that runs the host for 32 bits, through an emulator where the kernel needs one. */
async function writeHost(isOptional: boolean): Promise<boolean> {
  const { missing: lacking, runner } = supportFor(32);
  if (lacking !== undefined) {
    if (!isOptional) process.stderr.write(`XS for 32 bits, for the page, is not compiled: ${lacking}\n`);
    return false;
  }
  const command = [runner, await buildHost(32)].filter((word) => word !== '').map((word) => `'${word}'`);
  const path = join(ROOT, XS_HOST);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\nexec ${command.join(' ')} "$@"\n`);
  chmodSync(path, 0o755);
  return true;
}

function missing(): string | undefined {
  try {
    findXsWorker();
    return undefined;
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return error.message;
  }
}

process.exitCode = await main();
