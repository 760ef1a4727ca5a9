import { createDataset, sliceDataset } from '@mlperf/core';
import { compareValuesWithBaselines } from '@mlperf/models';
import { describe, expect, it } from 'vitest';

const at = [0, 1, 2, 3, 4];
const data = createDataset({
  features: [[1], [2], [3], [-1], [2]],
  featureNames: ['last_return'],
  targets: [2, 4, 6, 1, 3],
  timestamps: at,
  labelEndsAt: at,
});
const train = sliceDataset(data, 0, 3);
const test = sliceDataset(data, 3);
const answering = (...values: number[]) => ({
  classes: [],
  lookBack: 0,
  predict: () => Float64Array.from(values),
});

describe('a comparison of values with the baselines', () => {
  it('puts a regression beside the training mean, zero and the last value', async () => {
    const result = await compareValuesWithBaselines(train, test, { m: answering(1, 5) }, { lastValue: 'last_return' });
    const scores = (name: string, first: number, second: number) => ({
      name,
      // By hand, of two errors.
      rootMeanSquaredError: expect.closeTo(Math.sqrt((first * first + second * second) / 2), 12) as number,
      meanAbsoluteError: expect.closeTo((Math.abs(first) + Math.abs(second)) / 2, 12) as number,
    });
    expect(result).toEqual({
      rows: 2,
      baselines: [scores('training-mean', 1 - 4, 3 - 4), scores('zero', 1, 3), scores('last-value', 2, 1)],
      models: [scores('m', 0, -2)],
    });
    const weighted = { ...train, weights: Float64Array.of(0, 0, 2) };
    expect((await compareValuesWithBaselines(weighted, test, {})).baselines[0]!.meanAbsoluteError).toBe((5 + 3) / 2);
  });

  it('refuses classes, other features and answers that are not finite', async () => {
    const classes = { ...test, classes: ['down', 'up'] };
    await expect(compareValuesWithBaselines(train, classes, {})).rejects.toMatchObject({ code: 'INVALID_TYPE' });
    const renamed = { ...test, featureNames: ['other'] };
    await expect(compareValuesWithBaselines(train, renamed, {})).rejects.toMatchObject({ code: 'INVALID_RECORD' });
    const unknown = compareValuesWithBaselines(train, test, {}, { lastValue: 'price' });
    await expect(unknown).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const broken = compareValuesWithBaselines(train, test, { m: answering(1, Number.NaN) });
    await expect(broken).rejects.toMatchObject({ code: 'PREDICTION_FAILED' });
  });
});
