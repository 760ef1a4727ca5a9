import { createDataset, keyedRandom, randomNormal } from '@mlperf/core';
import { randomForestFamily, randomForestRegressionFamily } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { growForest } from '../../../../packages/models/src/random-forest/growth/grow-forest.ts';
import { classGrowthData } from '../../../../packages/models/src/random-forest/growth/training-data.ts';
import { randomForestDefaults } from '../../../../packages/models/src/random-forest/parameters.ts';
import { fitContext, noisyRule } from './noisy-rule.ts';

/** Targets that no feature tells anything about: trees grow until every leaf holds one row. */
function noise(rows: number, classes?: readonly string[]) {
  const random = keyedRandom('noise', rows);
  const values = Float64Array.from({ length: 3 * rows }, () => randomNormal(random));
  const targets = Float64Array.from({ length: rows }, () =>
    classes === undefined ? randomNormal(random) : Math.floor(random.next() * classes.length),
  );
  return createDataset({
    features: { values, rows, columns: 3 },
    featureNames: ['a', 'b', 'c'],
    targets,
    ...(classes === undefined ? {} : { classes }),
    timestamps: targets.map((_, i) => i),
    labelEndsAt: targets.map((_, i) => i),
  });
}

describe('a forest of default size on noisy rows', () => {
  it('of 35,000 values is grown, written and read', async () => {
    const train = noise(35_000);
    const model = await randomForestRegressionFamily.fit(train, {}, fitContext());
    const bytes = model.serialize();
    expect(bytes.length).toBeGreaterThan(64 * 1024 * 1024);
    const loaded = await randomForestRegressionFamily.load(bytes);
    const rows = { values: train.features.values.subarray(0, 300), rows: 100, columns: 3 };
    expect(await loaded.predict(rows)).toEqual(await model.predict(rows));
  }, 240_000);

  it('of 70,000 rows in three classes is grown, written and read', async () => {
    const train = noise(70_000, ['down', 'flat', 'up']);
    const model = await randomForestFamily.fit(train, {}, fitContext());
    const loaded = await randomForestFamily.load(model.serialize());
    const rows = { values: train.features.values.subarray(0, 300), rows: 100, columns: 3 };
    expect(await loaded.predict(rows)).toEqual(await model.predict(rows));
  }, 240_000);
});

it('a forest that cannot fit is refused after a few trees', async () => {
  const train = noisyRule(2_000, 'too large');
  const data = await classGrowthData(train, { maxBins: 256, poll() {} });
  const parameters = { ...randomForestDefaults, nEstimators: 100 };
  const plan = {
    modelType: 'random-forest',
    data,
    limits: { ...parameters, criterion: 'gini' as const, features: 2 },
    parameters,
    score: undefined,
  };
  let grown = 0;
  const context = fitContext({ onProgress: () => grown++ });
  const megabyte = 1024 * 1024;
  await expect(growForest(plan, context, 1.2 * megabyte)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  expect(grown).toBe(2);
  expect((await growForest(plan, context, 4 * megabyte)).nodeCounts).toHaveLength(100);
});
