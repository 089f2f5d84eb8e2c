import { describe, expect, it } from 'vitest';
import { checkFileLimit } from '../../../sim/fleet/file-limit.js';

describe('checkFileLimit', () => {
  it('refuses more devices than open files, with the limit and how to raise it', () => {
    expect(() => checkFileLimit(1000, 2, 1024, 28232)).toThrow(
      /^1000 devices need 1096 open files, and this process may have 1024; raise the limit with ulimit -n 1096/,
    );
    expect(() => checkFileLimit(900, 2, 1024, 28232)).not.toThrow();
  });

  it('refuses more devices than local ports', () => {
    expect(() => checkFileLimit(30_000, 2, Infinity, 28232)).toThrow(
      /as many local ports, and there are 28232 .*sysctl/,
    );
  });
});
