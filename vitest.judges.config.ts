import { defineConfig } from 'vitest/config';

/** `npm run judges`: what takes longer, mostly real engines. */
export default defineConfig({
  test: {
    include: ['test/judges/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
