import { createDataset, type Dataset, keyedRandom, randomNormal } from '@mlperf/core';
import { type RandomForestRegressionParameters, randomForestRegressionFamily } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { fitContext } from './noisy-rule.ts';

/** Returns of about one percent: a bend in the first feature, a little of the second, and noise. */
function returns(rows: number, seed: string, shift = 0): Dataset {
  const random = keyedRandom(seed, 'returns');
  const features = Array.from({ length: rows }, () => [random.next() - 0.5, random.next() - 0.5, random.next() - 0.5]);
  return createDataset({
    features,
    featureNames: ['momentum', 'spread', 'volume'],
    targets: features.map(([a, b]) => shift + 0.02 * Math.abs(a!) + 0.005 * b! + 0.001 * randomNormal(random)),
    timestamps: features.map((_, i) => i),
    labelEndsAt: features.map((_, i) => i),
  });
}

function determination(dataset: Dataset, answers: Float64Array): number {
  const { targets } = dataset;
  const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length;
  let residual = 0;
  let total = 0;
  targets.forEach((target, i) => {
    residual += (target - answers[i]!) ** 2;
    total += (target - mean) ** 2;
  });
  return 1 - residual / total;
}

const train = returns(500, 'train');
const fresh = returns(300, 'fresh');
const small: Partial<RandomForestRegressionParameters> = { nEstimators: 20, minSamplesLeaf: 3 };

describe('randomForestRegressionFamily', () => {
  it('predicts returns it has not seen', async () => {
    const model = await randomForestRegressionFamily.fit(train, small, fitContext());
    expect(model.classes).toEqual([]);
    const answers = await model.predict(fresh.features);
    expect(answers).toHaveLength(300);
    expect(determination(fresh, answers)).toBeGreaterThan(0.85);
    const importance = model.featureImportance!();
    expect(importance[0]).toBeGreaterThan(0.7);
    expect(importance[2]).toBeLessThan(0.05);
  });

  it.each<[string, Partial<RandomForestRegressionParameters>]>([
    ['extremely randomised trees', { splitter: 'random', bootstrap: false }],
    ['a share of the features', { maxFeatures: 0.7 }],
    ['few bins', { maxBins: 16 }],
    ['a subsample', { bootstrap: false, maxSamples: 0.6 }],
  ])('predicts with %s', async (_, parameters) => {
    const model = await randomForestRegressionFamily.fit(train, { ...small, ...parameters }, fitContext());
    expect(determination(fresh, await model.predict(fresh.features))).toBeGreaterThan(0.8);
  });

  it('stays within the targets it has seen, and finds the same splits far from 0', async () => {
    const near = await randomForestRegressionFamily.fit(train, small, fitContext());
    const far = await randomForestRegressionFamily.fit(returns(500, 'train', 1e6), small, fitContext());
    const [low, high] = [Math.min(...train.targets), Math.max(...train.targets)];
    const distant = await far.predict(fresh.features);
    (await near.predict(fresh.features)).forEach((answer, i) => {
      expect(answer).toBeGreaterThanOrEqual(low);
      expect(answer).toBeLessThanOrEqual(high);
      // Targets near 1e6 keep ten digits after the point.
      expect(Math.abs(distant[i]! - 1e6 - answer)).toBeLessThan(2e-3);
    });
  });

  it('answers training rows out of bag, with R² as the score', async () => {
    const model = await randomForestRegressionFamily.fit(train, { ...small, outOfBag: true }, fitContext());
    const { score, rows, answer } = model.outOfBag!;
    const known = Array.from({ length: 500 }, (_, row) => row).filter((row) => answer!(row) !== undefined);
    expect(known).toHaveLength(rows);
    const targets = Float64Array.from(known, (row) => train.targets[row]!);
    const answers = Float64Array.from(known, (row) => answer!(row)![0]!);
    expect(score).toBeCloseTo(determination({ ...train, targets }, answers), 12);
    expect(score).toBeGreaterThan(0.8);
    const loaded = await randomForestRegressionFamily.load(model.serialize());
    expect(loaded.outOfBag).toEqual({ score, rows });
  });

  it('reports the root mean squared error below 0, so that larger is better', async () => {
    const reports: number[] = [];
    const model = await randomForestRegressionFamily.fit(
      train,
      { ...small, nEstimators: 3 },
      fitContext({
        validation: fresh,
        async report(_, value) {
          reports.push(value);
          return 'continue';
        },
      }),
    );
    const answers = await model.predict(fresh.features);
    const squares = answers.reduce((sum, answer, i) => sum + (answer - fresh.targets[i]!) ** 2, 0);
    expect(reports).toHaveLength(3);
    expect(reports[2]).toBeCloseTo(-Math.sqrt(squares / 300), 15);
  });

  it('has a structure whose mean of leaves is the answer', async () => {
    const model = await randomForestRegressionFamily.fit(train, small, fitContext());
    const { trees, scale, output, outputs } = model.treeStructure!();
    expect({ output, outputs, scale }).toEqual({ output: 'value', outputs: 1, scale: 1 / 20 });
    const [expected] = await model.predict({ values: Float64Array.of(0.2, -0.1, 0), rows: 1, columns: 3 });
    const x = [0.2, -0.1, 0];
    const sum = trees.reduce((total, { feature, threshold, left, right, values }) => {
      let node = 0;
      while (feature[node]! >= 0) node = x[feature[node]!]! <= threshold[node]! ? left[node]! : right[node]!;
      return total + values[node]!;
    }, 0);
    expect(sum * scale).toBeCloseTo(expected!, 15);
  });

  it('is a constant where targets are', async () => {
    const flat = { ...train, targets: train.targets.map(() => 0.003) };
    const model = await randomForestRegressionFamily.fit(flat, { ...small, outOfBag: true }, fitContext());
    for (const answer of await model.predict(fresh.features)) expect(answer).toBeCloseTo(0.003, 15);
    expect(model.featureImportance).toBeUndefined();
    expect(model.outOfBag!.score).toBeUndefined();
  });

  it.each<[string, Dataset, object, string]>([
    ['classes', { ...train, classes: ['down', 'up'] }, {}, 'INVALID_TYPE'],
    ['a target of NaN', { ...train, targets: train.targets.map(() => Number.NaN) }, {}, 'NOT_FINITE'],
    ['a target whose square overflows', { ...train, targets: train.targets.map(() => 1e200) }, {}, 'OUT_OF_RANGE'],
    ['class weights', train, { classWeights: 'balanced' }, 'INVALID_TYPE'],
    ['a criterion', train, { criterion: 'gini' }, 'INVALID_TYPE'],
    ['no trees', train, { nEstimators: 0 }, 'OUT_OF_RANGE'],
  ])('refuses %s', async (_, dataset, parameters, code) => {
    await expect(randomForestRegressionFamily.fit(dataset, parameters, fitContext())).rejects.toMatchObject({ code });
  });
});
