import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['@mlperf/source'] };
const ssr = { resolve: { conditions: ['@mlperf/source', 'node', 'import', 'module', 'default'] } };

export default defineConfig({
  resolve,
  ssr,
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'short',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/**/*.long.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        resolve,
        ssr,
        test: { name: 'long', include: ['tests/**/*.long.test.ts'], testTimeout: 600_000, fileParallelism: false },
      },
    ],
  },
});
