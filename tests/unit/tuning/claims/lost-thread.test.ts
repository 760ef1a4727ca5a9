import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainingExperiment } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { HyperparameterTuner, MedianPruner, PurgedWalkForward } from '@mlperf/tuning';
import { workerThreadExecutor } from '@mlperf/workers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stumpFamily } from '../a-family.ts';
import { aSeries } from '../a-series.ts';

const data = aSeries(120);

/** A search in whose fits so many threads end. */
async function searchWith(exits: number, pruneBy: 'folds' | 'steps' = 'folds') {
  const folder = await mkdtemp(join(tmpdir(), 'lost-thread-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const executor = workerThreadExecutor({
    familiesModule: new URL('./exiting-families.ts', import.meta.url),
    threads: 1,
  });
  onTestFinished(() => executor.close());
  const tuner = new HyperparameterTuner({
    family: stumpFamily(),
    splitter: new PurgedWalkForward({ nSplits: 2 }),
    baseParams: { folder, exits },
    storage: openMemoryStorage(),
    seed: 'threads',
    executor,
    worker: { maxLosses: 2 },
    ...(pruneBy === 'folds' ? {} : { pruner: new MedianPruner(), pruneBy }),
  });
  const { experiments } = await tuner.randomSearch(data, { nTrials: 2, studyId: 'threads' });
  return experiments;
}

const scoresOf = (experiments: readonly TrainingExperiment[]) => experiments.map(({ cvScores }) => cvScores);

describe('a thread that ends while it fits', () => {
  it('costs the trial nothing: the fold is fitted again, with the same scores', async () => {
    const experiments = await searchWith(1);
    expect(experiments.map(({ state }) => state)).toEqual(['complete', 'complete']);
    expect(scoresOf(experiments)).toEqual(scoresOf(await searchWith(0)));
  });

  it('has told of its first steps once', async () => {
    const [first] = await searchWith(1, 'steps');
    expect(first).toMatchObject({ state: 'complete', intermediateValues: { 1: 0.1, 2: 0.2 } });
  });

  it('fails the trial when it has happened as often as a trial may cost a worker', async () => {
    const [first, second] = await searchWith(2);
    expect(first).toMatchObject({ state: 'failed', notes: expect.stringContaining('WORKER_FAILURE') });
    expect(second).toMatchObject({ state: 'complete' });
  });
});
