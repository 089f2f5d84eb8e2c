import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bits } from './build.js';
import { OBJECTS, PACKAGE } from './paths.js';

/** What the host of these bits needs and this machine lacks, and how to get it, in one line; undefined: nothing. */
export function missingFor(bits: Bits): string | undefined {
  if (process.platform !== 'linux') return 'the XS host is built on Linux only';
  if (!existsSync(join(PACKAGE, 'package.json'))) {
    return '@agoric/xsnap is not installed (npm ci without --omit=optional)';
  }
  for (const program of ['gcc', 'make', 'flock']) {
    if (spawnSync(program, ['--version']).status !== 0) {
      return `${program} is not on PATH (Debian: apt-get install build-essential util-linux)`;
    }
  }
  if (bits === 64 && !existsSync(OBJECTS)) {
    return '@agoric/xsnap is not compiled (npm rebuild @agoric/xsnap, with its script allowed in allowScripts)';
  }
  const probe = spawnSync('gcc', [`-m${bits}`, '-x', 'c', '-', '-o', '/dev/null', '-lm'], {
    input: '#include <stdio.h>\nint main(void) { return 0; }\n',
  });
  if (probe.status !== 0) return `gcc -m${bits} does not link a program (Debian: apt-get install gcc-multilib)`;
  return undefined;
}
