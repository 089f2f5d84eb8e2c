import { defineConfig } from 'vitest/config';

const report = process.env['TAGWIRE_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['build/**', 'node_modules/**'],
    // Limits for a machine that is busy, not expectations.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
