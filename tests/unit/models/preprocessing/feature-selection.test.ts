import { createDataset, type Dataset, keyedRandom } from '@mlperf/core';
import {
  featureSelection,
  fitPipeline,
  logisticRegressionFamily,
  lstmFamily,
  randomForestFamily,
  restorePipeline,
  withPreprocessing,
  withUndersampling,
} from '@mlperf/models';
import { anovaFScores } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

const context = {
  seed: 's',
  signal: new AbortController().signal,
  report: async () => 'continue' as const,
  onProgress: () => {},
};

/** Four features of which the third tells most, the first a little; up one time in ten. */
function data(rows: number): Dataset {
  const random = keyedRandom('selection');
  const times = Array.from({ length: rows }, (_, i) => i);
  const targets = times.map((i) => (i % 10 === 0 ? 1 : 0));
  return createDataset({
    features: targets.map((up) => [random.next() + 0.2 * up, random.next(), random.next() + up, 7]),
    featureNames: ['little', 'noise', 'much', 'constant'],
    targets,
    classes: ['down', 'up'],
    timestamps: times,
    labelEndsAt: times.map((time) => time + 1),
  });
}

describe('feature selection', () => {
  it('keeps the best in the order they stood, and drops what is constant first', () => {
    const fitted = fitPipeline([featureSelection({ k: 2, scores: anovaFScores })], data(500));
    expect(fitted.featureNames).toEqual(['little', 'much']);
    const out = fitted.transform({ values: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8), rows: 2, columns: 4 });
    expect([...out]).toEqual([1, 3, 5, 7]);
    const all = fitPipeline([featureSelection({ k: 9, scores: anovaFScores })], data(500));
    expect(all.featureNames).toHaveLength(4);
  });

  it('is stored with the model, which tells importance by the features it was given', async () => {
    const family = withPreprocessing(logisticRegressionFamily, [featureSelection({ k: 1, scores: anovaFScores })]);
    const rows = data(500);
    const model = await family.fit(rows, {}, context);
    const again = await family.load(model.serialize());
    expect(await again.predict(rows.features)).toEqual(await model.predict(rows.features));
    expect(again.featureNames).toEqual(['little', 'noise', 'much', 'constant']);
    const fitted = fitPipeline([featureSelection({ k: 1, scores: anovaFScores })], rows);
    expect(restorePipeline(JSON.parse(JSON.stringify(fitted))).featureNames).toEqual(['much']);
  });

  it('refuses what makes no selection', () => {
    const code = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return (error as { code: string }).code;
      }
      return undefined;
    };
    expect(code(() => featureSelection({ k: 0, scores: anovaFScores }))).toBe('OUT_OF_RANGE');
    expect(code(() => fitPipeline([featureSelection({ k: 1, scores: () => [{}] })], data(20)))).toBe('LENGTH_MISMATCH');
    const stored = { kind: 'selection', formatVersion: 1, featureNames: ['a'], columns: [1] };
    expect(code(() => restorePipeline([stored]))).toBe('MODEL_FORMAT');
  });
});

describe('undersampling', () => {
  it('gives every class as many rows as the rarest has, the same for the same seed', async () => {
    const seen: Dataset[] = [];
    const spy = {
      ...logisticRegressionFamily,
      fit: (train: Dataset, params: object, given: typeof context) => {
        seen.push(train);
        return logisticRegressionFamily.fit(train, params, given);
      },
    };
    const rows = data(500);
    const family = withUndersampling(spy, { ratio: 2 });
    const model = await family.fit(rows, {}, context);
    expect(model.modelType).toBe('logistic-regression+undersampling');
    await family.fit(rows, {}, context);
    const [first, second] = seen as [Dataset, Dataset];
    expect(first.targets.filter((target) => target === 1)).toHaveLength(50);
    expect(first.targets.filter((target) => target === 0)).toHaveLength(100);
    expect(second.timestamps).toEqual(first.timestamps);
    const again = await family.load(model.serialize());
    expect(await again.predict(rows.features)).toEqual(await model.predict(rows.features));
  });

  it('of a forest answers and explains like the forest', async () => {
    const family = withUndersampling(randomForestFamily);
    const rows = data(300);
    const model = await family.fit(rows, { nEstimators: 5 }, context);
    const again = await family.load(model.serialize());
    expect(await again.predict(rows.features)).toEqual(await model.predict(rows.features));
    expect(model.featureImportance!().reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(again.treeStructure!().trees).toHaveLength(5);
    model.dispose();
    again.dispose();
  });

  it('is refused where gaps would break windows', () => {
    expect(() => withUndersampling(lstmFamily)).toThrow(/rows stand alone; got lstm/);
    expect(() => withUndersampling(logisticRegressionFamily, { ratio: 0.5 })).toThrow(/ratio must be at least 1/);
  });
});
