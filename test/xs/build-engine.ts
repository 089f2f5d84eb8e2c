import { spawnSync } from 'node:child_process';
import { BadInput } from '../../sim/bad-input.js';
import { findXsWorker, XSNAP } from '../../sim/xs/engine-paths.js';

/**
 * `npm run engine`: compiles the XS engine, which `npm ci` only fetches. With `--optional`, as `npm test` calls it, a
 * machine that cannot is no failure: what needs the engine says so itself.
 */
function main(): number {
  const isOptional = process.argv.includes('--optional');
  if (missing() === undefined) return 0;
  process.stderr.write(`compiling the XS engine (${XSNAP}), once; this takes about a minute\n`);
  // The project holds install scripts back, and this one is wanted.
  spawnSync('npm', ['rebuild', XSNAP, '--ignore-scripts=false', '--silent'], { stdio: ['ignore', 'ignore', 'ignore'] });
  const problem = missing();
  if (problem === undefined) return 0;
  process.stderr.write(`the XS engine could not be compiled: ${problem}\n`);
  if (!isOptional)
    process.stderr.write(`to see why: npm rebuild ${XSNAP} --ignore-scripts=false --foreground-scripts\n`);
  return isOptional ? 0 : 1;
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

process.exitCode = main();
