import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { describe } from 'vitest';
import { describeUnless } from './require.js';

/** `describe` for tests that let Wireshark judge a capture. */
export function requireTshark(): ReturnType<typeof describeUnless> | typeof describe {
  const { error } = spawnSync('tshark', ['--version'], { stdio: 'ignore' });
  return describeUnless(error && 'tshark is not installed: apt-get install tshark');
}

/**
 * The packets of a capture as tshark dissects them, each with the values of `fields`; a field that a packet has more
 * than once has its values with commas between. `filter` is a display filter.
 */
export async function dissect(
  path: string,
  fields: readonly string[],
  { filter = '', options = [] }: { filter?: string; options?: readonly string[] } = {},
): Promise<string[][]> {
  const args = ['-n', '-r', path, '-T', 'fields', '-E', 'separator=/t', ...fields.flatMap((field) => ['-e', field])];
  for (const option of options) args.push('-o', option);
  if (filter !== '') args.push('-Y', filter);
  const { stdout } = await promisify(execFile)('tshark', args, { maxBuffer: 256 * 1024 * 1024 });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}
