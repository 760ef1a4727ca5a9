import { configDefaults, defineConfig } from 'vitest/config';

/** Packages resolve to their sources: in the test process, in what it spawns and in worker threads. */
const SOURCE = '@mlperf/source';
const resolve = { conditions: [SOURCE] };
const ssr = { resolve: { conditions: [SOURCE, 'node', 'import', 'module', 'default'] } };
/** V8 aborts now and then where threads come and go and the processor has memory protection keys; see ADR 0022. */
const STEADY_THREADS = '--no-memory-protection-keys';
const node = {
  execArgv: [`--conditions=${SOURCE}`, STEADY_THREADS],
  env: { NODE_OPTIONS: `--conditions=${SOURCE}` },
};

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
