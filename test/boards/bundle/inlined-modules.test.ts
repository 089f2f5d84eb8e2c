import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inlinedModule } from '../../../boards/bundle/steps.js';
import { TOP } from '../../support/folders.js';
import { functionsIn } from './run.js';

/** What `npm run test:inlined` runs all of. */
const TESTS = ['test/mqtt/redelivery', 'test/mqtt/receive', 'test/telemetry/outbox/outbox.test', 'test/tags/decode'];

it('inlines calls in a module of the sources', async () => {
  const code = readFileSync(join(TOP, 'build/src/mqtt/session.js'), 'utf8');
  expect(functionsIn(await inlinedModule(code)).length).toBeLessThan(functionsIn(code).length);
});

it('passes tests of the firmware on modules with calls inlined', () => {
  const env = { ...process.env, TAGWIRE_INLINED: '1', TAGWIRE_TEST_REPORT: '' };
  const run = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...TESTS], {
    cwd: TOP,
    env,
    encoding: 'utf8',
  });
  expect(run.status, run.stdout + run.stderr).toBe(0);
  expect(run.stdout).toMatch(/Tests .*\d+ passed/);
});
