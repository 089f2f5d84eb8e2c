import { spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from './build.js';
import { missingForCore } from './emulator.js';
import { OBJECTS, PACKAGE } from './paths.js';

/** How programs for a target are run on this machine. */
export interface Support {
  /** What the host needs and this machine lacks, and how to get it, in one line; undefined: nothing. */
  missing: string | undefined;
  /** The program that runs the host; empty: the kernel does. */
  runner: string;
}

/** The emulator where the kernel does not execute 32-bit programs. */
const EMULATOR = 'qemu-i386';

/** Ends with 0 when it runs, and was compiled for the bits that were asked for. */
const PROBE =
  '#include <math.h>\nint main(int count, char **words) { return sizeof(void *) * 8 != BITS || !cos(count); }\n';

const found = new Map<Target, Support>();

/** `probe` of this process's environment, once for each target. */
export function supportFor(target: Target): Support {
  let support = found.get(target);
  if (support === undefined) found.set(target, (support = probe(target, process.env)));
  return support;
}

/**
 * Finds out how the host for a target can be built and run, by building and running a small program: a compiler may
 * link programs that the kernel does not execute. TAGWIRE_XS_RUNNER names an emulator that is used for 32 bits
 * although the kernel executes them.
 */
export function probe(target: Target, environment: NodeJS.ProcessEnv): Support {
  const lacking = (missing: string): Support => ({ missing, runner: '' });
  const run = (program: string, args: string[], input = ''): SpawnSyncReturns<Buffer> =>
    spawnSync(program, args, { env: environment, input });

  if (process.platform !== 'linux') return lacking('the XS host is built on Linux only');
  if (!existsSync(join(PACKAGE, 'package.json'))) return lacking('@agoric/xsnap is not installed (npm ci)');
  for (const program of ['gcc', 'make', 'flock']) {
    if (run(program, ['--version']).status !== 0) {
      return lacking(`${program} is not on PATH (Debian: apt-get install build-essential util-linux)`);
    }
  }
  if (typeof target === 'string') return { missing: missingForCore(target, run), runner: '' };
  const bits = target;
  if (bits === 64 && !existsSync(OBJECTS)) {
    return lacking('@agoric/xsnap is not compiled (npm run engine)');
  }
  const folder = mkdtempSync(join(tmpdir(), 'tagwire-probe-'));
  try {
    const program = join(folder, 'probe');
    const compiled = run('gcc', [`-m${bits}`, `-DBITS=${bits}`, '-x', 'c', '-', '-o', program, '-lm'], PROBE);
    if (compiled.status !== 0) {
      return lacking(`gcc -m${bits} does not link a program (Debian on x86-64: apt-get install gcc-multilib)`);
    }
    const forced = bits === 32 ? (environment['TAGWIRE_XS_RUNNER'] ?? '') : '';
    if (forced !== '') {
      if (run(forced, [program]).status === 0) return { missing: undefined, runner: forced };
      return lacking(`TAGWIRE_XS_RUNNER: ${forced} is not on PATH or does not run ${bits}-bit programs`);
    }
    if (run(program, []).status === 0) return { missing: undefined, runner: '' };
    if (bits === 64) return lacking('this machine does not execute 64-bit programs');
    if (run(EMULATOR, [program]).status === 0) return { missing: undefined, runner: EMULATOR };
    return lacking(
      `this kernel executes no 32-bit programs, and ${EMULATOR} is not on PATH (Debian: apt-get install qemu-user)`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
