import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SlowestFiles } from './test/support/slowest.js';

/** `npm run test:inlined`: modules as they are in the bundles of boards. */
const plugins = process.env['TAGWIRE_INLINED']
  ? [(await import('./test/support/inlined-plugin.js')).inlinedModules()]
  : [];
const report = process.env['TAGWIRE_TEST_REPORT'];

export default defineConfig({
  plugins,
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['build/**', 'node_modules/**'],
    // Vitest leaves one core free, which is half of the machine where there are two. Many tests wait for a process, a
    // page or the clock, so that one more keeps all of them busy.
    maxWorkers: availableParallelism() + 1,
    // The files of a worker share its modules: a process for each file, which loads them again, takes half a second.
    isolate: false,
    // Limits for a machine that is busy, not expectations.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ['default', new SlowestFiles(), ...(report ? [['json', { outputFile: report }] as const] : [])],
  },
});
