import { createDataset, type Dataset, keyedRandom, sliceDataset } from '@mlperf/core';
import { logisticRegressionFamily, randomForestFamily } from '@mlperf/models';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { KFold, ModelOptimizer, type SelectionMethod } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

/** Up by the sign of the second of five features, five times out of six; the fifth is its copy in another unit. */
function data(rows: number, seed = 'optimizer'): Dataset {
  const random = keyedRandom(seed);
  const times = Array.from({ length: rows }, (_, i) => i);
  const features = times.map(() => {
    const signal = random.next();
    return [random.next(), signal, random.next(), random.next(), 1_000 * signal];
  });
  return createDataset({
    features,
    featureNames: ['a', 'signal', 'b', 'c', 'copy'],
    targets: features.map(([, signal]) => (signal! > 0.5 === random.next() < 5 / 6 ? 1 : 0)),
    classes: ['down', 'up'],
    timestamps: times,
    labelEndsAt: times.map((time) => time + 1),
  });
}

const optimizerOf = (family: typeof randomForestFamily | typeof logisticRegressionFamily, options = {}) =>
  new ModelOptimizer({
    ...{ family, storage: openMemoryStorage(), seed: 's', splitter: new KFold({ nSplits: 3 }) },
    baseParams: family === randomForestFamily ? { nEstimators: 8 } : {},
    ...options,
  });

