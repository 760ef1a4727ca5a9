import { ManualClock, predictRows, selectRows, sliceDataset } from '@mlperf/core';
import {
  compareWithBaselines,
  imputation,
  lstmFamily,
  lstmRegressionFamily,
  standardScaling,
  withPreprocessing,
} from '@mlperf/models';
import { openMemoryStorage } from '@mlperf/storage-memory';
import {
  defineSpace,
  HyperparameterTuner,
  int,
  KFold,
  PurgedWalkForward,
  rootMeanSquaredErrorScoring,
} from '@mlperf/tuning';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { fitContext, quick, signOfSum, valueOfSum } from './toy-sequences.ts';

const storage = () => openMemoryStorage({ clock: new ManualClock(0) });
const splitter = new PurgedWalkForward({ nSplits: 3 });
const { units: _, lookBack: __, ...fixed } = quick;

describe('an LSTM family', () => {
  it('is tuned over its look-back: every test row is answered, and a look-back too short shows', async () => {
    const tuner = new HyperparameterTuner({
      family: lstmFamily,
      searchSpace: defineSpace({ lookBack: int(1, 2), units: int(8, 8) }),
      baseParams: fixed,
      splitter,
      storage: storage(),
      seed: 'lstm',
    });
    const result = await tuner.gridSearch(signOfSum(400, 'tuning'));
    expect(result.experiments.map((experiment) => experiment.state)).toEqual(['complete', 'complete']);
    expectTypeOf(result.best!.params.lookBack).toEqualTypeOf<number>();
    expect(result.best!.params.lookBack).toBe(2);
    const scores = result.experiments.map((experiment) => experiment.meanCvScore!);
    expect(Math.max(...scores)).toBeGreaterThan(0.95);
    expect(Math.min(...scores)).toBeLessThan(0.9);
  });

  it('is tuned by k-fold too, whose first rows have nothing before them', async () => {
    const tuner = new HyperparameterTuner({
      family: withPreprocessing(lstmFamily, [standardScaling()]),
      searchSpace: defineSpace({ lookBack: int(2, 3) }),
      baseParams: { ...fixed, units: 8, epochs: 2 },
      splitter: new KFold({ nSplits: 3 }),
      storage: storage(),
      seed: 'lstm',
    });
    const result = await tuner.gridSearch(signOfSum(150, 'k-fold'));
    expect(result.experiments.map(({ state }) => state)).toEqual(['complete', 'complete']);
    expect(result.unscoredRows).toBe(3);
  });

  it('tells a tuner the type of its own parameters', () => {
    const tuner = new HyperparameterTuner({ family: lstmFamily, storage: storage(), seed: 'types' });
    expectTypeOf(tuner.bestParams?.learningRate).toEqualTypeOf<number | undefined>();
    expect(tuner.bestParams?.learningRate).toBeUndefined();
  });

  it('for values is cross-validated by its error', async () => {
    const tuner = new HyperparameterTuner({
      family: lstmRegressionFamily,
      metric: rootMeanSquaredErrorScoring,
      searchSpace: defineSpace({ lookBack: int(2, 3), units: int(8, 16) }),
      baseParams: fixed,
      splitter,
      storage: storage(),
      seed: 'lstm',
    });
    const { cvScores } = await tuner.crossValidate(valueOfSum(400, 'tuning'), { lookBack: 3, units: 8 });
    expect(cvScores).toHaveLength(3);
    // The values' own spread is 0.01 · √3.
    for (const score of cvScores) expect(Math.abs(score)).toBeLessThan(0.006);
  });

  it('carries preprocessing: missing values are imputed, windows stay windows', async () => {
    const family = withPreprocessing(lstmFamily, [imputation(), standardScaling()]);
    const data = signOfSum(400, 'preprocessed');
    const values = data.features.values.map((value, i) => (i % 20 === 1 ? Number.NaN : value));
    const holes = { ...data, features: { ...data.features, values }, missingValues: 'allowed' as const };
    const model = await family.fit(sliceDataset(holes, 0, 300), quick, fitContext());
    expect(model.lookBack).toBe(3);
    const test = selectRows(
      holes,
      Array.from({ length: 100 }, (_, row) => 300 + row),
    );
    const loaded = await family.load(model.serialize());
    const answers = await predictRows(loaded, test, holes);
    expect(answers).toEqual(await predictRows(model, test, holes));
    const right = test.targets.filter((label, row) => (answers[2 * row + 1]! > 0.5 ? 1 : 0) === label);
    expect(right.length / 100).toBeGreaterThan(0.95);
  });

  it('stands beside the baselines, which cannot tell what only memory can', async () => {
    const data = signOfSum(400, 'beside');
    const lstm = await lstmFamily.fit(sliceDataset(data, 0, 300), quick, fitContext());
    const [before, after] = [sliceDataset(data, 0, 300), sliceDataset(data, 300)];
    const { rows, noSkill, baselines, models } = await compareWithBaselines(before, after, { lstm }, { history: data });
    expect(rows).toBe(100);
    expect(models[0]!.accuracy).toBeGreaterThan(0.95);
    expect(models[0]!.logLoss).toBeLessThan(noSkill.logLoss / 2);
    // One row is right three times in four at best.
    for (const { accuracy } of [noSkill, ...baselines]) expect(accuracy).toBeLessThan(0.85);
  });

  it('is compared on the rows it can answer, and the baselines on the same ones', async () => {
    const data = signOfSum(120, 'head');
    const lstm = await lstmFamily.fit(sliceDataset(data, 0, 80), { ...quick, epochs: 1 }, fitContext());
    const [before, after] = [sliceDataset(data, 0, 80), sliceDataset(data, 80)];
    const withoutHistory = await compareWithBaselines(before, after, { lstm });
    expect(withoutHistory).toMatchObject({ rows: 37, unscoredRows: 3 });
    const alike = await compareWithBaselines(before, sliceDataset(data, 83), { lstm }, { history: data });
    expect(alike).toEqual({ ...withoutHistory, unscoredRows: undefined });
    await expect(compareWithBaselines(before, sliceDataset(data, 118), { lstm })).rejects.toMatchObject({
      code: 'INSUFFICIENT_DATA',
    });
  });
});
