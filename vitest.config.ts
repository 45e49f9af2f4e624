import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Proofs that take minutes: `npm run test:full` runs them too.
    exclude: process.env['KUSTODIA_TEST_FULL'] ? [] : ['test/**/*.full.test.ts'],
    env: { TZ: 'UTC', PONDER_TELEMETRY_DISABLED: 'true' },
    globalSetup: 'test/support/shared-postgres.ts',
    setupFiles: 'test/support/answers.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 3,
    maxConcurrency: 2,
    reporters: ['default'],
  },
});
