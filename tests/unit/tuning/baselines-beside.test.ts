import { ManualClock } from '@mlperf/core';
import {
  lastSignFamily,
  logisticRegressionFamily,
  majorityClassFamily,
  randomForestRegressionFamily,
} from '@mlperf/models';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { HyperparameterTuner, PurgedWalkForward } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { stumpFamily } from './a-family.ts';
import { aSeries } from './a-series.ts';

const data = aSeries(240);
const splitter = new PurgedWalkForward({ nSplits: 4 });

function aTuner(baselines?: readonly (typeof majorityClassFamily | typeof logisticRegressionFamily)[]) {
  const storage = openMemoryStorage();
  const clock = new ManualClock(0);
  return new HyperparameterTuner({
    family: stumpFamily(),
    splitter,
    storage,
    seed: 'tuning',
    clock,
    ...(baselines === undefined ? {} : { baselines }),
  });
}

describe('baselines of a tuner', () => {
  it('stand beside every result, scored on the same folds as a study of their own would score them', async () => {
    const tuner = aTuner([majorityClassFamily, logisticRegressionFamily]);
    const study = await tuner.randomSearch(data, { nTrials: 2 });
    const validated = await tuner.crossValidate(data, study.best!.params);
    expect(study.baselines).toEqual(validated.baselines);
    expect(study.baselines?.map(({ modelType }) => modelType)).toEqual([
      majorityClassFamily.modelType,
      logisticRegressionFamily.modelType,
    ]);
    const alone = new HyperparameterTuner({
      family: logisticRegressionFamily,
      splitter,
      storage: openMemoryStorage(),
      seed: 'tuning',
    });
    const { cvScores, meanCvScore } = await alone.crossValidate(data, {});
    expect(study.baselines?.[1]).toMatchObject({ cvScores, meanCvScore });
  });

  it('are absent without any, and leave the trials as they are', async () => {
    const [plain, beside] = [aTuner(), aTuner([majorityClassFamily])];
    const study = await plain.randomSearch(data, { nTrials: 2 });
    expect(study).not.toHaveProperty('baselines');
    const { baselines, ...rest } = await beside.randomSearch(data, { nTrials: 2 });
    expect(rest).toEqual(study);
    expect(baselines).toHaveLength(1);
  });

  it('one that fails says why, and fails nothing else', async () => {
    const tuner = new HyperparameterTuner({
      family: stumpFamily(),
      splitter,
      storage: openMemoryStorage(),
      seed: 'tuning',
      baselines: [lastSignFamily, majorityClassFamily],
    });
    const { baselines, best } = await tuner.randomSearch(data, { nTrials: 1 });
    expect(best).toBeDefined();
    expect(baselines).toMatchObject([
      { modelType: lastSignFamily.modelType, failure: expect.any(String) },
      { modelType: majorityClassFamily.modelType, meanCvScore: expect.any(Number) },
    ]);
  });

  it('of another task are refused', () => {
    expect(
      () =>
        new HyperparameterTuner({
          family: stumpFamily(),
          storage: openMemoryStorage(),
          baselines: [randomForestRegressionFamily],
        }),
    ).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
  });
});
