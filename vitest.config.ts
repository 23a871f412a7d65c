import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    // Real processes, real git, a real built CLI: slow machines need room, and a hang still ends.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
