import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { benchmarkNames } from '../bench/harness/run-benchmarks.ts';

const BENCH = resolve(import.meta.dirname, '../bench');

it.each(benchmarkNames(BENCH))('the small form of benchmark %s runs and its results are right', async (name) => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@mlperf/source',
    join(BENCH, 'run.ts'),
    name,
    '--quick',
    '--json',
  ]);
  const figures = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly name: string });
  // However slow the machine: what is too slow is said, and is not wrong.
  expect(figures.length).toBeGreaterThan(0);
});
