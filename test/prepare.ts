import { spawn } from 'node:child_process';
import { TOP } from './support/folders.js';

/*
 * What `npm test` needs beside what the compiler wrote. Each step uses one core most of the time, so that two go on
 * at once; the second one of a pair finds in the cache what the first one asked the compiler.
 */

interface Step {
  readonly made: string;
  readonly command: readonly [program: string, ...args: string[]];
}

const BOARDS: Step = { made: 'what boards link', command: ['npm', 'run', '--silent', 'bundle:moddable'] };
const PROGRAMS: Step = { made: 'what is measured on XS', command: ['node', 'build/test/xs/bundle-programs.js'] };
const ENGINE: Step = { made: 'the XS engine', command: ['node', 'build/test/xs/build-engine.js', '--optional'] };
const PACKAGE: Step = { made: 'the package', command: ['npm', 'run', '--silent', 'bundle'] };

/** Runs steps in their order, and resolves to the exit code of the first one that fails, or 0. */
async function make(steps: readonly Step[]): Promise<number> {
  for (const { made, command } of steps) {
    const start = performance.now();
    const code = await run(command);
    if (code !== 0) return code;
    process.stdout.write(`${made}: ${Math.round((performance.now() - start) / 1000)} s\n`);
  }
  return 0;
}

function run([program, ...args]: Step['command']): Promise<number> {
  const child = spawn(program, args, { cwd: TOP, stdio: 'inherit', shell: process.platform === 'win32' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

const codes = await Promise.all([make([BOARDS, PROGRAMS]), make([ENGINE, PACKAGE])]);
process.exitCode = Math.max(...codes);