describe('a model optimizer', () => {
  const methods: readonly SelectionMethod[] = [
    'f-test',
    'mutual-information',
    'chi-square',
    'permutation',
    'recursive-elimination',
  ];

  it.each(methods)('finds the features that tell, by %s', async (method) => {
    const optimizer = optimizerOf(randomForestFamily);
    const found = await optimizer.featureSelection(data(240), { method, k: 2 });
    expect(found.features).toEqual(['signal', 'copy']);
    expect(optimizer.selectedFeatures).toEqual(['signal', 'copy']);
    expect(found.ranking.map(({ feature }) => feature).toSorted()).toEqual(['a', 'b', 'c', 'copy', 'signal']);
    expect(found.scores!.selected).toBeGreaterThan(0.6);
    expect(optimizer.suggestImprovements()[0]).toMatch(/^2 of 5 features, chosen inside each fold, score 0\.\d{4}/);
  });

  it('is not fooled by a choice among many features of noise', async () => {
    const random = keyedRandom('noise');
    const times = Array.from({ length: 90 }, (_, i) => i);
    const noise = createDataset({
      features: times.map(() => Array.from({ length: 200 }, () => random.next())),
      featureNames: Array.from({ length: 200 }, (_, i) => `f${i}`),
      targets: times.map(() => (random.next() < 0.5 ? 1 : 0)),
      classes: ['down', 'up'],
      timestamps: times,
      labelEndsAt: times.map((time) => time + 1),
    });
    const optimizer = optimizerOf(logisticRegressionFamily);
    const { scores, features } = await optimizer.featureSelection(noise, { method: 'f-test', k: 8 });
    expect(scores!.selected).toBeLessThan(0.65);
    // Chosen on all rows and scored on them, the same features look like a discovery.
    const columns = features.map((name) => noise.featureNames.indexOf(name));
    const values = Float64Array.from(times.flatMap((row) => columns.map((c) => noise.features.values[row * 200 + c]!)));
    const leaked = { ...noise, features: { values, rows: 90, columns: 8 }, featureNames: features };
    const flattering = await optimizerOf(logisticRegressionFamily).featureSelection(leaked, { method: 'f-test', k: 8 });
    expect(flattering.scores!.all).toBeGreaterThan(scores!.selected + 0.1);
  });

  it('searches an architecture, and says when its end of a range was the best', async () => {
    const optimizer = optimizerOf(randomForestFamily, { baselines: [logisticRegressionFamily] });
    const request = { nTrials: 6, parameters: ['maxDepth'] };
    const found = await optimizer.optimizeArchitecture(data(200), request);
    expect(Object.keys(found.hyperparameters).toSorted()).toEqual(['maxDepth', 'nEstimators']);
    expect(found).toBe(optimizer.optimalArchitecture);
    expect(found.report.trials.tried).toBe(6);
    const edge = (found.hyperparameters.maxDepth as number) === 1;
    const sentences = optimizer.suggestImprovements().join('\n');
    if (edge) expect(sentences).toMatch(/The best 'maxDepth'/);
    await expect(optimizer.optimizeArchitecture(data(50), { parameters: ['units'] })).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    });
  });

  it('tells what a model makes of its features, from all sides, and what follows', async () => {
    const optimizer = optimizerOf(randomForestFamily);
    const rows = data(400);
    const context = {
      ...{ seed: 's', signal: new AbortController().signal },
      report: async () => 'continue' as const,
      onProgress: () => {},
    };
    const model = await randomForestFamily.fit(sliceDataset(rows, 0, 300), { nEstimators: 20 }, context);
    const report = await optimizer.analyzeFeatureImportance(model, sliceDataset(rows, 300));
    expect(report.permutation[0]!.features).toEqual(['signal', 'copy']);
    expect(report.shapley!.signal! + report.shapley!.copy!).toBeGreaterThan(0.6);
    expect(Object.values(report.shapley!).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(Object.keys(report.own!)).toEqual(rows.featureNames);
    expect(optimizer.suggestImprovements().join('\n')).toMatch(/'signal', 'copy' tell the same/);
    model.dispose();
  });

  it('weighs members, and says when equal weights are as good', () => {
    const optimizer = optimizerOf(randomForestFamily);
    const random = keyedRandom('members');
    const yTrue = Float64Array.from({ length: 200 }, () => (random.next() < 0.5 ? 1 : 0));
    const member = () => Float64Array.from(Array.from(yTrue, (y) => (y === 1 ? [0.4, 0.6] : [0.6, 0.4])).flat());
    const found = optimizer.ensembleWeightsOptimization([member(), member()], yTrue, 2);
    expect(found.recommended).toBe('equal');
    expect(optimizer.suggestImprovements()).toEqual([
      'Chosen weights did no better on later rows than equal ones: weigh the members alike.',
      'The ensemble is hardly better than its best member: its members make the same mistakes; add other kinds of models.',
    ]);
    expect(optimizerOf(randomForestFamily).suggestImprovements()).toEqual([]);
  });

  it('chooses by the metric and folds configured, and by no row that the study holds out', async () => {
    const seen: number[] = [];
    const spy: typeof logisticRegressionFamily = {
      ...logisticRegressionFamily,
      fit: (train, params, context) => {
        seen.push(train.timestamps.at(-1)!);
        return logisticRegressionFamily.fit(train, params, context);
      },
    };
    const options = { splitter: undefined, config: { metric: 'log_loss', nSplits: 3 }, holdout: { share: 0.25 } };
    const rows = data(400);
    const { scores } = await optimizerOf(spy, options).featureSelection(rows, { method: 'f-test', k: 2 });
    // A coin's log loss is ln 2: no accuracy.
    expect(scores!.selected).toBeLessThan(Math.LN2);
    expect(scores!.selected).toBeLessThan(scores!.all + 0.05);
    expect(seen).toHaveLength(6);
    expect(Math.max(...seen)).toBeLessThan(300);
  });

  it('refuses a selection that is none', async () => {
    const optimizer = optimizerOf(logisticRegressionFamily);
    const rows = data(60);
    for (const k of [0, 1.5, 6]) {
      await expect(optimizer.featureSelection(rows, { method: 'f-test', k })).rejects.toMatchObject({
        code: 'OUT_OF_RANGE',
      });
    }
    const unknown = { method: 'tea-leaves' as SelectionMethod, k: 1 };
    await expect(optimizer.featureSelection(rows, unknown)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    const signal = AbortSignal.abort();
    await expect(optimizer.featureSelection(rows, { method: 'recursive-elimination', k: 1, signal })).rejects.toThrow();
  });
});
