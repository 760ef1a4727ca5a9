import { randomForestFamily, randomForestSearchSpace } from '@mlperf/models';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { HyperparameterTuner, PurgedWalkForward, type StudyResult } from '@mlperf/tuning';
import { inlineExecutor, workerThreadExecutor } from '@mlperf/workers';
import { describe, expect, it } from 'vitest';
import { aSeries } from './a-series.ts';
import { families } from './forest-families.ts';

const { maxDepth, maxFeatures } = randomForestSearchSpace;
const searchSpace = { maxDepth, maxFeatures };
const data = aSeries(150);

function aTuner(executor?: ReturnType<typeof inlineExecutor>) {
  return new HyperparameterTuner({
    family: randomForestFamily,
    searchSpace,
    baseParams: { nEstimators: 5, minSamplesSplit: 10 },
    splitter: new PurgedWalkForward({ nSplits: 2 }),
    storage: openMemoryStorage(),
    seed: 'forest',
    ...(executor === undefined ? {} : { executor }),
  });
}

const scores = (result: StudyResult<typeof searchSpace>) => result.experiments.map(({ cvScores }) => cvScores);

describe('a search over random forests', () => {
  it('gives the same study in this thread, through the inline executor and in two worker threads', async () => {
    const here = await aTuner().randomSearch(data, { nTrials: 3 });
    expect(here).toMatchObject({ completeTrials: 3, failedTrials: 0 });
    // The series follows its first feature three times out of four.
    expect(here.best?.score).toBeGreaterThan(0.6);
    const importance = here.best?.experiment.featureImportance;
    expect(importance?.signal).toBeGreaterThan(importance?.noise ?? 1);

    const inline = inlineExecutor({ families });
    expect(scores(await aTuner(inline).randomSearch(data, { nTrials: 3 }))).toEqual(scores(here));
    await inline.close();

    const threads = workerThreadExecutor({
      familiesModule: new URL('./forest-families.ts', import.meta.url),
      threads: 2,
    });
    try {
      const there = await aTuner(threads).randomSearch(data, { nTrials: 3 });
      expect(scores(there)).toEqual(scores(here));
      expect(there.studyId).toBe(here.studyId);
    } finally {
      await threads.close();
    }
  });
});
