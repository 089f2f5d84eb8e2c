import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TOP } from '../support/folders.js';

/** Of what rollup writes, one file of each bundle. */
const OUTPUTS = [
  ...['cli.js', 'firmware-sizes.json', 'xsnap-firmware.js', 'xsnap-replay.js', 'xs-lockstep.js'],
  ...['page/page.js', 'page/index.html', 'sim.d.ts'],
];
/** What it reads: what the compiler wrote, the files of the page, and itself. */
const INPUTS = [
  ...['build/src', 'build/boards', 'build/sim', 'sim/page'],
  ...['test/sizes.json', 'rollup.config.js', 'package.json'],
];
/** The compiler writes it although nothing else has changed. */
const NO_INPUT = /\.(tsbuildinfo|tsx?)$/;

/**
 * Whether the bundles in `dist` below `top` are missing, or older than what they are made of. `npm start` asks, since
 * rollup takes most of the time until there is a page.
 */
export function isDistStale(top: string): boolean {
  const outputs = OUTPUTS.map((name) => timeOf(join(top, 'dist', name)));
  return Math.min(...outputs) < Math.max(...INPUTS.map((name) => newest(join(top, name))));
}

/** 0: there is no such file. */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newest(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return Infinity;
  if (!status.isDirectory()) return status.mtimeMs;
  let time = 0;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (!entry.isDirectory() && NO_INPUT.test(entry.name) && !entry.name.endsWith('.d.ts')) continue;
    time = Math.max(time, newest(join(path, entry.name)));
  }
  return time;
}

/** Builds `dist` when it is stale. */
function main(): number {
  if (!isDistStale(TOP)) return 0;
  const options = { cwd: TOP, stdio: 'inherit', shell: process.platform === 'win32' } as const;
  return spawnSync('npm', ['run', '--silent', 'bundle'], options).status ?? 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
