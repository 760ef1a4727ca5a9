import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';

// Worker threads and child processes read the sources again at each start: let them find what was compiled before.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

/** Packages resolve to their sources: in the test process, in what it spawns and in worker threads. */
const SOURCE = '@mlperf/source';
const resolve = { conditions: [SOURCE] };
const ssr = { resolve: { conditions: [SOURCE, 'node', 'module', 'default'] } };
const node = { execArgv: [`--conditions=${SOURCE}`], env: { NODE_OPTIONS: `--conditions=${SOURCE}` } };

const LONG = 'tests/**/*.long.test.ts';
const PACKED = 'tests/package/**/*.test.ts';

export default defineConfig({
  resolve,
  ssr,
  test: {
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
    reporters: ['default', './tests/closing-line-reporter.ts'],
    projects: [
      {
        resolve,
        ssr,
        test: {
          ...node,
          name: 'short',
          include: ['tests/**/*.test.ts'],
          exclude: [...configDefaults.exclude, LONG, PACKED],
          testTimeout: 30_000,
        },
      },
      {
        resolve,
        ssr,
        test: { ...node, name: 'long', include: [LONG], testTimeout: 600_000, fileParallelism: false },
      },
      {
        // Judges the packed tarballs: no source condition here, and `npm run build` comes first.
        test: {
          name: 'package',
          include: [PACKED],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
