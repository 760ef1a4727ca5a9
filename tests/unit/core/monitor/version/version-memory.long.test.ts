import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MEBIBYTE = 2 ** 20;

it('what a monitor keeps of a version does not grow over three million outcomes of a hundred symbols', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    '--conditions=@mlperf/source',
    join(import.meta.dirname, 'track-outcomes.ts'),
    '3000000',
  ]);
  const { heap, meanAccuracy } = JSON.parse(stdout) as { readonly heap: number; readonly meanAccuracy: number };
  expect(meanAccuracy).toBeCloseTo(0.6, 2);
  // A single byte left behind by each outcome would be three times this.
  expect(heap).toBeLessThan(MEBIBYTE);
});
