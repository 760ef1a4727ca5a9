import { type Dataset, type FitContext, keyedRandom, type ModelFamily } from '@mlperf/core';
import { lastSignFamily, logisticRegressionFamily, majorityClassFamily } from '@mlperf/models';
import { describe, expect, it } from 'vitest';

const families: readonly (readonly [ModelFamily, object])[] = [
  [majorityClassFamily, {}],
  [lastSignFamily, { feature: 'momentum' }],
  [logisticRegressionFamily, {}],
];

/** Made by hand, as a host may: nothing has checked it. */
function market(rows: number): Dataset {
  const random = keyedRandom('market', rows);
  const values = Float64Array.from({ length: rows * 2 }, () => random.next() - 0.5);
  const timestamps = Float64Array.from({ length: rows }, (_, row) => row);
  return {
    features: { values, rows, columns: 2 },
    featureNames: ['momentum', 'noise'],
    targets: Float64Array.from({ length: rows }, (_, row) => (values[2 * row]! + random.next() > 0.5 ? 1 : 0)),
    classes: ['down', 'up'],
    timestamps,
    labelEndsAt: timestamps,
  };
}

const context: FitContext = {
  seed: 'any',
  signal: new AbortController().signal,
  report: async () => 'continue',
  onProgress() {},
};

const data = market(50);
const changed = (row: number, value: number) => data.targets.with(row, value);
const feature = (value: number): Dataset => ({
  ...data,
  features: { ...data.features, values: data.features.values.with(6, value) },
});

describe.each(families.map(([family, params]) => ({ family, params, name: family.modelType })))(
  '$name refuses to be trained on',
  ({ family, params }) => {
    it.each<readonly [string, Dataset, string]>([
      ['nothing', undefined as never, 'INVALID_TYPE'],
      ['10 targets for 50 rows', { ...data, targets: data.targets.slice(0, 10) }, 'LENGTH_MISMATCH'],
      ['fewer weights than rows', { ...data, weights: new Float64Array(49).fill(1) }, 'LENGTH_MISMATCH'],
      ['ragged rows', { ...data, features: { ...data.features, rows: 49 } }, 'LENGTH_MISMATCH'],
      ['a name too few', { ...data, featureNames: ['momentum'] }, 'LENGTH_MISMATCH'],
      ['the same name twice', { ...data, featureNames: ['momentum', 'momentum'] }, 'INVALID_RECORD'],
      ['target 7 of two classes', { ...data, targets: changed(3, 7) }, 'OUT_OF_RANGE'],
      ['half a class', { ...data, targets: changed(3, 0.5) }, 'OUT_OF_RANGE'],
      ['a target that is NaN', { ...data, targets: changed(3, Number.NaN) }, 'NOT_FINITE'],
      ['a weight that is NaN', { ...data, weights: new Float64Array(50).fill(1).with(2, Number.NaN) }, 'NOT_FINITE'],
      ['a weight below 0', { ...data, weights: new Float64Array(50).fill(1).with(2, -1) }, 'OUT_OF_RANGE'],
      ['weights whose sum overflows', { ...data, weights: new Float64Array(50).fill(1e308) }, 'OUT_OF_RANGE'],
      ['an infinite feature', feature(Number.POSITIVE_INFINITY), 'NOT_FINITE'],
      ['a feature beyond 1e100', feature(1e200), 'OUT_OF_RANGE'],
    ])('%s', async (_what, train, code) => {
      await expect(family.fit(train, params, context)).rejects.toMatchObject({ code });
    });
  },
);

describe('huge values and weights', () => {
  it('up to 1e100 train a logistic regression that loads again and answers probabilities', async () => {
    const train = feature(1e100);
    const model = await logisticRegressionFamily.fit(train, { classWeights: { down: 1e100, up: 1e100 } }, context);
    const loaded = await logisticRegressionFamily.load(model.serialize());
    const answers = await loaded.predict(train.features);
    for (let row = 0; row < 50; row++) expect(answers[2 * row]! + answers[2 * row + 1]!).toBeCloseTo(1, 12);
    const beyond = { values: Float64Array.of(1e200, -1e200), rows: 1, columns: 2 };
    expect(() => loaded.predict(beyond)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it('above are no class weights', async () => {
    const classWeights = { down: 1e308, up: 1e308 };
    for (const family of [majorityClassFamily, logisticRegressionFamily]) {
      await expect(family.fit(data, { classWeights }, context)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    }
  });
});

describe('the signal', () => {
  it.each<readonly [string, ModelFamily, object]>(
    families.map(([family, params]) => [family.modelType, family, params]),
  )('is looked at every 65,536 values at least: %s', async (_, family, params) => {
    const rows = 300_000;
    const train = market(rows);
    let looks = 0;
    let greatest = 0;
    let last = 0;
    const signal = new AbortController().signal;
    Object.defineProperty(signal, 'aborted', {
      get() {
        const { user, system } = process.threadCpuUsage();
        if (looks > 0) greatest = Math.max(greatest, user + system - last);
        last = user + system;
        looks++;
        return false;
      },
    });
    const validation = market(rows);
    const rowsOf = family === logisticRegressionFamily ? data : train;
    await family.fit(rowsOf, params, { ...context, signal, validation });
    expect(looks).toBeGreaterThan(10);
    expect(greatest / 1_000).toBeLessThan(50);
  });
});
