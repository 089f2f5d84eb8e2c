import { defineConfig } from 'vitest/config';
import { SlowestFiles } from './test/support/slowest.js';

const report = process.env['TAGWIRE_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['build/**', 'node_modules/**'],
    // Vitest leaves one core free, which is half of the machine where there are two.
    maxWorkers: '100%',
    // Limits for a machine that is busy, not expectations.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ['default', new SlowestFiles(), ...(report ? [['json', { outputFile: report }] as const] : [])],
  },
});
