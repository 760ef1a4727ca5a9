import type { FitRequest, TrainingExperiment } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { HyperparameterTuner, PurgedWalkForward } from '@mlperf/tuning';
import { workerThreadExecutor } from '@mlperf/workers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stumpFamily } from '../a-family.ts';
import { aSeries } from '../a-series.ts';

const data = aSeries(240);
const OPTIONS = { nTrials: 8, studyId: 'threads', duplicates: 'replicate' } as const;

/** Threads whose fits can be watched. */
function threadsOf(familiesModule: URL, threads = 2) {
  const executor = workerThreadExecutor({ familiesModule, threads });
  onTestFinished(() => executor.close());
  const requests: FitRequest[] = [];
  const fit: typeof executor.fit = (request, options) => {
    requests.push(request);
    return executor.fit(request, options);
  };
  return { executor: { ...executor, fit }, requests };
}

const aTuner = (options: Pick<ConstructorParameters<typeof HyperparameterTuner>[0], 'storage' | 'executor'>) =>
  new HyperparameterTuner({
    family: stumpFamily(),
    splitter: new PurgedWalkForward({ nSplits: 3 }),
    baseParams: { jitter: 0.01 },
    seed: 'threads',
    ...options,
  });

const withoutTimes = (experiments: readonly TrainingExperiment[]) =>
  experiments.map(({ createdAt: _at, trainingTimeSeconds: _seconds, ...rest }) => rest);

const MODULE = new URL('./stump-families.ts', import.meta.url);

describe('a search on worker threads', () => {
  it('of two processes with threads of their own is that of one thread, from memory that is shared once', async () => {
    const alone = await aTuner({ storage: openMemoryStorage() }).randomSearch(data, OPTIONS);
    const storage = openMemoryStorage();
    const pools = [threadsOf(MODULE), threadsOf(MODULE)];
    const results = await Promise.all(
      pools.map(({ executor }) => aTuner({ storage, executor }).randomSearch(data, OPTIONS)),
    );
    for (const { experiments } of results) expect(withoutTimes(experiments)).toEqual(withoutTimes(alone.experiments));
    expect(pools.reduce((sum, { requests }) => sum + requests.length, 0)).toBe(8 * 3);
    for (const { requests } of pools) {
      const buffers = requests.flatMap(({ train, predictRows }) => [
        train.features.values.buffer,
        ...(predictRows ?? []).map(({ dataset }) => dataset.features.values.buffer),
      ]);
      for (const buffer of buffers) expect(buffer).toBeInstanceOf(SharedArrayBuffer);
      // A training and a test part for each fold, whatever the number of trials.
      expect(new Set(buffers).size).toBeLessThanOrEqual(2 * 3);
      expect(new Set(requests.map(({ predictRows }) => predictRows?.[0]?.history?.features.values.buffer)).size).toBe(
        1,
      );
    }
  });

  it.each([
    ['is not there', new URL('./no-such-module.ts', import.meta.url), 'no-such-module'],
    ['throws', new URL("data:text/javascript,throw new Error('broken')"), 'broken'],
    ['exports no families', new URL('data:text/javascript,export const families = []'), 'families'],
  ])('whose module %s ends with a typed error, and the study goes on elsewhere', async (_what, module, words) => {
    const storage = openMemoryStorage();
    await expect(
      aTuner({ storage, executor: threadsOf(module, 1).executor }).randomSearch(data, OPTIONS),
    ).rejects.toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringContaining(words) });
    expect(await storage.trials.finished({ studyId: 'threads', limit: 10 })).toEqual([]);
    for (const { expiresAt } of await storage.trials.claims('threads')) expect(expiresAt).toBe(0);
    const result = await aTuner({ storage }).randomSearch(data, OPTIONS);
    expect(result).toMatchObject({ completeTrials: 8, failedTrials: 0, resumedTrials: 0 });
  });
});
